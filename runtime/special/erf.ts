/**
 * The error function and what is made of it, by the rational approximations of W. J. Cody, "Rational Chebyshev
 * approximations for the error function", Mathematics of Computation 23 (1969), 631–637.
 *
 *   erf(x) = x R(x²) for |x| ≤ 0.46875,   erfc(x) = exp(−x²) S(x) up to 4,   erfc(x) = exp(−x²) / x (1/√π + T(1/x²)) beyond
 */

const SQRT1_PI = 0.5641895835477563;

/**
 * The error function, 2/√π ∫₀ˣ exp(−t²) dt, to 2 units in the last place.
 */
export function erf(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return x * nearZero(x * x);
  const value = y > 6 ? 1 : 1 - gaussian(y, 1) * scaled(y);
  return x < 0 ? -value : value;
}

/**
 * The complementary error function 1 − erf(x), to 4 units in the last place, also where it is tiny: erfc(26) ≈ 1e-295.
 */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - x * nearZero(x * x);
  const value = y > 28 ? 0 : gaussian(y, 1) * scaled(y);
  return x < 0 ? 2 - value : value;
}

/**
 * The distribution function of the standard normal distribution, erfc(−x/√2) / 2, to 4 units in the last place, also
 * far in its lower tail: normcdf(−37) ≈ 5e-300.
 */
export function normcdf(x: number): number {
  const y = Math.abs(x) * Math.SQRT1_2;
  if (y <= 0.46875) return 0.5 + 0.5 * (x * Math.SQRT1_2) * nearZero(y * y);
  // exp(−x²/2) is taken of x itself: the rounding of x/√2 would be multiplied by x².
  const tail = y > 28 ? 0 : 0.5 * gaussian(Math.abs(x), 0.5) * scaled(y);
  return x > 0 ? 1 - tail : tail;
}

/** exp(−c y²), where y² is not rounded: y is split into s, of which the square is exact, and a small rest. */
function gaussian(y: number, c: number): number {
  const s = Math.trunc(y * 16) / 16;
  return Math.exp(-c * s * s) * Math.exp(-c * (y - s) * (y + s));
}

/** erf(x) / x for |x| ≤ 0.46875, of z = x². */
function nearZero(z: number): number {
  const p = (((1.85777706184603153e-1 * z + 3.1611237438705656) * z + 1.13864154151050156e2) * z + 3.77485237685302021e2) * z + 3.20937758913846947e3;
  const q = (((z + 2.36012909523441209e1) * z + 2.44024637934444173e2) * z + 1.28261652607737228e3) * z + 2.84423683343917062e3;
  return p / q;
}

/** exp(y²) erfc(y) for y > 0.46875. */
function scaled(y: number): number {
  if (y <= 4) {
    const p = (((((((2.15311535474403846e-8 * y + 5.64188496988670089e-1) * y + 8.88314979438837594) * y + 6.61191906371416295e1) * y
      + 2.98635138197400131e2) * y + 8.8195222124176909e2) * y + 1.71204761263407058e3) * y + 2.05107837782607147e3) * y + 1.23033935479799725e3;
    const q = (((((((y + 1.57449261107098347e1) * y + 1.17693950891312499e2) * y + 5.37181101862009858e2) * y + 1.62138957456669019e3) * y
      + 3.29079923573345963e3) * y + 4.36261909014324716e3) * y + 3.43936767414372164e3) * y + 1.23033935480374942e3;
    return p / q;
  }
  const z = 1 / (y * y);
  const p = ((((1.63153871373020978e-2 * z + 3.05326634961232344e-1) * z + 3.60344899949804439e-1) * z + 1.25781726111229246e-1) * z
    + 1.60837851487422766e-2) * z + 6.58749161529837803e-4;
  const q = ((((z + 2.56852019228982242) * z + 1.87295284992346725) * z + 5.27905102951428412e-1) * z + 6.05183413124413191e-2) * z + 2.33520497626869185e-3;
  return (SQRT1_PI - z * p / q) / y;
}

/**
 * The logarithm of the gamma function and its derivatives. Large arguments by Stirling's series, others shifted to where
 * a series holds, negative ones by reflection: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions,
 * 6.1.33 (series at 2), 6.1.40 (Stirling), 6.1.17 (reflection), 6.3.16 and 6.3.18 (digamma), 6.4.7 and 6.4.11 (polygamma).
 */

/** Where the asymptotic series are exact to double precision. */
const LARGE = 10;
/** ln √(2π) */
const LN_SQRT_2PI = 0.9189385332046728;
/** 1 − γ, with Euler's γ. */
const ONE_MINUS_EULER = 0.42278433509846713;
/** (−1)ᵏ (ζ(k) − 1) / k for k = 2, 3, …: the series of ln Γ(2 + z). */
const ZETA = [
  0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234, -0.001192753911703261,
  0.0005096695247430425, -0.00022315475845357939, 0.00009945751278180853, -0.00004492623673813314, 0.00002050721277567069,
  -0.000009439488275268397, 0.000004374866789907488, -0.000002039215753801366, 9.55141213040742e-7, -4.492469198764566e-7,
  2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8, 1.0838659214896955e-8,
  -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9, 5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
] as const;
/** B₂ₖ / (2k (2k − 1)) for k = 1, 2, … */
// 1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400; as numbers, for bundlers keep quotients.
const STIRLING = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953, 0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242,
] as const;
/** B₂ₖ / 2k */
// 1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160; as numbers, for bundlers keep quotients.
const DIGAMMA = [
  0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667, 0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.4432598039215686,
] as const;
/** B₂ₖ / (2k)! */
// 1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600, -3617 / 10670622842880000; as numbers, for bundlers keep quotients.
const BERNOULLI = [
  0.08333333333333333, -0.001388888888888889, 3.306878306878307e-05, -8.267195767195768e-07, 2.08767569878681e-08, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
] as const;
/** The positive zero of digamma, in two parts. */
const ROOT = 1.4616321449683622;
const ROOT_REST = 9.549995429965697e-17;

/** c₀ + c₁ z + c₂ z² + … */
function polynomial(c: readonly number[], z: number): number {
  let sum = 0;
  for (let k = c.length - 1; k >= 0; k--) sum = sum * z + c[k];
  return sum;
}

/** sin(π x), by the distance to the nearest whole number, which is exact. */
function sinpi(x: number): number {
  const n = Math.round(x);
  return (n % 2 === 0 ? 1 : -1) * Math.sin(Math.PI * (x - n));
}

/**
 * The natural logarithm of |Γ(x)|, to 4 units in the last place, also near its zeros at 1 and 2; near its zeros at
 * negative x to 1e-15 absolutely. Infinity at 0, −1, −2 …
 */
export function lgamma(x: number): number {
  if (x <= 0) {
    if (Number.isInteger(x) || x === -Infinity) return Infinity;
    return Math.log(Math.PI) - Math.log(Math.abs(sinpi(x))) - lgamma(1 - x);
  }
  if (x >= LARGE) {
    if (x > 1e17) return x * (Math.log(x) - 1);
    return x * (Math.log(x) - 1) - 0.5 * Math.log(x) + (LN_SQRT_2PI + polynomial(STIRLING, 1 / (x * x)) / x);
  }
  if (x < 0.5) return lgamma(1 + x) - Math.log(x);
  if (x < 1.5) return nearTwo(x - 1) - Math.log1p(x - 1);
  // Γ(x) = (x − 1) (x − 2) … Γ(y) with y near 2
  let product = 1;
  let y = x;
  while (y > 2.5) product *= --y;
  return nearTwo(y - 2) + Math.log(product);
}

/** ln Γ(2 + z) for |z| ≤ 1/2 */
function nearTwo(z: number): number {
  return z * (ONE_MINUS_EULER + z * polynomial(ZETA, z));
}

/**
 * The logarithmic derivative of the gamma function, Γ′(x) / Γ(x), to 4 units in the last place, also near its positive zero;
 * near its zeros at negative x to 1e-15 absolutely. −Infinity at 0, NaN at −1, −2 …
 */
export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    const distance = x - Math.round(x);
    return distance === 0 || x === -Infinity ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * distance);
  }
  if (x >= LARGE) return Math.log(x) - 0.5 / x - polynomial(DIGAMMA, 1 / (x * x)) / (x * x);
  // Both ψ(x) and ψ(root) = 0 by recurrence: their difference has the factor d = x − root, so no digit is lost at the root.
  const d = x - ROOT - ROOT_REST;
  let sum = 0;
  let [a, b] = [x, ROOT];
  for (; Math.min(a, b) < LARGE; a++, b++) sum += 1 / (a * b);
  // A divided difference of the series: (f(u) − f(v)) / (u − v) by Horner's scheme, of u = 1/a², v = 1/b².
  const [u, v] = [1 / (a * a), 1 / (b * b)];
  let [f, quotient] = [0, 0];
  for (let k = DIGAMMA.length - 1; k >= 0; k--) {
    quotient = quotient * u + f;
    f = f * v + DIGAMMA[k];
  }
  quotient = quotient * u + f;
  return d * (sum + 0.5 / (a * b) + quotient * (a + b) * u * v) + Math.log1p(d / b);
}

/**
 * The derivative of order n of `digamma`, n = 0, 1, 2 …, to about n + 4 units in the last place. `polygamma(1, x)` is
 * known as trigamma. NaN for an n that is no order.
 */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (!(n > 0) || !Number.isInteger(n)) return NaN;
  const sign = n % 2 === 0 ? -1 : 1;
  if (!(x <= 0)) return sign * hurwitz(n, x);
  if (Number.isInteger(x)) return sign > 0 ? Infinity : NaN;
  // ψₙ(x) = (−1)ⁿ ψₙ(1 − x) − π dⁿ/dxⁿ cot(π x)
  const distance = x - Math.round(x);
  return -hurwitz(n, 1 - x) - Math.PI ** (n + 1) * cotangent(n, 1 / Math.tan(Math.PI * distance));
}

/** n! Σᵢ (x + i)⁻ⁿ⁻¹ for x > 0, by the formula of Euler and Maclaurin. */
function hurwitz(n: number, x: number): number {
  if (x === Infinity) return 0;
  const s = n + 1;
  // n! / xⁿ, of which numerator and denominator may overflow.
  let first = 1;
  for (let k = 1; k <= n; k++) first *= k / x;
  let sum = 0;
  let y = x;
  for (; y < LARGE + s; y++) sum += (x / y) ** s;
  const z = 1 / (y * y);
  let rest = y / n + 0.5;
  let factor = s / y;
  BERNOULLI.forEach((c, k) => {
    rest += c * factor;
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2) * z;
  });
  return first * (sum / x + (x / y) ** s * (rest / x));
}

/** The derivative of order n of cot(t) with respect to t, a polynomial in c = cot(t): each further one is −(1 + c²) times its slope. */
function cotangent(n: number, c: number): number {
  let p = [0, 1];
  for (let order = 0; order < n; order++) {
    const slope = p.slice(1).map((coefficient, k) => (k + 1) * coefficient);
    p = Array.from({ length: slope.length + 2 }, (_, k) => -(slope[k] ?? 0) - (slope[k - 2] ?? 0));
  }
  return polynomial(p, c);
}

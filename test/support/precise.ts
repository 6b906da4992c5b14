/**
 * Real numbers as big integers with BITS bits behind the point: slow, but as exact as one likes. Reference values of
 * special functions are computed here by their defining series, independently of the approximations under test.
 */
export const BITS = 2600n;
const ONE = 1n << BITS;

/** The double as a fixed-point number; exact. */
export function real(x: number): bigint {
  let exponent = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    exponent++;
  }
  return (BigInt(x) << BITS) >> BigInt(exponent);
}

const mul = (a: bigint, b: bigint) => (a * b) >> BITS;
const div = (a: bigint, b: bigint) => (a << BITS) / b;

/** Relative difference of a double from a reference value, in units of 2⁻⁵³. */
export function ulps(x: number, reference: bigint): number {
  if (reference === 0n) return x === 0 ? 0 : Infinity;
  return Number(((real(x) - reference) << 80n) / reference) / 2 ** (80 - 53);
}

/** |x − reference| relative to max(1, |reference|), in units of 2⁻⁵³. */
export function absoluteUlps(x: number, reference: bigint): number {
  const size = reference < 0n ? -reference : reference;
  return Number(((real(x) - reference) << 80n) / (size > ONE ? size : ONE)) / 2 ** (80 - 53);
}

function series(first: bigint, next: (term: bigint, n: bigint) => bigint): bigint {
  let sum = 0n;
  let n = 0n;
  for (let term = first; term !== 0n && term !== -1n; term = next(term, ++n)) sum += term;
  return sum;
}

/** arctan(1/n), for Machin's formula */
function arctanOf(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let k = 1n; power !== 0n; k += 4n) {
    sum += power / k;
    power /= n * n;
    sum -= power / (k + 2n);
    power /= n * n;
  }
  return sum;
}
export const PI = 4n * (4n * arctanOf(5n) - arctanOf(239n));

export function sqrt(x: bigint): bigint {
  const square = x << BITS;
  let root = 1n << (BigInt(square.toString(2).length + 1) / 2n);
  for (let next = (root + square / root) >> 1n; next < root; next = (root + square / root) >> 1n) root = next;
  return root;
}

export function exp(x: bigint): bigint {
  // exp(x) = exp(x / 2ᵏ)^(2ᵏ)
  const k = 40n;
  let y = series(ONE, (term, n) => mul(term, x >> k) / n);
  for (let i = 0n; i < k; i++) y = mul(y, y);
  return y;
}

/** 2 artanh((m − 1)/(m + 1)) of a mantissa near 1, and a multiple of ln 2. */
export function log(x: bigint): bigint {
  const scale = BigInt(x.toString(2).length) - BITS - 1n;
  const m = scale > 0n ? div(x, ONE << scale) : x << -scale;
  const half = (y: bigint) => {
    const t = div(y - ONE, y + ONE);
    const t2 = mul(t, t);
    let sum = 0n;
    let power = t;
    for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
      sum += power / k;
      power = mul(power, t2);
    }
    return 2n * sum;
  };
  return half(m) + scale * half(2n * ONE);
}

/** sin(π x) and cos(π x) */
export function sincospi(x: bigint): { sin: bigint; cos: bigint } {
  const turns = x / (2n * ONE);
  const a = mul(PI, x - turns * 2n * ONE);
  const a2 = mul(a, a);
  return {
    sin: series(a, (term, n) => -mul(term, a2) / ((2n * n) * (2n * n + 1n))),
    cos: series(ONE, (term, n) => -mul(term, a2) / ((2n * n - 1n) * (2n * n))),
  };
}

/** 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)) */
export function erf(x: bigint): bigint {
  const x2 = mul(x, x);
  let sum = 0n;
  let term = x;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term / (2n * n - 1n);
    term = -mul(term, x2) / n;
  }
  return div(2n * sum, sqrt(PI));
}

export const erfc = (x: bigint) => ONE - erf(x);

/** Bernoulli numbers B₂ₖ as fractions. */
const bernoulli: { n: bigint; d: bigint }[] = [];
{
  const numbers: { n: bigint; d: bigint }[] = [{ n: 1n, d: 1n }];
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));
  const all = 120;
  for (let m = 1; m <= all; m++) {
    let n = 0n;
    let d = 1n;
    let binomial = 1n;
    for (let k = 0; k < m; k++) {
      const b = numbers[k];
      n = n * b.d + binomial * b.n * d;
      d *= b.d;
      const g = gcd(n, d);
      n /= g;
      d /= g;
      binomial = (binomial * BigInt(m + 1 - k)) / BigInt(k + 1);
    }
    n = -n;
    d *= BigInt(m + 1);
    const g = gcd(n, d);
    numbers.push({ n: n / g, d: d / g });
  }
  for (let k = 2; k <= all; k += 2) bernoulli.push(numbers[k]);
}

/** Where Stirling's series is taken: 200 bits are left of it. */
const SHIFT = 60n;
const reciprocal = (x: bigint) => div(ONE, x);

/** ln Γ(x) for x > 0 by Stirling's series at x + n; ln |Γ(x)| by reflection below. */
export function lgamma(x: bigint): bigint {
  if (x <= 0n) {
    const { sin } = sincospi(x);
    return log(PI) - log(sin < 0n ? -sin : sin) - lgamma(ONE - x);
  }
  let product = ONE;
  let y = x;
  while (y < SHIFT * ONE) {
    product = mul(product, y);
    y += ONE;
  }
  let sum = mul(y - ONE / 2n, log(y)) - y + log(2n * PI) / 2n;
  const r = reciprocal(y);
  const r2 = mul(r, r);
  let power = r;
  bernoulli.forEach(({ n, d }, i) => {
    const k = BigInt(2 * i + 2);
    sum += (power * n) / (d * k * (k - 1n));
    power = mul(power, r2);
  });
  return sum - log(product);
}

/** Derivatives of ln Γ of order n + 1, n ≥ 0, for x > 0 by the derivative of Stirling's series. */
export function polygamma(n: number, x: bigint): bigint {
  let shifted = 0n;
  let y = x;
  const factorial = (k: bigint): bigint => (k < 2n ? 1n : k * factorial(k - 1n));
  const N = BigInt(n);
  const power = (base: bigint, k: bigint) => {
    let result = ONE;
    for (let i = 0n; i < k; i++) result = mul(result, base);
    return result;
  };
  while (y < SHIFT * ONE) {
    shifted += power(reciprocal(y), N + 1n) * factorial(N);
    y += ONE;
  }
  const r = reciprocal(y);
  if (n === 0) {
    let sum = log(y) - r / 2n;
    bernoulli.forEach(({ n: a, d }, i) => {
      const k = BigInt(2 * i + 2);
      sum -= (power(r, k) * a) / (d * k);
    });
    return sum - shifted;
  }
  // (−1)ⁿ⁺¹ [ (n−1)!/yⁿ + n!/(2 yⁿ⁺¹) + Σ B₂ₖ (2k + n − 1)! / ((2k)! y²ᵏ⁺ⁿ) ]
  let sum = power(r, N) * factorial(N - 1n) + (power(r, N + 1n) * factorial(N)) / 2n;
  bernoulli.forEach(({ n: a, d }, i) => {
    const k = BigInt(2 * i + 2);
    sum += (power(r, k + N) * a * factorial(k + N - 1n)) / (d * factorial(k));
  });
  sum += shifted;
  return n % 2 === 0 ? -sum : sum;
}

/** ψ(x) for x < 0: ψ(1 − x) − π cot(π x). */
export function digammaBelow(x: bigint): bigint {
  const { sin, cos } = sincospi(x);
  return polygamma(0, ONE - x) - mul(PI, div(cos, sin));
}

/** ψ′(x) for x < 0: π² / sin²(π x) − ψ′(1 − x). */
export function trigammaBelow(x: bigint): bigint {
  const { sin } = sincospi(x);
  return div(mul(PI, PI), mul(sin, sin)) - polygamma(1, ONE - x);
}

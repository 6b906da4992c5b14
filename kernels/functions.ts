/**
 * exp, log and tanh of four float32 at once, after S. Moshier's Cephes library (expf, logf, tanhf): the argument is reduced
 * to a short interval, where a polynomial is good to an ulp. Bounds over the whole range, which the tests verify: 2 ulp.
 */

// @ts-ignore: decorator
@inline function f(x: f32): v128 { return f32x4.splat(x); }

/** a b + c */
// @ts-ignore: decorator
@inline function ma(a: v128, b: v128, c: f32): v128 { return f32x4.add(f32x4.mul(a, b), f(c)); }

/** exp(x) = 2ⁿ exp(r), |r| ≤ ½ log 2 */
// @ts-ignore: decorator
@inline export function exp(given: v128): v128 {
  const x = f32x4.max(f32x4.min(given, f(89)), f(-104));
  const n = f32x4.nearest(f32x4.mul(x, f(1.44269504088896341)));
  // log 2 in two parts, so that n times the first one is exact.
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f(0.693359375))), f32x4.mul(n, f(-2.12194440e-4)));
  let p = ma(f(1.9875691500e-4), r, 1.3981999507e-3);
  p = ma(p, r, 8.3334519073e-3);
  p = ma(p, r, 4.1665795894e-2);
  p = ma(p, r, 1.6666665459e-1);
  p = ma(p, r, 5.0000001201e-1);
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f(1));
  // 2ⁿ in two factors: n may be one more than an exponent can say, or make the result subnormal.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(whole, half)));
}

/** 2ⁿ of integers */
// @ts-ignore: decorator
@inline function power(n: v128): v128 { return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23); }

/** log(x) = log(m) + e log 2, √½ ≤ m < √2 */
// @ts-ignore: decorator
@inline export function log(given: v128): v128 {
  const tiny = f32x4.lt(given, f(1.17549435e-38));
  const x = v128.bitselect(f32x4.mul(given, f(8388608)), given, tiny);
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(x, 23), i32x4.splat(126)));
  e = f32x4.sub(e, v128.and(tiny, f(23)));
  let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), f(0.5));
  const low = f32x4.lt(m, f(0.707106781186547524));
  e = f32x4.sub(e, v128.and(low, f(1)));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), f(1));
  const z = f32x4.mul(m, m);
  let p = ma(f(7.0376836292e-2), m, -1.1514610310e-1);
  p = ma(p, m, 1.1676998740e-1);
  p = ma(p, m, -1.2420140846e-1);
  p = ma(p, m, 1.4249322787e-1);
  p = ma(p, m, -1.6668057665e-1);
  p = ma(p, m, 2.0000714765e-1);
  p = ma(p, m, -2.4999993993e-1);
  p = ma(p, m, 3.3333331174e-1);
  p = f32x4.mul(f32x4.mul(p, m), z);
  p = f32x4.add(p, f32x4.mul(e, f(-2.12194440e-4)));
  p = f32x4.sub(p, f32x4.mul(z, f(0.5)));
  let y = f32x4.add(f32x4.add(m, p), f32x4.mul(e, f(0.693359375)));
  y = v128.bitselect(given, y, f32x4.eq(given, f(Infinity)));
  y = v128.bitselect(f(-Infinity), y, f32x4.eq(given, f(0)));
  return v128.bitselect(y, f(NaN), f32x4.ge(given, f(0)));
}

/** An odd polynomial near 0, 1 − 2 / (exp(2x) + 1) elsewhere. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const far = f32x4.sub(f(1), f32x4.div(f(2), f32x4.add(exp(f32x4.add(size, size)), f(1))));
  const z = f32x4.mul(x, x);
  let p = ma(f(-5.70498872745e-3), z, 2.06390887954e-2);
  p = ma(p, z, -5.37397155531e-2);
  p = ma(p, z, 1.33314422036e-1);
  p = ma(p, z, -3.33332819422e-1);
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f(0.625)));
}

/** 1 / (1 + exp(−x)), also where exp(−x) overflows. */
// @ts-ignore: decorator
@inline export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, f(1), f32x4.lt(x, f(0))), f32x4.add(f(1), e));
}

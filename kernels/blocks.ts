/** Elementwise operations on blocks of float32 in the kernels' memory, `n` of them, a multiple of 4. Results may replace operands. */
import { exp, log, sigmoid, tanh } from './functions';

export function exp32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, exp(v128.load(x))); }
export function log32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, log(v128.load(x))); }
export function tanh32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, tanh(v128.load(x))); }
export function sigmoid32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, sigmoid(v128.load(x))); }
export function sqrt32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, f32x4.sqrt(v128.load(x))); }
export function neg32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, f32x4.neg(v128.load(x))); }
export function abs32(to: usize, x: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, to += 16) v128.store(to, f32x4.abs(v128.load(x))); }

export function add32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.add(v128.load(x), v128.load(y))); }
export function sub32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.sub(v128.load(x), v128.load(y))); }
export function mul32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.mul(v128.load(x), v128.load(y))); }
export function div32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.div(v128.load(x), v128.load(y))); }
export function maximum32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.max(v128.load(x), v128.load(y))); }
export function minimum32(to: usize, x: usize, y: usize, n: usize): void { for (const end = x + 4 * n; x < end; x += 16, y += 16, to += 16) v128.store(to, f32x4.min(v128.load(x), v128.load(y))); }

export function fill32(to: usize, x: f32, n: usize): void { for (const end = to + 4 * n; to < end; to += 16) v128.store(to, f32x4.splat(x)); }

/** The sum, accumulated in float64. */
export function sum32(x: usize, n: usize): f64 {
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  for (const end = x + 4 * n; x < end; x += 16) {
    s = f64x2.add(s, f64x2.promote_low_f32x4(v128.load(x)));
    t = f64x2.add(t, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
  }
  s = f64x2.add(s, t);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * Random numbers that depend on a key and a counter alone: the same on each device, in any order, for any part.
 * The generator and the way in which keys are split and bits become numbers are JAX's (`jax_threefry_partitionable`), and so are the bits:
 * element i of an array takes the block of counter i. A key must be used once: split it to get more.
 */
import { type NDArray, type Operand, isArray, filled } from './array.ts';
import { less, where } from './compare.ts';
import { add, floor, lift, log, maximum, mul, neg, sub } from './elementwise.ts';
import { argmax } from './reductions.ts';
import { type DType, isFloat } from './dtype.ts';
import { fail, show } from './errors.ts';
import { argsort, take } from './indexing.ts';
import { astype } from './create.ts';
import { erfinv, randomBits, randomUnit } from './kernels/random.ts';
import { broadcastTo, moveaxis } from './layout.ts';
import { type Shape, axisOf, broadcastShapes, checkShape } from './shape.ts';

/** A key of a seed, which is an integer: an int32 array of two words. */
export function key(seed: number): NDArray {
  if (!Number.isSafeInteger(seed)) fail('random.key', `a seed is an integer, not ${seed}`);
  return filled([2], 'int32', (out) => out.set([Math.floor(seed / 2 ** 32), seed | 0]));
}

/** `count` new keys of one. */
export function split(from: NDArray, count = 2): NDArray[] {
  const [first, second] = randomBits(checked('split', from), count, 0);
  return Array.from({ length: count }, (_, i) => filled([2], 'int32', (out) => out.set([first[i], second[i]])));
}

/** A new key of a key and an integer, such as the number of a step. */
export function foldIn(from: NDArray, data: number): NDArray {
  const [first, second] = randomBits(checked('foldIn', from), 1, data);
  return filled([2], 'int32', (out) => out.set([first[0], second[0]]));
}

export interface Interval { low?: number; high?: number; dtype?: DType }
/** Numbers evenly distributed in [low, high), which is [0, 1) if not given. @throws NumpyError for an integer dtype. */
export function uniform(from: NDArray, shape: number | Shape = [], { low = 0, high = 1, dtype = 'float32' }: Interval = {}): NDArray {
  const unit = randomUnit(checked('uniform', from), checkShape('uniform', shape), real('uniform', dtype));
  if (low === 0 && high === 1) return unit;
  // Rounding may reach `high`.
  const x = add(mul(unit, high - low), low);
  return where(less(x, high), x, low);
}

/** Numbers of the standard normal distribution. */
export function normal(from: NDArray, shape: number | Shape = [], dtype: DType = 'float32'): NDArray {
  // Values in (−1, 1): the least one is next to −1, as in JAX.
  const low = dtype === 'float64' ? -1 + 2 ** -53 : -1 + 2 ** -24;
  const unit = randomUnit(checked('normal', from), checkShape('normal', shape), real('normal', dtype));
  return mul(erfinv(maximum(add(mul(unit, 1 - low), low), low)), Math.SQRT2);
}

/** Integers evenly distributed in [low, high). */
export function randint(from: NDArray, shape: number | Shape, low: number, high: number): NDArray {
  if (!Number.isInteger(low) || !Number.isInteger(high) || high <= low) fail('random.randint', `from ${low} to ${high}`);
  return astype(add(floor(mul(randomUnit(checked('randint', from), checkShape('randint', shape), 'float64'), high - low)), low), 'int32');
}

/** 1 with probability p, else 0, as bool; of p's shape if none is given. */
export function bernoulli(from: NDArray, p: Operand = 0.5, shape: number | Shape = lift(p).shape): NDArray { return less(uniform(from, shape), p); }

/** Numbers of the Gumbel distribution, −log(−log(u)). */
export function gumbel(from: NDArray, shape: number | Shape = [], dtype: DType = 'float32'): NDArray {
  const tiny = dtype === 'float64' ? 2 ** -1022 : 2 ** -126;
  return neg(log(neg(log(maximum(uniform(from, shape, { dtype }), tiny)))));
}

/** Numbers of the exponential distribution, −log(1 − u). */
export function exponential(from: NDArray, shape: number | Shape = [], dtype: DType = 'float32'): NDArray { return neg(log(sub(1, uniform(from, shape, { dtype })))); }

/** Indices along an axis of `logits`, each with probability proportional to exp(logit); of `shape`, if given, which the others axes are broadcast to. */
export function categorical(from: NDArray, logits: NDArray, { axis = -1, shape }: { axis?: number; shape?: Shape } = {}): NDArray {
  const at = axisOf('random.categorical', axis, logits.shape);
  const rest = logits.shape.filter((_, i) => i !== at);
  const to = shape ?? rest;
  if (broadcastShapes('random.categorical', rest, to).length !== to.length) fail('random.categorical', `logits of shape ${show(logits.shape)} do not make the shape ${show(to)}`);
  const last = moveaxis(logits, at, -1);
  const n = logits.shape[at];
  return argmax(add(gumbel(from, [...to, n], logits.dtype === 'float64' ? 'float64' : 'float32'), broadcastTo(last, [...to, n])), -1);
}

/** The numbers 0 … n − 1, or the parts of an array along an axis, in random order. */
export function permutation(from: NDArray, x: number | NDArray, axis = 0): NDArray {
  const n = isArray(x) ? x.shape[axisOf('random.permutation', axis, x.shape)] : x;
  const order = argsort(randomUnit(checked('permutation', from), checkShape('random.permutation', n), 'float64'));
  return isArray(x) ? take(x, order, axis) : order;
}

function checked(op: string, k: NDArray): NDArray {
  return isArray(k) && k.dtype === 'int32' && k.size === 2 ? k : fail(`random.${op}`, 'the first argument is a key, of np.random.key(seed)');
}

function real(op: string, dtype: DType): DType { return isFloat(dtype) ? dtype : fail(`random.${op}`, `makes floating-point numbers, not ${dtype}`); }

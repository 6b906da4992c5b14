/** What neural networks are made of. */
import type { KeepDims, NDArray, Operand } from './array.ts';
import { add, div, erf, exp, lift, log, maximum, mul, sigmoid, sub, tanh } from './elementwise.ts';
import { isfinite, where } from './compare.ts';
import { fail } from './errors.ts';
import { reshape } from './layout.ts';
import { max, sum } from './reductions.ts';
import { type Axis, axesOf, reducedShape } from './shape.ts';

/** max(x, 0) */
export function relu(x: Operand): NDArray { return maximum(x, 0); }
/** x where it is positive, else `slope` x. */
export function leakyRelu(x: Operand, slope = 0.01): NDArray {
  const a = lift(x);
  return where(a.greater(0), a, mul(a, slope));
}
/** x Φ(x), Φ the distribution function of the standard normal distribution; approximated by tanh, as in JAX, unless told not to. */
export function gelu(x: Operand, { approximate = true }: { approximate?: boolean } = {}): NDArray {
  const a = lift(x);
  // D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", arXiv:1606.08415, section 2.
  const inner = approximate ? tanh(mul(add(a, mul(mul(a, mul(a, a)), 0.044715)), Math.sqrt(2 / Math.PI))) : erf(mul(a, Math.SQRT1_2));
  return mul(mul(a, 0.5), add(inner, 1));
}
/** x / (1 + exp(−x)) */
export function silu(x: Operand): NDArray {
  const a = lift(x);
  return mul(a, sigmoid(a));
}

/** log Σ exp(x), without overflow; −∞ of nothing but −∞. */
export function logsumexp(x: Operand, axis: Axis = null, { keepdims = false }: KeepDims = {}): NDArray {
  const a = lift(x);
  const top = most(a, axis);
  const y = add(log(sum(exp(sub(a, top)), axis, { keepdims: true })), top);
  return keepdims ? y : reshape(y, reducedShape(a.shape, axesOf('logsumexp', axis, a.shape), false));
}

/** exp(x) / Σ exp(x) along an axis, the last one if not given. */
export function softmax(x: Operand, axis: Axis = -1): NDArray {
  const a = lift(x);
  const e = exp(sub(a, most(a, axis)));
  return div(e, sum(e, axis, { keepdims: true }));
}

/** log softmax(x, axis), exact where softmax underflows. */
export function logSoftmax(x: Operand, axis: Axis = -1): NDArray {
  const a = lift(x);
  const shifted = sub(a, most(a, axis));
  return sub(shifted, log(sum(exp(shifted), axis, { keepdims: true })));
}

/** Sums with keepdims along the axis that softmax was given. */
export function sumLast(x: NDArray, axis: Axis = -1): NDArray { return sum(x, axis, { keepdims: true }); }

/** What to subtract before exp: the maximum, where it is finite. */
function most(x: NDArray, axis: Axis): NDArray {
  if (x.size === 0) fail('logsumexp', `of no elements, in an array of shape [${x.shape.join(', ')}]`);
  const top = max(x, axis, { keepdims: true });
  return where(isfinite(top), top, 0);
}

/** What derivatives need and NumPy has no name for. All of it is np code, or as differentiable as np code. */
import { type KeepDims, type NDArray, type Operand, shapeOf } from './array.ts';
import { full } from './create.ts';
import { div, lift } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { broadcastTo, reshape } from './layout.ts';
import { counted, sum } from './reductions.ts';
import { type Axis, type Shape, axesOf, reducedShape, sameShape } from './shape.ts';

/** Undoes broadcasting: g summed to the shape of x; to a number if x is one. The same array where shapes are equal. */
export function sumTo(g: NDArray, x: NDArray): NDArray;
export function sumTo(g: NDArray, x: number): number;
export function sumTo(g: NDArray, x: Operand): Operand;
export function sumTo(g: NDArray, x: Operand): Operand {
  return typeof x === 'number' ? sum(g).item() : sumToShape(g, x.shape);
}

/** @internal */
export function sumToShape(g: NDArray, shape: Shape): NDArray {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.ndim - shape.length;
  const axes = [...g.shape.keys()].filter((i) => i < lead || shape[i - lead] !== g.shape[i]);
  if (lead < 0 || axes.some((i) => i >= lead && shape[i - lead] !== 1)) fail('sumTo', `an array of shape ${show(g.shape)} does not come from one of shape ${show(shape)} by broadcasting`);
  return reshape(sum(g, axes), shape);
}

/** t repeated to the shape of x; the same array where shapes are equal. */
export function broadcastLike(t: Operand, x: Operand): NDArray { return broadcastTo(t, shapeOf(x)); }

export function reshapeLike(g: NDArray, x: Operand): NDArray { return reshape(g, shapeOf(x)); }

/** The cotangent of x in sum(x, axis, options): g repeated along the axes that were summed. */
export function unsum(g: Operand, x: Operand, axis: Axis = null, options?: KeepDims): NDArray {
  const shape = shapeOf(x);
  if (typeof g === 'number') return full(shape, g, lift(x).dtype);
  const kept = options?.keepdims ? g : reshape(g, reducedShape(shape, axesOf('sum', axis, shape), true));
  return broadcastTo(kept, shape);
}

/** The cotangent of x in mean(x, axis, options). */
export function unmean(g: NDArray, x: Operand, axis: Axis = null, options?: KeepDims): NDArray {
  return unsum(div(g, counted(lift(x), axis, 'mean')), x, axis, options);
}

/** The cotangent that a gradient starts from: `value` in the shape of y. @throws NumpyError where y has not exactly one element. */
export function seed(y: NDArray, value: number): NDArray {
  if (y.size !== 1) fail('grad', `needs a function whose result is one number; this one's has shape ${show(y.shape)}`);
  return full(y.shape, value, y.dtype);
}

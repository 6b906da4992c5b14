/** Shapes and orders of axes. `reshape` shares its argument's memory. */
import { NDArray, type Operand } from './array.ts';
import { lift } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { readStrided } from './kernels/strided.ts';
import { type Axis, type Shape, axesOf, axisOf, broadcastShapes, broadcastStrides, checkShape, sameShape, sizeOf, stridesOf } from './shape.ts';

/** The same elements in another shape; one axis may be −1, and gets what is left. */
export function reshape(operand: Operand, ...to: number[] | [Shape]): NDArray {
  const x = lift(operand);
  const shape = [...(typeof to[0] === 'object' ? to[0] : (to as number[]))];
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const rest = sizeOf(shape.filter((_, i) => i !== open));
    shape[open] = x.size / rest;
    if (!Number.isInteger(shape[open])) shape[open] = -1;
  }
  if (shape.some((n) => !Number.isInteger(n) || n < 0) || sizeOf(shape) !== x.size) {
    fail('reshape', `an array of shape ${show(x.shape)} (${x.size} elements) has no shape ${show(typeof to[0] === 'object' ? to[0] : (to as number[]))}`);
  }
  return sameShape(shape, x.shape) ? x : new NDArray(shape, x.dtype, x.storage);
}

/** Axis i of the result is axis `axes[i]` of x; without `axes`, all in reverse order. */
export function transpose(operand: Operand, axes?: readonly number[] | null): NDArray {
  const x = lift(operand);
  const order = permutation(x, axes);
  const shape = order.map((a) => x.shape[a]);
  const strides = stridesOf(x.shape);
  // Where only axes of size 1 change places, the elements stay where they are.
  const moving = order.filter((a) => x.shape[a] !== 1);
  if (moving.every((a, i) => i === 0 || moving[i - 1] < a)) return reshape(x, shape);
  return readStrided(x, shape, 0, order.map((a) => strides[a]));
}

function permutation(x: NDArray, axes: readonly number[] | null | undefined): number[] {
  const rank = x.shape.length;
  if (!axes) return Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const order = axes.map((a) => axisOf('transpose', a, x.shape));
  if (order.length !== rank || new Set(order).size !== rank) fail('transpose', `axes ${show(axes)} are not those of an array of shape ${show(x.shape)}, each once`);
  return order;
}

/** Undoes `transpose(x, axes)`: its cotangent. */
export function untranspose(g: NDArray, axes?: readonly number[] | null): NDArray {
  if (!axes) return transpose(g);
  const order = permutation(g, axes);
  return transpose(g, order.map((_, i) => order.indexOf(i)));
}

/** Moves axes to other places; the others keep their order. */
export function moveaxis(operand: Operand, from: number | readonly number[], to: number | readonly number[]): NDArray {
  const x = lift(operand);
  return transpose(x, moved(x, from, to));
}

function moved(x: NDArray, from: number | readonly number[], to: number | readonly number[]): number[] {
  const sources = [from].flat().map((a) => axisOf('moveaxis', a, x.shape));
  const targets = [to].flat().map((a) => axisOf('moveaxis', a, x.shape));
  if (sources.length !== targets.length || new Set(sources).size !== sources.length || new Set(targets).size !== targets.length) {
    fail('moveaxis', `from ${show(sources)} to ${show(targets)}, of an array of shape ${show(x.shape)}`);
  }
  const others = [...x.shape.keys()].filter((a) => !sources.includes(a));
  return x.shape.map((_, i) => (targets.includes(i) ? sources[targets.indexOf(i)] : others.shift()!));
}

export function swapaxes(operand: Operand, a: number, b: number): NDArray {
  const x = lift(operand);
  const [i, j] = [axisOf('swapaxes', a, x.shape), axisOf('swapaxes', b, x.shape)];
  return transpose(x, x.shape.map((_, k) => (k === i ? j : k === j ? i : k)));
}

/** Without axes of size 1: all of them, or those that are named. */
export function squeeze(operand: Operand, axis: Axis = null): NDArray {
  const x = lift(operand);
  const axes = axis === null ? [...x.shape.keys()].filter((a) => x.shape[a] === 1) : axesOf('squeeze', axis, x.shape);
  const long = axes.find((a) => x.shape[a] !== 1);
  if (long !== undefined) fail('squeeze', `axis ${long} of an array of shape ${show(x.shape)} has size ${x.shape[long]}, not 1`);
  return reshape(x, x.shape.filter((_, i) => !axes.includes(i)));
}

/** With new axes of size 1 at these places of the result. */
export function expandDims(operand: Operand, axis: number | readonly number[]): NDArray {
  const x = lift(operand);
  const list = [axis].flat();
  const rank = x.shape.length + list.length;
  const axes = list.map((a) => axisOf('expandDims', a, x.shape, rank));
  if (new Set(axes).size !== axes.length) fail('expandDims', `axis ${show(list)} names an axis twice`);
  const rest = [...x.shape];
  return reshape(x, Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)));
}

/** x repeated to a shape that it can be broadcast to. */
export function broadcastTo(operand: Operand, to: number | Shape): NDArray {
  const x = lift(operand);
  const shape = checkShape('broadcastTo', to);
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) fail('broadcastTo', `an array of shape ${show(x.shape)} cannot be broadcast to ${show(shape)}`);
  return sameShape(x.shape, shape) ? x : readStrided(x, shape, 0, broadcastStrides(x.shape, shape));
}

/** Elements in reverse order along axes; along all of them if none is named. */
export function flip(operand: Operand, axis: Axis = null): NDArray {
  const x = lift(operand);
  const axes = axesOf('flip', axis, x.shape);
  const strides = stridesOf(x.shape);
  const offset = axes.reduce((sum, a) => sum + Math.max(x.shape[a] - 1, 0) * strides[a], 0);
  return readStrided(x, x.shape, offset, strides.map((s, i) => (axes.includes(i) ? -s : s)));
}

/** All elements as one axis. */
export function ravel(x: Operand): NDArray { return reshape(x, [-1]); }

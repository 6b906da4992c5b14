/** Parts of arrays, by ranges and by indices. */
import { type NDArray, type Operand, dataOf, filled, isArray } from './array.ts';
import { equal } from './compare.ts';
import { arange, array, astype } from './create.ts';
import type { DType } from './dtype.ts';
import { add, lift } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { gather, gatherEach, scatter, scatterEach } from './kernels/gather.ts';
import { order } from './kernels/order.ts';
import { readStrided, writeStrided } from './kernels/strided.ts';
import { broadcastTo, expandDims, reshape } from './layout.ts';
import type { Nested } from './print.ts';
import { type Shape, axisOf, sizeOf, stridesOf } from './shape.ts';

/** What is taken of an axis: one index, which leaves the axis out; [start, stop, step], any of which may be missing; all of it (null). Negative numbers count from the end. */
export type Range = number | null | readonly [] | readonly [start: number | null, stop?: number | null, step?: number];
export type Indices = NDArray | number | readonly number[];

interface Part { shape: number[]; offset: number; strides: number[] }

/** Where the elements of a slice are: its shape, its first element and its strides. */
function partOf(x: NDArray, ranges: readonly Range[]): Part {
  if (ranges.length > x.ndim) fail('slice', `${ranges.length} ranges for an array of shape ${show(x.shape)}`);
  const strides = stridesOf(x.shape);
  const part: Part = { shape: [], offset: 0, strides: [] };
  x.shape.forEach((n, axis) => {
    const range = ranges[axis] ?? [];
    if (typeof range === 'number') {
      if (!Number.isInteger(range) || range < -n || range >= n) fail('slice', `index ${range} is out of range for axis ${axis} of an array of shape ${show(x.shape)}`);
      part.offset += (range < 0 ? range + n : range) * strides[axis];
      return;
    }
    const [from, to, step = 1] = range ?? [];
    if (!Number.isInteger(step) || step === 0) fail('slice', `step ${step} for axis ${axis}`);
    // As in NumPy, ends beyond the array are moved to its ends.
    const low = step < 0 ? -1 : 0;
    const high = step < 0 ? n - 1 : n;
    const end = (at: number | null | undefined, otherwise: number): number => (at === null || at === undefined ? otherwise : Math.max(low, Math.min(high, at < 0 ? at + n : at)));
    const start = end(from, step < 0 ? high : low);
    const count = Math.max(Math.ceil((end(to, step < 0 ? low : high) - start) / step), 0);
    if (count > 0) part.offset += start * strides[axis];
    part.shape.push(count);
    part.strides.push(step * strides[axis]);
  });
  return part;
}

/** A part of an array: `x.slice([0, 10], 3)` is NumPy's `x[0:10, 3]`. Axes without a range are taken whole. */
export function slice(x: NDArray, ...ranges: Range[]): NDArray {
  const { shape, offset, strides } = partOf(x, ranges);
  return readStrided(x, shape, offset, strides);
}

/** The cotangent of x in slice(x, ...ranges): g in its place, zeros around it. */
export function unslice(g: NDArray, x: NDArray, ...ranges: Range[]): NDArray {
  const { offset, strides } = partOf(x, ranges);
  return writeStrided(g, [], [{ offset, strides }], x.shape, 0);
}

/** Indices as an array, negative ones from the end. @throws NumpyError for one that is out of range, or no integer. */
function checked(op: string, indices: Indices, n: number, shape: Shape): NDArray {
  const given = isArray(indices) ? indices : typeof indices === 'number' ? filled([], 'float64', (d) => { d[0] = indices; }) : filled([indices.length], 'float64', (d) => d.set(indices));
  const values = dataOf(given);
  return filled(given.shape, 'int32', (out) => {
    for (let i = 0; i < out.length; i++) {
      const at = values[i];
      if (!Number.isInteger(at) || at < -n || at >= n) fail(op, `index ${at} is out of range for an axis of size ${n} of an array of shape ${show(shape)}`);
      out[i] = at < 0 ? at + n : at;
    }
  });
}

/** The parts at these indices of an axis, which the indices' own axes replace; without an axis, elements of the flattened array. */
export function take(operand: Operand, indices: Indices, axis: number | null = null): NDArray {
  const given = lift(operand);
  const x = axis === null ? reshape(given, [given.size]) : given;
  const at = axisOf('take', axis ?? 0, x.shape);
  const n = x.shape[at];
  const index = checked('take', indices, n, x.shape);
  return gather(x, index, sizeOf(x.shape.slice(0, at)), n, sizeOf(x.shape.slice(at + 1)), [...x.shape.slice(0, at), ...index.shape, ...x.shape.slice(at + 1)]);
}

/** The cotangent of x in take(x, indices, axis): g added up where its elements were taken. */
export function untake(g: NDArray, operand: Operand, indices: Indices, axis: number | null = null): NDArray {
  const given = lift(operand);
  const shape = axis === null ? [given.size] : given.shape;
  const at = axisOf('take', axis ?? 0, shape);
  const index = checked('take', indices, shape[at], shape);
  return reshape(scatter(g, index, sizeOf(shape.slice(0, at)), shape[at], sizeOf(shape.slice(at + 1)), shape), given.shape);
}

/** out[…, i, …] = x[…, indices[…, i, …], …]: NumPy's take_along_axis. The indices have x's shape, on other axes than this one. */
export function takeAlongAxis(operand: Operand, indices: NDArray, axis = -1): NDArray {
  const x = lift(operand);
  const { index, outer, n, count, inner } = along('takeAlongAxis', x.shape, indices, axis);
  return gatherEach(x, index, outer, n, count, inner);
}

/** The cotangent of x in takeAlongAxis(x, indices, axis). */
export function untakeAlongAxis(g: NDArray, operand: Operand, indices: NDArray, axis = -1): NDArray {
  const x = lift(operand);
  const { index, outer, n, count, inner } = along('takeAlongAxis', x.shape, indices, axis);
  return scatterEach(g, index, outer, n, count, inner, x.shape);
}

function along(op: string, shape: Shape, indices: NDArray, axis: number): { index: NDArray; outer: number; n: number; count: number; inner: number } {
  const at = axisOf(op, axis, shape);
  if (indices.ndim !== shape.length || shape.some((n, i) => i !== at && n !== indices.shape[i])) fail(op, `indices of shape ${show(indices.shape)} for an array of shape ${show(shape)}`);
  return { index: checked(op, indices, shape[at], shape), outer: sizeOf(shape.slice(0, at)), n: shape[at], count: indices.shape[at], inner: sizeOf(shape.slice(at + 1)) };
}

/** x with `updates` added at these indices of an axis; an index that occurs twice is added to twice. */
export function scatterAdd(operand: Operand, indices: Indices, updates: Operand, axis = 0): NDArray {
  const x = lift(operand);
  const at = axisOf('scatterAdd', axis, x.shape);
  const index = checked('scatterAdd', indices, x.shape[at], x.shape);
  const shape = [...x.shape.slice(0, at), ...index.shape, ...x.shape.slice(at + 1)];
  return add(x, untake(broadcastTo(updates, shape), x, index, at));
}

/** Vectors of `count` numbers along a new last axis: 1 at the index, 0 elsewhere; all 0 where the index is out of range, as in JAX. */
export function oneHot(indices: Indices, count: number, dtype: DType = 'float32'): NDArray {
  const given = isArray(indices) ? indices : array(indices as Nested);
  return astype(equal(expandDims(given, -1), arange(count)), dtype);
}

/** Values in ascending order along an axis; NaN comes last. */
export function sort(operand: Operand, axis = -1): NDArray {
  const x = lift(operand);
  return takeAlongAxis(x, argsort(x, axis), axis);
}

/** The indices that sort an axis; equal values keep their order. */
export function argsort(operand: Operand, axis = -1): NDArray {
  const x = lift(operand);
  const at = axisOf('argsort', axis, x.shape);
  return order(x, sizeOf(x.shape.slice(0, at)), x.shape[at], sizeOf(x.shape.slice(at + 1)));
}

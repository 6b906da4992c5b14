/** Arrays of several, and several of one. */
import { type NDArray, type Operand } from './array.ts';
import { astype } from './create.ts';
import { lift } from './elementwise.ts';
import { cast, promote } from './dtype.ts';
import { fail, show } from './errors.ts';
import { slice, type Range } from './indexing.ts';
import { writeStrided } from './kernels/strided.ts';
import { broadcastTo, expandDims, reshape } from './layout.ts';
import { axisOf, sameShape, stridesOf } from './shape.ts';

/** Arrays one after the other along an axis. @throws NumpyError where shapes differ on another axis. */
export function concatenate(xs: readonly Operand[], axis = 0): NDArray {
  const arrays = together('concatenate', xs);
  const first = arrays[0].shape;
  const at = axisOf('concatenate', axis, first);
  const odd = arrays.find((x) => x.ndim !== first.length || x.shape.some((n, i) => i !== at && n !== first[i]));
  if (odd) fail('concatenate', `shapes ${show(first)} and ${show(odd.shape)} differ on another axis than ${at}`);
  const shape = [...first];
  shape[at] = arrays.reduce((sum, x) => sum + x.shape[at], 0);
  const strides = stridesOf(shape);
  let start = 0;
  const places = arrays.map((x) => {
    const offset = start * strides[at];
    start += x.shape[at];
    return { offset, strides };
  });
  return writeStrided(arrays[0], arrays.slice(1), places, shape, 0);
}

/** Arrays of one shape along a new axis. */
export function stack(xs: readonly Operand[], axis = 0): NDArray {
  const arrays = together('stack', xs);
  const odd = arrays.find((x) => !sameShape(x.shape, arrays[0].shape));
  if (odd) fail('stack', `shapes ${show(arrays[0].shape)} and ${show(odd.shape)} differ`);
  return concatenate(arrays.map((x) => expandDims(x, axis)), axis);
}

/** Parts along an axis: a number of equal ones, or those between these indices. @throws NumpyError where the parts cannot be equal. */
export function split(operand: Operand, parts: number | readonly number[], axis = 0): NDArray[] {
  const x = lift(operand);
  const at = axisOf('split', axis, x.shape);
  const n = x.shape[at];
  if (typeof parts === 'number' && (parts < 1 || !Number.isInteger(n / parts))) fail('split', `axis ${at} of an array of shape ${show(x.shape)} does not make ${parts} equal parts`);
  const ends = typeof parts === 'number' ? Array.from({ length: parts }, (_, i) => ((i + 1) * n) / parts) : [...parts, n];
  return ends.map((end, i) => slice(x, ...range(at, [ends[i - 1] ?? 0, end])));
}

/** The parts along an axis, which they lose. */
export function unstack(operand: Operand, axis = 0): NDArray[] {
  const x = lift(operand);
  const at = axisOf('unstack', axis, x.shape);
  return Array.from({ length: x.shape[at] }, (_, i) => slice(x, ...range(at, i)));
}

/** The cotangents of xs in concatenate(xs, axis). */
export function unconcatenate(g: NDArray, xs: readonly Operand[], axis = 0): NDArray[] {
  const at = axisOf('concatenate', axis, g.shape);
  let end = 0;
  return xs.map((x) => slice(g, ...range(at, [end, (end += lift(x).shape[at])])));
}

/** How far arrays are padded: on all sides, on the sides of each axis, before and after each axis. */
export type Padding = number | readonly (number | readonly [number, number])[];

/** x with `value` around it. */
export function pad(operand: Operand, widths: Padding, { value = 0 }: { value?: number } = {}): NDArray {
  const x = lift(operand);
  const sides = sidesOf(x, widths);
  const shape = x.shape.map((n, i) => n + sides[i][0] + sides[i][1]);
  const strides = stridesOf(shape);
  return writeStrided(x, [], [{ offset: sides.reduce((sum, [before], i) => sum + before * strides[i], 0), strides }], shape, cast(value, x.dtype));
}

/** The cotangent of x in pad(x, widths). */
export function unpad(g: NDArray, operand: Operand, widths: Padding): NDArray {
  const x = lift(operand);
  return slice(g, ...sidesOf(x, widths).map(([before], i): Range => [before, before + x.shape[i]]));
}

/** x repeated `counts` times along its axes. */
export function tile(operand: Operand, counts: number | readonly number[]): NDArray {
  const x = lift(operand);
  const times = [counts].flat();
  const rank = Math.max(times.length, x.ndim);
  const shape = [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const all = [...new Array<number>(rank - times.length).fill(1), ...times];
  const pairs = reshape(x, shape.flatMap((n) => [1, n]));
  return reshape(broadcastTo(pairs, shape.flatMap((n, i) => [all[i], n])), shape.map((n, i) => n * all[i]));
}

/** Each part along an axis `count` times. */
export function repeat(operand: Operand, count: number, axis = 0): NDArray {
  const x = lift(operand);
  const at = axisOf('repeat', axis, x.shape);
  const shape = [...x.shape];
  shape.splice(at + 1, 0, count);
  return reshape(broadcastTo(expandDims(x, at + 1), shape), x.shape.map((n, i) => (i === at ? n * count : n)));
}

function sidesOf(x: NDArray, widths: Padding): (readonly [number, number])[] {
  const list = typeof widths === 'number' ? x.shape.map(() => widths) : widths;
  if (list.length !== x.ndim) fail('pad', `${list.length} widths for an array of shape ${show(x.shape)}`);
  const sides = list.map((w): readonly [number, number] => (typeof w === 'number' ? [w, w] : w));
  if (sides.flat().some((w) => !Number.isInteger(w) || w < 0)) fail('pad', `widths ${JSON.stringify(widths)}`);
  return sides;
}

function range(axis: number, which: Range): Range[] { return [...new Array<Range>(axis).fill(null), which]; }

/** As arrays of their common dtype. */
function together(op: string, xs: readonly Operand[]): NDArray[] {
  if (xs.length === 0) fail(op, 'of no arrays');
  const arrays = xs.map((x) => lift(x));
  const dtype = arrays.reduce((d, x) => promote(d, x.dtype), arrays[0].dtype);
  return arrays.map((x) => astype(x, dtype));
}

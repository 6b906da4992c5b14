/**
 * Runs a loop that the compiler has written for a chain of operations on each element. The loop goes along a row of the
 * space of indexes to which all inputs are broadcast; here is in which rows, and where the inputs begin there.
 */
import { type NDArray, dataOf, made } from './array.ts';
import { type DType, type TypedArray, isFloat, promote, typedArray } from './dtype.ts';
import { broadcastShapes, sizeOf } from './shape.ts';

/** The elements of an array of floating-point numbers. */
export type Elements = Float64Array | Float32Array;

/** What goes into a loop and comes out. @internal */
export interface Fused {
  /** Arrays of one shape, that of the outputs. */
  arrays?: readonly NDArray[];
  /** Arrays that are broadcast. */
  broadcast?: readonly NDArray[];
  numbers?: readonly number[];
  /** How many arrays the loop writes. */
  outputs?: number;
  /** The loop's result is a sum over all elements. */
  total?: 'sum' | 'mean';
}

/** (n, start, …arrays, …(array, at, step), …numbers, …outputs) => sum */
type Kernel = (n: number, start: number, ...rest: any[]) => number | void;

/**
 * The outputs of a loop, and the sum or mean: one alone, or a list.
 * @throws NumpyError for shapes that cannot be broadcast.
 * @internal
 */
export function fuse(kernel: Kernel, { arrays = [], broadcast = [], numbers = [], outputs = 0, total }: Fused): any {
  counters.passes++;
  const inputs = [...arrays, ...broadcast];
  let { shape } = inputs[0];
  let dtype: DType = inputs[0].dtype;
  for (let i = 1; i < inputs.length; i++) {
    if (!same(inputs[i].shape, shape)) shape = broadcastShapes('fuse', shape, inputs[i].shape);
    dtype = promote(dtype, inputs[i].dtype);
  }
  if (!isFloat(dtype)) dtype = 'float32';
  const size = sizeOf(shape);
  const outs: TypedArray[] = [];
  for (let k = 0; k < outputs; k++) outs.push(typedArray(dtype, size));
  const data = arrays.map(dataOf);
  let sum = 0;
  if (size === 0) sum = 0;
  else if (broadcast.length === 0) sum = Number(kernel(size, 0, ...data, ...numbers, ...outs) ?? 0);
  else sum = rows(kernel, shape, broadcast, data, numbers, outs);
  const results: NDArray[] = outs.map((out) => made(shape, dtype, out));
  if (total) results.push(made([], dtype, Object.assign(typedArray(dtype, 1), { 0: total === 'mean' ? sum / size : sum })));
  return results.length === 1 ? results[0] : results;
}

/** How often arrays were gone through, for tests. @internal */
export const counters = { passes: 0 };

/** Row by row: the last axes, as far as every input is there as a whole or repeats one element, are one row. */
function rows(kernel: Kernel, shape: readonly number[], broadcast: readonly NDArray[], data: readonly TypedArray[], numbers: readonly number[], outs: readonly TypedArray[]): number {
  let axis = shape.length;
  let n = 1;
  const whole = broadcast.map(() => undefined as boolean | undefined);
  while (axis > 0) {
    const next = broadcast.map((x, k) => {
      const d = x.shape[x.ndim - shape.length + axis - 1] ?? 1;
      const full = d === shape[axis - 1];
      return shape[axis - 1] === 1 ? whole[k] : whole[k] === undefined ? full : whole[k] === full ? full : 'mixed';
    });
    if (next.includes('mixed')) break;
    next.forEach((w, k) => { whole[k] = w as boolean | undefined; });
    n *= shape[--axis];
  }
  const outer = shape.slice(0, axis);
  const steps = whole.map((w) => (w ? 1 : 0));
  // How far an input moves along each of the outer axes.
  const strides = broadcast.map((x) => {
    let stride = 1;
    const all = [...shape.keys()].map(() => 0);
    for (let i = x.ndim - 1; i >= 0; i--) {
      if (x.shape[i] !== 1) all[shape.length - x.ndim + i] = stride;
      stride *= x.shape[i];
    }
    return all.slice(0, axis);
  });
  const rest = [...data, ...broadcast.flatMap((x, k) => [dataOf(x), 0, steps[k]]), ...numbers, ...outs] as any[];
  const index = outer.map(() => 0);
  const count = sizeOf(outer);
  let sum = 0;
  for (let row = 0; row < count; row++) {
    sum += Number(kernel(n, row * n, ...rest) ?? 0);
    for (let i = outer.length - 1; i >= 0; i--) {
      const wrapped = ++index[i] === outer[i];
      for (let k = 0; k < strides.length; k++) rest[data.length + 3 * k + 1] += wrapped ? -strides[k][i] * (outer[i] - 1) : strides[k][i];
      if (!wrapped) break;
      index[i] = 0;
    }
  }
  return sum;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((d, i) => d === b[i]));
}

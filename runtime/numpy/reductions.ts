/** Reductions over axes: all of them, one or several, counted from the end if negative. `keepdims` leaves axes of size 1 in their place. */
import type { KeepDims, NDArray, Operand } from './array.ts';
import { div, lift, mul, sqrt, sub } from './elementwise.ts';
import { type DType, floating } from './dtype.ts';
import { fail, show } from './errors.ts';
import { type Reduction, argReduce, reduce, scan } from './kernels/reduce.ts';
import { reshape, transpose } from './layout.ts';
import { type Axis, axesOf, axisOf, reducedShape, sizeOf } from './shape.ts';

/** Sums; of bool, counts. 0 of nothing. */
export function sum(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('sum', x, axis, options, total(lift(x).dtype)); }
/** Products; 1 of nothing. */
export function prod(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('prod', x, axis, options, total(lift(x).dtype)); }
/** @throws NumpyError for the maximum of nothing. */
export function max(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('max', x, axis, options, lift(x).dtype); }
/** @throws NumpyError for the minimum of nothing. */
export function min(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('min', x, axis, options, lift(x).dtype); }
export function any(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('any', x, axis, options, 'bool'); }
export function all(x: Operand, axis: Axis = null, options?: KeepDims): NDArray { return over('all', x, axis, options, 'bool'); }

/** Arithmetic means. @throws NumpyError for the mean of nothing. */
export function mean(x: Operand, axis: Axis = null, options?: KeepDims): NDArray {
  return over('sum', x, axis, options, floating(lift(x).dtype), 'mean');
}

export interface Moments extends KeepDims {
  /** The divisor is the number of elements minus this; 0 if not given. */
  ddof?: number;
}
/** Variances. @throws NumpyError where there are no more elements than `ddof`. */
export function variance(x: Operand, axis: Axis = null, { ddof = 0, keepdims }: Moments = {}): NDArray {
  const array = lift(x);
  const count = counted(array, axis, 'var');
  if (count <= ddof) fail('var', `of ${count} elements with ddof ${ddof}, of an array of shape ${show(array.shape)}`);
  const d = sub(array, mean(array, axis, { keepdims: true }));
  return div(sum(mul(d, d), axis, { keepdims }), count - ddof);
}
/** Standard deviations. @throws NumpyError where there are no more elements than `ddof`. */
export function std(x: Operand, axis: Axis = null, options?: Moments): NDArray { return sqrt(variance(x, axis, options)); }

/** The index of the first of the greatest elements; without an axis, in the flattened array. @throws NumpyError where there is none. */
export function argmax(x: Operand, axis: number | null = null, options?: KeepDims): NDArray { return argument('argmax', x, axis, options); }
/** The index of the first of the least elements; without an axis, in the flattened array. @throws NumpyError where there is none. */
export function argmin(x: Operand, axis: number | null = null, options?: KeepDims): NDArray { return argument('argmin', x, axis, options); }

/** Running sums along an axis; without one, of the flattened array. */
export function cumsum(x: Operand, axis: number | null = null): NDArray { return running('cumsum', x, axis); }
/** Running products along an axis; without one, of the flattened array. */
export function cumprod(x: Operand, axis: number | null = null): NDArray { return running('cumprod', x, axis); }

/** Sums and products of bool count. */
function total(dtype: DType): DType { return dtype === 'bool' ? 'int32' : dtype; }

/** How many elements go into each result. @internal */
export function counted(x: NDArray, axis: Axis, op: string): number {
  return sizeOf(axesOf(op, axis, x.shape).map((a) => x.shape[a]));
}

function over(op: Reduction, operand: Operand, axis: Axis, { keepdims = false }: KeepDims = {}, dtype: DType, name: string = op): NDArray {
  const x = lift(operand);
  const axes = axesOf(name, axis, x.shape);
  const shape = reducedShape(x.shape, axes, keepdims);
  const n = sizeOf(axes.map((a) => x.shape[a]));
  if (n === 0 && (op === 'max' || op === 'min' || name === 'mean')) fail(name, `of no elements, in an array of shape ${show(x.shape)}${axis === null ? '' : ` along axis ${JSON.stringify(axis)}`}`);
  const first = axes[0] ?? 0;
  // Axes that are neighbours are one axis; others are brought together at the end.
  const together = axes.every((a, i) => a === first + i);
  const y = together ? x : transpose(x, [...x.shape.keys()].filter((a) => !axes.includes(a)).concat(axes));
  const inner = together ? sizeOf(x.shape.slice(first + axes.length)) : 1;
  return reduce(y, op, sizeOf(shape) / inner || 0, n, inner, shape, dtype, name === 'mean' ? 1 / n : 1);
}

/** An array seen as [outer, n, inner] around one axis. */
function around(op: string, x: NDArray, axis: number): { outer: number; n: number; inner: number; axis: number } {
  const at = axisOf(op, axis, x.shape);
  return { outer: sizeOf(x.shape.slice(0, at)), n: x.shape[at], inner: sizeOf(x.shape.slice(at + 1)), axis: at };
}

function argument(op: 'argmax' | 'argmin', operand: Operand, axis: number | null, { keepdims = false }: KeepDims = {}): NDArray {
  const given = lift(operand);
  const x = axis === null ? reshape(given, [given.size]) : given;
  const { outer, n, inner, axis: at } = around(op, x, axis ?? 0);
  if (n === 0) fail(op, `of no elements, in an array of shape ${show(x.shape)}`);
  const shape = axis === null && keepdims ? given.shape.map(() => 1) : reducedShape(x.shape, [at], keepdims);
  return argReduce(x, op === 'argmax' ? 'max' : 'min', outer, n, inner, shape);
}

function running(op: 'cumsum' | 'cumprod', operand: Operand, axis: number | null): NDArray {
  const given = lift(operand);
  const x = axis === null ? reshape(given, [given.size]) : given;
  const { outer, n, inner } = around(op, x, axis ?? 0);
  return scan(x, op === 'cumsum' ? 'sum' : 'prod', outer, n, inner, total(x.dtype));
}

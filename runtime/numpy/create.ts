/** New arrays. float32 is the default dtype. */
import { NDArray, type Operand, filled, isArray, made, zeroed } from './array.ts';
import { type DType, type TypedArray, cast, dtypeOf } from './dtype.ts';
import { lift } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { convert } from './kernels/map.ts';
import type { Nested } from './print.ts';
import { type Shape, checkShape, sizeOf } from './shape.ts';

export interface ArrayOptions {
  /** Without it: that of an array or typed array, bool of booleans, float32 of numbers. */
  dtype?: DType;
  /** The shape of a typed array's elements; one axis without it. */
  shape?: number | Shape;
  /** False: a typed array's memory becomes the array's, and must not be written any more. True if not given. */
  copy?: boolean;
}

/**
 * An array of nested lists of numbers or booleans, of a typed array, of a number, or of an array.
 * @throws NumpyError where lists of one level differ in length, or a typed array has not as many elements as its shape.
 */
export function array(values: Nested | TypedArray | Float32Array | Float64Array | NDArray, options: ArrayOptions | DType = {}): NDArray {
  const { dtype, shape, copy = true } = typeof options === 'string' ? { dtype: options } as ArrayOptions : options;
  if (isArray(values)) return shaped(dtype ? astype(values, dtype) : values, shape);
  if (ArrayBuffer.isView(values)) return ofTyped(values as TypedArray, dtype, shape, copy);
  return shaped(ofNested(values as Nested, dtype), shape);
}

function shaped(x: NDArray, shape: number | Shape | undefined): NDArray {
  if (shape === undefined) return x;
  const to = checkShape('array', shape);
  return x.size === sizeOf(to) ? new NDArray(to, x.dtype, x.storage) : fail('array', `${x.size} elements do not make the shape ${show(to)}`);
}

function ofTyped(values: TypedArray, dtype: DType | undefined, shape: number | Shape | undefined, copy: boolean): NDArray {
  const own = dtypeOf(values);
  const to = dtype ?? own ?? 'float32';
  const size = checkShape('array', shape ?? values.length);
  if (sizeOf(size) !== values.length) fail('array', `${values.length} elements do not make the shape ${show(size)}`);
  if (own === to) return made(size, to, copy ? values.slice() : values);
  return filled(size, to, (data) => { for (let i = 0; i < data.length; i++) data[i] = cast(Number(values[i]), to); });
}

function ofNested(values: Nested, dtype: DType | undefined): NDArray {
  const shape: number[] = [];
  for (let level: Nested = values; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: (number | boolean)[] = [];
  const visit = (part: Nested, axis: number): void => {
    if (Array.isArray(part)) {
      if (part.length !== shape[axis]) fail('array', `lists of one level differ in length: ${part.length} and ${shape[axis] ?? 'a number'}`);
      for (const inner of part) visit(inner, axis + 1);
    } else if ((typeof part !== 'number' && typeof part !== 'boolean') || axis !== shape.length) {
      fail('array', axis < shape.length ? 'numbers and lists are mixed in one level' : `${typeof part} is not a number`);
    } else flat.push(part);
  };
  visit(values, 0);
  const to = dtype ?? (flat.length > 0 && flat.every((x) => typeof x === 'boolean') ? 'bool' : 'float32');
  return filled(shape, to, (data) => { for (let i = 0; i < data.length; i++) data[i] = cast(Number(flat[i]), to); });
}

/** The elements as another dtype: to int32, truncated and saturated (NaN is 0); to bool, whether they are not 0. */
export function astype(x: Operand, dtype: DType): NDArray {
  const array = lift(x);
  return array.dtype === dtype ? array : convert(array, dtype);
}

export function zeros(shape: number | Shape, dtype: DType = 'float32'): NDArray { return zeroed(checkShape('zeros', shape), dtype, () => {}); }
export function ones(shape: number | Shape, dtype: DType = 'float32'): NDArray { return full(shape, 1, dtype); }
export function full(shape: number | Shape, value: number, dtype: DType = 'float32'): NDArray { return filled(checkShape('full', shape), dtype, (data) => data.fill(cast(value, dtype))); }
export function zerosLike(x: Operand): NDArray { return typeof x === 'number' ? zeros([]) : zeros(x.shape, x.dtype); }
export function onesLike(x: Operand): NDArray { return fullLike(x, 1); }
export function fullLike(x: Operand, value: number): NDArray { return typeof x === 'number' ? full([], value) : full(x.shape, value, x.dtype); }

/** start, start + step … up to but without stop; `arange(n)` counts from 0. */
export function arange(start: number, stop?: number, step = 1, dtype: DType = 'float32'): NDArray {
  const [first, end] = stop === undefined ? [0, start] : [start, stop];
  if (!Number.isFinite(first) || !Number.isFinite(end) || !Number.isFinite(step) || step === 0) fail('arange', `from ${first} to ${end} in steps of ${step}`);
  return filled([Math.max(Math.ceil((end - first) / step), 0)], dtype, (data) => { for (let i = 0; i < data.length; i++) data[i] = cast(first + i * step, dtype); });
}

/** `count` numbers at equal distances from start to stop, which is one of them. */
export function linspace(start: number, stop: number, count = 50, dtype: DType = 'float32'): NDArray {
  return filled(checkShape('linspace', count), dtype, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = cast(i === 0 ? start : i === count - 1 ? stop : start + ((stop - start) * i) / (count - 1), dtype);
  });
}

/** A matrix with ones on its diagonal, or on the k-th above it. */
export function eye(rows: number, columns = rows, k = 0, dtype: DType = 'float32'): NDArray {
  return zeroed(checkShape('eye', [rows, columns]), dtype, (data) => {
    for (let i = Math.max(0, -k); i < rows && i + k < columns; i++) data[i * columns + i + k] = 1;
  });
}

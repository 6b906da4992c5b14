/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The class of arrays. A value: shape, dtype and elements never change. Methods are one line each and call the function of their name.
 */
import { CPU, Memory, use, type Storage } from './device.ts';
import type { DType, TypedArray } from './dtype.ts';
import { fail, show } from './errors.ts';
import { borrow } from './pool.ts';
import { format, nested, type Nested } from './print.ts';
import { type Axis, type Shape, sizeOf } from './shape.ts';
import * as elementwise from './elementwise.ts';
import * as compare from './compare.ts';
import * as reductions from './reductions.ts';
import * as layout from './layout.ts';
import { matmul, dot } from './matmul.ts';
import { slice, take, type Range } from './indexing.ts';
import { astype, zerosLike } from './create.ts';

/** An array, or a number, which is weakly typed. */
export type Operand = NDArray | number;
export interface KeepDims { keepdims?: boolean }

/** An n-dimensional array: immutable, row-major. Made by `np.array`, `np.zeros` … */
export class NDArray {
  /** The number of elements. */
  readonly size: number;

  /** @internal */
  constructor(readonly shape: Shape, readonly dtype: DType, /** @internal */ readonly storage: Storage) {
    this.size = sizeOf(shape);
  }

  get isNDArray(): true { return true; }
  get ndim(): number { return this.shape.length; }
  /** 'cpu', or where its elements are. */
  get device(): string { return this.storage.device.name; }
  /** The transpose: all axes in reverse order. */
  get T(): NDArray { return layout.transpose(this); }

  /** A copy of the elements in row-major order: what waits for a device. bool is 0 and 1. */
  async data(): Promise<TypedArray> { return this.storage.read(); }
  /** A copy of the elements in row-major order. @throws NumpyError for an array on another device than the CPU. */
  dataSync(): TypedArray { return dataOf(this).slice(); }
  /** The one element. @throws NumpyError where there are more or fewer. */
  item(): number {
    if (this.size !== 1) fail('item', `an array of shape ${show(this.shape)} has ${this.size} elements, not one`);
    return dataOf(this)[0];
  }
  /** Nested lists of numbers (or booleans); of a 0-d array, its element. */
  tolist(): Nested { return nested(this); }
  toString(): string { return format(this); }
  toJSON(): Nested { return nested(this); }
  [Symbol.for('nodejs.util.inspect.custom')](): string { return format(this); }
  /** Gives the memory back at once, that of arrays that share it (`reshape`), too; without it, the garbage collector does. */
  dispose(): void { this.storage.dispose(); }
  /** `using x = …` disposes of x at the end of the block. */
  [Symbol.dispose](): void { this.storage.dispose(); }

  /** @internal */
  zerosLike(): NDArray { return zerosLike(this); }
  /** An array of this shape and dtype. @internal */
  like(numbers: ArrayLike<number>): NDArray { return filled(this.shape, this.dtype, (data) => data.set(numbers)); }

  astype(dtype: DType): NDArray { return astype(this, dtype); }
  add(y: Operand): NDArray { return elementwise.add(this, y); }
  sub(y: Operand): NDArray { return elementwise.sub(this, y); }
  mul(y: Operand): NDArray { return elementwise.mul(this, y); }
  div(y: Operand): NDArray { return elementwise.div(this, y); }
  mod(y: Operand): NDArray { return elementwise.mod(this, y); }
  pow(y: Operand): NDArray { return elementwise.pow(this, y); }
  neg(): NDArray { return elementwise.neg(this); }
  abs(): NDArray { return elementwise.abs(this); }
  greater(y: Operand): NDArray { return compare.greater(this, y); }
  greaterEqual(y: Operand): NDArray { return compare.greaterEqual(this, y); }
  less(y: Operand): NDArray { return compare.less(this, y); }
  lessEqual(y: Operand): NDArray { return compare.lessEqual(this, y); }
  equal(y: Operand): NDArray { return compare.equal(this, y); }
  notEqual(y: Operand): NDArray { return compare.notEqual(this, y); }
  sum(axis: Axis = null, options?: KeepDims): NDArray { return reductions.sum(this, axis, options); }
  mean(axis: Axis = null, options?: KeepDims): NDArray { return reductions.mean(this, axis, options); }
  max(axis: Axis = null, options?: KeepDims): NDArray { return reductions.max(this, axis, options); }
  min(axis: Axis = null, options?: KeepDims): NDArray { return reductions.min(this, axis, options); }
  matmul(y: NDArray): NDArray { return matmul(this, y); }
  dot(y: Operand): NDArray { return dot(this, y); }
  reshape(...shape: number[] | [Shape]): NDArray { return layout.reshape(this, ...shape); }
  flatten(): NDArray { return layout.reshape(this, [this.size]); }
  transpose(axes?: readonly number[]): NDArray { return layout.transpose(this, axes); }
  slice(...ranges: Range[]): NDArray { return slice(this, ...ranges); }
  take(indices: NDArray | number | readonly number[], axis?: number): NDArray { return take(this, indices, axis); }
}

/** The elements themselves, for kernels: not to be written after the array is made. @internal */
export function dataOf(x: NDArray): TypedArray {
  return x.storage instanceof Memory ? use(x.storage) : fail('dataSync', `an array of shape ${show(x.shape)} on ${x.device} is read by \`await x.data()\``);
}

/** @internal */
export function made(shape: Shape, dtype: DType, data: TypedArray): NDArray { return new NDArray(shape, dtype, CPU.put(data, dtype)); }

/** A new array, all of whose elements are written by `fill`; before, they are anything. @internal */
export function filled(shape: Shape, dtype: DType, fill: (data: TypedArray) => void): NDArray {
  const data = borrow(dtype, sizeOf(shape));
  fill(data);
  return new NDArray(shape, dtype, new Memory(data, true));
}

/** A new array of zeros, some of which are written by `fill`. @internal */
export function zeroed(shape: Shape, dtype: DType, fill: (data: TypedArray) => void): NDArray {
  return filled(shape, dtype, (data) => {
    data.fill(0);
    fill(data);
  });
}

/** @internal */
export function isArray(x: unknown): x is NDArray { return x instanceof NDArray; }

/** @internal */
export function shapeOf(x: Operand): Shape { return typeof x === 'number' ? [] : x.shape; }

/**
 * Elementwise kernels. An operation is given by its name, by which another device knows it, and by its scalar function, with which the CPU computes.
 * Numbers are operands like arrays, of stride 0.
 */
import { type NDArray, type Operand, dataOf, filled, shapeOf } from '../array.ts';
import { kernel } from '../device.ts';
import { type DType, type TypedArray, cast, typedArray } from '../dtype.ts';
import { type Shape, broadcastStrides, sameShape } from '../shape.ts';
import { eachRow } from './rows.ts';
import { functionSimd } from './simd.ts';

export type Scalar1 = (x: number) => number;
export type Scalar2 = (x: number, y: number) => number;

/** f of each element. @internal */
export const map1 = /* @__PURE__ */ kernel('map1', (x: NDArray, dtype: DType, op: string, f: Scalar1): NDArray => {
  const a = dataOf(x);
  return filled(x.shape, dtype, (out) => {
    if (!functionSimd(op, a, out)) for (let i = 0; i < out.length; i++) out[i] = f(a[i]);
  });
});

/** Elements as another type. @internal */
export const convert = /* @__PURE__ */ kernel('convert', (x: NDArray, dtype: DType): NDArray => {
  const a = dataOf(x);
  return filled(x.shape, dtype, (out) => {
    if (dtype === 'float32' || dtype === 'float64') out.set(a);
    else for (let i = 0; i < out.length; i++) out[i] = cast(a[i], dtype);
  });
});

/** The elements of an operand; a number is one element, rounded as the other operand's type is. @internal */
export function elements(x: Operand, dtype: DType): TypedArray {
  if (typeof x !== 'number') return dataOf(x);
  const one = typedArray(dtype, 1);
  one[0] = cast(x, dtype);
  return one;
}

/** f of each pair of elements, which are taken as `dtype`; `shape` is what the operands are broadcast to. @internal */
export const map2 = /* @__PURE__ */ kernel('map2', (x: Operand, y: Operand, shape: Shape, dtype: DType, result: DType, op: string, f: Scalar2): NDArray => {
  const a = elements(x, dtype);
  const b = elements(y, dtype);
  return filled(shape, result, (out) => {
    const m = a.length === 1 ? 0 : sameShape(shapeOf(x), shape) ? 1 : -1;
    const n = b.length === 1 ? 0 : sameShape(shapeOf(y), shape) ? 1 : -1;
    if (m >= 0 && n >= 0) return row(op, f, out, 0, out.length, a, 0, m, b, 0, n);
    eachRow(shape, [broadcastStrides(shapeOf(x), shape), broadcastStrides(shapeOf(y), shape)], [0, 0], (count, steps, at, to) => {
      row(op, f, out, to, count, a, at[0], steps[0], b, at[1], steps[1]);
    });
  });
});

/** One row of a binary operation. The four of arithmetic have loops of their own, without a call for each element. */
function row(op: string, f: Scalar2, out: TypedArray, to: number, n: number, a: TypedArray, i: number, di: number, b: TypedArray, j: number, dj: number): void {
  const end = to + n;
  if (out instanceof Int32Array || out instanceof Uint8Array) op = '';
  switch (op) {
    case 'add':
      if (dj === 0) for (const y = b[j]; to < end; i += di) out[to++] = a[i] + y;
      else for (; to < end; i += di, j += dj) out[to++] = a[i] + b[j];
      return;
    case 'sub':
      if (dj === 0) for (const y = b[j]; to < end; i += di) out[to++] = a[i] - y;
      else for (; to < end; i += di, j += dj) out[to++] = a[i] - b[j];
      return;
    case 'mul':
      if (dj === 0) for (const y = b[j]; to < end; i += di) out[to++] = a[i] * y;
      else for (; to < end; i += di, j += dj) out[to++] = a[i] * b[j];
      return;
    case 'div':
      if (dj === 0) for (const y = b[j]; to < end; i += di) out[to++] = a[i] / y;
      else for (; to < end; i += di, j += dj) out[to++] = a[i] / b[j];
      return;
    default:
      for (; to < end; i += di, j += dj) out[to++] = f(a[i], b[j]);
  }
}

/** Elements of x where the condition holds, else of y. @internal */
export const select = /* @__PURE__ */ kernel('select', (x: Operand, y: Operand, condition: NDArray, shape: Shape, dtype: DType): NDArray => {
  const [a, b, c] = [elements(x, dtype), elements(y, dtype), dataOf(condition)];
  const strides = [x, y, condition].map((operand) => broadcastStrides(shapeOf(operand), shape));
  return filled(shape, dtype, (out) => eachRow(shape, strides, [0, 0, 0], (n, [da, db, dc], [i, j, k], to) => {
    for (const end = to + n; to < end; i += da, j += db, k += dc) out[to++] = c[k] !== 0 ? a[i] : b[j];
  }));
});

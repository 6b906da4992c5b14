/**
 * Kernels that move elements. Transposing, broadcasting, slicing and flipping read an array from an offset with strides;
 * padding, joining and the derivative of slicing write one to such places.
 */
import { type NDArray, dataOf, filled, zeroed } from '../array.ts';
import { kernel } from '../device.ts';
import { type Shape, stridesOf } from '../shape.ts';
import { eachRow } from './rows.ts';

/** The array of this shape whose elements are x's from `offset` on, with these strides. @internal */
export const readStrided = /* @__PURE__ */ kernel('readStrided', (x: NDArray, shape: Shape, offset: number, strides: number[]): NDArray => {
  const a = dataOf(x);
  return filled(shape, x.dtype, (out) => eachRow(shape, [strides], [offset], (n, [step], [i], to) => {
    if (step === 1) for (const end = to + n; to < end; i++) out[to++] = a[i];
    else if (step === 0) out.fill(a[i], to, to + n);
    else for (const end = to + n; to < end; i += step) out[to++] = a[i];
  }));
});

/** Where an array goes in another one. @internal */
export interface Place { offset: number; strides: number[] }

/** An array filled with a number, in which each of the arrays, of the same dtype, is put in its place. @internal */
export const writeStrided = /* @__PURE__ */ kernel('writeStrided', (first: NDArray, rest: readonly NDArray[], places: readonly Place[], shape: Shape, fill: number): NDArray => (
  zeroed(shape, first.dtype, (out) => {
    if (fill !== 0) out.fill(fill);
    [first, ...rest].forEach((x, k) => {
      const a = dataOf(x);
      const { offset, strides } = places[k];
      eachRow(x.shape, [stridesOf(x.shape), strides], [0, offset], (n, [di, dj], [i, j]) => {
        for (let left = n; left > 0; left--, i += di, j += dj) out[j] = a[i];
      });
    });
  })));

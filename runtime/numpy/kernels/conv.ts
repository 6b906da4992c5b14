/**
 * Convolutions as products of matrices. `columns` lays an image out so that each of its windows is a column, [inputs · window, positions];
 * then the result is W · columns, the weights' cotangent Ḡ · columnsᵀ, and the image's cotangent Wᵀ · Ḡ, added up where the windows were.
 */
import { type NDArray, dataOf, filled, zeroed } from '../array.ts';
import { kernel } from '../device.ts';
import { type TypedArray, typedArray } from '../dtype.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { Sliding } from '../windows.ts';
import { product } from './contract.ts';

export interface Convolution { batch: number; inputs: number; outputs: number; rows: Sliding; columns: Sliding }

/** @internal */
export const convolve = /* @__PURE__ */ kernel('convolve', (x: NDArray, w: NDArray, c: Convolution, shape: Shape): NDArray => {
  const { depth, positions, image } = sizesOf(c);
  const [a, weights] = [dataOf(x), dataOf(w)];
  return filled(shape, x.dtype, (out) => {
    const laid = typedArray(x.dtype, depth * positions);
    for (let b = 0; b < c.batch; b++) {
      layOut(a, b * image, laid, c);
      product(weights, 0, laid, 0, out, b * c.outputs * positions, { m: c.outputs, n: positions, k: depth, ta: false, tb: false });
    }
  });
});

/** @internal */
export const convolveInput = /* @__PURE__ */ kernel('convolveInput', (g: NDArray, w: NDArray, c: Convolution, shape: Shape): NDArray => {
  const { depth, positions, image } = sizesOf(c);
  const [a, weights] = [dataOf(g), dataOf(w)];
  return zeroed(shape, g.dtype, (out) => {
    const laid = typedArray(g.dtype, depth * positions);
    for (let b = 0; b < c.batch; b++) {
      product(weights, 0, a, b * c.outputs * positions, laid, 0, { m: depth, n: positions, k: c.outputs, ta: true, tb: false });
      addBack(laid, out, b * image, c);
    }
  });
});

/** @internal */
export const convolveWeight = /* @__PURE__ */ kernel('convolveWeight', (g: NDArray, x: NDArray, c: Convolution, shape: Shape): NDArray => {
  const { depth, positions, image } = sizesOf(c);
  const [a, images] = [dataOf(g), dataOf(x)];
  return zeroed(shape, g.dtype, (out) => {
    const laid = typedArray(g.dtype, depth * positions);
    const part = typedArray(g.dtype, sizeOf(shape));
    const total = new Float64Array(part.length);
    for (let b = 0; b < c.batch; b++) {
      layOut(images, b * image, laid, c);
      product(a, b * c.outputs * positions, laid, 0, part, 0, { m: c.outputs, n: depth, k: positions, ta: false, tb: true });
      for (let i = 0; i < total.length; i++) total[i] += part[i];
    }
    out.set(total);
  });
});

function sizesOf({ inputs, rows, columns }: Convolution): { depth: number; positions: number; image: number } {
  return { depth: inputs * rows.window * columns.window, positions: rows.out * columns.out, image: inputs * rows.size * columns.size };
}

/** Calls `run` for each run of positions that one element of the window sees in one row of the image; the others see padding. */
function eachRun({ inputs, rows, columns }: Convolution, run: (at: number, image: number, count: number) => void): void {
  let row = 0;
  for (let c = 0; c < inputs; c++) {
    for (let p = 0; p < rows.window; p++) {
      for (let q = 0; q < columns.window; q++, row += rows.out * columns.out) {
        const shift = q * columns.dilation - columns.before;
        const first = Math.max(Math.ceil(-shift / columns.stride), 0);
        const end = Math.min(Math.floor((columns.size - 1 - shift) / columns.stride) + 1, columns.out);
        if (first >= end) continue;
        for (let i = 0; i < rows.out; i++) {
          const y = i * rows.stride + p * rows.dilation - rows.before;
          if (y >= 0 && y < rows.size) run(row + i * columns.out + first, (c * rows.size + y) * columns.size + first * columns.stride + shift, end - first);
        }
      }
    }
  }
}

function layOut(image: TypedArray, start: number, laid: TypedArray, c: Convolution): void {
  const { stride } = c.columns;
  laid.fill(0);
  eachRun(c, (at, from, count) => { for (let i = start + from, end = at + count; at < end; i += stride) laid[at++] = image[i]; });
}

function addBack(laid: TypedArray, image: TypedArray, start: number, c: Convolution): void {
  const { stride } = c.columns;
  eachRun(c, (at, to, count) => { for (let i = start + to, end = at + count; at < end; i += stride) image[i] += laid[at++]; });
}

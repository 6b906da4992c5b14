/** Batched matrix products. */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';
import type { DType, TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import { productSimd } from './simd.ts';

/**
 * Which products to take: for each batch, C[m, n] = Σₖ A[m, k] B[k, n], where A lies in memory as [m, k], or as [k, m] if `ta`; B likewise.
 * `as` and `bs` say where the matrices of each batch begin.
 * @internal
 */
export interface Product { m: number; n: number; k: number; ta: boolean; tb: boolean }
/** @internal */
export interface Products extends Product { as: readonly number[]; bs: readonly number[] }

/** @internal */
export const products = /* @__PURE__ */ kernel('products', (x: NDArray, y: NDArray, p: Products, shape: Shape, dtype: DType): NDArray => {
  const [a, b] = [dataOf(x), dataOf(y)];
  return filled(shape, dtype, (out) => p.as.forEach((at, i) => product(a, at, b, p.bs[i], out, i * p.m * p.n, p)));
});

/** One of them, at given places of the arrays. @internal */
export function product(a: TypedArray, at: number, b: TypedArray, bt: number, out: TypedArray, to: number, p: Product): void {
  // A matrix times a vector is the vector, as a row, times the matrix transposed.
  if (p.n === 1 && p.m > 1) return product(b, bt, a, at, out, to, { m: 1, n: p.m, k: p.k, ta: false, tb: !p.ta });
  if (productSimd(a, at, b, bt, out, to, p)) return;
  const { m, n, k, ta, tb } = p;
  if (out instanceof Int32Array) return whole(a, at, b, bt, out, to, m, n, k, ta ? 1 : k, ta ? m : 1, tb ? 1 : n, tb ? k : 1);
  if (tb) return dots(a, at, b, bt, out, to, m, n, k, ta ? 1 : k, ta ? m : 1);
  rows(a, at, b, bt, out, to, m, n, k, ta ? 1 : k, ta ? m : 1);
}

/** B's rows added up, four at a time, in float64. */
function rows(a: TypedArray, at: number, b: TypedArray, bt: number, out: TypedArray, to: number, m: number, n: number, k: number, di: number, dk: number): void {
  if (k === 1) {
    for (let i = 0; i < m; i++) for (let j = 0, x = a[at + i * di]; j < n; j++) out[to + i * n + j] = x * b[bt + j];
    return;
  }
  const total = new Float64Array(n);
  const fours = k - (k % 4);
  for (let i = 0; i < m; i++) {
    total.fill(0);
    let [l, from, row] = [0, at + i * di, bt];
    for (; l < fours; l += 4, from += 4 * dk, row += 4 * n) {
      const [x, y, z, w] = [a[from], a[from + dk], a[from + 2 * dk], a[from + 3 * dk]];
      const [r, s, t] = [row + n, row + 2 * n, row + 3 * n];
      for (let j = 0; j < n; j++) total[j] += x * b[row + j] + y * b[r + j] + z * b[s + j] + w * b[t + j];
    }
    for (; l < k; l++, from += dk, row += n) for (let j = 0, x = a[from]; j < n; j++) total[j] += x * b[row + j];
    out.set(total, to + i * n);
  }
}

/** Products of A's rows with B's rows, four of which are gone through at once. */
function dots(a: TypedArray, at: number, b: TypedArray, bt: number, out: TypedArray, to: number, m: number, n: number, k: number, di: number, dk: number): void {
  const fours = n - (n % 4);
  for (let i = 0; i < m; i++) {
    const from = at + i * di;
    let j = 0;
    for (; j < fours; j += 4) {
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let l = 0, ia = from, ib = bt + j * k; l < k; l++, ia += dk, ib++) {
        const x = a[ia];
        p += x * b[ib];
        q += x * b[ib + k];
        r += x * b[ib + 2 * k];
        s += x * b[ib + 3 * k];
      }
      const o = to + i * n + j;
      out[o] = p;
      out[o + 1] = q;
      out[o + 2] = r;
      out[o + 3] = s;
    }
    for (; j < n; j++) {
      let s = 0;
      for (let l = 0, ia = from, ib = bt + j * k; l < k; l++, ia += dk, ib++) s += a[ia] * b[ib];
      out[to + i * n + j] = s;
    }
  }
}

/** Integers, modulo 2³². */
function whole(a: TypedArray, at: number, b: TypedArray, bt: number, out: Int32Array, to: number, m: number, n: number, k: number, di: number, dk: number, dl: number, dj: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0;
      for (let l = 0; l < k; l++) s = (s + Math.imul(a[at + i * di + l * dk], b[bt + l * dl + j * dj])) | 0;
      out[to + i * n + j] = s;
    }
  }
}

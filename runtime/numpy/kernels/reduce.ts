/**
 * Reductions. An array is seen as [outer, n, inner], and the middle axis reduced; other choices of axes are transposed to this first.
 * Sums and products of float32 are accumulated in float64.
 */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';
import type { DType, TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';

export type Reduction = 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all';
interface Reducer { start: number; step: (accumulated: number, x: number) => number }

// NaN wins: Math.max and Math.min are NaN where an argument is.
const REDUCERS: Record<Reduction, Reducer> = {
  sum: { start: 0, step: (s, x) => s + x },
  prod: { start: 1, step: (s, x) => s * x },
  max: { start: -Infinity, step: Math.max },
  min: { start: Infinity, step: Math.min },
  any: { start: 0, step: (s, x) => (x !== 0 ? 1 : s) },
  all: { start: 1, step: (s, x) => (x === 0 ? 0 : s) },
};

/** Reduces the middle axis of [outer, n, inner]; the result is of `shape` and multiplied by `scale`. @internal */
export const reduce = /* @__PURE__ */ kernel('reduce', (x: NDArray, op: Reduction, outer: number, n: number, inner: number, shape: Shape, dtype: DType, scale: number): NDArray => {
  const a = dataOf(x);
  const { start, step } = op === 'prod' && dtype === 'int32' ? { start: 1, step: Math.imul } : REDUCERS[op];
  return filled(shape, dtype, (out) => {
    if (op === 'sum' && inner === 1) return sumRows(a, n, out, scale);
    const totals = new Float64Array(inner);
    for (let o = 0, i = 0; o < outer; o++) {
      totals.fill(start);
      for (let k = 0; k < n; k++) {
        if (op === 'sum') for (let j = 0; j < inner; j++) totals[j] += a[i++];
        else for (let j = 0; j < inner; j++) totals[j] = step(totals[j], a[i++]);
      }
      for (let j = 0; j < inner; j++) out[o * inner + j] = totals[j] * scale;
    }
  });
});

/** Four sums at once do not wait for each other. */
function sumRows(a: TypedArray, n: number, out: TypedArray, scale: number): void {
  const whole = n - (n % 4);
  for (let o = 0, i = 0; o < out.length; o++) {
    let [s, t, u, v] = [0, 0, 0, 0];
    for (const end = i + whole; i < end; i += 4) {
      s += a[i];
      t += a[i + 1];
      u += a[i + 2];
      v += a[i + 3];
    }
    for (const end = i + n - whole; i < end; i++) s += a[i];
    out[o] = (s + t + (u + v)) * scale;
  }
}

/** Indices of the greatest or least elements of the middle axis, the first if there are several; NaN counts as both. @internal */
export const argReduce = /* @__PURE__ */ kernel('argReduce', (x: NDArray, op: 'max' | 'min', outer: number, n: number, inner: number, shape: Shape): NDArray => {
  const a = dataOf(x);
  const sign = op === 'max' ? 1 : -1;
  return filled(shape, 'int32', (out) => {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        let best = o * n * inner + j;
        for (let k = 1, i = best + inner; k < n && !Number.isNaN(a[best]); k++, i += inner) if (sign * a[i] > sign * a[best] || Number.isNaN(a[i])) best = i;
        out[o * inner + j] = (best - o * n * inner - j) / inner;
      }
    }
  });
});

/** Running sums or products along the middle axis. @internal */
export const scan = /* @__PURE__ */ kernel('scan', (x: NDArray, op: 'sum' | 'prod', outer: number, n: number, inner: number, dtype: DType): NDArray => {
  const a = dataOf(x);
  const { start, step } = op === 'prod' && dtype === 'int32' ? { start: 1, step: Math.imul } : REDUCERS[op];
  return filled(x.shape, dtype, (out) => {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        let total = start;
        for (let k = 0, i = o * n * inner + j; k < n; k++, i += inner) out[i] = total = step(total, a[i]);
      }
    }
  });
});

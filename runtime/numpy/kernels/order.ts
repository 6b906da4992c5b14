/** Sorting. */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';

/** Indices that sort the middle axis of [outer, n, inner]; NaN last, equal elements in their order. @internal */
export const order = /* @__PURE__ */ kernel('order', (x: NDArray, outer: number, n: number, inner: number): NDArray => {
  const a = dataOf(x);
  return filled(x.shape, 'int32', (out) => {
    const index = Array.from({ length: n }, (_, i) => i);
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        const start = o * n * inner + j;
        const value = (i: number): number => a[start + i * inner];
        const sorted = index.slice().sort((p, q) => {
          const [u, v] = [value(p), value(q)];
          return u < v ? -1 : u > v ? 1 : u === v ? p - q : +Number.isNaN(u) - +Number.isNaN(v) || p - q;
        });
        for (let i = 0; i < n; i++) out[start + i * inner] = sorted[i];
      }
    }
  });
});

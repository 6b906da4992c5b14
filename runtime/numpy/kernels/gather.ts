/** Reading at indices, and adding up at indices: each is the other's derivative. Arrays are seen as [outer, n, inner], and the middle axis is indexed. */
import { type NDArray, dataOf, filled, zeroed } from '../array.ts';
import { kernel } from '../device.ts';
import type { Shape } from '../shape.ts';

/** out[o, i, j] = x[o, index[i], j] @internal */
export const gather = /* @__PURE__ */ kernel('gather', (x: NDArray, index: NDArray, outer: number, n: number, inner: number, shape: Shape): NDArray => {
  const [a, at] = [dataOf(x), dataOf(index)];
  return filled(shape, x.dtype, (out) => {
    for (let o = 0, to = 0; o < outer; o++) {
      for (let i = 0; i < at.length; i++) for (let j = 0, from = (o * n + at[i]) * inner; j < inner; j++) out[to++] = a[from++];
    }
  });
});

/** out[o, index[i], j] = Σ g[o, i, j] @internal */
export const scatter = /* @__PURE__ */ kernel('scatter', (g: NDArray, index: NDArray, outer: number, n: number, inner: number, shape: Shape): NDArray => {
  const [a, at] = [dataOf(g), dataOf(index)];
  return zeroed(shape, g.dtype, (out) => {
    for (let o = 0, from = 0; o < outer; o++) {
      for (let i = 0; i < at.length; i++) for (let j = 0, to = (o * n + at[i]) * inner; j < inner; j++) out[to++] += a[from++];
    }
  });
});

/** out[o, i, j] = x[o, index[o, i, j], j] @internal */
export const gatherEach = /* @__PURE__ */ kernel('gatherEach', (x: NDArray, index: NDArray, outer: number, n: number, count: number, inner: number): NDArray => {
  const [a, at] = [dataOf(x), dataOf(index)];
  return filled(index.shape, x.dtype, (out) => {
    for (let o = 0, to = 0; o < outer; o++) for (let i = 0; i < count; i++) for (let j = 0; j < inner; j++, to++) out[to] = a[(o * n + at[to]) * inner + j];
  });
});

/** out[o, index[o, i, j], j] = Σ g[o, i, j] @internal */
export const scatterEach = /* @__PURE__ */ kernel('scatterEach', (g: NDArray, index: NDArray, outer: number, n: number, count: number, inner: number, shape: Shape): NDArray => {
  const [a, at] = [dataOf(g), dataOf(index)];
  return zeroed(shape, g.dtype, (out) => {
    for (let o = 0, from = 0; o < outer; o++) for (let i = 0; i < count; i++) for (let j = 0; j < inner; j++, from++) out[(o * n + at[from]) * inner + j] += a[from];
  });
});

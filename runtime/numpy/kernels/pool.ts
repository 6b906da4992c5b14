/** Pooling, over [outer, rows, columns]. */
import { type NDArray, dataOf, filled, zeroed } from '../array.ts';
import { kernel } from '../device.ts';
import type { Sliding } from '../windows.ts';

export interface Pool { outer: number; rows: Sliding; columns: Sliding }

/** Calls `visit` with the position's number and each index of the image that its window sees. */
function eachIn({ outer, rows, columns }: Pool, visit: (position: number, at: number) => void): void {
  for (let o = 0, position = 0; o < outer; o++) {
    for (let i = 0; i < rows.out; i++) {
      for (let j = 0; j < columns.out; j++, position++) {
        const [top, left] = [i * rows.stride - rows.before, j * columns.stride - columns.before];
        for (let y = Math.max(top, 0); y < Math.min(top + rows.window, rows.size); y++) {
          for (let x = Math.max(left, 0); x < Math.min(left + columns.window, columns.size); x++) visit(position, (o * rows.size + y) * columns.size + x);
        }
      }
    }
  }
}

/** For each position, the index within its image of the first of the greatest elements. @internal */
export const poolArgmax = /* @__PURE__ */ kernel('poolArgmax', (x: NDArray, p: Pool): NDArray => {
  const a = dataOf(x);
  const positions = p.rows.out * p.columns.out;
  const size = p.rows.size * p.columns.size;
  return filled([p.outer, positions], 'int32', (out) => {
    out.fill(-1);
    eachIn(p, (position, at) => {
      const best = out[position] < 0 ? -1 : out[position] + Math.floor(at / size) * size;
      if (best < 0 || a[at] > a[best] || (Number.isNaN(a[at]) && !Number.isNaN(a[best]))) out[position] = at % size;
    });
  });
});

/** @internal */
export const poolSum = /* @__PURE__ */ kernel('poolSum', (x: NDArray, p: Pool): NDArray => {
  const a = dataOf(x);
  return zeroed([p.outer, p.rows.out, p.columns.out], x.dtype, (out) => eachIn(p, (position, at) => { out[position] += a[at]; }));
});

/** @internal */
export const unpoolSum = /* @__PURE__ */ kernel('unpoolSum', (g: NDArray, p: Pool): NDArray => {
  const a = dataOf(g);
  return zeroed([p.outer, p.rows.size, p.columns.size], g.dtype, (out) => eachIn(p, (position, at) => { out[at] += a[position]; }));
});

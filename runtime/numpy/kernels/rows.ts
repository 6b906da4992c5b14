/** Walks over arrays that are read with strides: one call for each row, the innermost axis. */
import { collapse, type Shape } from '../shape.ts';

/**
 * `row(n, steps, at, out)`: the n elements from index `out` of the result come from index `at[k]` of array k on, in steps of `steps[k]`.
 * @internal
 */
export function eachRow(shape: Shape, strides: readonly number[][], start: readonly number[], row: (n: number, steps: number[], at: number[], out: number) => void): void {
  const merged = collapse(shape, ...strides);
  const last = merged.shape.length - 1;
  const n = last < 0 ? 1 : merged.shape[last];
  const steps = merged.strides.map((s) => (last < 0 ? 0 : s[last]));
  let rows = 1;
  for (let i = 0; i < last; i++) rows *= merged.shape[i];
  if (n === 0 || rows === 0 || shape.includes(0)) return;
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  const at = [...start];
  for (let r = 0, out = 0; r < rows; r++, out += n) {
    row(n, steps, at, out);
    // The next row: count up the outer axes, the last of them fastest.
    for (let axis = last - 1; axis >= 0; axis--) {
      if (++index[axis] < merged.shape[axis]) {
        for (let k = 0; k < at.length; k++) at[k] += merged.strides[k][axis];
        break;
      }
      index[axis] = 0;
      for (let k = 0; k < at.length; k++) at[k] -= merged.strides[k][axis] * (merged.shape[axis] - 1);
    }
  }
}

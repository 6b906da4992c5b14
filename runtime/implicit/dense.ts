/** A small linear system by Gaussian elimination with partial pivoting; the matrix is found column by column from its products. */
import type { Product } from './solve.ts';

/** x with A x = b. Where A is singular the result is not finite, or its residual is not small. */
export function dense(product: Product, b: Float64Array): Float64Array {
  const n = b.length;
  const rows = Array.from({ length: n }, () => new Float64Array(n));
  const unit = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    unit[j] = 1;
    const column = product(unit);
    unit[j] = 0;
    for (let i = 0; i < n; i++) rows[i][j] = column[i];
  }
  const x = b.slice();
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    [x[k], x[pivot]] = [x[pivot], x[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) rows[i][j] -= factor * rows[k][j];
      x[i] -= factor * x[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) x[k] -= rows[k][j] * x[j];
    x[k] /= rows[k][k];
  }
  return x;
}

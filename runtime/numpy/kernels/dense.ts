/** Factorisations of small dense matrices, each of a batch in turn, in float64. */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';
import { fail, show } from '../errors.ts';
import { sizeOf } from '../shape.ts';

/** G. Golub and C. Van Loan, "Matrix Computations", 4th edition, section 4.2. @internal */
export const factorCholesky = /* @__PURE__ */ kernel('factorCholesky', (a: NDArray): NDArray => {
  const n = a.shape.at(-1)!;
  const from = dataOf(a);
  return filled(a.shape, a.dtype, (out) => {
    const l = new Float64Array(n * n);
    for (let start = 0; start < from.length; start += n * n) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let s = from[start + i * n + j];
          for (let k = 0; k < j; k++) s -= l[i * n + k] * l[j * n + k];
          if (i === j && !(s > 0)) fail('cholesky', `the matrix is not positive definite (at row ${i}); the shape is ${show(a.shape)}`);
          l[i * n + j] = i === j ? Math.sqrt(s) : s / l[j * n + j];
        }
      }
      out.set(l, start);
    }
  });
});

/** @internal */
export const solveTriangle = /* @__PURE__ */ kernel('solveTriangle', (a: NDArray, b: NDArray, lower: boolean, transposed: boolean, unit: boolean): NDArray => {
  const [n, m] = b.shape.slice(-2);
  const from = dataOf(a);
  return filled(b.shape, b.dtype, (out) => {
    const x = Float64Array.from(dataOf(b));
    // Element (i, j) of the matrix that is solved for.
    const [di, dj] = transposed ? [1, n] : [n, 1];
    const down = lower !== transposed;
    for (let batch = 0; n > 0 && batch * n * m < x.length; batch++) {
      const [start, to] = [batch * n * n, batch * n * m];
      for (let step = 0; step < n; step++) {
        const i = down ? step : n - 1 - step;
        const pivot = unit ? 1 : from[start + i * (n + 1)];
        if (pivot === 0) fail('triangularSolve', `the matrix is singular (row ${i} has 0 on the diagonal); shapes are ${show(a.shape)} and ${show(b.shape)}`);
        for (let j = down ? 0 : i + 1; j < (down ? i : n); j++) {
          const f = from[start + i * di + j * dj];
          for (let c = 0; c < m; c++) x[to + i * m + c] -= f * x[to + j * m + c];
        }
        for (let c = 0; c < m; c++) x[to + i * m + c] /= pivot;
      }
    }
    out.set(x);
  });
});

/** Gaussian elimination with row exchanges; the factors replace the matrix. The number of exchanges' sign, or 0 where a pivot is 0. */
function eliminate(a: Float64Array, n: number, order: Int32Array): number {
  let sign = 1;
  for (let i = 0; i < n; i++) order[i] = i;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[p * n + k])) p = i;
    if (p !== k) {
      for (let j = 0; j < n; j++) [a[k * n + j], a[p * n + j]] = [a[p * n + j], a[k * n + j]];
      [order[k], order[p]] = [order[p], order[k]];
      sign = -sign;
    }
    const pivot = a[k * n + k];
    if (pivot === 0) return 0;
    for (let i = k + 1; i < n; i++) {
      const f = (a[i * n + k] /= pivot);
      if (f !== 0) for (let j = k + 1; j < n; j++) a[i * n + j] -= f * a[k * n + j];
    }
  }
  return sign;
}

/** @internal */
export const solveDense = /* @__PURE__ */ kernel('solveDense', (a: NDArray, b: NDArray, op: string): NDArray => {
  const [n, m] = b.shape.slice(-2);
  const [from, right] = [dataOf(a), dataOf(b)];
  return filled(b.shape, b.dtype, (out) => {
    const order = new Int32Array(n);
    const x = new Float64Array(n * m);
    for (let batch = 0; n > 0 && batch * n * n < from.length; batch++) {
      const lu = Float64Array.from(from.subarray(batch * n * n, (batch + 1) * n * n));
      if (eliminate(lu, n, order) === 0 || isSingular(lu, n, from, batch * n * n, order)) fail(op, `the matrix is singular; its shape is ${show(a.shape)}`);
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < m; c++) x[i * m + c] = right[batch * n * m + order[i] * m + c];
        for (let j = 0; j < i; j++) for (let c = 0, f = lu[i * n + j]; c < m; c++) x[i * m + c] -= f * x[j * m + c];
      }
      for (let i = n - 1; i >= 0; i--) {
        for (let j = i + 1; j < n; j++) for (let c = 0, f = lu[i * n + j]; c < m; c++) x[i * m + c] -= f * x[j * m + c];
        for (let c = 0; c < m; c++) x[i * m + c] /= lu[i * n + i];
      }
      out.set(x, batch * n * m);
    }
  });
});

/** Is a pivot nothing but rounding, next to the greatest elements of its row and its column? */
function isSingular(lu: Float64Array, n: number, from: ArrayLike<number>, start: number, order: Int32Array): boolean {
  for (let i = 0; i < n; i++) {
    let [row, column] = [0, 0];
    for (let j = 0; j < n; j++) {
      row = Math.max(row, Math.abs(from[start + order[i] * n + j]));
      column = Math.max(column, Math.abs(from[start + j * n + i]));
    }
    if (Math.abs(lu[i * (n + 1)]) < n * 2 ** -53 * Math.min(row, column)) return true;
  }
  return false;
}

/** Signs and logarithms of determinants, as two arrays. @internal */
export const logDeterminant = /* @__PURE__ */ kernel('logDeterminant', (a: NDArray): [NDArray, NDArray] => {
  const shape = a.shape.slice(0, -2);
  const signs: number[] = [];
  const logs: number[] = [];
  eachDiagonal(a, (sign, pivots) => {
    signs.push(pivots.reduce((s, p) => s * Math.sign(p), sign));
    logs.push(sign === 0 ? -Infinity : pivots.reduce((sum, p) => sum + Math.log(Math.abs(p)), 0));
  });
  return [filled(shape, a.dtype, (out) => out.set(signs)), filled(shape, a.dtype, (out) => out.set(logs))];
});

/** @internal */
export const determinant = /* @__PURE__ */ kernel('determinant', (a: NDArray): NDArray => {
  const values: number[] = [];
  eachDiagonal(a, (sign, pivots) => values.push(sign === 0 ? 0 : pivots.reduce((product, p) => product * p, sign)));
  return filled(a.shape.slice(0, -2), a.dtype, (out) => out.set(values));
});

/** Calls `visit` for each matrix with its row exchanges' sign, 0 if it is singular, and its pivots. */
function eachDiagonal(a: NDArray, visit: (sign: number, pivots: Float64Array) => void): void {
  const n = a.shape.at(-1)!;
  const from = dataOf(a);
  const order = new Int32Array(n);
  for (let batch = 0, count = sizeOf(a.shape.slice(0, -2)); batch < count; batch++) {
    const lu = Float64Array.from(from.subarray(batch * n * n, (batch + 1) * n * n));
    visit(eliminate(lu, n, order), lu.filter((_, i) => i % (n + 1) === 0));
  }
}

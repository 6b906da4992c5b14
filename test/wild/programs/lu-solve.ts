/** LU decomposition with partial pivoting, in place, and the solution of A x = b. */
type Matrix = number[][];

function luDecompose(a: Matrix): { lu: Matrix; pivots: number[]; sign: number } {
  const n = a.length;
  const lu = a.map((row) => row.slice());
  const pivots: number[] = [];
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(lu[i][k]) > Math.abs(lu[pivot][k])) pivot = i;
    }
    if (lu[pivot][k] === 0) throw new Error('matrix is singular');
    pivots.push(pivot);
    if (pivot !== k) {
      [lu[k], lu[pivot]] = [lu[pivot], lu[k]];
      sign = -sign;
    }
    for (let i = k + 1; i < n; i++) {
      lu[i][k] /= lu[k][k];
      for (let j = k + 1; j < n; j++) lu[i][j] -= lu[i][k] * lu[k][j];
    }
  }
  return { lu, pivots, sign };
}

// @differentiate
export function solve(a: Matrix, b: number[]): number[] {
  const { lu, pivots } = luDecompose(a);
  const n = b.length;
  const x = [...b];
  for (let k = 0; k < n; k++) {
    const p = pivots[k];
    [x[k], x[p]] = [x[p], x[k]];
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) x[i] -= lu[i][j] * x[j];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i] -= lu[i][j] * x[j];
    x[i] /= lu[i][i];
  }
  return x;
}

// @differentiate
export function determinant(a: Matrix): number {
  const { lu, sign } = luDecompose(a);
  return lu.reduce((product, row, i) => product * row[i], sign);
}

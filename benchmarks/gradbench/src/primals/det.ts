/** The determinant of an n × n matrix, in rows, by expansion by minors. */
// @differentiate
export function determinant(a: Float64Array, n: number): number {
  // A minor is what is left of the matrix: the rows and columns of two linked lists. Behind each index stands the next
  // one, and at place n the first.
  const rows = new Int32Array(n + 1);
  const columns = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    rows[i] = i + 1;
    columns[i] = i + 1;
  }
  return minor(a, n, n, rows, columns);
}

/** The determinant of a minor of size m, along its first row. The lists are as before when it returns. */
function minor(a: Float64Array, n: number, m: number, rows: Int32Array, columns: Int32Array): number {
  const row = rows[n];
  let column = columns[n];
  if (m === 1) return a[row * n + column];

  let sum = 0;
  let sign = 1;
  let previous = n;
  rows[n] = rows[row];
  for (let j = 0; j < m; j++) {
    columns[previous] = columns[column];
    sum += sign * a[row * n + column] * minor(a, n, m - 1, rows, columns);
    columns[previous] = column;
    previous = column;
    column = columns[column];
    sign = -sign;
  }
  rows[n] = row;
  return sum;
}

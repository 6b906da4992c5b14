/** Matrix class with static factories, operator-like methods, LU and determinant, generics and iteration helpers. */
export class Matrix {
  private constructor(readonly rows: number, readonly cols: number, private data: Float64Array) {}
  static zeros(rows: number, cols = rows): Matrix { return new Matrix(rows, cols, new Float64Array(rows * cols)); }
  static from(values: number[][]): Matrix {
    const m = Matrix.zeros(values.length, values[0].length);
    values.forEach((row, i) => row.forEach((v, j) => m.set(i, j, v)));
    return m;
  }
  static identity(n: number): Matrix {
    const m = Matrix.zeros(n);
    for (let i = 0; i < n; i++) m.set(i, i, 1);
    return m;
  }
  get(i: number, j: number): number { return this.data[i * this.cols + j]; }
  set(i: number, j: number, v: number): this { this.data[i * this.cols + j] = v; return this; }
  map(f: (v: number, i: number, j: number) => number): Matrix {
    const out = Matrix.zeros(this.rows, this.cols);
    for (let i = 0; i < this.rows; i++) for (let j = 0; j < this.cols; j++) out.set(i, j, f(this.get(i, j), i, j));
    return out;
  }
  mul(other: Matrix): Matrix {
    if (this.cols !== other.rows) throw new Error(`cannot multiply ${this.rows}×${this.cols} by ${other.rows}×${other.cols}`);
    return Matrix.zeros(this.rows, other.cols).map((_, i, j) => {
      let s = 0;
      for (let k = 0; k < this.cols; k++) s += this.get(i, k) * other.get(k, j);
      return s;
    });
  }
  get transpose(): Matrix { return Matrix.zeros(this.cols, this.rows).map((_, i, j) => this.get(j, i)); }
  clone(): Matrix { return new Matrix(this.rows, this.cols, this.data.slice()); }
  determinant(): number {
    const lu = this.clone();
    let sign = 1;
    for (let c = 0; c < lu.cols; c++) {
      let p = c;
      for (let r = c + 1; r < lu.rows; r++) if (Math.abs(lu.get(r, c)) > Math.abs(lu.get(p, c))) p = r;
      if (p !== c) {
        sign = -sign;
        for (let j = 0; j < lu.cols; j++) {
          const t = lu.get(c, j);
          lu.set(c, j, lu.get(p, j)).set(p, j, t);
        }
      }
      for (let r = c + 1; r < lu.rows; r++) {
        const f = lu.get(r, c) / lu.get(c, c);
        for (let j = c; j < lu.cols; j++) lu.set(r, j, lu.get(r, j) - f * lu.get(c, j));
      }
    }
    let d = sign;
    for (let i = 0; i < lu.rows; i++) d *= lu.get(i, i);
    return d;
  }
  trace(): number { return Array.from({ length: this.rows }, (_, i) => this.get(i, i)).reduce((a, b) => a + b, 0); }
}
// @differentiate
export function invariants(values: number[][], shift: number): number {
  const a = Matrix.from(values);
  const gram = a.transpose.mul(a);
  const shifted = gram.map((v, i, j) => (i === j ? v + shift : v));
  return Math.log(shifted.determinant()) + 0.3 * shifted.mul(Matrix.identity(shifted.rows)).trace();
}

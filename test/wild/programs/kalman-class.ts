/** A Kalman filter for position and velocity with a Matrix class over nested arrays. */
export class Matrix {
  constructor(readonly rows: number[][]) {}
  static identity(n: number): Matrix {
    return new Matrix(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))));
  }
  static diagonal(...d: number[]): Matrix {
    return new Matrix(d.map((x, i) => d.map((_, j) => (i === j ? x : 0))));
  }
  private zip(o: Matrix, f: (a: number, b: number) => number): Matrix {
    return new Matrix(this.rows.map((row, i) => row.map((a, j) => f(a, o.rows[i]![j]!))));
  }
  add(o: Matrix): Matrix { return this.zip(o, (a, b) => a + b); }
  sub(o: Matrix): Matrix { return this.zip(o, (a, b) => a - b); }
  mul(o: Matrix): Matrix {
    return new Matrix(this.rows.map((row) => o.rows[0]!.map((_, j) => row.reduce((s, a, k) => s + a * o.rows[k]![j]!, 0))));
  }
  get T(): Matrix {
    return new Matrix(this.rows[0]!.map((_, j) => this.rows.map((row) => row[j]!)));
  }
}

export interface Noise { process: number; measurement: number }

// @differentiate
export function negativeLogLikelihood(measurements: readonly number[], noise: Noise, dt: number): number {
  const F = new Matrix([[1, dt], [0, 1]]);
  const H = new Matrix([[1, 0]]);
  const Q = Matrix.diagonal(dt ** 3 / 3, dt).mul(Matrix.diagonal(noise.process, noise.process));
  let x = new Matrix([[measurements[0]!], [0]]);
  let P = Matrix.diagonal(1, 1);
  let nll = 0;
  for (const z of measurements.slice(1)) {
    x = F.mul(x);
    P = F.mul(P).mul(F.T).add(Q);
    const innovation = z - H.mul(x).rows[0]![0]!;
    const S = H.mul(P).mul(H.T).rows[0]![0]! + noise.measurement ** 2;
    const K = new Matrix(P.mul(H.T).rows.map(([p]) => [p! / S]));
    x = x.add(new Matrix(K.rows.map(([k]) => [k! * innovation])));
    P = Matrix.identity(2).sub(K.mul(H)).mul(P);
    nll += 0.5 * (Math.log(2 * Math.PI * S) + innovation ** 2 / S);
  }
  return nll;
}

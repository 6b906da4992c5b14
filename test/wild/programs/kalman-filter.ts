/** A Kalman filter for position and velocity, with matrices as number[][]. */
type Matrix = number[][];

const zeros = (rows: number, columns: number): Matrix => Array.from({ length: rows }, () => new Array(columns).fill(0));
const identity = (n: number): Matrix => zeros(n, n).map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
const transpose = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));

function multiply(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.length, b[0].length);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b[0].length; j++) {
      for (let k = 0; k < b.length; k++) result[i][j] += a[i][k] * b[k][j];
    }
  }
  return result;
}

function combine(a: Matrix, b: Matrix, sign = 1): Matrix {
  return a.map((row, i) => row.map((v, j) => v + sign * b[i][j]));
}

export interface FilterConfig {
  processNoise: number;
  measurementNoise: number;
  dt?: number;
  initialUncertainty?: number;
}

// @differentiate
export function logLikelihood(config: FilterConfig, measurements: number[]): number {
  const { processNoise: q, measurementNoise: r, dt = 1, initialUncertainty: p0 = 10 } = config;
  const f = [[1, dt], [0, 1]];
  const h = [[1, 0]];
  const noise = [[(q * dt ** 3) / 3, (q * dt ** 2) / 2], [(q * dt ** 2) / 2, q * dt]];

  let x: Matrix = [[measurements[0]], [0]];
  let p = identity(2).map((row) => row.map((v) => v * p0));
  let logLik = 0;

  for (const z of measurements.slice(1)) {
    // predict
    x = multiply(f, x);
    p = combine(multiply(multiply(f, p), transpose(f)), noise);
    // update
    const innovation = z - multiply(h, x)[0][0];
    const s = multiply(multiply(h, p), transpose(h))[0][0] + r;
    const gain = multiply(p, transpose(h)).map(([v]) => [v / s]);
    x = combine(x, gain.map(([v]) => [v * innovation]));
    p = combine(p, multiply(multiply(gain, h), p), -1);
    logLik -= 0.5 * (Math.log(2 * Math.PI * s) + (innovation * innovation) / s);
  }
  return logLik;
}

/** Negative log marginal likelihood of a Gaussian process. */
export interface Kernel {
  amplitude: number;
  lengthScale: number;
  noise: number;
}

export interface Sample {
  x: number;
  y: number;
}

function rbf({ amplitude, lengthScale }: Kernel, a: number, b: number): number {
  const r = (a - b) / lengthScale;
  return amplitude ** 2 * Math.exp(-0.5 * r * r);
}

function cholesky(a: Float64Array[]): Float64Array[] {
  const n = a.length;
  const l = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j];
      for (let k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
      if (i === j) {
        if (sum <= 0) throw new Error('not positive definite');
        l[i][i] = Math.sqrt(sum);
      } else {
        l[i][j] = sum / l[j][j];
      }
    }
  }
  return l;
}

function forwardSubstitute(l: Float64Array[], b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) x[i] -= l[i][j] * x[j];
    x[i] /= l[i][i];
  }
  return x;
}

// @differentiate
export function negativeLogLikelihood(kernel: Kernel, samples: readonly Sample[]): number {
  const n = samples.length;
  const covariance = samples.map((p, i) => {
    const row = new Float64Array(n);
    samples.forEach((q, j) => {
      row[j] = rbf(kernel, p.x, q.x) + (i === j ? kernel.noise ** 2 + 1e-9 : 0);
    });
    return row;
  });
  const l = cholesky(covariance);
  const z = forwardSubstitute(l, samples.map((s) => s.y));
  let quadratic = 0;
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) {
    quadratic += z[i] * z[i];
    logDeterminant += Math.log(l[i][i]);
  }
  return 0.5 * quadratic + logDeterminant + 0.5 * n * Math.log(2 * Math.PI);
}

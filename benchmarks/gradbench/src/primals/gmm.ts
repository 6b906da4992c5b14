/** A mixture of Gaussians: its parameters, and the logarithm of their posterior probability. */

export interface Mixture {
  /** Logarithms of the weights, up to a constant: [k]. */
  alpha: Float64Array;
  /** Means: [k][d]. */
  mu: Float64Array[];
  /** Logarithms of the diagonals of the factors of the precision matrices: [k][d]. */
  q: Float64Array[];
  /** What is below these diagonals, column by column: [k][d (d − 1) / 2]. */
  l: Float64Array[];
}

/** The Wishart prior of the precision matrices. */
export interface Prior {
  /** Degrees of freedom beyond d + 1. */
  m: number;
  /** 1 / γ² is the scale. */
  gamma: number;
}

// @differentiate wrt=mixture
export function logPosterior(mixture: Mixture, points: Float64Array[], prior: Prior): number {
  const { alpha, mu, q, l } = mixture;
  const k = alpha.length;
  const d = points[0].length;
  const n = points.length;

  const diagonals = q.map((row) => row.map(Math.exp));
  const traces = new Float64Array(k);
  for (let j = 0; j < k; j++) for (let i = 0; i < d; i++) traces[j] += q[j][i];

  let sum = 0;
  const beta = new Float64Array(k);
  const offset = new Float64Array(d);
  const factored = new Float64Array(d);
  for (const x of points) {
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < d; i++) offset[i] = x[i] - mu[j][i];
      multiply(diagonals[j], l[j], offset, factored);
      beta[j] = alpha[j] + traces[j] - 0.5 * squaredNorm(factored);
    }
    sum += logSumExp(beta);
  }

  const likelihood = sum - n * (0.5 * d * Math.log(2 * Math.PI) + logSumExp(alpha));
  return likelihood + logWishart(diagonals, traces, l, d, prior);
}

/** The product of a lower triangular matrix, given by its diagonal and its columns below it, and x. */
function multiply(diagonal: Float64Array, below: Float64Array, x: Float64Array, into: Float64Array): void {
  const d = x.length;
  for (let i = 0; i < d; i++) into[i] = diagonal[i] * x[i];
  let at = 0;
  for (let column = 0; column < d; column++) {
    for (let row = column + 1; row < d; row++) into[row] += below[at++] * x[column];
  }
}

function logWishart(diagonals: Float64Array[], traces: Float64Array, l: Float64Array[], d: number, { m, gamma }: Prior): number {
  const freedom = d + m + 1;
  let sum = 0;
  for (let j = 0; j < diagonals.length; j++) {
    sum -= 0.5 * gamma * gamma * (squaredNorm(diagonals[j]) + squaredNorm(l[j]));
    sum += m * traces[j];
  }
  return sum + diagonals.length * (freedom * d * Math.log(gamma / Math.SQRT2) - logGammaProduct(0.5 * freedom, d));
}

function squaredNorm(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum;
}

function logSumExp(x: Float64Array): number {
  let largest = x[0];
  for (let i = 1; i < x.length; i++) if (x[i] > largest) largest = x[i];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i] - largest);
  return largest + Math.log(sum);
}

/** The logarithm of the multivariate gamma function. */
function logGammaProduct(a: number, d: number): number {
  let sum = 0.25 * d * (d - 1) * Math.log(Math.PI);
  for (let i = 0; i < d; i++) sum += logGamma(a - 0.5 * i);
  return sum;
}

/** log Γ(x) for x > 0 by Lanczos's approximation with g = 7 and nine terms (Godfrey's coefficients). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  let series = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) series += coefficients[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

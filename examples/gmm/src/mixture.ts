/** A mixture of Gaussians in the plane, and its likelihood. Nothing in this file knows of derivatives but the mark. */

export interface Point {
  x: number;
  y: number;
}

/**
 * One Gaussian. All six numbers are free to take any value: the weights of a mixture are the softmax of
 * its logits, and the covariance is L Lᵀ with L = [[exp(logScaleX), 0], [shear, exp(logScaleY)]].
 */
export interface Component {
  logit: number;
  x: number;
  y: number;
  logScaleX: number;
  shear: number;
  logScaleY: number;
}

/** log Σ exp(a[k]), without overflow. */
function logSumExp(a: Float64Array): number {
  let max = a[0];
  for (let k = 1; k < a.length; k++) max = Math.max(max, a[k]);
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += Math.exp(a[k] - max);
  return max + Math.log(sum);
}

/** Logarithms of the weights, which sum to one. */
export function logWeights(mixture: Component[]): Float64Array {
  const w = new Float64Array(mixture.length);
  for (let k = 0; k < w.length; k++) w[k] = mixture[k].logit;
  const normalizer = logSumExp(w);
  for (let k = 0; k < w.length; k++) w[k] -= normalizer;
  return w;
}

/** Logarithm of a Gaussian's density at a point: with z = L⁻¹ (p − mean), −½|z|² − log det L − log 2π. */
export function logDensity(c: Component, p: Point): number {
  const u = (p.x - c.x) / Math.exp(c.logScaleX);
  const v = (p.y - c.y - c.shear * u) / Math.exp(c.logScaleY);
  return -0.5 * (u * u + v * v) - c.logScaleX - c.logScaleY - Math.log(2 * Math.PI);
}

/** What the fit minimises: minus the mean log-likelihood of the points. */
// @differentiate wrt=mixture
export function loss(mixture: Component[], points: Point[]): number {
  const w = logWeights(mixture);
  const terms = new Float64Array(mixture.length);
  let total = 0;
  for (const p of points) {
    for (let k = 0; k < mixture.length; k++) terms[k] = w[k] + logDensity(mixture[k], p);
    total += logSumExp(terms);
  }
  return -total / points.length;
}

/** The component that most probably made the point. */
export function mostProbable(mixture: Component[], p: Point): number {
  const w = logWeights(mixture);
  let best = 0;
  for (let k = 1; k < mixture.length; k++) {
    if (w[k] + logDensity(mixture[k], p) > w[best] + logDensity(mixture[best], p)) best = k;
  }
  return best;
}

/** Maximum likelihood from several random starts: nonlinear conjugate gradients of `fmin` on gradients of `tapeless`. */
import 'fmin';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { valueAndGrad } from 'tapeless';
import { moments } from './data.js';
import { loss, type Component, type Point } from './mixture.js';

export interface Fit {
  mixture: Component[];
  logLikelihood: number;
  evaluations: number;
}

export interface FitOptions {
  components: number;
  starts: number;
  seed: number;
  /** Called after every start with the best log-likelihood so far. */
  onStart?: (done: number, best: number) => void;
}

const KEYS = ['logit', 'x', 'y', 'logScaleX', 'shear', 'logScaleY'] as const satisfies (keyof Component)[];

/** The optimizer works on a vector. */
export function flatten(mixture: Component[], into: Float64Array = new Float64Array(KEYS.length * mixture.length)): Float64Array {
  mixture.forEach((c, k) => KEYS.forEach((key, i) => { into[KEYS.length * k + i] = c[key]; }));
  return into;
}

export function unflatten(v: Float64Array): Component[] {
  return Array.from({ length: v.length / KEYS.length }, (_, k) => {
    const [logit, x, y, logScaleX, shear, logScaleY] = v.subarray(KEYS.length * k);
    return { logit, x, y, logScaleX, shear, logScaleY };
  });
}

export function fit(points: Point[], { components, starts, seed, onStart }: FitOptions): Fit {
  const { deviation } = moments(points);
  const random = xoroshiro128plus(seed);
  const lossAndGradient = valueAndGrad(loss);

  // Conjugate gradients want all directions alike: lengths are measured in standard deviations of the data.
  const scaled = points.map((p) => ({ x: p.x / deviation.x, y: p.y / deviation.y }));
  let evaluations = 0;
  const objective = (v: Float64Array, gradient: Float64Array) => {
    evaluations++;
    const [value, direction] = lossAndGradient(unflatten(v), scaled);
    flatten(direction, gradient);
    return value;
  };

  let best: { x: Float64Array; fx: number } | undefined;
  for (let start = 1; start <= starts; start++) {
    const initial = Array.from({ length: components }, (): Component => ({
      ...scaled[uniformInt(random, 0, scaled.length - 1)], logit: 0, logScaleX: -0.7, shear: 0, logScaleY: -0.7,
    }));
    const found = fmin.conjugateGradient(objective, flatten(initial), { maxIterations: 300 });
    if (Number.isFinite(found.fx) && (!best || found.fx < best.fx)) best = { x: found.x, fx: found.fx };
    onStart?.(start, best ? -best.fx : NaN);
  }
  if (!best) throw new Error('no start converged');

  const mixture = unflatten(best.x).map((c) => ({
    logit: c.logit,
    x: c.x * deviation.x, y: c.y * deviation.y,
    logScaleX: c.logScaleX + Math.log(deviation.x),
    shear: c.shear * deviation.y,
    logScaleY: c.logScaleY + Math.log(deviation.y),
  }));
  return { mixture, logLikelihood: -loss(mixture, points) * points.length, evaluations };
}

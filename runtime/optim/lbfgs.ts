/**
 * L-BFGS: the gradient times an approximation of the inverse Hessian, made of the last steps s and changes of the gradient y by the two-loop
 * recursion (J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithm 7.4).
 */
import type { Extra, Transformation } from './transforms.ts';
import { applyUpdates, inner, zip } from './tree.ts';

interface Pair { s: unknown; y: unknown; rho: number }
interface State { pairs: Pair[]; params?: unknown; gradients?: unknown }

export interface LbfgsOptions {
  /** How many steps are remembered; 10 if not given. */
  memorySize?: number;
  /** The step along the direction; if not given, it is searched, and `update` needs `{ value, valueAndGrad }`. */
  learningRate?: number;
}

export function lbfgs({ memorySize = 10, learningRate }: LbfgsOptions = {}): Transformation {
  return {
    init: (): State => ({ pairs: [] }),
    update: <P>(gradients: P, state: unknown, params?: P, extra?: Extra<P>) => {
      if (params === undefined) throw new TypeError('optim.lbfgs: update needs the parameters as its third argument');
      const pairs = remembered(state as State, params, gradients, memorySize);
      const direction = along(gradients, pairs);
      const step = learningRate ?? search(params, gradients, direction, pairs.length === 0, extra);
      return [zip((d) => step * d, direction), { pairs, params, gradients } satisfies State];
    },
  };
}

/** With the pair of the last step; one of no positive curvature would make the approximation indefinite. */
function remembered({ pairs, params, gradients }: State, now: unknown, g: unknown, size: number): Pair[] {
  if (params === undefined) return pairs;
  const s = zip((a, b) => a - b, now, params);
  const y = zip((a, b) => a - b, g, gradients);
  const sy = inner(s, y);
  return sy > Number.EPSILON * inner(y, y) ? [...pairs, { s, y, rho: 1 / sy }].slice(-size) : pairs;
}

function along<P>(gradients: P, pairs: readonly Pair[]): P {
  let q = gradients;
  const alphas = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const alpha = (alphas[i] = pairs[i].rho * inner(pairs[i].s, q));
    q = zip((a, y) => a - alpha * y, q, pairs[i].y);
  }
  const last = pairs.at(-1);
  const gamma = last ? 1 / (last.rho * inner(last.y, last.y)) : 1;
  q = zip((a) => gamma * a, q);
  pairs.forEach(({ s, y, rho }, i) => {
    const beta = rho * inner(y, q);
    q = zip((a, b) => a + (alphas[i] - beta) * b, q, s);
  });
  return zip((a) => -a, q);
}

/** A step that meets Wolfe's conditions, by doubling and halving (Nocedal and Wright, section 3.1). */
function search<P>(params: P, gradients: P, direction: P, first: boolean, extra: Extra<P> | undefined): number {
  if (!extra) throw new TypeError('optim.lbfgs: without a learningRate, update needs { value, valueAndGrad } as its fourth argument');
  const slope = inner(gradients, direction);
  if (slope === 0) return 0;
  let [low, high] = [0, Infinity];
  let step = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
  for (let i = 0; i < 40; i++) {
    const [value, g] = extra.valueAndGrad(applyUpdates(params, zip((d) => step * d, direction)));
    if (!(value <= extra.value + 1e-4 * step * slope)) high = step;
    else if (inner(g, direction) < 0.9 * slope) low = step;
    else return step;
    step = high === Infinity ? 2 * low : (low + high) / 2;
  }
  return low;
}

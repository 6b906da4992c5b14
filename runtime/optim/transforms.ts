/**
 * Transformations of gradients, and chains of them: an optimiser is one whose result is added to the parameters.
 *
 *   let state = optimiser.init(params);
 *   [updates, state] = optimiser.update(gradients, state, params);
 *   params = applyUpdates(params, updates);
 */
import type { Schedule } from './schedules.ts';
import { globalNorm, zeros, zip } from './tree.ts';

/** Values and gradients at other parameters, for those that search along a line. */
export interface Extra<P> { value: number; valueAndGrad: (params: P) => readonly [number, P] }

/** optax's GradientTransformation. The state is the transformation's own: a tree of plain values. */
export interface Transformation {
  init<P>(params: P): unknown;
  update<P>(gradients: P, state: unknown, params?: P, extra?: Extra<P>): [updates: P, state: unknown];
}

/** A number, or a function of the number of steps taken before. */
export type Rate = number | Schedule;

/** One transformation after the other. */
export function chain(...all: readonly Transformation[]): Transformation {
  return {
    init: (params) => all.map((t) => t.init(params)),
    update: (gradients, state, params, extra) => {
      let updates = gradients;
      const next = all.map((t, i) => {
        const [changed, own] = t.update(updates, (state as unknown[])[i], params, extra);
        updates = changed;
        return own;
      });
      return [updates, next];
    },
  };
}

function stateless(update: <P>(gradients: P, params: P | undefined) => P): Transformation {
  return { init: () => null, update: (gradients, state, params) => [update(gradients, params), state] };
}

/** Nothing is changed. */
export function identity(): Transformation { return stateless((g) => g); }
export function scale(factor: number): Transformation { return stateless((g) => zip((x) => factor * x, g)); }
/** Each number between −most and most. */
export function clip(most: number): Transformation { return stateless((g) => zip((x) => Math.max(-most, Math.min(most, x)), g)); }
/** All numbers divided so that their norm is not greater than `most`. */
export function clipByGlobalNorm(most: number): Transformation {
  return stateless((g) => {
    const norm = globalNorm(g);
    return norm <= most ? g : zip((x) => (x / norm) * most, g);
  });
}
/** Adds `decay` times the parameters. */
export function addDecayedWeights(decay: number): Transformation {
  return stateless((g, params) => {
    if (params === undefined) throw new TypeError('optim.addDecayedWeights: update needs the parameters as its third argument');
    return zip((x, p) => x + decay * p, g, params);
  });
}

/** Multiplies by minus the learning rate. */
export function scaleByLearningRate(rate: Rate): Transformation {
  if (typeof rate === 'number') return scale(-rate);
  return { init: () => 0, update: (gradients, count) => [zip((x) => -rate(count as number) * x, gradients), (count as number) + 1] };
}

/** m ← decay · m + g; Nesterov's form goes on to decay · m + g. I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013. */
export function trace(decay: number, nesterov = false): Transformation {
  return {
    init: (params) => zeros(params),
    update: (gradients, state) => {
      const m = zip((g, old) => g + decay * old, gradients, state);
      return [nesterov ? zip((g, now) => g + decay * now, gradients, m) : m, m];
    },
  };
}

export interface AdamOptions { b1?: number; b2?: number; eps?: number }
interface Moments { count: number; mu: unknown; nu: unknown }
/** m / (√v + eps) of running means of the gradient and of its square, both divided by what they lack at the start. D. Kingma and J. Ba, "Adam", arXiv:1412.6980, algorithm 1. */
export function scaleByAdam({ b1 = 0.9, b2 = 0.999, eps = 1e-8 }: AdamOptions = {}): Transformation {
  return {
    init: (params): Moments => ({ count: 0, mu: zeros(params), nu: zeros(params) }),
    update: (gradients, state) => {
      const { count, mu: m, nu: v } = state as Moments;
      const mu = zip((g, old) => b1 * old + (1 - b1) * g, gradients, m);
      const nu = zip((g, old) => b2 * old + (1 - b2) * g * g, gradients, v);
      const [c1, c2] = [1 - b1 ** (count + 1), 1 - b2 ** (count + 1)];
      return [zip((a, b) => a / c1 / (Math.sqrt(b / c2) + eps), mu, nu), { count: count + 1, mu, nu } satisfies Moments];
    },
  };
}

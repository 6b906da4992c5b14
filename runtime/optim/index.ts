/**
 * Optimisers with the names of optax. A *tree* of parameters is a number, an n-d array, a typed array of floating-point numbers, or a list or record of trees.
 * A transformation makes updates of gradients, and carries a state from step to step:
 *
 *   const optimizer = adam(1e-3);
 *   let state = optimizer.init(params);
 *   [updates, state] = optimizer.update(gradients, state, params);
 *   params = applyUpdates(params, updates);
 *
 * Nothing that is passed in is changed.
 */
import { type Leaf, add, isLeaf, map, norm, scale } from './tree.ts';

/** A rate, or one for each step, counted from 0. */
export type Schedule = number | ((step: number) => number);

export interface Transformation<S = any> {
  init<T>(params: T): S;
  /** @returns the updates, to be added to the parameters, and the next state. */
  update<T>(gradients: T, state: S, params?: T): [updates: T, state: S];
}

const rateAt = (rate: Schedule, step: number) => (typeof rate === 'number' ? rate : rate(step));

/** params + updates */
export function applyUpdates<T>(params: T, updates: T): T { return map(add, params, updates); }

/** The Euclidean norm of all numbers of a tree. */
export function globalNorm(tree: unknown): number { return norm(tree); }

/** One transformation after the other. */
export function chain(...parts: Transformation[]): Transformation<unknown[]> {
  return {
    init: (params) => parts.map((p) => p.init(params)),
    update: (gradients, states, params) => {
      let updates = gradients;
      const next = parts.map((p, i) => {
        const [u, s] = p.update(updates, states[i], params);
        updates = u;
        return s;
      });
      return [updates, next];
    },
  };
}

/** Multiplies by −rate, so that adding the updates goes downhill. */
export function scaleByLearningRate(rate: Schedule): Transformation<number> {
  return {
    init: () => 0,
    update: (gradients, step) => [map((g) => scale(g, -rateAt(rate, step)), gradients), step + 1],
  };
}

/** Gradients whose norm is greater than `most` are scaled to it. */
export function clipByGlobalNorm(most: number): Transformation<null> {
  return {
    init: () => null,
    update: (gradients, state) => {
      const length = norm(gradients);
      return [length > most ? map((g) => scale(g, most / length), gradients) : gradients, state];
    },
  };
}

/** m = decay · m + g; with `nesterov`, decay · m + g of the new m. */
export function trace<T>(decay: number, nesterov = false): Transformation<T> {
  return {
    init: (params) => map((p) => scale(p, 0), params) as any,
    update: (gradients: any, m: any) => {
      const next = map((old, g) => add(scale(old, decay), g), m, gradients);
      return [nesterov ? map((n, g) => add(scale(n, decay), g), next, gradients) : next, next];
    },
  };
}

export interface AdamOptions {
  /** Decay of the mean of gradients, and of the mean of their squares. */
  b1?: number;
  b2?: number;
  /** Added to the root of the mean square. */
  eps?: number;
}

interface Moments { step: number; mean: any; square: any }

/** Gradients over the root of the mean of their squares, both corrected for their start at zero: Kingma and Ba (2015), algorithm 1. */
export function scaleByAdam({ b1 = 0.9, b2 = 0.999, eps = 1e-8 }: AdamOptions = {}): Transformation<Moments> {
  return {
    init: (params) => {
      const zeros = map((p) => scale(p, 0), params);
      return { step: 0, mean: zeros, square: zeros };
    },
    update: (gradients, { step, mean, square }) => {
      const [c1, c2] = [1 - b1 ** (step + 1), 1 - b2 ** (step + 1)];
      const m = map((old, g) => combine((a, b) => b1 * a + (1 - b1) * b, old, g), mean, gradients);
      const v = map((old, g) => combine((a, b) => b2 * a + (1 - b2) * b * b, old, g), square, gradients);
      return [map((a, b) => combine((x, y) => x / c1 / (Math.sqrt(y / c2) + eps), a, b), m, v) as any, { step: step + 1, mean: m, square: v }];
    },
  };
}

/** updates + rate · params, before the learning rate. */
export function addDecayedWeights(rate: number): Transformation<null> {
  return {
    init: () => null,
    update: (gradients, state, params) => {
      if (params === undefined) throw new TypeError('tapeless/optim: weight decay needs the parameters as the third argument of update');
      return [map((g, p) => add(g, scale(p, rate)), gradients, params), state];
    },
  };
}

/** Gradient descent, with momentum where it is given. */
export function sgd(rate: Schedule, momentum?: number, nesterov = false): Transformation {
  return momentum === undefined ? scaleByLearningRate(rate) : chain(trace(momentum, nesterov), scaleByLearningRate(rate));
}

/** Adam: Kingma and Ba (2015). */
export function adam(rate: Schedule, options?: AdamOptions): Transformation { return chain(scaleByAdam(options), scaleByLearningRate(rate)); }

/** Adam with decoupled weight decay: Loshchilov and Hutter (2019). */
export function adamw(rate: Schedule, { weightDecay = 1e-4, ...options }: AdamOptions & { weightDecay?: number } = {}): Transformation {
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay), scaleByLearningRate(rate));
}

/** From `start` to `end` in so many steps, in a straight line. */
export function linearSchedule(start: number, end: number, steps: number): (step: number) => number {
  return (step) => start + (end - start) * Math.min(step / steps, 1);
}

/** start · decay^(step / steps) */
export function exponentialDecay(start: number, steps: number, decay: number): (step: number) => number { return (step) => start * decay ** (step / steps); }

/** Half a cosine from `start` to alpha · start. */
export function cosineDecaySchedule(start: number, steps: number, alpha = 0): (step: number) => number {
  return (step) => start * (alpha + (1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * Math.min(step / steps, 1))));
}

function combine(f: (a: number, b: number) => number, a: Leaf, b: Leaf): Leaf {
  if (typeof a === 'number') return f(a, b as number);
  if (isLeaf(a) && 'isNDArray' in a) {
    const [x, y] = [a.dataSync(), (b as typeof a).dataSync()];
    for (let i = 0; i < x.length; i++) x[i] = f(x[i], y[i]);
    return a.like(x);
  }
  return (a as Float64Array).map((x, i) => f(x, (b as Float64Array)[i]));
}

export { map as treeMap };

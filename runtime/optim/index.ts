/** Optimisers with optax's names, for any tree of parameters: np arrays, numbers, typed arrays, records, lists. */
import { type AdamOptions, type Rate, type Transformation, addDecayedWeights, chain, scaleByAdam, scaleByLearningRate, trace } from './transforms.ts';

export { applyUpdates, globalNorm } from './tree.ts';
export { type AdamOptions, type Extra, type Rate, type Transformation, addDecayedWeights, chain, clip, clipByGlobalNorm, identity, scale, scaleByAdam, scaleByLearningRate, trace } from './transforms.ts';
export * from './schedules.ts';
export { type LbfgsOptions, lbfgs } from './lbfgs.ts';

/** Gradient descent, with momentum where it is given. */
export function sgd(rate: Rate, momentum?: number, nesterov = false): Transformation {
  return momentum === undefined ? scaleByLearningRate(rate) : chain(trace(momentum, nesterov), scaleByLearningRate(rate));
}

/** Gradient descent with momentum. */
export function momentum(rate: Rate, decay = 0.9, nesterov = false): Transformation { return sgd(rate, decay, nesterov); }

/** D. Kingma and J. Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980. */
export function adam(rate: Rate, options?: AdamOptions): Transformation { return chain(scaleByAdam(options), scaleByLearningRate(rate)); }

/** Adam with weights that decay independently of the gradient. I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", arXiv:1711.05101. */
export function adamw(rate: Rate, { weightDecay = 1e-4, ...options }: AdamOptions & { weightDecay?: number } = {}): Transformation {
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay), scaleByLearningRate(rate));
}

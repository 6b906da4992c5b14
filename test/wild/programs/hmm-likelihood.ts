/** Log-likelihood of observations under a hidden Markov model, by the scaled forward algorithm. */
export interface Hmm {
  initial: number[];
  transition: number[][];
  emission: number[][];
}

const normalize = (weights: number[]) => {
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
};

// @differentiate
export function logLikelihood(model: Hmm, observations: number[]): number {
  const initial = normalize(model.initial);
  const transition = model.transition.map(normalize);
  const emission = model.emission.map(normalize);

  let logProbability = 0;
  let alpha = initial.map((p, state) => p * emission[state][observations[0]]);

  for (const observation of observations.slice(1)) {
    const scale = alpha.reduce((a, b) => a + b);
    logProbability += Math.log(scale);
    alpha = alpha.map((_, to) =>
      emission[to][observation] * alpha.reduce((sum, a, from) => sum + (a / scale) * transition[from][to], 0));
  }
  return logProbability + Math.log(alpha.reduce((a, b) => a + b));
}

import { grad } from 'tapeless';
import { lists, rows, timed, type Eval } from '../eval.js';
import { logPosterior } from '../primals/gmm.js';

const gradient = grad(logPosterior);

interface Input {
  x: number[][];
  m: number;
  gamma: number;
  alpha: number[];
  mu: number[][];
  q: number[][];
  l: number[][];
}

function take({ x, m, gamma, alpha, mu, q, l }: Input) {
  return [{ alpha: Float64Array.from(alpha), mu: rows(mu), q: rows(q), l: rows(l) }, rows(x), { m, gamma }] as const;
}

export const gmm: Eval = {
  objective: (input: Input) => {
    const [mixture, points, prior] = take(input);
    return timed(() => logPosterior(mixture, points, prior));
  },
  jacobian: (input: Input) => {
    const [mixture, points, prior] = take(input);
    return timed(
      () => gradient(mixture, points, prior),
      ({ alpha, mu, q, l }) => ({ alpha: [...alpha], mu: lists(mu), q: lists(q), l: lists(l) }),
    );
  },
};

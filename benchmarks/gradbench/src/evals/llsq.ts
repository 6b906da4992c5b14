import { grad } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { leastSquares } from '../primals/llsq.js';

const gradient = grad(leastSquares);

interface Input {
  x: number[];
  n: number;
}

export const llsq: Eval = {
  primal: ({ x, n }: Input) => {
    const coefficients = Float64Array.from(x);
    return timed(() => leastSquares(coefficients, n));
  },
  gradient: ({ x, n }: Input) => {
    const coefficients = Float64Array.from(x);
    return timed(() => gradient(coefficients, n), (result) => [...result]);
  },
};

import { grad } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { lastComponent, solve } from '../primals/ode.js';

const gradient = grad(lastComponent);

interface Input {
  x: number[];
  s: number;
}

export const ode: Eval = {
  primal: ({ x, s }: Input) => {
    const rates = Float64Array.from(x);
    return timed(() => solve(rates, s), (y) => [...y]);
  },
  gradient: ({ x, s }: Input) => {
    const rates = Float64Array.from(x);
    return timed(() => gradient(rates, s), (result) => [...result]);
  },
};

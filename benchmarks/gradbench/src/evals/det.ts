import { grad } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { determinant } from '../primals/det.js';

const gradient = grad(determinant);

interface Input {
  A: number[];
  ell: number;
}

export const det: Eval = {
  primal: ({ A, ell }: Input) => {
    const matrix = Float64Array.from(A);
    return timed(() => determinant(matrix, ell));
  },
  gradient: ({ A, ell }: Input) => {
    const matrix = Float64Array.from(A);
    return timed(() => gradient(matrix, ell), (result) => [...result]);
  },
};

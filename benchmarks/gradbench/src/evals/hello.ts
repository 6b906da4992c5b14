import { grad } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { square } from '../primals/hello.js';

const derivative = grad(square);

export const hello: Eval = {
  square: (x: number) => timed(() => square(x)),
  double: (x: number) => timed(() => derivative(x)),
};

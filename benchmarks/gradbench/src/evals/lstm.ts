import { grad } from 'tapeless';
import { rows, timed, type Eval } from '../eval.js';
import { loss } from '../primals/lstm.js';

const gradient = grad(loss);

interface Input {
  main_params: number[][];
  extra_params: number[][];
  state: number[][];
  sequence: number[][];
}

function take({ main_params, extra_params, state, sequence }: Input) {
  return [{ main: rows(main_params), extra: rows(extra_params) }, rows(state), rows(sequence)] as const;
}

export const lstm: Eval = {
  objective: (input: Input) => {
    const [network, state, sequence] = take(input);
    return timed(() => loss(network, state, sequence));
  },
  jacobian: (input: Input) => {
    const [network, state, sequence] = take(input);
    return timed(() => gradient(network, state, sequence), ({ main, extra }) => [...main, ...extra].flatMap((row) => [...row]));
  },
};

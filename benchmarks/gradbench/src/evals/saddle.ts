import { timed, type Eval } from '../eval.js';
import { saddleFF, saddleFR, saddleRF, saddleRR } from '../primals/saddle.js';

export const saddle: Eval = {
  rr: ({ start }: { start: number[] }) => timed(() => saddleRR(start)),
  rf: ({ start }: { start: number[] }) => timed(() => saddleRF(start)),
  fr: ({ start }: { start: number[] }) => timed(() => saddleFR(start)),
  ff: ({ start }: { start: number[] }) => timed(() => saddleFF(start)),
};

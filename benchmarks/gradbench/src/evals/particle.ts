import { timed, type Eval } from '../eval.js';
import { particleFF, particleFR, particleRF, particleRR } from '../primals/particle.js';

export const particle: Eval = {
  rr: ({ w }: { w: number }) => timed(() => particleRR(w)),
  rf: ({ w }: { w: number }) => timed(() => particleRF(w)),
  fr: ({ w }: { w: number }) => timed(() => particleFR(w)),
  ff: ({ w }: { w: number }) => timed(() => particleFF(w)),
};

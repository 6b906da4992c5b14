/** A process that makes and examines programs; `run.ts` tells it which. The compiler runs bundled here, which is faster. */
import { planter } from '../../scripts/plant.ts';
import type { Outcome, examineBatch } from './batch.ts';
import type { ExamineOptions } from './examine.ts';

/** What became of a batch, and the processor time that it took. */
export interface Report { outcomes: Outcome[]; seconds: number }

export interface Order { seed: number; first: number; count: number; options: ExamineOptions }

const plant = await planter<{ examineBatch: typeof examineBatch }>('test/fuzz/batch.ts');
const batches = await plant();
await plant.end();
process.on('message', ({ seed, first, count, options }: Order) => {
  const before = process.cpuUsage();
  void batches.examineBatch(seed, first, options, count).then((outcomes) => {
    const { user, system } = process.cpuUsage(before);
    process.send!({ outcomes, seconds: (user + system) / 1e6 } satisfies Report);
  });
});
process.send!('ready');

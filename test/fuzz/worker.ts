/** A process that makes and examines programs; `run.ts` tells it which. The compiler runs bundled here, which is faster. */
import { planter } from '../../scripts/plant.ts';
import type { examineBatch } from './batch.ts';
import type { ExamineOptions } from './examine.ts';

export interface Order { seed: number; first: number; options: ExamineOptions }

const plant = await planter<{ examineBatch: typeof examineBatch }>('test/fuzz/batch.ts');
const batches = await plant();
await plant.end();
process.on('message', ({ seed, first, options }: Order) => void batches.examineBatch(seed, first, options).then((outcomes) => process.send!(outcomes)));
process.send!('ready');

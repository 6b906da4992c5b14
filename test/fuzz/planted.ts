/**
 * `tsx test/fuzz/planted.ts`: does the fuzzer find what it is made for? Faults are planted into the compiler, and for each
 * a program must be found within a minute whose derivative is wrong, and is right without the fault.
 */
import { type Edits, planter } from '../../scripts/plant.ts';
import { examine } from './examine.ts';
import { BATCH, type examineBatch, programOf } from './batch.ts';

const FAULTS: Record<string, Edits> = {
  'the shadow is not zeroed after x[i] = e': {
    'transformer/differentiate/adjoints.ts': (text) => text.replace(/(case 'store':[^]*?)b\.store\(this\.shadow\(a\), saves\.value\(i\), this\.zeroBefore\(op\)\);/, '$1'),
  },
  'what a condition chooses is taken for the first of two arrays only': {
    'transformer/analyse/alias.ts': (text) => text.replace('op.regions.forEach((region) => this.same(r, region.yields[k]))', 'this.same(r, op.regions[0].yields[k])'),
  },
};
const SECONDS = 60;
const SEED = 1;

const plant = await planter<{ examineBatch: typeof examineBatch }>('test/fuzz/batch.ts');
for (const [fault, edits] of Object.entries(FAULTS)) {
  const broken = await plant(edits);
  const start = Date.now();
  const elapsed = () => (Date.now() - start) / 1000;
  let found: { run: number; what: string } | undefined;
  for (let first = 0; !found && elapsed() < SECONDS; first += BATCH) {
    for (const { run, verdict } of await broken.examineBatch(SEED, first, { order: 1 })) {
      if (verdict.kind !== 'failed' || found) continue;
      const [right] = await examine([programOf(SEED, run)], { order: 1 });
      if (right.kind === 'passed') found = { run, what: verdict.what };
    }
  }
  console.log(found ? `  ✔ planted: ${fault}: found in ${elapsed().toFixed(0)} s, by program ${found.run} (${found.what})` : `  ✘ planted: ${fault}: not found in ${SECONDS} s\n  1 test failed`);
  if (!found) process.exitCode = 1;
}
await plant.end();

/** One fault in each rule, chosen at random by a fixed seed, and the rule's own tests notice it. All faults: `npm run mutate`. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { planter, root } from '../scripts/plant.ts';
import { EQUIVALENTS } from './mutate/equivalents.ts';
import { mutantsOf, schema } from './mutate/mutants.ts';
import type * as rules from './mutate/rules.ts';

const SEED = 1;
const FILE = 'transformer/rules/scalar.ts';

const text = readFileSync(root + FILE, 'utf8');
/** Where a partial is singular (`{ 0: 'x <= 0' }`) is noticed by fixtures, not by the tests of rules. */
const isCondition = (from: string) => /^(\d|'[\w()]+ [<>=]+ \d')$/.test(from);
const mutants = mutantsOf(FILE, text).filter((m) => !isCondition(m.from) && !EQUIVALENTS.some((e) => e.where === m.where && e.from === m.from && e.to === m.to));
const plant = await planter<typeof rules>('test/mutate/rules.ts', { ava: 'test/mutate/collect.ts' });
const edits = { [FILE]: () => schema(text, mutants) };
const random = xorshift128plus(SEED);
let active = 0;
(globalThis as any).__mutant = (id: number): boolean => id === active;

test.after(() => plant.end());

test.serial('without a fault all tests of rules pass', async (t) => {
  const { collected } = await plant(edits);
  t.true(collected.length > 50);
  for (const { run } of collected) await t.notThrowsAsync(run);
});

/** The tests at the points that the rule's line names. */
const testsOf = (where: string, { collected }: typeof rules) => collected.filter(({ name }) => name.startsWith(where.replace(/\(.*/, ' at ')));

for (const where of new Set(mutants.map((m) => m.where))) {
  // Without points, fixtures are its tests.
  if (/^(fround|stopGradient)\(/.test(where)) continue;
  const own = mutants.filter((m) => m.where === where);
  const mutant = own[(random.next() >>> 0) % own.length];
  test.serial(`a fault is noticed: ${where}: ${mutant.from} → ${mutant.to}`, async (t) => {
    active = mutant.id;
    const tests = testsOf(where, await plant(edits));
    active = 0;
    const outcomes = await Promise.all(tests.map(({ run }) => run().then(() => 'passed', () => 'failed')));
    t.true(outcomes.includes('failed'), `${outcomes.length} tests pass`);
  });
}

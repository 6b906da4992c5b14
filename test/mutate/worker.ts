/** Tries one mutant after the other, as the parent process names them, until a check fails. */
import { readFileSync, readdirSync } from 'node:fs';
import { planter } from '../../scripts/plant.ts';
import { pathOf, programOf } from '../support/compile.ts';
import { fixtureNames, loadFixture, root } from '../support/fixtures.ts';
import { type Mutant, apply } from './mutants.ts';
import type * as suite from './suite.ts';

/** Who noticed: the first check that failed. */
export type Outcome = { by?: string };

/** Golden files do not count: a fault is noticed by wrong values only. */
const valuesOnly = process.argv.includes('--values');
const fixtures = await Promise.all(fixtureNames().map(loadFixture));
const rejected = readdirSync(`${root}errors`).map((name) => ({ name, text: readFileSync(pathOf(`errors/${name}`), 'utf8') }));
const files = [...fixtures.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file))), ...rejected.map((r) => pathOf(`errors/${r.name}`))];
const program = programOf(files);
const plant = await planter<typeof suite>('test/mutate/suite.ts', { ava: 'test/mutate/collect.ts' });

/** Names of checks that noticed something, the latest first: what noticed one mutant probably notices its neighbour. */
let order: string[] = [];

async function attempt(mutant: Mutant): Promise<Outcome> {
  let checks: suite.Check[];
  let exports: typeof suite;
  try {
    exports = await plant(mutant.file, (text) => apply(mutant, text));
    checks = exports.checksOf(program, fixtures, rejected);
  } catch {
    return { by: 'it cannot be loaded' };
  }
  const rank = new Map(order.map((name, i) => [name, i]));
  const own = mutant.where.replace(/\(.*/, ' at ');
  const place = ({ name }: suite.Check) => (name.startsWith(own) ? -1 : rank.get(name));
  const places = new Map(checks.map((check, i) => [check, place(check) ?? order.length + i]));
  for (const { name, run } of checks.sort((a, b) => places.get(a)! - places.get(b)!)) {
    try {
      await run();
    } catch (error) {
      if (valuesOnly && error instanceof exports.GoldenDiffers) continue;
      order = [name, ...order.filter((other) => other !== name)];
      return { by: name };
    }
  }
  return {};
}

process.on('message', async (mutant: Mutant) => { process.send!(await attempt(mutant)); });
process.send!('ready');

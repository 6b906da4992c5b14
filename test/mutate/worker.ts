/**
 * Tries one mutant after the other, as the parent process names them, until a check fails. All mutants are in one
 * compiler; the checks that come by a mutant are known from a run without any, so only those are run.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { planter, root as top } from '../../scripts/plant.ts';
import { compile, pathOf, programOf } from '../support/compile.ts';
import { fixtureNames, loadFixture, root } from '../support/fixtures.ts';
import { withSecond } from '../support/second.ts';
import { FILES, allMutants, schema } from './mutants.ts';
import type * as suite from './suite.ts';

/** Who noticed: the first check that failed. */
export type Outcome = { by?: string };

/** Golden files do not count: a fault is noticed by wrong values only. */
const valuesOnly = process.argv.includes('--values');

const fixtures = await Promise.all(fixtureNames().map(loadFixture));
const rejected = readdirSync(`${root}errors`).map((name) => ({ name, text: readFileSync(pathOf(`errors/${name}`), 'utf8') }));
const filesOf = (list: { name: string; sources: object }[]) => list.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file)));
const program = programOf([...filesOf(fixtures), ...rejected.map((r) => pathOf(`errors/${r.name}`))]);
const twice = fixtures.flatMap((fixture) => {
  const second = withSecond(fixture, compile(program, fixture).input);
  return second ? [{ fixture, second }] : [];
});
const texts = new Map(twice.map(({ fixture, second }) => [pathOf(fixture.name), second.sources['input.ts']]));
const given: suite.Given = { program, fixtures, rejected, second: { program: programOf(filesOf(twice.map((x) => x.fixture)), texts), fixtures: twice } };
const mutants = allMutants((file) => readFileSync(top + file, 'utf8'));
const plant = await planter<typeof suite>('test/mutate/suite.ts', { ava: 'test/mutate/collect.ts' });
const edits = Object.fromEntries(FILES.map((file) => [file, (text: string) => schema(text, mutants.filter((m) => m.file === file))]));

let active = 0;
let passed: Set<number> | undefined;
(globalThis as any).__mutant = (id: number): boolean => {
  passed?.add(id);
  return id === active;
};

let { GoldenDiffers, checksOf } = await plant(edits);
let checks = checksOf(given);
/** By mutant: the checks that come by it, and how long they take. */
const reach = new Map<number, suite.Check[]>();
const cost = new Map<string, number>();
/** Checks that fail without any fault notice nothing. */
const broken: string[] = [];
for (const check of checks) {
  passed = new Set();
  const start = performance.now();
  try {
    await check.run();
  } catch {
    broken.push(check.name);
    continue;
  }
  cost.set(check.name, performance.now() - start);
  for (const id of passed) reach.set(id, [...reach.get(id) ?? [], check]);
}
passed = undefined;

/** When each check last noticed something: what noticed one mutant probably notices its neighbour. */
const noticed = new Map<string, number>();
let time = 0;

async function attempt(id: number): Promise<Outcome> {
  active = id;
  const mutant = mutants[id - 1];
  let candidates = reach.get(id) ?? [];
  // Rules are read when the compiler is loaded, whoever uses them.
  if (mutant.file.endsWith('scalar.ts')) {
    ({ GoldenDiffers, checksOf } = await plant(edits));
    checks = checksOf(given).filter((c) => !broken.includes(c.name));
    const own = mutant.where.replace(/\(.*/, ' at ');
    candidates = checks.filter((c) => c.name.startsWith(own)).concat(checks.filter((c) => !c.name.startsWith(own)));
  } else candidates = [...candidates].sort((a, b) => (noticed.get(b.name) ?? 0) - (noticed.get(a.name) ?? 0) || cost.get(a.name)! - cost.get(b.name)!);
  for (const { name, run } of candidates) {
    try {
      await run();
    } catch (error) {
      if (valuesOnly && error instanceof GoldenDiffers) continue;
      noticed.set(name, ++time);
      return { by: name };
    }
  }
  return {};
}

process.on('message', async (id: number) => { process.send!(await attempt(id)); });
process.send!(broken);

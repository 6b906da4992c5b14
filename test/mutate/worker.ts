/**
 * Tries one mutant after the other, as the parent process names them, until a check fails. All mutants are in one
 * compiler; the checks that come by a mutant are known from a run without any, so only those are run, and of those only the
 * ones for which the compiler then writes something else.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { planter, root as top } from '../../scripts/plant.ts';
import { compile, pathOf, programOf } from '../support/compile.ts';
import { type Fixture, fixtureNames, loadFixture, root } from '../support/fixtures.ts';
import { withJacobians } from '../support/jacobians.ts';
import { withSecond } from '../support/second.ts';
import { FILES, allMutants, schema } from './mutants.ts';
import type * as suite from './suite.ts';

/** Who noticed: the first check that failed, perhaps only by its golden file. */
export type Outcome = { by?: string };

/** What runs without any fault have told of a check: which mutants it comes by, how long it takes, what the compiler writes. */
interface Known { reach: number[]; milliseconds: number; text?: string; broken?: true }

/** Golden files do not count: a fault is noticed by wrong values only. */
const valuesOnly = process.argv.includes('--values');

/** So many seconds of processor time for a mutant. */
const limit = Number(process.argv.find((a) => a.startsWith('--limit='))?.slice('--limit='.length) ?? Infinity);

const alive = () => process.send?.('alive');
const hash = (text: string) => createHash('sha1').update(text).digest('base64');
const textOf = (file: string) => readFileSync(top + file, 'utf8');
const filesIn = (folder: string): string[] => readdirSync(top + folder, { recursive: true }).map(String).filter((f) => f.endsWith('.ts')).sort().map((f) => `${folder}/${f}`);
const hashOf = (files: string[]) => hash(files.map(textOf).join('\n'));

const fixtures = await Promise.all(fixtureNames().map(loadFixture));
const rejected = readdirSync(`${root}errors`).map((name) => ({ name, text: readFileSync(pathOf(`errors/${name}`), 'utf8') }));
const filesOf = (list: { name: string; sources: object }[]) => list.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file)));
const program = programOf([...filesOf(fixtures), ...rejected.map((r) => pathOf(`errors/${r.name}`))]);
alive();
const compiler = hashOf(filesIn('transformer'));
const inputs = new Map(fixtures.map((f) => [f, kept(`input ${compiler} ${hash(JSON.stringify(f.sources))}`, () => {
  alive();
  return { derivatives: compile(program, f).input.derivatives.map((d) => ({ function: d.function, mode: d.mode, wrt: d.wrt })) };
}) as never]));
const given: suite.Given = { program, fixtures, rejected, second: extended(withSecond), jacobians: extended(withJacobians) };

function extended<Asked extends { sources: Record<string, string> }>(by: (fixture: Fixture, input: never) => Asked | undefined): suite.Extended<Asked> {
  const list = fixtures.flatMap((fixture) => {
    const asked = by(fixture, inputs.get(fixture)!);
    return asked ? [{ fixture, asked }] : [];
  });
  return { program: programOf(filesOf(list.map((x) => x.fixture)), new Map(list.map(({ fixture, asked }) => [pathOf(fixture.name), asked.sources['input.ts']]))), fixtures: list };
}

/** Keeps what takes long in `.cache/mutate`, as long as the texts that it depends on are the same. */
function kept<T>(key: string, make: () => T): T {
  const file = `${top}.cache/mutate/${hash(key).replace(/\W/g, '_')}.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const made = make();
  mkdirSync(`${top}.cache/mutate`, { recursive: true });
  writeFileSync(file, JSON.stringify(made));
  return made;
}

alive();
const mutants = allMutants(textOf);
const plant = await planter<typeof suite>('test/mutate/suite.ts', { ava: 'test/mutate/collect.ts' });
const edits = Object.fromEntries(FILES.map((file) => [file, (text: string) => schema(text, mutants.filter((m) => m.file === file))]));

let active = 0;
let passed: Set<number> | undefined;
const world = globalThis as any;
world.__mutant = (id: number): boolean => {
  passed?.add(id);
  return id === active;
};
world.__either = (isTest: boolean, original: unknown, ...others: unknown[]): unknown => {
  for (let k = 0; k < others.length; k += 2) {
    const id = others[k] as number;
    if (id === active) return (others[k + 1] as () => unknown)();
    if (passed && !passed.has(id) && differs(isTest, original, others[k + 1] as () => unknown)) passed.add(id);
  }
  return original;
};

function differs(isTest: boolean, original: unknown, other: () => unknown): boolean {
  try {
    const x = other();
    if (isTest) return !x !== !original;
    if (Array.isArray(x) && Array.isArray(original)) return x.length !== original.length || x.some((v, i) => !Object.is(v, original[i]));
    return !Object.is(x, original);
  } catch {
    return true;
  }
}

/** What is passed where the compiler is loaded: those mutants need it loaded anew. */
const atLoad = passed = new Set<number>();
let { checksOf, limited } = await plant(edits);
let checks = checksOf(given);
passed = undefined;

// Checks of the same name are told apart by their number.
const names = checks.map(({ name }, i) => (checks.findIndex((c) => c.name === name) === i ? name : `${name} #${i}`));
const common = hash(compiler + hashOf(['test/mutate/mutants.ts', 'test/mutate/suite.ts', ...filesIn('runtime')]));
const ownFiles = hashOf([...textOf('test/mutate/suite.ts').matchAll(/'\.\.\/(.*\.test\.ts)'/g)].map(([, file]) => `test/${file}`));

/** The texts of the fixture that is checked; of a whole test file nothing is known. */
const subjects = checks.map(({ make }, i) => {
  const fixture = fixtures.find((f) => make && names[i].replace(/^[\w ]+: | \(not optimised\)$/g, '') === f.name);
  return fixture ? JSON.stringify(fixture.sources) : rejected.find((r) => names[i] === `error ${r.name}`)?.text;
});
const known: Known[] = [];
for (const [i, check] of checks.entries()) known.push(await measured(check, `known ${common} ${names[i]} ${hash(subjects[i] ?? ownFiles)}`));

async function measured(check: suite.Check, key: string): Promise<Known> {
  const file = `${top}.cache/mutate/${hash(key).replace(/\W/g, '_')}.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  alive();
  passed = new Set();
  const start = process.cpuUsage();
  const result: Known = { reach: [], milliseconds: 0 };
  try {
    if (check.make) result.text = hash(check.make().text);
    else await check.run();
  } catch (error) {
    result.broken = true;
    console.error(`${check.name} fails without any fault: ${String(error).slice(0, 300)}`);
  }
  const { user, system } = process.cpuUsage(start);
  result.milliseconds = (user + system) / 1000;
  result.reach = [...passed];
  passed = undefined;
  return kept(key, () => result);
}

/** By mutant: the checks that come by it. */
const reach = new Map<number, number[]>();
known.forEach((k, i) => {
  if (!k.broken) for (const id of k.reach) reach.set(id, [...reach.get(id) ?? [], i]);
});

/** By function, or rule: how often each check has noticed something there lately. What noticed one mutant probably notices its neighbour. */
const noticed = new Map<string, Map<number, number>>();
/** Checks that fail though there is no fault would notice everything; whether one does is asked when it first notices something. */
const sound = new Map<number, boolean>();

async function attempt(id: number): Promise<Outcome> {
  const mutant = mutants[id - 1];
  active = id;
  if (atLoad.has(id)) {
    ({ checksOf, limited } = await plant(edits));
    checks = checksOf(given);
  }
  const here = noticed.get(mutant.where) ?? new Map<number, number>();
  noticed.set(mutant.where, here);
  const own = mutant.where.replace(/\(.*/, ' at ');
  const called = own.split(' ')[0];
  const mentions = (i: number) => !known[i].broken && (!/^(pow|div|rem|mul|add|sub|neg)$/.test(called) ? !subjects[i] || subjects[i].includes(called) : true);
  const price = (i: number) => (names[i].startsWith(own) ? 0 : known[i].milliseconds / (1 + (here.get(i) ?? 0)));
  const candidates = (atLoad.has(id) ? checks.map((_, i) => i).filter(mentions) : reach.get(id) ?? []).sort((a, b) => price(a) - price(b));
  const start = process.cpuUsage().user;
  for (const i of mixed(candidates)) {
    if (process.cpuUsage().user - start > limit * 1e6) break;
    const by = await notices(i);
    if (!by) continue;
    here.set(i, 1 + (here.get(i) ?? 0));
    return { by };
  }
  return {};
}

/** Fixtures, first those of first order, and whole tests, which ask for something else, in turn. */
function mixed(candidates: number[]): number[] {
  const tests = candidates.filter((i) => !subjects[i]);
  const first = candidates.filter((i) => subjects[i] && !names[i].includes(': '));
  const others = candidates.filter((i) => subjects[i] && names[i].includes(': '));
  const out: number[] = [];
  while (tests.length > 0 || first.length > 0 || others.length > 0) {
    out.push(...first.splice(0, 3), ...others.splice(0, 1), ...tests.splice(0, 1));
  }
  return out;
}

async function notices(i: number): Promise<string | undefined> {
  if (sound.get(i) === false) return undefined;
  alive();
  const check = checks[i];
  try {
    const made = check.make && limited(check.make.bind(check));
    if (made && hash(made.text) === known[i].text) return undefined;
    if (made && !made.golden && !valuesOnly) return `${names[i]}: golden`;
    await check.run(made);
    return undefined;
  } catch {
    return await isSound(i) ? names[i] : undefined;
  }
}

async function isSound(i: number): Promise<boolean> {
  if (!sound.has(i)) {
    const id = active;
    active = 0;
    // Of mutants that are there when the compiler is loaded the fault is in the loaded one.
    const clean = atLoad.has(id) ? (await plant(edits)).checksOf(given)[i] : checks[i];
    try {
      await clean.run(clean.make?.());
      sound.set(i, true);
    } catch {
      sound.set(i, false);
    }
    active = id;
  }
  return sound.get(i) ?? true;
}

process.on('message', async (id: number) => { process.send!(await attempt(id)); });
process.send?.(names.filter((_, i) => known[i].broken));
if (!process.send) {
  for (const i of checks.keys()) console.log(`${known[i].milliseconds.toFixed(0)} ${names[i]}`);
  console.log(`${checks.length} checks, ${(known.reduce((sum, k) => sum + k.milliseconds, 0) / 1000).toFixed(0)} s of processor time, ${mutants.filter((m) => !reach.has(m.id) && !atLoad.has(m.id)).length} of ${mutants.length} mutants are not reached, ${atLoad.size} when loaded`);
}

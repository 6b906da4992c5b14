/**
 * `npm run mutate -- [--seconds N] [--limit N] [--only REGEX] [--again] [--fresh] [--values]`: breaks the rules and both modes
 * of differentiation in one place after the other, and says which faults no test notices. What it has found out is kept in
 * `.cache/mutate/`, and the next run goes on from there: `--seconds` ends it in time, `--limit` gives a mutant so many
 * seconds of processor time, `--again` tries what no test has noticed once more, `--fresh` everything. `--only` selects by
 * `file:line function`; with `--values` it does not count that the text of a derivative is not the golden one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { root } from '../../scripts/plant.ts';
import { EQUIVALENTS } from './equivalents.ts';
import { FILES, type Mutant, allMutants } from './mutants.ts';
import type { Outcome } from './worker.ts';

/** A fault may run on where the checks' own limit of time does not reach. */
const SECONDS = 30;
/** A process that has tried so many mutants is replaced. */
const TRIES = 1500;
const ENDLESS = 'it does not end';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' }, seconds: { type: 'string', default: 'Infinity' }, processes: { type: 'string', default: '1' },
    limit: { type: 'string', default: 'Infinity' },
    values: { type: 'boolean', default: false }, again: { type: 'boolean', default: false }, fresh: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only);
const folder = `${root}.cache/mutate`;
const log = `${folder}/${values.values ? 'values' : 'results'}.jsonl`;
mkdirSync(folder, { recursive: true });
if (values.fresh) rmSync(log, { force: true });

const all = allMutants((file) => readFileSync(root + file, 'utf8'));
const equivalent = (m: Mutant) => EQUIVALENTS.find((e) => m.file.endsWith(e.file) && e.where === m.where && e.from === m.from && e.to === m.to);
const stale = EQUIVALENTS.filter((e) => !all.some((m) => equivalent(m) === e));
const wanted = all.filter((m) => only.test(`${m.file}:${m.line} ${m.where}`));
/** By mutant: who noticed; '' where nobody did. */
const results = new Map<string, string>(existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);
const queue = wanted.filter((m) => !equivalent(m) && (values.again ? results.get(m.key) === '' : !results.has(m.key)));
// A run that ends early has seen something of everything.
queue.sort((a, b) => (a.id % 8) - (b.id % 8) || a.id - b.id);
const survivors = () => wanted.filter((m) => !equivalent(m) && results.get(m.key) === '');
const start = Date.now();
const isOver = () => queue.length === 0 || Date.now() - start > Number(values.seconds) * 1000;
let tried = 0;
/** Checks that fail without any fault. */
const failing = new Set<string>();

const bar = new SingleBar({ format: '{bar} {value}/{total} mutants, {survivors} survivors, {eta_formatted} left', clearOnComplete: true, stopOnComplete: false });
bar.start(queue.length, 0, { survivors: 0 });
await Promise.all(Array.from({ length: Number(values.processes) }, work));
bar.stop();
report();

/** Takes mutants from the queue, in a process of its own, until there are none. */
async function work(): Promise<void> {
  while (!isOver()) {
    const worker = fork(new URL('worker.ts', import.meta.url), [`--limit=${values.limit}`, ...values.values ? ['--values'] : []], { execArgv: ['--import=tsx', '--max-old-space-size=2048'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const broken: string[] | undefined = await answer(worker, 240);
    if (!broken) throw new Error('a process did not start');
    for (const name of broken) failing.add(name);
    for (let tries = 0; tries < TRIES && !isOver(); tries++) {
      const mutant = queue.shift()!;
      worker.send(mutant.id);
      const outcome = await answer(worker);
      record(mutant, outcome ?? { by: ENDLESS });
      if (!outcome) break;
    }
    worker.kill('SIGKILL');
  }
}

/** What the process says; nothing if it dies, or shows no sign of life for too long. */
function answer(worker: ChildProcess, seconds = SECONDS): Promise<any> {
  return new Promise((resolve) => {
    const settle = (result?: unknown) => {
      if (result === 'alive') {
        timer.refresh();
        return;
      }
      clearTimeout(timer);
      worker.off('message', settle);
      worker.off('exit', onExit);
      resolve(result);
    };
    const onExit = () => settle();
    const timer = setTimeout(onExit, seconds * 1000);
    worker.on('message', settle);
    worker.on('exit', onExit);
  });
}

function record(mutant: Mutant, { by = '' }: Outcome): void {
  tried++;
  results.set(mutant.key, by);
  appendFileSync(log, `${JSON.stringify([mutant.key, by])}\n`);
  bar.increment({ survivors: survivors().length });
}

function show(m: Mutant): string { return `${m.file}:${m.line} ${m.where}: ${m.from}  →  ${m.to || 'left out'}`; }

function report(): void {
  const rows = [...FILES, 'all'].map((file) => {
    const mutants = wanted.filter((m) => file === 'all' || m.file === file);
    const equivalents = mutants.filter(equivalent).length;
    const outcomes = mutants.filter((m) => !equivalent(m)).map((m) => results.get(m.key));
    const survived = outcomes.filter((by) => by === '').length;
    const endless = outcomes.filter((by) => by === ENDLESS).length;
    const open = outcomes.filter((by) => by === undefined).length;
    return [file.replace('transformer/', ''), { mutants: mutants.length, killed: outcomes.length - survived - endless - open, 'time-outs': endless, survivors: survived, equivalent: equivalents, 'not tried': open }] as const;
  });
  console.table(Object.fromEntries(rows.filter(([, r]) => r.mutants > 0)));
  if (failing.size > 0) console.log(`Left out, because they fail without any fault: ${[...failing].join(', ')}`);
  for (const m of survivors()) console.log(show(m));
  for (const e of stale) console.log(`There is no such mutant any more: ${e.file} ${e.where}: ${e.from}  →  ${e.to}`);
  console.log(`\n${tried} mutants in ${((Date.now() - start) / 1000).toFixed(0)} s`);
  process.exitCode = survivors().length > 0 || stale.length > 0 ? 1 : 0;
}

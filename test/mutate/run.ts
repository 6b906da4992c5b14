/**
 * `npm run mutate -- [--only REGEX] [--sample N] [--values]`: breaks the rules and both modes of differentiation in one
 * place after the other, and says which faults no test notices. `--only` selects by `file:line function`, `--sample N`
 * takes every N-th mutant; with `--values` it does not count that the text of a derivative is not the golden one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { root } from '../../scripts/plant.ts';
import { EQUIVALENTS } from './equivalents.ts';
import { FILES, type Mutant, allMutants } from './mutants.ts';
import type { Outcome } from './worker.ts';

/** A fault may run on where the checks' own limit of time does not reach. */
const SECONDS = 60;
/** A process that has tried so many mutants is replaced. */
const TRIES = 1500;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, sample: { type: 'string', default: '1' }, values: { type: 'boolean', default: false }, processes: { type: 'string', default: String(availableParallelism()) } } });
const only = new RegExp(values.only);

const all = allMutants((file) => readFileSync(root + file, 'utf8'));
const equivalent = (m: Mutant) => EQUIVALENTS.find((e) => m.file.endsWith(e.file) && e.where === m.where && e.from === m.from && e.to === m.to);
const stale = EQUIVALENTS.filter((e) => !all.some((m) => equivalent(m) === e));
const wanted = all.filter((m, i) => only.test(`${m.file}:${m.line} ${m.where}`) && i % Number(values.sample) === 0);
const queue = wanted.filter((m) => !equivalent(m));
const tried = queue.length;
const survivors: Mutant[] = [];
/** Checks that fail without any fault. */
const failing = new Set<string>();
const start = Date.now();

const bar = new SingleBar({ format: '{bar} {value}/{total} mutants, {survivors} survivors, {eta_formatted} left', clearOnComplete: true, stopOnComplete: false });
bar.start(tried, 0, { survivors: 0 });
await Promise.all(Array.from({ length: Math.max(1, Number(values.processes)) }, work));
bar.stop();
report();

/** Takes mutants from the queue, in a process of its own, until there are none. */
async function work(): Promise<void> {
  while (queue.length > 0) {
    const worker = fork(new URL('worker.ts', import.meta.url), values.values ? ['--values'] : [], { execArgv: ['--import=tsx', '--max-old-space-size=2048'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const broken: string[] | undefined = await answer(worker, 600);
    if (!broken) throw new Error('a process did not start');
    for (const name of broken) failing.add(name);
    for (let tries = 0; tries < TRIES && queue.length > 0; tries++) {
      const mutant = queue.shift()!;
      worker.send(mutant.id);
      const outcome = await answer(worker);
      record(mutant, outcome ?? { by: 'it does not end' });
      if (!outcome) break;
    }
    worker.kill('SIGKILL');
  }
}

/** What the process says; nothing if it dies, or takes too long. */
function answer(worker: ChildProcess, seconds = SECONDS): Promise<any> {
  return new Promise((resolve) => {
    const settle = (result?: unknown) => {
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

function record(mutant: Mutant, outcome: Outcome): void {
  if (!outcome.by) survivors.push(mutant);
  if (process.env.MUTATE_LOG) appendFileSync(process.env.MUTATE_LOG, `${outcome.by ?? 'SURVIVED'}\t${show(mutant)}\n`);
  bar.increment({ survivors: survivors.length });
}

function show(m: Mutant): string { return `${m.file}:${m.line} ${m.where}: ${m.from}  →  ${m.to || 'left out'}`; }

function report(): void {
  const rows = FILES.map((file) => {
    const of = (list: Mutant[]) => list.filter((m) => m.file === file).length;
    return { file: file.replace('transformer/', ''), mutants: of(wanted), equivalent: of(wanted.filter(equivalent)), survived: of(survivors) };
  });
  console.table(Object.fromEntries(rows.filter((r) => r.mutants > 0).map(({ file, mutants, equivalent, survived }) => [file, { mutants, noticed: mutants - equivalent - survived, equivalent, survived }])));
  survivors.sort((a, b) => FILES.indexOf(a.file) - FILES.indexOf(b.file) || a.id - b.id);
  if (failing.size > 0) console.log(`Left out, because they fail without any fault: ${[...failing].join(', ')}`);
  for (const m of survivors) console.log(show(m));
  for (const e of stale) console.log(`There is no such mutant any more: ${e.file} ${e.where}: ${e.from}  →  ${e.to}`);
  console.log(`\n${tried} mutants in ${((Date.now() - start) / 1000).toFixed(0)} s: ${tried - survivors.length} noticed, ${survivors.length} not; ${wanted.length - tried} are equivalent to the original`);
  process.exitCode = survivors.length > 0 || stale.length > 0 ? 1 : 0;
}

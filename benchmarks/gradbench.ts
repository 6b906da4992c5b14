/**
 * `npm run bench -- gradbench [EVAL…]`: times of primal and derivative of GradBench's evals, as the tool runs them, next to
 * C and to gradients in JavaScript by hand, in turn, so that all meet the same machine; what they need of memory; and
 * which targets are met. Samples are short, for others may be at work on the machine, too.
 */
import { median } from './src/measure.ts';
import { byHand } from './gradbench/hand.ts';
import { Native, compileNative } from './gradbench/native.ts';
import { type Row, compilePrimals, summary } from './gradbench/targets.ts';
import { type Workload, workloads } from './gradbench/workloads.ts';

const SAMPLE = 4;
const REPETITIONS = 31;
/** C programs that have a derivative by hand. */
const BY_HAND = new Set(Object.keys(byHand));

const asked = process.argv.slice(3);
const program = compileNative();
if (!program) console.log('no C compiler: C is left out');

const compiled = compilePrimals();
const rows: Row[] = [];
for (const make of workloads) {
  const workload = make();
  if (asked.length > 0 && !asked.includes(workload.eval)) continue;
  rows.push(await measure(workload));
  print(rows[rows.length - 1], rows.length === 1);
}
console.log(`\n${summary(rows, compiled).join('\n')}`);

async function measure(workload: Workload): Promise<Row> {
  const module = await import(new URL(`gradbench/dist/evals/${workload.eval}.js`, import.meta.url).href);
  const functions = module[workload.eval];
  const native = program ? new Native(program, workload) : undefined;
  const ours = [workload.primal, workload.derivative].map((name) => functions[name](workload.input).run as () => void);
  const hand = byHand[workload.eval]?.(workload.input);
  type Subject = (count: number) => number | Promise<number>;
  const timed = (run: () => void): Subject => (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return (performance.now() - start) / count;
  };
  const subjects: Record<string, Subject> = { primal: timed(ours[0]), derivative: timed(ours[1]) };
  if (hand) subjects.byHand = timed(hand.run);
  if (native) {
    subjects.cPrimal = (count) => native.time('primal', count);
    if (BY_HAND.has(workload.eval)) subjects.cDerivative = (count) => native.time('gradient', count);
  }
  // Enough runs for V8 to compile what is timed, and to know how many make a sample.
  const counts: Record<string, number> = {};
  for (const [name, subject] of Object.entries(subjects)) {
    const first = await subject(1);
    await subject(Math.min(2000, Math.ceil(300 / first)));
    counts[name] = Math.max(1, Math.round(SAMPLE / await subject(Math.max(1, Math.round(5 / first)))));
  }
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let i = 0; i < REPETITIONS; i++) for (const [name, subject] of Object.entries(subjects)) times[name].push(await subject(counts[name]));
  if (native && hand) compare(hand.result, await native.results());
  native?.close();
  const found = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])) as Record<string, number> & { primal: number; derivative: number };
  const { byHand: ratioByHand, best } = workload.tools;
  const reckoned = (ratio: number | null) => (found.cPrimal && ratio ? found.cPrimal * ratio : undefined);
  return {
    ...found, eval: workload.eval, name: `${workload.eval} ${workload.size}`, tool: reckoned(best), cppByHand: reckoned(ratioByHand),
    memory: { primal: memory(ours[0]), derivative: memory(ours[1]) },
  };
}

/** Both derivatives by hand are the same. */
function compare(ours: Float64Array, [, ...theirs]: number[]): void {
  const scale = theirs.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  theirs.forEach((x, i) => { if (!(Math.abs(x - ours[i]) <= 1e-9 * scale)) throw new Error(`derivatives by hand differ: ${ours[i]} for ${x}`); });
}

/** Bytes that a run allocates in arrays and on the heap, unless a collection of garbage comes between. */
function memory(run: () => void): number {
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const samples = Array.from({ length: 9 }, () => {
    const before = used();
    run();
    return used() - before;
  });
  return median(samples);
}

function print({ name, primal, derivative, cPrimal, cDerivative, byHand: hand, tool, cppByHand, memory }: Row, heads: boolean): void {
  const time = (ms: number | undefined) => (ms === undefined ? '–' : ms >= 1 ? `${ms.toPrecision(4)} ms` : `${(1000 * ms).toPrecision(4)} µs`);
  const ratio = (a: number, b: number | undefined) => (b ? (a / b).toFixed(2) : '–');
  const size = (bytes: number) => (bytes < 0 ? '–' : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const line = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(19) : cell.padStart(11))).join('');
  if (heads) console.log(line(['', 'primal', 'derivative', 'ratio', 'C primal', 'over C', 'C by hand', 'JS by hand', 'over it', 'over tool', 'over C++', 'memory', 'primal’s']));
  console.log(line([
    name, time(primal), time(derivative), ratio(derivative, primal), time(cPrimal), ratio(primal, cPrimal), time(cDerivative), time(hand), ratio(derivative, hand),
    ratio(derivative, tool), ratio(derivative, cppByHand), size(memory.derivative), size(memory.primal),
  ]));
}

/**
 * `npm run bench -- gradbench [EVAL…]`: times of primal and derivative of GradBench's evals, as the tool runs them, next to
 * C, in turn, so that all meet the same machine.
 */
import { median } from './src/measure.ts';
import { Native, compileNative } from './gradbench/native.ts';
import { type Workload, workloads } from './gradbench/workloads.ts';

const SAMPLE = 20;
const REPETITIONS = 15;
/** C programs that have a derivative by hand. */
const BY_HAND = new Set(['gmm', 'lstm', 'ba']);

const asked = process.argv.slice(3);
const program = compileNative();
if (!program) console.log('no C compiler: C is left out');

interface Row {
  name: string;
  primal: number;
  derivative: number;
  cPrimal?: number;
  cDerivative?: number;
  tools: Workload['tools'];
}

const rows: Row[] = [];
for (const make of workloads) {
  const workload = make();
  if (asked.length > 0 && !asked.includes(workload.eval)) continue;
  rows.push(await measure(workload));
  print(rows[rows.length - 1], rows.length === 1);
}
summary();

async function measure(workload: Workload): Promise<Row> {
  const module = await import(new URL(`gradbench/dist/evals/${workload.eval}.js`, import.meta.url).href);
  const functions = module[workload.eval];
  const native = program ? new Native(program, workload) : undefined;
  const subjects: ((count: number) => number | Promise<number>)[] = [workload.primal, workload.derivative].map((name) => {
    const { run } = functions[name](workload.input);
    return (count: number) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) run();
      return (performance.now() - start) / count;
    };
  });
  if (native) {
    subjects.push((count) => native.time('primal', count));
    if (BY_HAND.has(workload.eval)) subjects.push((count) => native.time('gradient', count));
  }
  // Enough runs for V8 to compile what is timed, and to know how many make a sample.
  const counts: number[] = [];
  for (const subject of subjects) {
    const first = await subject(1);
    await subject(Math.min(2000, Math.ceil(300 / first)));
    counts.push(Math.max(1, Math.round(SAMPLE / await subject(Math.max(1, Math.round(5 / first))))));
  }
  const times: number[][] = subjects.map(() => []);
  for (let i = 0; i < REPETITIONS; i++) for (const [k, subject] of subjects.entries()) times[k].push(await subject(counts[k]));
  native?.close();
  const [primal, derivative, cPrimal, cDerivative] = times.map(median);
  return { name: `${workload.eval} ${workload.size}`, primal, derivative, cPrimal, cDerivative, tools: workload.tools };
}

function print({ name, primal, derivative, cPrimal, cDerivative, tools }: Row, heads: boolean): void {
  const time = (ms: number | undefined) => (ms === undefined ? '–' : ms >= 1 ? `${ms.toPrecision(4)} ms` : `${(1000 * ms).toPrecision(4)} µs`);
  const ratio = (a: number | undefined, b: number | null | undefined) => (a === undefined || !b ? '–' : (a / b).toFixed(2));
  const line = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : cell.padStart(12))).join('');
  if (heads) console.log(line(['', 'primal', 'derivative', 'ratio', 'C primal', 'JS/C primal', 'C by hand', 'over C hand', 'over AD tool', 'over C++ hand']));
  console.log(line([
    name, time(primal), time(derivative), ratio(derivative, primal), time(cPrimal), ratio(primal, cPrimal), time(cDerivative), ratio(derivative, cDerivative),
    ratio(derivative, cPrimal && tools.best && cPrimal * tools.best), ratio(derivative, cPrimal && tools.byHand && cPrimal * tools.byHand),
  ]));
}

function summary(): void {
  const mean = (list: number[]) => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
  const over = rows.flatMap(({ derivative, cPrimal, tools }) => (cPrimal && tools.best ? [derivative / (cPrimal * tools.best)] : []));
  console.log(`\ngeometric means: derivative over primal ${mean(rows.map((r) => r.derivative / r.primal)).toFixed(2)}`
    + (over.length ? `, over the best C++ tool ${mean(over).toFixed(2)}, worst ${Math.max(...over).toFixed(2)}` : ''));
}

/** Time of the compiler over every fixture: derivatives of all functions in both modes, without TypeScript's own start. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { transform } from '../transformer/index.ts';
import { median } from './src/measure.ts';

const REPETITIONS = 20;
const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('input.ts') && !file.startsWith('errors')).map((file) => folder + file).sort();
const program = ts.createProgram(files, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, types: [], noEmit: true });
const host = { ...checkerHost(ts, program), demands: () => [] };

const times = files.map((): number[] => []);
let lines = 0;
for (let repetition = 0; repetition < REPETITIONS; repetition++) {
  lines = 0;
  files.forEach((file, i) => {
    const start = performance.now();
    const { text } = transform(file, host);
    times[i].push(performance.now() - start);
    lines += text.split('\n').length;
  });
}

const ms = (t: number) => `${t.toFixed(1)} ms`;
const sum = (list: number[]) => list.reduce((s, x) => s + x, 0);
const cold = sum(times.map(([first]) => first));
const warm = sum(times.map(median));
console.log(`Node ${process.version}, ${files.length} fixtures, ${lines} lines of output`);
console.log(`transform: ${ms(cold)} the first time, ${ms(warm)} once warm (medians of ${REPETITIONS}), ${ms(warm / files.length)} a fixture`);
console.log('slowest when warm:');
const order = files.map((_, i) => i).sort((a, b) => median(times[b]) - median(times[a]));
for (const i of order.slice(0, 5)) console.log(`  ${ms(median(times[i])).padStart(9)}  ${files[i].slice(folder.length)}`);

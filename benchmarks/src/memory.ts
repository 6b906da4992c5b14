/** Time and memory of the gradient of a loop of 1,000 steps on a state of 100 numbers: plain, and with each mark. */
import { grad } from 'tapeless';
import { compare } from './measure.js';
import { table } from './table.js';

function step(v: Float64Array, k: number): void {
  for (let j = 1; j < v.length; j++) v[j] += 0.001 * Math.sin(k * v[j - 1]) * v[j];
}

function undo(v: Float64Array, k: number): void {
  for (let j = v.length - 1; j >= 1; j--) v[j] /= 1 + 0.001 * Math.sin(k * v[j - 1]);
}

function plain(k: number, n: number): number {
  const v = new Float64Array(100).fill(0.5);
  for (let i = 0; i < n; i++) step(v, k);
  return v[99];
}

function twelve(k: number, n: number): number {
  const v = new Float64Array(100).fill(0.5);
  // @checkpoint snapshots=12
  for (let i = 0; i < n; i++) step(v, k);
  return v[99];
}

function root(k: number, n: number): number {
  const v = new Float64Array(100).fill(0.5);
  // @checkpoint sqrt
  for (let i = 0; i < n; i++) step(v, k);
  return v[99];
}

function back(k: number, n: number): number {
  const v = new Float64Array(100).fill(0.5);
  // @reversible inverse=undo
  for (let i = 0; i < n; i++) step(v, k);
  return v[99];
}

function last(k: number, n: number): number {
  const v = new Float64Array(100).fill(0.5);
  // @truncate 30
  for (let i = 0; i < n; i++) step(v, k);
  return v[99];
}

const reference = grad(plain);
const subjects: [name: string, states: string, gradient: (k: number, n: number) => number][] = [
  ['`// @checkpoint snapshots=12`', '12', grad(twelve)],
  ['`// @checkpoint sqrt`', '64', grad(root)],
  ['`// @reversible inverse=undo`', '1', grad(back)],
  ['`// @truncate 30`', '30', grad(last)],
];

const expected = reference(0.7, 1000);
const rows = subjects.map(([name, states, gradient]) => {
  const found = gradient(0.7, 1000);
  if (!name.includes('truncate') && Math.abs(found - expected) > 1e-9 * Math.abs(expected)) throw new Error(`${name}: ${found} for ${expected}`);
  const { ratio, interval } = compare(() => gradient(0.7, 1000), () => reference(0.7, 1000), { repetitions: 60, sample: 1 });
  return [name, states, `${ratio.toFixed(2)} (${interval.map((r) => r.toFixed(2)).join(' to ')})`];
});
table('memory.md', 'memory', ['', 'states kept', 'time against the plain gradient'], [['no mark', '1000', '1'], ...rows]);

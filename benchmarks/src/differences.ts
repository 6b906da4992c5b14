/** Cost and error of finite differences beside the JVP and the VJP, for Rosenbrock's function of n numbers. */
import { jvp, valueAndGrad, vjp } from 'tapeless';
import { finiteDifference } from 'tapeless/testing';
import { median } from './measure.js';
import { table } from './table.js';

// @differentiate
export function rosenbrock(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
  }
  return s;
}

/** The gradient by hand. */
function exact(x: Float64Array): Float64Array {
  const g = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const b = x[i + 1] - x[i] * x[i];
    g[i] -= 2 * (1 - x[i]) + 400 * x[i] * b;
    g[i + 1] += 200 * b;
  }
  return g;
}

let calls = 0;
const counted = (x: Float64Array): number => {
  calls++;
  return rosenbrock(x);
};

/** What is computed is kept, so that it has to be computed. */
export let sink: unknown;

/** Milliseconds of a call, when warm: the median of samples that last about a millisecond each. */
function cost(f: () => unknown): number {
  const sample = (calls: number) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) sink = f();
    return (performance.now() - start) / calls;
  };
  const calls = Math.max(1, Math.round(1 / sample(3)));
  const samples = sample(1) > 20 ? 5 : 200;
  for (let i = 0; i < samples; i++) sample(calls);
  return median(Array.from({ length: samples }, () => sample(calls)));
}

function callsOf(f: () => unknown): string {
  calls = 0;
  f();
  return String(calls);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((s, e, i) => s + e * b[i], 0);
/** The largest error, relative to the largest number. */
function error(actual: ArrayLike<number>, expected: ArrayLike<number>): string {
  const size = Math.max(...Array.from(expected, Math.abs));
  return Math.max(...Array.from(actual, (a, i) => Math.abs(a - expected[i]) / size)).toExponential(0);
}

const rows: string[][] = [];
for (const n of [100, 1000]) {
  const x = Float64Array.from({ length: n }, (_, i) => 1.2 * Math.cos(i));
  const gradient = exact(x);
  const v = gradient.map((g) => g / Math.max(...gradient.map(Math.abs)));
  const base = cost(() => rosenbrock(x));
  const row = (what: string, result: () => ArrayLike<number>, expected: ArrayLike<number>, counts?: () => unknown) => {
    rows.push([String(n), what, counts ? callsOf(counts) : '–', ((ratio: number) => (ratio < 100 ? ratio.toPrecision(2) : ratio.toFixed(0)))(cost(result) / base), error(result(), expected)]);
  };
  const slope = [dot(gradient, v)];
  row('`jvp`', () => [jvp(rosenbrock, [x], [v])[1]], slope);
  for (const scheme of ['central', 'forward'] as const) {
    row(`tangent, ${scheme} differences`, () => [finiteDifference(rosenbrock, { scheme }).jvp([x], [v])], slope, () => finiteDifference(counted, { scheme }).jvp([x], [v]));
  }
  row('`valueAndGrad`', () => valueAndGrad(rosenbrock)(x)[1], gradient);
  row('`vjp` and its pullback', () => vjp(rosenbrock, [x])[1](1)[0], gradient);
  for (const scheme of ['central', 'forward'] as const) {
    row(`gradient, ${scheme} differences`, () => finiteDifference(rosenbrock, { scheme })(x), gradient, () => finiteDifference(counted, { scheme })(x));
  }
}
console.log(`Node ${process.version}\n`);
table('numerical.md', 'differences', ['n', 'derivative', 'calls of f', 'time / time of f', 'relative error'], rows);

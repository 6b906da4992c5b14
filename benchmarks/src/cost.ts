/** The cost of both modes and of vector mode, for functions that are tall, wide, or a chain; see docs/cost.md. */
import { jacfwd, jacobian, jacrev, jvp, vjp } from 'tapeless';
import { median } from './measure.js';
import { table } from './table.js';

/** n numbers in, m out: each result is a sum over all arguments. */
// @differentiate
export function dense(x: Float64Array, m: number): Float64Array {
  const y = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    let s = 0;
    for (let i = 0; i < x.length; i++) s += Math.sin(x[i] * (j + 1)) * x[i];
    y[j] = s;
  }
  return y;
}

/** A chain: layer after layer of as many numbers, each of which depends on its neighbours. */
// @differentiate
export function chain(x: Float64Array, layers: number): Float64Array {
  let y = x.slice();
  for (let k = 0; k < layers; k++) {
    const z = new Float64Array(y.length);
    for (let i = 0; i < y.length; i++) z[i] = Math.tanh(y[i] + 0.5 * y[(i + 1) % y.length]);
    y = z;
  }
  return y;
}

/** What is computed is kept, so that it has to be computed. */
export let sink: unknown;

/** Microseconds of a call, when warm: the median of samples that last about a millisecond each. */
function cost(f: () => unknown): number {
  const sample = (calls: number) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) sink = f();
    return 1000 * (performance.now() - start) / calls;
  };
  const calls = Math.max(1, Math.round(1000 / sample(3)));
  const samples = sample(1) > 5000 ? 9 : 60;
  for (let i = 0; i < samples; i++) sample(calls);
  return median(Array.from({ length: samples }, () => sample(calls)));
}

const forward = jacfwd(dense), reverse = jacrev(dense), either = jacobian(dense);
const forwardChain = jacfwd(chain), reverseChain = jacrev(chain), eitherChain = jacobian(chain);
const rows: string[][] = [];

function measure(shape: string, n: number, m: number, f: typeof dense, k: number, by: typeof forward[]): void {
  const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
  const [e, bar] = [x.map((_, i) => (i === 0 ? 1 : 0)), new Float64Array(m).fill(1)];
  const one = cost(() => f(x, k));
  const times = (t: number) => (t / one < 10 ? (t / one).toFixed(1) : (t / one).toFixed(0));
  // The compiler of the machine must see both functions apart.
  const tangent = f === dense ? cost(() => jvp(dense, [x, k], [e, undefined])) : cost(() => jvp(chain, [x, k], [e, undefined]));
  const cotangent = f === dense ? cost(() => vjp(dense, [x, k])[1](bar)) : cost(() => vjp(chain, [x, k])[1](bar));
  const [columns, lines, picked] = by.map((jac) => cost(() => jac(x, k)));
  rows.push([shape, String(n), String(m), times(tangent), times(cotangent), times(columns), times(lines), times(picked)]);
}

for (const [n, m] of [[2, 200], [10, 200], [40, 200], [200, 200], [200, 40], [200, 10], [200, 2]]) {
  measure(n < m ? 'tall' : n === m ? 'square' : 'wide', n, m, dense, m, [forward, reverse, either]);
}
for (const n of [10, 40]) measure('chain of 50 layers', n, n, chain, 50, [forwardChain, reverseChain, eitherChain]);
table('cost.md', 'cost', ['function', 'n', 'm', 'one tangent', 'one cotangent', '`jacfwd`', '`jacrev`', '`jacobian`'], rows);

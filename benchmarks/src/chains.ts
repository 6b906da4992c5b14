/** Derivatives of chains of array methods against those of the loops that one would write instead, for 10,000 numbers. */
import { jvp, valueAndGrad } from 'tapeless';
import { compare, report } from './measure.js';

// @differentiate
export function chain(xs: Float64Array): number {
  return xs.map((x) => x * x).reduce((a, b) => a + b, 0);
}

// @differentiate
export function filtered(xs: Float64Array): number {
  return xs.map((x) => x * x).filter((y) => y > 0.5).reduce((a, b) => a + b, 0);
}

function gradient(xs: Float64Array): [number, Float64Array] {
  const g = new Float64Array(xs.length);
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i];
    s += x * x;
    g[i] += 2 * x;
  }
  return [s, g];
}

// @differentiate
export function loop(xs: Float64Array): number {
  let s = 0;
  for (let i = 0; i < xs.length; i++) s += xs[i] * xs[i];
  return s;
}

// @differentiate
export function loopFiltered(xs: Float64Array): number {
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    const y = xs[i] * xs[i];
    if (y > 0.5) s += y;
  }
  return s;
}

const n = 10_000;
const xs = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
const v = Float64Array.from({ length: n }, (_, i) => Math.cos(i));

function same(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= 1e-10 * Math.max(1, Math.abs(expected[i])))) throw new Error(`${actual[i]}, not ${expected[i]}`);
  }
}
same(valueAndGrad(chain)(xs)[1], gradient(xs)[1]);
same(valueAndGrad(filtered)(xs)[1], valueAndGrad(loopFiltered)(xs)[1]);
same(jvp(chain, [xs], [v]), jvp(loop, [xs], [v]));

console.log(`Node ${process.version}, n = ${n}`);
const [ofChain, ofFiltered, ofLoopFiltered] = [valueAndGrad(chain), valueAndGrad(filtered), valueAndGrad(loopFiltered)];
console.log(report('gradient of map, reduce against a gradient by hand', compare(() => ofChain(xs), () => gradient(xs))));
console.log(report('gradient of map, filter, reduce against that of a loop', compare(() => ofFiltered(xs), () => ofLoopFiltered(xs))));
console.log(report('jvp of map, reduce against that of a loop', compare(() => jvp(chain, [xs], [v]), () => jvp(loop, [xs], [v]))));

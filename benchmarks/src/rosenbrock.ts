/** The gradient of the Rosenbrock function in 10,000 variables against one written by hand. */
import { valueAndGrad } from 'tapeless';
import { compare, report } from './measure.js';

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

function byHand(x: Float64Array): [number, Float64Array] {
  const g = new Float64Array(x.length);
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
    g[i] -= 2 * a + 400 * b * x[i];
    g[i + 1] += 200 * b;
  }
  return [s, g];
}

const n = 10_000;
const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
const compiled = valueAndGrad(rosenbrock);

const [value, gradient] = compiled(x);
const [expected, slopes] = byHand(x);
const error = gradient.reduce((max, g, i) => Math.max(max, Math.abs(g - slopes[i])), Math.abs(value - expected) / expected);
if (!(error < 1e-10)) throw new Error(`the gradients differ by ${error}`);

console.log(`Node ${process.version}, n = ${n}`);
console.log(report('valueAndGrad(rosenbrock) against a loop by hand', compare(() => compiled(x), () => byHand(x))));
console.log(report('valueAndGrad(rosenbrock) against rosenbrock', compare(() => compiled(x), () => rosenbrock(x))));

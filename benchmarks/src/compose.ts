/**
 * What compositions of transforms cost, as ratios: second derivatives against gradients, sweeps in vector mode against as
 * many single ones, both orders of reverse mode, and loops that save less.
 */
import { grad, hessian, hvp, jacfwd, jvp, valueAndGrad, vjp } from 'tapeless';
import { compare, median, report } from './measure.js';
import { closedForm, dataOf, slopes } from './regression.js';

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

/** Broyden's banded function: as many results as arguments. */
// @differentiate
export function broyden(x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    let s = x[i] * (2 + 5 * x[i] * x[i]) + 1;
    for (let j = Math.max(0, i - 5); j < Math.min(x.length, i + 2); j++) if (j !== i) s -= x[j] * (1 + x[j]);
    y[i] = s;
  }
  return y;
}

/** A hundred coupled pendulums. */
// @differentiate
export function pendulums(q: Float64Array, steps: number): number {
  const x = q.slice();
  const v = new Float64Array(q.length);
  for (let s = 0; s < steps; s++) {
    for (let i = 0; i < x.length; i++) v[i] -= 0.01 * Math.sin(x[i]);
    for (let i = 1; i < x.length; i++) v[i] -= 0.01 * (x[i] - x[i - 1]);
    for (let i = 0; i < x.length; i++) x[i] += 0.01 * v[i];
  }
  let e = 0;
  for (let i = 0; i < x.length; i++) e += x[i] * x[i];
  return e;
}

// @differentiate
export function checkpointed(q: Float64Array, steps: number): number {
  const x = q.slice();
  const v = new Float64Array(q.length);
  // @checkpoint snapshots=12
  for (let s = 0; s < steps; s++) {
    for (let i = 0; i < x.length; i++) v[i] -= 0.01 * Math.sin(x[i]);
    for (let i = 1; i < x.length; i++) v[i] -= 0.01 * (x[i] - x[i - 1]);
    for (let i = 0; i < x.length; i++) x[i] += 0.01 * v[i];
  }
  let e = 0;
  for (let i = 0; i < x.length; i++) e += x[i] * x[i];
  return e;
}

const wave = (n: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(i));
const close = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  if (a.length !== b.length) throw new Error(`${a.length} numbers, not ${b.length}`);
  for (let i = 0; i < b.length; i++) if (!(Math.abs(a[i] - b[i]) <= 1e-9 * Math.max(1, Math.abs(b[i])))) throw new Error(`${a[i]} at ${i}, not ${b[i]}`);
};
/** Few repetitions: each is a pair, and what counts is the median of the ratios. */
const options = { repetitions: 300 };
const line = (what: string, target: string, comparison: ReturnType<typeof compare>) => console.log(`${report(what, comparison)}${target && `, target at most ${target}`}`);

console.log(`Node ${process.version}`);
const gradient = valueAndGrad(rosenbrock);
{
  const x = wave(1000);
  const v = wave(1000).map(Math.cos);
  const pull = () => vjp(grad(rosenbrock), [x])[1](v)[0];
  close(hvp(rosenbrock, [x], [v]), pull());
  line('Hessian-vector product against gradient, Rosenbrock, n = 1000', '2.5', compare(() => hvp(rosenbrock, [x], [v]), () => gradient(x), options));
  line('reverse over reverse against forward over reverse, n = 1000', '3', compare(pull, () => jvp(grad(rosenbrock), [x], [v]), options));
}
{
  const x = wave(20);
  const basis = Array.from(x, (_, k) => Float64Array.from(x, (_, i) => (i === k ? 1 : 0)));
  const h = hessian(rosenbrock);
  h(x).forEach((row, k) => close(row, hvp(rosenbrock, [x], [basis[k]])));
  line('Hessian against gradient, Rosenbrock, n = 20', '', compare(() => h(x), () => gradient(x), options));
  line('Hessian against 20 Hessian-vector products', '', compare(() => h(x), () => basis.map((e) => hvp(rosenbrock, [x], [e])), options));
}
for (const n of [20, 100]) {
  const x = wave(n);
  const basis = Array.from(x, (_, k) => Float64Array.from(x, (_, i) => (i === k ? 1 : 0)));
  const jacobian = jacfwd(broyden);
  const columns = () => basis.map((e) => jvp(broyden, [x], [e])[1]);
  columns().forEach((column, k) => close(jacobian(x).map((row) => row[k]), column));
  line(`Jacobian in vector mode against n JVPs, Broyden, n = ${n}`, '0.6', compare(() => jacobian(x), columns, options));
}
{
  const q = wave(100);
  const [plain, sparse] = [grad(pendulums), grad(checkpointed)];
  close(sparse(q, 1000), plain(q, 1000));
  line('gradient of 1,000 steps with 12 snapshots against saving all', '2.5', compare(() => sparse(q, 1000), () => plain(q, 1000), { repetitions: 60 }));
  const peak = (f: () => unknown) => median(Array.from({ length: 5 }, () => {
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    f();
    return process.memoryUsage().arrayBuffers - before;
  })) / 2 ** 20;
  const [all, few] = [peak(() => plain(q, 20_000)), peak(() => sparse(q, 20_000))];
  console.log(`memory of 20,000 steps with 12 snapshots against saving all: ${few.toFixed(1)} MB against ${all.toFixed(1)} MB${globalThis.gc ? '' : ' (without --expose-gc, garbage counts, too)'}`);
}
{
  const [train, validation] = [dataOf(120, 40, 1), dataOf(60, 40, 2)];
  const ways = [() => slopes.argmin(1.5, train, validation), () => slopes.unrolled(1.5, train, validation, 500, 0.018)];
  close(ways.map((way) => way()), ways.map(() => closedForm(1.5, train, validation)));
  line('`argmin` against 500 unrolled steps, ridge regression, 40 unknowns', '', compare(ways[0], ways[1], { repetitions: 60 }));
}

/** Transforms of transforms, of literals and of local functions, as they are written at a call. */
import test from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { oracleHvp } from './oracle/index.ts';
import { run } from './support/fixtures.ts';

async function evaluate(text: string): Promise<any> {
  const result = transform('/input.ts', annotationHost({ '/input.ts': text }));
  if (result.diagnostics.length > 0) throw new Error(result.diagnostics.map((d) => d.message).join('\n'));
  return (await run({ 'input.ts': result.text })).exports;
}

test('local functions and literals see the variables around them', async (t) => {
  const { main } = await evaluate(`import { grad, jvp, vjp } from 'tapeless';
export function main(k: number) {
  const scale = k * 2;
  const f = (x: number): number => scale * x ** 3;
  function g(x: number, y: number): number { return f(x) * y; }
  return [grad(f)(2), jvp(f, [2], [1]), grad(g, { argnums: [0, 1] })(1, 2), grad(grad(f))(2), vjp(g, [1, 5])[1](1), grad((x: number) => scale * x * x)(3)];
}`);
  t.deepEqual(main(3), [72, [48, 72], [36, 6], 72, [90, 6], 36]);
});

test('derivatives of derivatives', async (t) => {
  const { values } = await evaluate(`import { grad, jvp, valueAndGrad, vjp } from 'tapeless';
// @differentiate
export function f(x: number, y: number): number { return Math.sin(x) * y ** 3 + x * x * y; }
const fx = grad(f);
export const values = (x: number, y: number) => [
  grad(grad(f))(x, y),
  grad(fx, { argnums: 1 })(x, y),
  grad(grad(grad(f)), { argnums: 1 })(x, y),
  jvp(fx, [x, y], [1, 0])[1],
  vjp(grad(f, { argnums: [0, 1] }), [x, y])[1]([1, 1]),
  valueAndGrad(grad(f, { argnums: 1 }), { argnums: 1 })(x, y),
];`);
  const [x, y] = [0.7, 1.3];
  const [xx, xy, yy] = [-Math.sin(x) * y ** 3 + 2 * y, 3 * Math.cos(x) * y * y + 2 * x, 6 * Math.sin(x) * y];
  const expected = [xx, xy, -3 * Math.sin(x) * y * y + 2, xx, [xx + xy, xy + yy], [3 * Math.sin(x) * y * y + x * x, yy]];
  const close = (a: number, b: number) => t.true(Math.abs(a - b) < 1e-12, `${a}, not ${b}`);
  values(x, y).flat().forEach((v: number, i: number) => close(v, expected.flat()[i]));
});

test('the gradient of a loop over an array, twice', async (t) => {
  const { hessianTimes } = await evaluate(`import { grad, jvp } from 'tapeless';
export function rosenbrock(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
  }
  return s;
}
export const hessianTimes = (x: Float64Array, v: Float64Array) => jvp(grad(rosenbrock), [x], [v])[1];`);
  const [a, b] = [-1.2, 1];
  // [[1200 a² − 400 b + 2, −400 a], [−400 a, 200]] (1, 2)
  const [p, q]: number[] = hessianTimes(Float64Array.of(a, b), Float64Array.of(1, 2));
  t.true(Math.abs(p - (1200 * a * a - 400 * b + 2 - 800 * a)) < 1e-9);
  t.true(Math.abs(q - (-400 * a + 400)) < 1e-9);
});

test('second derivatives of functions that take arrays apart agree with the oracle', async (t) => {
  const source = `export function f(xs: number[], v: Float64Array): number {
  const order = [...xs].sort((a, b) => a * a - b * b);
  xs.splice(1, 1, order[0] * order[1], xs[0] ** 3);
  let s = 0;
  while (xs.length > 1) s += xs.shift()! * xs[0];
  const tail = v.subarray(1);
  tail[0] *= xs[0];
  tail.reverse();
  return s * v.map((x) => x * x).filter((x) => x > 0.1).reduce((a, b) => a + b, xs.pop()!);
}
`;
  const { hessianTimes } = await evaluate(`import { grad, jvp } from 'tapeless';
${source}
export const hessianTimes = (xs: number[], v: Float64Array, d: number[], e: Float64Array) => jvp(grad(f, { argnums: [0, 1] }), [xs, v], [d, e])[1];`);
  const args = () => [[0.4, 1.3, -0.8], Float64Array.of(0.5, 1.5, -0.7)];
  const directions = [[1, -0.5, 0.25], Float64Array.of(0.3, 0.2, -1)];
  const actual: number[] = hessianTimes(...args(), ...directions).flatMap((x: Iterable<number>) => [...x]);
  const expected: number[] = oracleHvp({ 'input.ts': source }, 'input.ts', 'f', args(), directions).products.flatMap((x) => [...x]);
  t.is(actual.length, 6);
  actual.forEach((x, i) => t.true(Math.abs(x - expected[i]) < 1e-11 * Math.max(1, Math.abs(x)), `${x}, not ${expected[i]}`));
});

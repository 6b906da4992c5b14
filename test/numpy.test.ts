/**
 * Every rule of an operation on n-d arrays, at its own calls, in double precision: forward and reverse mode against central
 * differences and against each other, and so the second derivatives. A new rule is tested without a line here.
 */
import test from 'ava';
import { finiteDifference } from '../runtime/testing/index.ts';
import { dot, flatten, normals, unflatten } from '../runtime/testing/vector.ts';
import { annotationHost } from '../transformer/host/annotations.ts';
import { type Transformed, transform } from '../transformer/index.ts';
import * as np from '../runtime/numpy/index.ts';
import { allNumpyRules } from '../transformer/rules/numpy.ts';
import { run } from './support/fixtures.ts';

const TOLERANCE = 2e-8;
/** `X23`, `P3`, `I21`, see `NumpyRule.at`. */
const OPERAND = /\b[XPI]\d+\b/g;

const samples = [...allNumpyRules()].filter(({ name }) => name in np).flatMap(({ at }) => at).map((call, i) => {
  const operands = call.match(OPERAND) ?? [];
  let k = 0;
  const body = call.replace(OPERAND, () => `x${k++}`);
  const parameters = operands.map((_, j) => `x${j}: np.Array`).join(', ');
  const args = operands.map((_, j) => `x${j}`).join(', ');
  return { call, i, operands, parameters, args, text: `// @differentiate\nexport function f${i}(${parameters}): np.Array { return np.${body}; }\n` };
});
type Sample = typeof samples[number];

const HEAD = "import { np } from 'tapeless/numpy';\nimport { grad, jvp, vjp } from 'tapeless';\nexport { np };\n";
const compile = (texts: string[]): Transformed => transform('/numpy.ts', annotationHost({ '/numpy.ts': HEAD + texts.join('') }));
const known = compile(samples.map((s) => s.text));
/** The operands with a derivative. */
const wrt = new Map(known.derivatives.filter((d) => d.mode === 'jvp').map((d) => [d.function, d.wrt]));

/** A number that depends on the result in a curved way, and derivatives of its gradient. */
function curved({ i, parameters, args }: Sample): string {
  const gradient = `grad(g${i}, { argnums: [${wrt.get(`f${i}`)}] })`;
  return `
export function g${i}(${parameters}): np.Array { return np.sum(np.sin(f${i}(${args})).mul(2)); }
export const gradient${i} = (${parameters}) => ${gradient}(${args});
export const forward${i} = (args: any, tangents: any) => jvp(${gradient}, args, tangents)[1];
export const reverse${i} = (args: any, bars: any) => vjp(${gradient}, args)[1](bars);
`;
}

const smooth = samples.filter((s) => wrt.has(`f${s.i}`));
const whole = compile(smooth.map((s) => s.text + curved(s)));
const modules = run({ 'input.ts': whole.text });

const random = normals(5);
function operand(np: any, name: string, call: string): any {
  const shape = [...name.slice(1)].map(Number);
  const make = { X: random, P: () => 0.2 + 0.6 * Math.abs(Math.sin(random())) + Number(/^(acosh|polygamma)/.test(call)), I: () => Number(random() > 0) }[name[0]]!;
  return np.array(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, make), { dtype: name[0] === 'I' ? 'int32' : 'float64' }).reshape(shape);
}

test('what is constant wherever it has a derivative has none; all else compiles', (t) => {
  for (const { code } of known.diagnostics) t.is(code, 'TL3004');
  t.deepEqual(samples.filter((s) => !smooth.includes(s)).map((s) => s.call.split('(')[0]).sort(), ['ceil', 'floor', 'round', 'sign', 'trunc']);
  t.deepEqual(whole.diagnostics.map((d) => d.message), []);
});

for (const { call, i, operands } of smooth) {
  test(`np.${call}`, async (t) => {
    const { exports, runtime } = await modules;
    const [f, gradient, forward, reverse] = ['f', 'gradient', 'forward', 'reverse'].map((name) => exports[`${name}${i}`]);
    const active = wrt.get(`f${i}`)!;
    const args = operands.map((name) => operand(exports.np, name, call));
    const direction = (x: any) => unflatten(x, flatten(x).map(random));
    const tangents = args.map((x, k) => (active.includes(k) ? direction(x) : undefined));
    const only = (list: any[]) => active.map((k) => list[k]);
    const near = (what: string, got: any, wanted: any) => {
      const [a, b] = [flatten(got), flatten(wanted)];
      t.is(a.length, b.length, what);
      const size = Math.max(1, ...b.map(Math.abs));
      a.forEach((x, k) => t.true(Math.abs(x - b[k]) <= TOLERANCE * size, `${what} at ${k} is ${x}, differences say ${b[k]}`));
    };
    const value = f(...args);
    const [, tangent] = runtime.jvp(f, args as never, tangents as never) as [any, any];
    near('the tangent', tangent, finiteDifference(f).jvp(args as never, tangents as never));
    t.deepEqual(tangent.shape, value.shape);
    const cotangent = direction(value);
    const cotangents: any[] = runtime.vjp(f, args as never)[1](cotangent as never);
    near('the cotangents', only(cotangents), only(finiteDifference((...xs: any[]) => f(...xs)).vjp(args, cotangent as never)));
    for (const k of active) t.deepEqual(cotangents[k].shape, args[k].shape);
    const [left, right] = [dot(flatten(cotangent), flatten(tangent)), dot(flatten(only(cotangents)), flatten(only(tangents)))];
    t.true(Math.abs(left - right) < 1e-10 * (1 + Math.abs(left)), `⟨ȳ, Jẋ⟩ = ${left}, ⟨Jᵀȳ, ẋ⟩ = ${right}`);

    const second = finiteDifference((...xs: any[]) => gradient(...xs)).jvp(args, tangents as never);
    near('forward over reverse', forward(args, tangents), second);
    near('reverse over reverse', only(reverse(args, only(tangents))), second);
  });
}

/**
 * Functions of numbers on WebGPU: value and gradient, for each element and summed, against the same functions on the CPU
 * (gradients by the compiler's own derivatives, which the fixtures compare with the oracle). The printed kernels are in
 * test/wgsl/NAME.wgsl; UPDATE=1 writes them.
 */
import test from 'ava';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { Kernel } from '../gpu/index.ts';
import { CompileError } from '../transformer/diagnostics.ts';
import { checkerHost } from '../transformer/host/checker.ts';
import { type Host, transform } from '../transformer/index.ts';
import { functionId, Program } from '../transformer/lower/program.ts';
import { kernel } from '../transformer/wgsl.ts';
import { programOf } from './support/compile.ts';
import { testDevice } from './support/webgpu.ts';

const folder = fileURLToPath(new URL('wgsl/', import.meta.url));
const file = `${folder}functions.ts`;

type Numeric = (...args: number[]) => number;
/** Arguments of each function: from where to where an array goes, or a number. */
const CASES: Record<string, ([number, number] | number)[]> = {
  gaussian: [[-3, 3], 0.3, 1.2],
  huber: [[-12, 12], 0.9],
  recurrent: [[-1, 2], [0.5, 1.5], -0.2],
  distance: [[-2, 2], 0.7],
  orbit: [[-0.9, 0.2], 0.31],
  quadrature: [[-1, 0.5], [1, 2], 1],
  special: [[0.1, 4.9], [0.2, 1.7]],
};
const SIZE = 40_007;

/** `skip` of quadrature has no derivative. */
const active = (name: string) => CASES[name].map((_, i) => i).slice(0, name === 'quadrature' ? 2 : undefined);
const source = `${readFileSync(file, 'utf8')}
import { valueAndGrad } from 'tapeless';
export const all = { ${Object.keys(CASES).map((name) => `${name}: { f: ${name}, valueAndGrad: valueAndGrad(${name}, { argnums: [${active(name)}] }) }`).join(', ')} };`;
const program = programOf([file], new Map([[file, source]]));
const host: Host = { ...checkerHost(ts, program), demands: () => [] };
const text = (name: string) => kernel(new Program(host), functionId(file, name));

/** The functions on the CPU, with `grad` of each. */
async function onCpu(): Promise<Record<string, { f: Numeric; valueAndGrad: (...args: number[]) => [number, number[]] }>> {
  const { outputFiles } = await build({
    stdin: { contents: transform(file, host).text, resolveDir: folder, loader: 'ts' }, bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'silent',
    alias: { tapeless: fileURLToPath(new URL('../runtime/index.ts', import.meta.url)) },
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)).all;
}

/** Arrays of numbers that have 32 bits, so that both sides start from the same. */
function argumentsOf(name: string, size: number): (number | Float32Array)[] {
  const uneven = (i: number, k: number) => ((i * (k + 7) * 0.6180339887) % 1);
  return CASES[name].map((range, k) => (typeof range === 'number' ? Math.fround(range) : Float32Array.from({ length: size }, (_, i) => range[0] + (range[1] - range[0]) * uneven(i, k))));
}

const device = await testDevice();
const cpu = await onCpu();
/** A few dozen roundings to 32 bits, relative to numbers of this size; and what WGSL allows for `sin`. */
const accuracyOf = (code: string) => (code.includes('sin(') ? 2 ** -11 : 2e-5);
const total = (values: readonly number[]) => values.reduce((s, v) => s + v, 0);

for (const name of Object.keys(CASES)) {
  test(`${name} is printed as before`, (t) => {
    const golden = `${folder}${name}.wgsl`;
    const [own] = text(name).split('const PARAMETERS');
    if (process.env.UPDATE === '1') writeFileSync(golden, own);
    t.is(own, readFileSync(golden, 'utf8'));
  });

  (device ? test.serial : test.skip)(`${name} on WebGPU agrees with the CPU, for each element and summed`, async (t) => {
    const code = text(name);
    const accuracy = accuracyOf(code);
    const run = new Kernel(device!, code);
    const { f, valueAndGrad } = cpu[name];
    for (const size of [1, 63, SIZE]) {
      const args = argumentsOf(name, size);
      const at = (i: number) => args.map((a) => (typeof a === 'number' ? a : a[i]));
      /** Value and gradient of each element: there, and where the arguments are rounded the other way. */
      const reference = [0, 2 ** -22, -(2 ** -22)].map((shift) => Array.from({ length: size }, (_, i) => {
        const shifted = at(i).map((x) => x * (1 + shift));
        return [f(...shifted), ...valueAndGrad(...shifted)[1]];
      }));
      /** Compares one number for each element, or the mean of all. Where the function is badly conditioned, less is expected. */
      const close = (actual: number | ArrayLike<number>, k: number, ȳ: (i: number) => number, what: string) => {
        const [wanted, above, below] = reference.map((all) => all.map((r, i) => (k in r ? r[k] * ȳ(i) : 0)));
        const allowed = wanted.map((w, i) => accuracy * Math.max(1, Math.abs(w)) + 4 * (Math.abs(above[i] - w) + Math.abs(below[i] - w)));
        if (typeof actual === 'number') t.true(Math.abs(actual - total(wanted)) <= total(allowed), `${what} of ${size} elements: ${actual} for ${total(wanted)}`);
        else {
          const wrong = wanted.findIndex((w, i) => !(Math.abs(actual[i] - w) <= allowed[i]));
          t.is(wrong, -1, `${what} of ${size} elements at ${at(wrong)}: ${actual[wrong]} for ${wanted[wrong]}`);
          t.is(actual.length, size);
        }
      };
      const one = () => 1;

      close(await run.map(...args), 0, one, 'values');
      close(await run.sum(...args), 0, one, 'sum');
      const seed = Float32Array.from({ length: size }, (_, i) => 1 + (i % 3));
      const [values, pulled] = await run.mapVjp(seed, ...args);
      close(values, 0, one, 'values with pullback');
      pulled.forEach((bar, k) => close(bar, k + 1, (i) => seed[i], `pullback to argument ${k}`));
      const [sum, gradient] = await run.sumValueAndGrad(...args);
      close(sum, 0, one, 'sum with gradient');
      gradient.forEach((bar, k) => close(bar, k + 1, one, `gradient of argument ${k}`));
    }
  });
}

(device ? test.serial : test.skip)('wrong arguments are refused', async (t) => {
  const run = new Kernel(device!, text('gaussian'));
  await t.throwsAsync(run.map(1, 2), { instanceOf: TypeError, message: /3 parameters, but 2 arguments/ });
  await t.throwsAsync(run.sum([1, 2], [1, 2, 3], 1), { instanceOf: RangeError, message: 'Argument 1 has 3 elements, but others have 2.' });
  await t.throwsAsync(run.mapVjp([1], [1, 2], 0, 1), { instanceOf: RangeError, message: /cotangent has 1 elements/ });
  t.deepEqual(await run.sumValueAndGrad([], 0, 1), [0, [new Float32Array(0), 0, 0]]);
  t.throws(() => new Kernel(device!, 'fn f() {}'), { instanceOf: TypeError });
});

const REFUSED: [string, string, RegExp, string][] = [
  ['an array as argument', 'export function f(x: number[]): number { return x[0]; }', /The parameter `x` of type `number\[\]`/, 'x: number[]'],
  ['an array as result', 'export function f(x: number): number[] { return [x]; }', /whose result is a `number\[\]`/, 'function f(x: number): number[] { return [x]; }'],
  ['recursion', 'export function f(x: number): number { return x > 1 ? f(x / 2) * x : x; }', /The recursive function `f`/, 'f(x / 2)'],
  ['throw', 'export function f(x: number): number { if (x < 0) throw new Error("no"); return x * x; }', /`throw`/, 'throw new Error("no");'],
  ['a clock', 'export function f(x: number): number { return x * performance.now(); }', /performance\.now/, 'performance.now()'],
  ['bits', 'export function f(x: number): number { return x * (Math.trunc(x) & 3); }', /`&`/, 'Math.trunc(x) & 3'],
  ['a variable of the module', 'export let scale = 2;\nexport function f(x: number): number { return x * scale; }', /`scale`, a variable outside/, 'scale'],
  ['a length that is not known', 'export function f(x: number, n: number): number { const a = new Float64Array(n); for (let i = 0; i < n; i++) a[i] = x; return a[0]; }', /length is not a small constant/, 'new Float64Array(n)'],
  ['a large number', 'export function f(x: number): number { return x * 1e60; }', /The number 1e\+60/, '1e60'],
  ['a small number', 'export function f(x: number): number { return Math.log(x + 1e-300); }', /The number 1e-300/, '1e-300'],
  ['an array that grows', 'export function f(x: number): number { const a = [x]; a.push(2 * x); return a[1]; }', /`push`/, 'a.push(2 * x)'],
];
for (const [what, source, message, place] of REFUSED) {
  test(`${what} is refused at its place`, (t) => {
    const path = `${folder}refused.ts`;
    const other = programOf([path], new Map([[path, source]]));
    const error = t.throws(() => kernel(new Program({ ...checkerHost(ts, other), demands: () => [] }), functionId(path, 'f')), { instanceOf: CompileError })!;
    const { code, message: said, span } = error.diagnostic;
    t.is(code, 'TL5001');
    t.regex(said, message);
    t.is(source.slice(span.start, span.end), place);
  });
}

if (!device) test('on WebGPU', (t) => t.log('There is no WebGPU adapter here, so kernels are printed and not run (apt-get install chromium libvulkan1).') ?? t.pass());
else test.after(() => device.destroy());

/**
 * Every fixture: the golden sources of its derivatives, which are type-checked, run, and compared with the oracle
 * and with each other, with all optimisations and with none. `npm run fixtures -- --update` writes the golden files.
 */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { printProblems } from '../cli/output.ts';
import { copyOf, dot, flatten, normals, unflatten } from '../runtime/testing/vector.ts';
import { oracleJvp, oracleVjp } from './oracle/index.ts';
import { type Compiled, compile, pathOf, programOf, typeErrors } from './support/compile.ts';
import { type Fixture, fixtureNames, functionOf, loadFixture, root, run } from './support/fixtures.ts';

const update = process.env.UPDATE === '1' || process.argv.includes('--update');

const fixtures = await Promise.all(fixtureNames().map(loadFixture));
const program = programOf(fixtures.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file))));
const failures = new Map<string, unknown>();
const variants = { optimised: compileAll({}), plain: compileAll({ optimise: false }) };
const complaints = { optimised: typeErrors(variants.optimised), plain: typeErrors(variants.plain) };

function compileAll(options: { optimise?: boolean }): Map<string, Compiled> {
  const all = new Map<string, Compiled>();
  for (const fixture of fixtures) {
    try {
      all.set(fixture.name, compile(program, fixture, options));
    } catch (error) {
      failures.set(`${fixture.name} ${options.optimise ?? true}`, error);
    }
  }
  return all;
}

for (const fixture of fixtures) {
  test(`${fixture.name}: golden`, (t) => {
    const compiled = compiledOf(t, fixture, 'optimised');
    if (!compiled) return;
    const { derivatives, text } = compiled.input;
    for (const mode of ['jvp', 'grad', 'vjp'] as const) {
      // The pullback of a scalar function is its gradient in two parts; it is shown where it is the point.
      const shown = derivatives.filter((d) => d.mode === mode
        && (mode !== 'vjp' || fixture.vjp || !derivatives.some((o) => o.function === d.function && o.mode === 'grad')));
      golden(t, `${fixture.name}/expected.${mode}.ts`, shown.map((d) => d.text).join('\n'));
      for (const d of shown) for (const part of d.text.split('\n\n')) t.true(text.includes(part.trim()), 'the golden is what is emitted');
    }
    t.deepEqual(complaints.optimised.get(fixture.name), []);
  });

  for (const variant of ['optimised', 'plain'] as const) {
    // One after the other, so that a derivative that does not end is the first one pending.
    test.serial(`${fixture.name}: ${variant}`, async (t) => {
      const compiled = compiledOf(t, fixture, variant);
      if (!compiled) return;
      if (variant === 'plain') t.deepEqual(complaints.plain.get(fixture.name), []);
      const modules = await run(compiled.sources);
      for (const [fn, lists] of Object.entries(fixture.cases)) for (const args of lists) check(t, fixture, compiled, modules, fn, args);
    });
  }
}

function compiledOf(t: ExecutionContext, { name }: Fixture, variant: 'optimised' | 'plain'): Compiled | undefined {
  const failure = failures.get(`${name} ${variant === 'optimised'}`);
  if (failure) throw failure;
  const compiled = variants[variant].get(name)!;
  t.deepEqual(compiled.diagnostics.map((d) => `${d.code}: ${d.message}`), []);
  return compiled.diagnostics.length ? undefined : compiled;
}

function golden(t: ExecutionContext, path: string, text: string): void {
  const file = root + path;
  if (update && text) writeFileSync(file, text);
  if (update && !text) rmSync(file, { force: true });
  t.is(text, existsSync(file) ? readFileSync(file, 'utf8') : '', path);
}

/** All modes at one point. */
function check(t: ExecutionContext, fixture: Fixture, compiled: Compiled, { exports, runtime }: Awaited<ReturnType<typeof run>>, fn: string, args: any[]): void {
  const { sources, receiver, rtol = 1e-11 } = fixture;
  const where = `${fn}(${args.map((a) => JSON.stringify(a)).join(', ')})`;
  const f = functionOf(exports, fn);
  const random = normals(11);
  const after = args.map(copyOf);
  const value = f.apply(receiver, after);
  const direction = (x: any, active = true) => unflatten(x, flatten(x).map((e) => (active ? random() : 0 * e)));
  const isActive = (i: number) => !fixture.wrt || fixture.wrt.includes(i);
  const same = (what: string, actual: any, expected: any) => t.deepEqual(actual, expected, `${what} of ${where}`);
  const near = (what: string, actual: any, expected: any) => {
    same(`structure of ${what}`, shape(actual), shape(expected));
    const [a, b] = [flatten(actual), flatten(expected)];
    const size = Math.max(1, ...b.map(Math.abs));
    a.forEach((x, i) => {
      const close = Object.is(x, b[i]) || Math.abs(x - b[i]) <= Math.max(rtol * Math.max(Math.abs(x), Math.abs(b[i])), rtol * 1e-4 * size);
      t.true(close, `${what} of ${where} at ${i} is ${x}, the oracle says ${b[i]}`);
    });
  };

  const tangents = args.map((x) => direction(x));
  const forwardArgs = args.map(copyOf);
  const [forwardValue, tangent] = runtime.jvp.call(receiver as never, f, forwardArgs as never, tangents.map(copyOf));
  same('the primal in jvp', forwardValue, value);
  same('the arguments after jvp', forwardArgs, after);
  near('the tangent', tangent, oracleJvp(sources, 'input.ts', fn, args, tangents.map((x, i) => (isActive(i) ? x : undefined)), { receiver }).tangent);

  const cotangent = direction(value);
  const given = copyOf(cotangent);
  const reverseArgs = args.map(copyOf);
  const [reverseValue, pullback] = runtime.vjp.call(receiver as never, f, reverseArgs as never);
  same('the primal in vjp', reverseValue, value);
  same('the arguments after vjp', reverseArgs, after);
  const cotangents: any = pullback(given as never);
  same('the cotangent that was passed', given, cotangent);
  same('the second call of the pullback', pullback(given as never), cotangents);
  const oracle = oracleVjp(sources, 'input.ts', fn, args, cotangent, { receiver });
  near('the cotangents', cotangents, oracle.cotangents.map((x, i) => (isActive(i) ? x : unflatten(x, flatten(x).map(() => 0)))));

  const [left, right] = [dot(flatten(cotangent), flatten(tangent)), dot(flatten(cotangents), flatten(tangents))];
  const scale = dot(flatten(cotangents).map(Math.abs), flatten(tangents).map(Math.abs));
  t.true(Math.abs(left - right) <= rtol * Math.max(1e-4, Math.abs(left), scale) || Number.isNaN(left), `⟨ȳ, Jẋ⟩ = ${left}, ⟨Jᵀȳ, ẋ⟩ = ${right} at ${where}`);

  const gradient = compiled.input.derivatives.find((d) => d.function === fn && d.mode === 'grad');
  if (!gradient) return;
  const gradArgs = args.map(copyOf);
  const argnums = gradient.wrt.filter((i) => i < args.length);
  const [gradValue, gradients] = runtime.valueAndGrad(f as (...args: any[]) => number, { argnums }).apply(receiver as never, gradArgs);
  same('the primal in grad', gradValue, value);
  same('the arguments after grad', gradArgs, after);
  const { cotangents: expected } = oracleVjp(sources, 'input.ts', fn, args, 1, { receiver });
  near('the gradient', gradients, argnums.map((i) => expected[i]));
}

/** The structure of a value, without its numbers. */
function shape(x: any): unknown {
  if (typeof x === 'number') return 'number';
  if (x instanceof Float64Array || x instanceof Float32Array) return `${x.constructor.name} ${x.length}`;
  if (Array.isArray(x)) return x.map(shape);
  return x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)]).sort()) : x;
}

const rejected = existsSync(`${root}errors`) ? readdirSync(`${root}errors`).sort() : [];
const rejectedProgram = programOf(rejected.map((name) => pathOf(`errors/${name}`)));
for (const name of rejected) {
  test(`error ${name}`, (t) => {
    const file = pathOf(`errors/${name}`);
    const text = readFileSync(file, 'utf8');
    const { diagnostics } = compile(rejectedProgram, { name: `errors/${name}`, sources: { 'input.ts': text } });
    let rendered = '';
    const stderr = { write: (s: string) => { rendered += s; } };
    printProblems(diagnostics, () => text, { stdout: stderr, stderr, color: false });
    t.deepEqual([...new Set(diagnostics.map((d) => d.code as string))], [name.slice(0, 6)]);
    golden(t, `errors/${name}/expected.txt`, rendered);
  });
}

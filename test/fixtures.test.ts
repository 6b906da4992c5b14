/**
 * Every fixture: the golden sources of its derivatives, which are type-checked, run, and compared with the oracle
 * and with each other, with all optimisations and with none. `npm run fixtures -- --update` writes the golden files.
 */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { printProblems } from '../cli/output.ts';
import { check } from './support/check.ts';
import { type Compiled, compile, pathOf, programOf, typeErrors } from './support/compile.ts';
import { type Fixture, casesOf, fixtureNames, loadFixture, root, run } from './support/fixtures.ts';

const update = process.env.UPDATE === '1' || process.argv.includes('--update');

/** `FIXTURES=sort` runs the fixtures whose names match the expression, for work on one of them. */
const wanted = new RegExp(process.env.FIXTURES ?? '');

const fixtures = await Promise.all(fixtureNames().filter((name) => wanted.test(name)).map(loadFixture));
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
    // What the module itself asks for: Jacobians, batched functions …
    for (const mode of ['linear', 'jacfwd', 'jacrev', 'jacobian', 'hessian', 'vmap'] as const) {
      golden(t, `${fixture.name}/expected.${mode}.ts`, derivatives.filter((d) => d.mode === mode).map((d) => d.text).join('\n'));
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
      for (const [fn, lists] of Object.entries(casesOf(fixture, modules.exports))) for (const args of lists) check(fixture, compiled, modules, fn, args);
      t.pass();
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

const rejected = existsSync(`${root}errors`) ? readdirSync(`${root}errors`).filter((name) => wanted.test(name)).sort() : [];
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

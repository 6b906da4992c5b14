/**
 * The tests of derivatives, as functions to call: for each fixture its derivatives against the oracle, of first and second
 * order and as Jacobians, and whole test files as they are. This module is bundled with the compiler, in which a fault may
 * be planted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { transformSync } from 'esbuild';
import type ts from 'typescript';
import { printProblems } from '../../cli/output.ts';
import * as implicit from '../../runtime/implicit/index.ts';
import * as runtime from '../../runtime/index.ts';
import { check } from '../support/check.ts';
import { type Compiled, compile, pathOf } from '../support/compile.ts';
import { type Fixture, casesOf, root } from '../support/fixtures.ts';
import { type Jacobians, checkLinear, isRefused } from '../support/jacobians.ts';
import { type Second, checkSecond, linearIn } from '../support/second.ts';
import { collected } from './collect.ts';
import '../arithmetic.test.ts';
import '../rules.test.ts';
import '../compose.test.ts';
import '../nested.test.ts';
import '../vector.test.ts';
import '../custom.test.ts';
import '../implicit.test.ts';
import '../surgery.test.ts';
import '../memory.test.ts';
import '../special.test.ts';
import '../explain.test.ts';
import '../graph.test.ts';
import '../print.test.ts';

export interface Check {
  name: string;
  /** What the compiler makes of the text that is checked; where that is what it makes without a fault, there is nothing to run. */
  make?(): Made;
  /** Fails by throwing. */
  run(made?: Made): Promise<void>;
}

interface Made {
  compiled: Compiled;
  /** All of it. */
  text: string;
  /** Is it what the golden files say? Values may be right all the same. */
  golden: boolean;
}

/** Fixtures with more in them, in a program of their own. */
export interface Extended<Asked> { program: ts.Program; fixtures: { fixture: Fixture; asked: Asked }[] }

/** What the checks need that takes no part in the fault. */
export interface Given {
  program: ts.Program;
  fixtures: Fixture[];
  rejected: { name: string; text: string }[];
  second: Extended<Second>;
  jacobians: Extended<Jacobians>;
}

export function checksOf({ program, fixtures, rejected, second, jacobians }: Given): Check[] {
  const ofFixture = (fixture: Fixture, optimise: boolean): Check => ({
    name: title(fixture.name, optimise),
    make: () => made(compile(program, fixture, { optimise }), ({ input: { derivatives } }) => !optimise || MODES.every((mode) => {
      const shown = derivatives.filter((d) => d.mode === mode && (mode !== 'vjp' || fixture.vjp || !derivatives.some((o) => o.function === d.function && o.mode === 'grad')));
      return contents(`${root}${fixture.name}/expected.${mode}.ts`) === shown.map((d) => d.text).join('\n');
    })),
    run: async (m) => limited(() => {
      const { compiled } = m!;
      if (compiled.diagnostics.length > 0) throw new Error(compiled.diagnostics[0].message);
      const exports = load(compiled.sources);
      for (const [fn, lists] of Object.entries(casesOf(fixture, exports))) for (const args of lists) check(fixture, compiled, { exports, runtime } as never, fn, args);
    }),
  });
  const ofSecond = ({ fixture, asked: { sources, wrt } }: { fixture: Fixture; asked: Second }, optimise: boolean): Check => ({
    name: title(`second order: ${fixture.name}`, optimise),
    make: () => made(compile(second.program, { ...fixture, sources }, { optimise })),
    run: async (m) => limited(() => {
      const { compiled } = m!;
      const linear = linearIn({ diagnostics: compiled.diagnostics, sources });
      const exports = load(compiled.sources);
      for (const [fn, argnums] of wrt) checkSecond(fixture, exports, fn, argnums, linear.has(fn));
    }),
  });
  const ofJacobians = ({ fixture, asked: { sources, wrt } }: { fixture: Fixture; asked: Jacobians }, optimise: boolean): Check => ({
    name: title(`Jacobians: ${fixture.name}`, optimise),
    make: () => made(compile(jacobians.program, { ...fixture, sources }, { optimise })),
    run: async (m) => limited(() => {
      const { compiled } = m!;
      const refused = isRefused(compiled);
      const exports = load(compiled.sources);
      for (const [fn, active] of wrt) for (const args of casesOf(fixture, exports)[fn] ?? []) checkLinear(fixture, exports, fn, active, args, refused);
    }),
  });
  const ofRejected = ({ name, text }: { name: string; text: string }): Check => ({
    name: `error ${name}`,
    make: () => made(compile(program, { name: `errors/${name}`, sources: { 'input.ts': text } }), ({ diagnostics }) => {
      let rendered = '';
      const stderr = { write: (s: string) => { rendered += s; } };
      printProblems(diagnostics, () => text, { stdout: stderr, stderr, color: false });
      return rendered === contents(`${root}errors/${name}/expected.txt`);
    }),
    run: async (m) => {
      const codes = new Set(m!.compiled.diagnostics.map((d) => d.code as string));
      if (codes.size !== 1 || !codes.has(name.slice(0, 6))) throw new Error(`${[...codes].join(', ')} instead of ${name}`);
    },
  });
  return [
    ...collected, ...rejected.map(ofRejected),
    ...[true, false].flatMap((optimise) => [
      ...fixtures.map((f) => ofFixture(f, optimise)), ...second.fixtures.map((f) => ofSecond(f, optimise)), ...jacobians.fixtures.map((f) => ofJacobians(f, optimise)),
    ]),
  ];
}

const MODES = ['jvp', 'grad', 'vjp', 'linear', 'jacfwd', 'jacrev', 'jacobian', 'hessian', 'vmap'];

const title = (name: string, optimise: boolean) => `${name}${optimise ? '' : ' (not optimised)'}`;
const contents = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function made(compiled: Compiled, isGolden: (compiled: Compiled) => boolean = () => true): Made {
  const text = JSON.stringify([compiled.sources, compiled.diagnostics.map(({ code, message, span }) => [code, message, span])]);
  return { compiled, text, golden: isGolden(compiled) };
}

export { pathOf };

/** Runs the modules in this process; returns what `input.ts` exports. */
function load(sources: Record<string, string>): Record<string, any> {
  const modules = new Map<string, { exports: Record<string, any> }>();
  const require = (path: string): unknown => {
    if (path === 'tapeless') return runtime;
    if (path === 'tapeless/implicit') return implicit;
    const file = path.replace(/^\.\//, '').replace(/(\.[jt]s)?$/, '.ts');
    let module = modules.get(file);
    if (!module) {
      modules.set(file, (module = { exports: {} }));
      const { code } = transformSync(sources[file], { loader: 'ts', format: 'cjs', target: 'es2022' });
      new Function('module', 'exports', 'require', code)(module, module.exports, require);
    }
    return module.exports;
  };
  return require('input') as Record<string, any>;
}

const guarded = new Script('__limited()');

/** A faulty compiler, or a wrong derivative, may not end. */
export function limited<T>(run: () => T, timeout = 5000): T {
  let result!: T;
  (globalThis as any).__limited = () => { result = run(); };
  guarded.runInThisContext({ timeout });
  return result;
}

/**
 * The tests of derivatives, as functions to call: for each fixture its derivatives against the oracle, and the tests of
 * rules and of composition as they are. This module is bundled with the compiler, in which a fault may be planted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { transformSync } from 'esbuild';
import type ts from 'typescript';
import * as runtime from '../../runtime/index.ts';
import { check } from '../support/check.ts';
import { compile, pathOf } from '../support/compile.ts';
import { type Fixture, root } from '../support/fixtures.ts';
import { type Second, checkSecond, linearIn } from '../support/second.ts';
import { collected } from './collect.ts';
import '../arithmetic.test.ts';
import '../rules.test.ts';
import '../compose.test.ts';

export interface Check {
  name: string;
  /** Fails by throwing. */
  run(): Promise<void>;
}

/** A golden file is not what the compiler writes: values may be right all the same. */
export class GoldenDiffers extends Error {}

/** What the checks need that takes no part in the fault. */
export interface Given {
  program: ts.Program;
  fixtures: Fixture[];
  rejected: { name: string; text: string }[];
  /** Fixtures with second derivatives, in a program of their own. */
  second: { program: ts.Program; fixtures: { fixture: Fixture; second: Second }[] };
}

export function checksOf({ program, fixtures, rejected, second }: Given): Check[] {
  const ofFixture = (fixture: Fixture, optimise: boolean): Check => ({
    name: `${fixture.name}${optimise ? '' : ' (not optimised)'}`,
    run: async () => limited(() => {
      const compiled = compile(program, fixture, { optimise });
      if (compiled.diagnostics.length > 0) throw new Error(compiled.diagnostics[0].message);
      const modules = { exports: load(compiled.sources), runtime } as never;
      for (const [fn, lists] of Object.entries(fixture.cases)) for (const args of lists) check(fixture, compiled, modules, fn, args);
      const { derivatives } = compiled.input;
      for (const mode of ['jvp', 'grad', 'vjp']) {
        const file = `${root}${fixture.name}/expected.${mode}.ts`;
        const shown = derivatives.filter((d) => d.mode === mode && (mode !== 'vjp' || fixture.vjp || !derivatives.some((o) => o.function === d.function && o.mode === 'grad')));
        const text = shown.map((d) => d.text).join('\n');
        if (optimise && text !== (existsSync(file) ? readFileSync(file, 'utf8') : '')) throw new GoldenDiffers(file);
      }
    }),
  });
  const ofSecond = ({ fixture, second: { sources, wrt } }: { fixture: Fixture; second: Second }, optimise: boolean): Check => ({
    name: `second order: ${fixture.name}${optimise ? '' : ' (not optimised)'}`,
    run: async () => limited(() => {
      const compiled = compile(second.program, { ...fixture, sources }, { optimise });
      const linear = linearIn({ diagnostics: compiled.diagnostics, sources });
      const exports = load(compiled.sources);
      for (const [fn, argnums] of wrt) checkSecond(fixture, exports, fn, argnums, linear.has(fn));
    }),
  });
  const ofRejected = ({ name, text }: { name: string; text: string }): Check => ({
    name: `error ${name}`,
    run: async () => limited(() => {
      const { diagnostics } = compile(program, { name: `errors/${name}`, sources: { 'input.ts': text } });
      if (!diagnostics.some((d) => d.code === name.slice(0, 6))) throw new Error(`no ${name}`);
    }),
  });
  return [
    ...fixtures.map((f) => ofFixture(f, true)), ...collected, ...rejected.map(ofRejected), ...fixtures.map((f) => ofFixture(f, false)),
    ...[true, false].flatMap((optimise) => second.fixtures.map((f) => ofSecond(f, optimise))),
  ];
}

export { pathOf };

/** Runs the modules in this process; returns what `input.ts` exports. */
function load(sources: Record<string, string>): Record<string, any> {
  const modules = new Map<string, { exports: Record<string, any> }>();
  const require = (path: string): unknown => {
    if (path === 'tapeless') return runtime;
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
function limited(run: () => void): void {
  (globalThis as any).__limited = run;
  guarded.runInThisContext({ timeout: 5000 });
}

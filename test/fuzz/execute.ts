/** Compiles a program, runs it and compares it with the oracle. */
import { Script } from 'node:vm';
import { transformSync } from 'esbuild';
import * as runtime from '../../runtime/index.ts';
import { annotationHost } from '../../transformer/host/annotations.ts';
import { CompileError } from '../../transformer/diagnostics.ts';
import { type Transformed, transform } from '../../transformer/index.ts';
import { oracleVjp } from '../oracle/index.ts';
import { copyOf, flatten } from '../../runtime/testing/vector.ts';
import { check } from '../support/check.ts';
import { type Source, sourceText } from './tree.ts';

export type Verdict =
  | { kind: 'passed' }
  /** The compiler says that the program is outside the language. */
  | { kind: 'refused'; message: string }
  /** The program itself fails or leaves the range in which numbers can be compared. */
  | { kind: 'rejected'; message: string }
  | { kind: 'failed'; what: string; message: string };

/** Values beyond this are rejected: rounding errors would drown the comparison. */
const LARGEST = 1e5;
const SECONDS = 3;

export function examine(source: Source): Verdict {
  const text = sourceText(source);
  const sources = { 'input.ts': text };
  let plainText: Record<string, any>;
  try {
    plainText = limited(() => load(text));
    for (const args of source.cases) {
      const value = limited(() => plainText.f(...args.map(copyOf)));
      if (!flatten(value).every(isModerate)) return { kind: 'rejected', message: 'value' };
      const { cotangents } = limited(() => oracleVjp(sources, 'input.ts', 'f', args, ones(value)));
      if (!flatten(cotangents).every(isModerate)) return { kind: 'rejected', message: 'derivative' };
    }
  } catch (error) {
    return { kind: 'rejected', message: `throws ${firstLine(error)}` };
  }
  for (const optimise of [true, false]) {
    const variant = optimise ? '' : ' (not optimised)';
    let compiled: Transformed;
    try {
      compiled = limited(() => transform('input.ts', annotationHost(sources), { optimise }));
    } catch (error) {
      if (error instanceof CompileError) return { kind: 'refused', message: error.message };
      return { kind: 'failed', what: `compiler: ${firstLine(error).replace(/[%\d]+/g, '#').slice(0, 60)}${variant}`, message: String((error as Error).stack ?? error).split('\n').slice(0, 8).join('\n') };
    }
    if (compiled.diagnostics.length) {
      const [{ code, message, span }] = compiled.diagnostics;
      return { kind: 'refused', message: `${code}: ${message} [${text.slice(span.start, span.end).slice(0, 80)}]` };
    }
    let exports: Record<string, any>;
    try {
      exports = load(compiled.text);
    } catch (error) {
      return { kind: 'failed', what: `output${variant}`, message: firstLine(error) };
    }
    for (const args of source.cases) {
      const single = /Float32Array|fround/.test(text);
      const fixture = { name: 'fuzz', sources, cases: {}, rtol: single ? 1e-5 : 1e-11 };
      const attempt = (rtol: number) => limited(() => check({ ...fixture, rtol }, { input: compiled }, { exports, runtime } as never, 'f', [...args]));
      try {
        attempt(fixture.rtol);
      } catch (error) {
        // A sum of terms that cancel is not exact to its last digits: its error counts in units of its largest term.
        if (isNumeric(error)) {
          try {
            attempt(single ? 1e-3 : 1e-8);
            continue;
          } catch (again) {
            error = again;
          }
        }
        const message = error instanceof Error ? error.message : String(error);
        const stack = error instanceof Error && !isNumeric(error) && !/ of f\(/.test(message) ? `\n${(error.stack ?? '').split('\n').slice(0, 4).join('\n')}` : '';
        return { kind: 'failed', what: classOf(message) + variant, message: message + stack };
      }
    }
  }
  return { kind: 'passed' };
}

const isNumeric = (error: unknown) => /the oracle says|⟨/.test(String(error));

function isModerate(x: number): boolean { return Math.abs(x) < LARGEST; }

function ones(x: any): any {
  if (typeof x === 'number') return 1;
  if (x instanceof Float64Array || x instanceof Float32Array) return x.map(() => 1);
  if (Array.isArray(x)) return x.map(ones);
  return x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, ones(v)])) : undefined;
}

function classOf(message: string): string {
  const known = /^(the \w+|structure of the \w+|⟨|the primal in \w+|the arguments after \w+|the second call)/.exec(message);
  return known ? known[1] : message.replace(/[\d.]+/g, '#').slice(0, 60);
}

function firstLine(error: unknown): string { return String(error).split('\n').slice(0, 3).join(' '); }

/** Runs the module in this process. */
function load(text: string): Record<string, any> {
  const { code } = transformSync(text, { loader: 'ts', format: 'cjs', target: 'es2022' });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', code)(module, module.exports, () => runtime);
  return module.exports;
}

const guarded = new Script('__fuzzed()');

/** Calls with a limit of time, for programs and derivatives that do not end. */
function limited<T>(run: () => T): T {
  let result!: T;
  (globalThis as any).__fuzzed = () => { result = run(); };
  guarded.runInThisContext({ timeout: SECONDS * 1000 });
  return result;
}

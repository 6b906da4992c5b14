/** IR made by hand for tests of the printer, and the world in which the printed functions run. */
import ts from 'typescript';
import { Builder, type Naming, addParam } from '../../transformer/ir/build.ts';
import { Func, type Result, type Value } from '../../transformer/ir/ir.ts';
import { F64, NUMBER, STRING, type Type } from '../../transformer/ir/types.ts';
import { verify } from '../../transformer/ir/verify.ts';
import { printSavedType } from '../../transformer/print/index.ts';

const span = { file: 'input.ts', start: 0, end: 1 };

export const value = (type: Type): Result => ({ kind: 'value', type });
export const named = (name: string, variable?: number): Naming => ({ name, ...(variable === undefined ? {} : { variable }) });
export const array = (element: Type): Type => ({ kind: 'array', element });
export const SAVED: Type = { kind: 'saved', name: 'g_saved', forward: 'f_fwd', reverse: 'f_fwd', fields: [NUMBER, F64, NUMBER] };
export const POINT: Type = { kind: 'record', name: 'P', fields: [{ name: 'a', type: NUMBER }, { name: 'w', type: F64 }, { name: 'label', type: STRING }] };

/** What the printed functions call. */
export const WORLD = `
  export interface P { a: number; w: Float64Array; label: string }
  ${printSavedType(SAVED)}
  const g_fwd = (x: number): [number, g_saved] => [2 * x, [x, Float64Array.of(x), 3]];
  const h = (x: number): number => x + 1;
  function bump(x: Float64Array): number { x[0] += 1; return x[0]; }
`;

type Parameter = [name: string, type: Type, extra?: { default?: string; optional?: boolean }];

export function make(name: string, params: Parameter[], results: Type[], build: (b: Builder, ...params: Value[]) => Value[]): Func {
  const func = new Func(`input.ts#${name}`, name, span);
  const values = params.map(([n, type, extra]) => addParam(func, type, span, n, extra));
  func.body.yields = build(new Builder(func.body, span), ...values);
  func.result = results.length === 0 ? { kind: 'void' } : results.length === 1 ? value(results[0]) : { kind: 'tuple', parts: results.map(value) };
  verify(func, name);
  return func;
}

/** `for (let i = 0; i < limit; i++)`; results in the last values of what it carries, and of i. */
export function counted(b: Builder, limit: Value, initial: Value[], names: string[], body: (t: Builder, i: Value, ...carried: Value[]) => Value[]): Value[] {
  return b.loop({ test: 'before', form: 'for', head: [initial.length] }, [...initial, b.const(0)],
    (t, params) => t.prim('lt', [params.at(-1)!, limit]),
    (t, params) => [...body(t, params.at(-1)!, ...params.slice(0, -1)), t.prim('add', [params.at(-1)!, t.const(1)])],
    [...names.map((name, i) => named(name, i + 1)), named('i', 100)]).results;
}

/** What TypeScript says of these functions. */
export function typeErrors(functions: readonly string[]): string[] {
  // Some functions of the tests have the same name.
  const spaces = functions.map((text, i) => `namespace n${i} { export ${text.slice(text.indexOf('function'))} }`);
  const source = `${WORLD}\ndeclare function trace(...values: number[]): number;\n${spaces.join('\n')}`;
  const options: ts.CompilerOptions = { strict: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [], noEmit: true };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) => (file === 'input.ts' ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest));
  return ts.getPreEmitDiagnostics(ts.createProgram(['input.ts'], options, host))
    .map((m) => `${ts.flattenDiagnosticMessageText(m.messageText, '\n')}: ${source.slice(m.start! - 200, m.start! + 60)}`);
}

import test from 'ava';
import ts from 'typescript';
import { assemble, type Insertion } from '../transformer/assemble.ts';
import { diagnostic, type Diagnostic } from '../transformer/diagnostics.ts';
import { recreate, type Change } from '../transformer/plugin/recreate.ts';
import { report } from '../transformer/plugin/report.ts';
import { virtualProgram } from './support/virtual.ts';

const FILE = '/src/a.ts';

/** What TypeScript says about a text that was transformed by hand: `line:column code message`. */
function said(text: string, appended: string, insertions: Insertion[] = [], ours: Diagnostic[] = []): string[] {
  const { program, host } = virtualProgram({ [FILE]: text });
  const made = assemble(FILE, text, insertions, appended);
  const derivatives = [{ function: 'f', mode: 'grad' as const, wrt: [0], text: appended }];
  const changes = new Map<ts.SourceFile, Change>();
  const next = recreate(ts, program, host, program.getCompilerOptions(), (original, language) => {
    if (original.fileName !== FILE) return original;
    const replaced = ts.createSourceFile(FILE, made.text, language);
    changes.set(replaced, { original, replaced, transformed: { ...made, diagnostics: ours, demands: [], derivatives, insertions } });
    return replaced;
  });
  report(ts, next, host, changes);
  const all = [...next.getSyntacticDiagnostics(), ...next.getSemanticDiagnostics()];
  return [...new Set(all.map((d) => {
    const { line, character } = d.file!.getLineAndCharacterOfPosition(d.start!);
    return `${line + 1}:${character + 1}+${d.length} ${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`;
  }))];
}

const TEXT = 'export function f(x: number[]): number {\n  return x[0]!;\n}\nexport const a = f([1]);\n';

test('what only strictness complains about in derivatives is dropped', (t) => {
  t.deepEqual(said(TEXT, 'function f_grad(x: number[]) {\n  const unused = 1;\n  const y: number = x[0];\n  return x[1] * 2;\n}\n'), []);
});

test('anything else there is a defect, reported once at the function', (t) => {
  const [first, ...rest] = said(TEXT, 'function f_grad(x: number[]) {\n  const y: number = "a";\n  return y * missing;\n}\n');
  t.regex(first, /^1:17\+1 0 TL9001: tapeless produced code that does not compile: Type 'string' is not assignable/);
  t.deepEqual(rest, []);
  t.regex(said(TEXT, 'function f_grad( {\n')[0], /^1:17\+1 0 TL9001/);
});

test('the user\'s errors are at the user\'s places, and the derivative\'s are left out', (t) => {
  const text = `${TEXT}export const b: string = f([2]), c: string = f([3]);\n`;
  const insertions = [{ at: text.indexOf('export const a'), text: 'void 0;\n' }, { at: text.indexOf(', c'), text: ' + f_grad([4])' }];
  t.deepEqual(said(text, 'function f_grad(x: number[]): number {\n  return missing;\n}\n', insertions), [
    '5:14+1 2322 Type \'number\' is not assignable to type \'string\'.',
    '5:34+1 2322 Type \'number\' is not assignable to type \'string\'.',
  ]);
});

test('ours come first, with type errors, once', (t) => {
  const text = `${TEXT}export const b: string = f([2]);\n`;
  const ours = [diagnostic('TL1001', { file: FILE, start: 16, end: 17 })];
  const [first, second, ...rest] = said(text, '', [], ours);
  t.regex(first, /^1:17\+1 0 TL1001: /);
  t.regex(second, /^5:14\+1 2322/);
  t.deepEqual(rest, []);
});

test('nothing is private at run time', (t) => {
  const text = 'export class A {\n  private x = 1;\n  f(): number {\n    return this.x;\n  }\n}\n';
  t.deepEqual(said(text, 'function f_grad(this: A): number {\n  return this.x;\n}\nvoid f_grad;\n'), []);
});

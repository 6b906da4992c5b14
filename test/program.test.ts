import test from 'ava';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { mentionsTapeless, transformProgram } from '../transformer/program.ts';
import { virtualProgram } from './support/virtual.ts';

const files = {
  '/src/a.ts': `import { weigh } from './b.js';

// @differentiate
export function f(x: number[]): number {
  let s = 0;
  for (const v of x) s += weigh(v);
  return s;
}
`,
  '/src/b.ts': `import { scale } from './c.js';
let factor = 2;
export function weigh(x: number): number {
  return factor * scale(x);
}
export function setFactor(value: number): void {
  factor = value;
}
`,
  '/src/c.ts': `const table = [1, 2, 3];
export function scale(x: number): number {
  return table[1]! * x;
}
`,
  '/src/d.ts': 'export const unrelated = 1;\n',
};

/** The package itself is not in this program. */
const UNRESOLVED = 2307;

function transformed(order: string[]) {
  const { program } = virtualProgram(files);
  return transformProgram(order, checkerHost(ts, program));
}

test('modules export what derivatives in others need', (t) => {
  const results = transformed(Object.keys(files));
  t.deepEqual([...results.values()].flatMap((r) => r.diagnostics), []);
  t.deepEqual([...results.keys()].sort(), ['/src/a.ts', '/src/b.ts', '/src/c.ts']);
  t.regex(results.get('/src/b.ts')!.text, /export \{ factor as __tapeless_factor \}/);
  t.regex(results.get('/src/c.ts')!.text, /export \{ table as __tapeless_table \}/);
  // What they make is a program of its own.
  const texts = Object.fromEntries([...Object.entries(files), ...[...results].map(([file, { text }]) => [file, text])]);
  const { program } = virtualProgram(texts, { noUncheckedIndexedAccess: false });
  const complaints = program.getSemanticDiagnostics().filter((d) => d.code !== UNRESOLVED);
  t.deepEqual(complaints.map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' ')), []);
});

test('the order of the files does not matter', (t) => {
  const forwards = transformed(Object.keys(files));
  const backwards = transformed(Object.keys(files).reverse());
  for (const [file, { text }] of forwards) t.is(backwards.get(file)!.text, text);
});

test('files that say nothing of tapeless are not looked at', (t) => {
  t.true(mentionsTapeless('// @differentiate'));
  t.true(mentionsTapeless('/** @diferentiate */'));
  t.true(mentionsTapeless('// @grad'));
  t.true(mentionsTapeless('import { grad } from "tapeless";'));
  t.false(mentionsTapeless('/** @param x different from y */ const gradient = 1;'));
});

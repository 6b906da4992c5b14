import test from 'ava';
import { parseModule } from '../transformer/parse/parse.ts';

const parse = (text: string) => parseModule('m.ts', text);
const names = (text: string) => parse(text).marks.map((m) => m.name);
const complaints = (text: string) => parse(text).diagnostics.map((d) => `${d.code} ${text.slice(d.span.start, d.span.end)}`);

test('marks above every kind of function', (t) => {
  const text = [
    '// @differentiate', 'function a(x: number) { return x; }',
    '/** Says what it does.\n * @differentiate wrt=x order=2\n */', 'export function b(x: number, y: number) { return x; }',
    '/* @differentiate */', '// and another comment', 'export const c = (x: number) => x;',
    '// @differentiate', 'const d = function (x: number) { return x; };',
    'export class K {', '  // @differentiate', '  energy(x: number) { return x; }', '  /** @differentiate */', '  static dot(x: number) { return x; }', '}',
    '// @differentiate', 'export default function (x: number) { return x; }',
  ].join('\n');
  const { marks, diagnostics, firstStatement } = parse(text);
  t.deepEqual(diagnostics, []);
  t.deepEqual(marks.map((m) => m.name), ['a', 'b', 'c', 'd', 'K.energy', 'K.dot', 'default']);
  t.deepEqual(marks.map((m) => m.expression), ['a', 'b', 'c', 'd', 'K.prototype.energy', 'K.dot', 'default']);
  t.deepEqual([marks[1].wrt, marks[1].order], [['x'], 2]);
  t.is(marks[0].registerAt, firstStatement);
  t.is(text.slice(0, marks[2].registerAt).split('\n').at(-1), 'export const c = (x: number) => x;');
  t.is(text.slice(0, marks[4].registerAt).at(-1), '}');
  t.is(text.slice(0, marks[6].nameAt).split('\n').at(-1), 'export default function');
});

test('marks of named defaults, arrows by default, overloads', (t) => {
  t.deepEqual(names('// @differentiate\nexport default function f(x: number) { return x; }'), ['f']);
  t.deepEqual(names('// @differentiate\nexport default (x: number) => x;'), ['default']);
  t.deepEqual(names('// @differentiate\nfunction f(x: number): number;\nfunction f(x: number) { return x; }'), ['f']);
});

test('options of a mark', (t) => {
  const [mark] = parse('// @differentiate wrt=x, w order=3\nfunction f(x: number, y: number, { w }: { w: number }) { return x; }').marks;
  t.deepEqual([mark.wrt, mark.order], [['x', 'w'], 3]);
});

test('complaints about marks', (t) => {
  t.deepEqual(complaints('// @differentiate\nconst x = 1;'), ['TL1001 @differentiate']);
  t.deepEqual(complaints('// @differentiate'), ['TL1001 @differentiate']);
  t.deepEqual(complaints('// @diferentiate\nfunction f() {}'), ['TL1002 @diferentiate']);
  t.deepEqual(complaints('/** @Differentiate */\nfunction f() {}'), ['TL1002 @Differentiate']);
  t.deepEqual(complaints('// @differentiable\nfunction f() {}'), ['TL1002 @differentiable']);
  t.deepEqual(complaints('// @differentiate\n// @differentiate wrt=x\nfunction f(x: number) {}'), ['TL1003 @differentiate']);
  t.deepEqual(complaints('// @differentiate orders=2\nfunction f(x: number) {}'), ['TL1004 orders=2']);
  t.deepEqual(complaints('// @differentiate please\nfunction f(x: number) {}'), ['TL1004 please']);
  t.deepEqual(complaints('/**\n * @differentiate wrt=x,y,z\n */\nfunction f(x: number, z: number) {}'), ['TL1005 y']);
  t.deepEqual(complaints('// @differentiate order=0\nfunction f(x: number) {}'), ['TL1006 order=0']);
  t.deepEqual(complaints('function f(x: number) {\n  // @differentiate\n  const g = (y: number) => y;\n}'), ['TL1007 @differentiate']);
});

test('what only looks like a mark', (t) => {
  t.deepEqual(complaints('// differentiate this\n/** @param x see @link */\nfunction f(x: number) {}\nconst s = "// @differentiate";\n// mail me@differentiate.org'), []);
});

test('calls of transforms', (t) => {
  const text = `import { grad as d, jvp, valueAndGrad, hvp } from 'tapeless';
import * as tl from 'tapeless';
import * as lib from './lib.js';
import { g } from './g.js';
function f(x: number) { return x; }
class V { static norm(x: number[]) { return 0; } }
d(f); d(f, { argnums: 1, }); d(f, { argnums: [0, 2] },); tl.valueAndGrad(g, options); jvp((f), [1], [2]);
tl.grad((x: number) => x); d(lib.loss); d(V.norm); d(pick()); valueAndGrad(f, undefined);
{ const d = (h: unknown) => h; d(f); const f2 = f; }
function outer(f: unknown) { return d(f); }`;
  const { calls } = parse(text);
  t.deepEqual(calls.map((c) => [c.transform, c.target.kind === 'binding' ? c.target.name : c.target.kind, c.argnums]), [
    ['grad', 'f', undefined], ['grad', 'f', 1], ['grad', 'f', [0, 2]], ['valueAndGrad', 'g', 'dynamic'], ['jvp', 'f', undefined],
    ['grad', 'literal', undefined], ['grad', 'lib.loss', undefined], ['grad', 'V.norm', undefined], ['grad', 'value', undefined],
    ['valueAndGrad', 'f', undefined], ['grad', 'value', undefined],
  ]);
  const with0 = calls.map((c) => `${text.slice(c.span.start, c.insertAt)}, 0${text.slice(c.insertAt, c.span.end)}`);
  t.is(with0[0], 'd(f, 0)');
  t.is(with0[2], 'd(f, { argnums: [0, 2] }, 0,)');
  t.is(with0[4], 'jvp((f), [1], [2], 0)');
});


test('escapes', (t) => {
  const text = `import { grad } from 'tapeless';
import { far, type T } from './far.js';
// @differentiate
function f(x: number) { return x; }
function plain(x: number) { return f(x); }
apply(f); const g = f; const o = { f, k: far, far: 1 }; use(plain, far, grad); grad(f); f(1); far(2); far.x; o.f;
function h(f: unknown) { return [f]; }
export { f }; export default f; type U = typeof f;`;
  const { escapes } = parse(text);
  t.deepEqual(escapes.map((e) => [e.name, text.slice(e.start - 4, e.end), e.shorthand ?? false]), [
    ['f', 'ply(f', false], ['f', ' = f', false].map((x, i) => (i === 1 ? 'g = f' : x)), ['f', '= { f', true], ['far', ' k: far', false], ['far', 'in, far', false],
  ]);
});

test('bindings and exports', (t) => {
  const { bindings, exports, stars } = parse(`import d, { a as b } from './x';\nexport * from './s';\nexport { c as e } from './y';\nexport const K = 1, f = () => 1;\nexport let m = 2;\nfunction g(): void;\nfunction g() {}\nexport { g as default };\nenum E { A }\nclass C {}`);
  t.deepEqual([...bindings.values()].map((x) => [x.name, x.kind]), [['d', 'import'], ['b', 'import'], ['K', 'const'], ['f', 'function'], ['m', 'let'], ['g', 'function'], ['E', 'enum'], ['C', 'class']]);
  t.deepEqual([...exports.keys()], ['e', 'K', 'f', 'm', 'default']);
  t.deepEqual(stars, ['./s']);
  const g = bindings.get('g');
  t.is(g?.kind === 'function' && g.exported, 'default');
});

test('syntax errors are left to TypeScript', (t) => {
  for (const text of ['// @differentiate\nfunction f(x: number) { return x + ; }', '// @differentiate\nfunction f( {', 'const x = 1; const x = 2;\n// @differentiat\n']) {
    const { marks, diagnostics } = parse(text);
    t.deepEqual([marks, diagnostics], [[], []]);
  }
});

test('tsx', (t) => {
  const module = parseModule('view.tsx', '// @differentiate\nexport const f = (x: number) => x;\nexport const View = () => <p>{f(1)}</p>;');
  t.deepEqual(module.marks.map((m) => m.name), ['f']);
});

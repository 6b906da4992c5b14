import test from 'ava';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { showType, type Type } from '../transformer/ir/types.ts';
import { virtualProgram } from './support/virtual.ts';

const files: Record<string, string> = {
  '/src/a.ts': `
import type { Point } from './b.js';
import * as b from './b.js';
export { table } from './b.js';
import { readFileSync } from 'node:fs';
enum Colour { red, green }
enum Name { x = 'x' }
interface Tree { value: number; left: Tree; }
interface Options { tol?: number; steps: number | undefined; n: number; }
class Spring { #hidden = 1; readonly k = 2; x = new Float64Array(3); constructor(public rest: number) {} energy(): number { return this.k; } get half() { return 1; } static zero = 0; }
type Pair<T> = { a: T; b: T };
declare const values: {
  number: number; literal: 1 | 2; colour: Colour; flag: boolean; text: string; name: Name;
  array: number[]; readonly: readonly number[][]; f64: Float64Array; u8: Uint8ClampedArray;
  tuple: [number, string]; rest: [number, ...number[]]; point: Point; inline: { p: b.Point; q: number };
  tree: Tree; options: Options; spring: Spring; pair: Pair<number>; maybe: number | undefined;
  f: (x: number) => number; map: Map<string, number>; index: Record<string, number>; any: any; either: number | string;
  brand: number & { readonly brand: 'metre' }; nothing: void; hidden: ReturnType<typeof b.secret>;
};
export function f<T extends number>(x: number, n = 10, o?: number, generic: T) {
  const local = x * 2;
  for (const [i, v] of [1, 2].entries()) { local + i + v; }
  const { k, ...others } = new Spring(1);
  return [local, (x + n) * local] as const;
}
`,
  '/src/b.ts': 'export interface Point { x: number; y: number }\ninterface Secret { s: number }\nexport const table = [1, 2];\nexport function secret(): Secret { return { s: 1 }; }\n',
};

const { program } = virtualProgram(files);
const host = checkerHost(ts, program);
const text = files['/src/a.ts'];

function at(piece: string, inside = piece): Type | undefined {
  const start = text.indexOf(piece) + piece.indexOf(inside);
  return host.typeAt('/src/a.ts', start, start + inside.length);
}

const types: Record<string, string> = {
  number: 'number', literal: 'number', colour: 'number', flag: 'boolean', text: 'string', name: 'string',
  array: 'number[]', readonly: 'readonly number[][]', f64: 'Float64Array', u8: 'Uint8ClampedArray',
  tuple: '[number, string]', rest: 'opaque [number, ...number[]]', point: 'Point', tree: 'Tree', options: 'Options', spring: 'Spring',
  maybe: 'number | undefined', f: 'opaque (x: number) => number', map: 'Map<string, number>', index: 'Record<string, number>',
  any: 'opaque any', either: 'opaque string | number', brand: 'number', nothing: 'void',
  pair: '{ a: number; b: number }', inline: '{ p: Point; q: number }',
};

test('types of the checker', (t) => {
  const { fields } = at('declare const values', 'values') as Type & { kind: 'record' };
  for (const [name, expected] of Object.entries(types)) {
    const { type } = fields.find((f) => f.name === name)!;
    t.is((type.kind === 'opaque' ? 'opaque ' : '') + showType(type), expected, name);
  }
});
test('fields of records and classes, without names that the file cannot say', (t) => {
  const { fields } = at('declare const values', 'values') as Type & { kind: 'record' };
  const field = (name: string) => showType(fields.find((f) => f.name === name)!.type, false);
  t.is(field('spring'), '{ readonly k: number; x: Float64Array; rest: number }');
  t.is(field('tree'), 'any');
  t.is(field('options'), '{ tol?: number | undefined; steps: number | undefined; n: number }');
  t.is(showType(fields.find((f) => f.name === 'hidden')!.type), '{ s: number }');
});

test('parameters, variables, annotations, expressions', (t) => {
  t.is(showType(at('x: number, n', 'x')!), 'number');
  t.is(showType(at('x: number, n', 'x: number')!), 'number');
  t.is(showType(at('x: number, n', 'number')!), 'number');
  t.is(showType(at('n = 10', 'n')!), 'number');
  t.is(showType(at('o?: number', 'o?: number')!), 'number | undefined');
  t.is(showType(at('generic: T', 'generic')!), 'T');
  t.is(showType(at('local = x * 2', 'local')!), 'number');
  t.is(showType(at('local = x * 2', 'x * 2')!), 'number');
  t.is(showType(at('[i, v]', 'v')!), 'number');
  t.is(showType(at('others } =', 'others')!, false), '{ x: Float64Array; rest: number }');
  t.is(showType(at('(x + n) * local', 'x + n')!), 'number');
  t.is(at('local = x * 2', 'local = x *'), undefined);
});

test('sources and modules', (t) => {
  t.is(host.resolve('/src/a.ts', './b.js'), '/src/b.ts');
  t.is(host.resolve('/src/a.ts', 'node:fs'), undefined);
  t.is(host.source('/src/b.ts'), files['/src/b.ts']);
  t.is(host.source('/src/c.ts'), undefined);
  t.is(host.source(program.getSourceFiles()[0].fileName), undefined);
});

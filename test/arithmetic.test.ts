/** Arithmetic of derivatives leaves out what is known at compile time, and nothing else. */
import test from 'ava';
import { Builder, addParam } from '../transformer/ir/build.ts';
import { dump } from '../transformer/ir/dump.ts';
import { Func, type Value } from '../transformer/ir/ir.ts';
import { NUMBER } from '../transformer/ir/types.ts';
import { add, chain, div, mul, neg, pow, sub } from '../transformer/rules/arithmetic.ts';
import { elementwise, ruleOf } from '../transformer/rules/rule.ts';
import { runFlat } from './support/interpret.ts';

type Make = (b: Builder, x: Value, y: Value, c: (value: number) => Value) => Value | undefined;

/** What is built for parameters x and y: the operations, with constants in their places. */
function built(make: Make): string {
  const func = new Func('f', 'f', { file: '', start: 0, end: 0 });
  const [x, y] = ['x', 'y'].map((name) => addParam(func, NUMBER, func.span, name));
  const b = new Builder(func.body, func.span, true);
  const result = make(b, x, y, (value) => b.const(value));
  func.body.yields = result ? [result] : [];
  const names = new Map<string, string>([['%0', 'x'], ['%1', 'y']]);
  const show = (operand: string): string => names.get(operand.replace(/\..*/, '')) ?? operand;
  for (const line of dump(func).split('\n').slice(1)) {
    const constant = /(%\d+)\S* = const (\S+)/.exec(line);
    const prim = /(%\d+)\S* = prim (\w+)(?: loose)? (.*) :/.exec(line);
    if (constant) names.set(constant[1], constant[2]);
    else if (prim) names.set(prim[1], `${prim[2]}(${prim[3].split(', ').map(show).join(', ')})`);
    else if (/yield/.test(line)) return result ? show(line.trim().replace('yield ', '').replace(/\..*/, '')) : 'nothing';
    else return dump(func);
  }
  return 'nothing';
}

const CASES: [title: string, make: Make, expected: string][] = [
  ['-c', (b, x, y, c) => neg(b, c(3)), '-3'],
  ['-x', (b, x) => neg(b, x), 'neg(x)'],
  ['--x', (b, x) => neg(b, neg(b, x)), 'x'],
  ['-(x y)', (b, x, y) => neg(b, mul(b, x, y)), 'neg(mul(x, y))'],
  ['0 + x', (b, x, y, c) => add(b, c(0), x), 'x'],
  ['x + 0', (b, x, y, c) => add(b, x, c(0)), 'x'],
  ['2 + 3', (b, x, y, c) => add(b, c(2), c(3)), '5'],
  ['x + y', (b, x, y) => add(b, x, y), 'add(x, y)'],
  ['x + -y', (b, x, y) => add(b, x, neg(b, y)), 'sub(x, y)'],
  ['x + -0.5', (b, x, y, c) => add(b, x, c(-0.5)), 'sub(x, 0.5)'],
  ['x + 0.5', (b, x, y, c) => add(b, x, c(0.5)), 'add(x, 0.5)'],
  ['2 + x', (b, x, y, c) => add(b, c(2), x), 'add(2, x)'],
  ['x - 0', (b, x, y, c) => sub(b, x, c(0)), 'x'],
  ['0 - x', (b, x, y, c) => sub(b, c(0), x), 'neg(x)'],
  ['5 - 3', (b, x, y, c) => sub(b, c(5), c(3)), '2'],
  ['5 - x', (b, x, y, c) => sub(b, c(5), x), 'sub(5, x)'],
  ['x - 5', (b, x, y, c) => sub(b, x, c(5)), 'sub(x, 5)'],
  ['2 · 3', (b, x, y, c) => mul(b, c(2), c(3)), '6'],
  ['0 · x', (b, x, y, c) => mul(b, c(0), x), '0'],
  ['x · 0', (b, x, y, c) => mul(b, x, c(0)), '0'],
  ['1 · x', (b, x, y, c) => mul(b, c(1), x), 'x'],
  ['x · 1', (b, x, y, c) => mul(b, x, c(1)), 'x'],
  ['-1 · x', (b, x, y, c) => mul(b, c(-1), x), 'neg(x)'],
  ['x · -1', (b, x, y, c) => mul(b, x, c(-1)), 'neg(x)'],
  ['2 · x', (b, x, y, c) => mul(b, c(2), x), 'mul(2, x)'],
  ['x · y', (b, x, y) => mul(b, x, y), 'mul(x, y)'],
  ['-x · y', (b, x, y) => mul(b, neg(b, x), y), 'neg(mul(x, y))'],
  ['x · -y', (b, x, y) => mul(b, x, neg(b, y)), 'neg(mul(x, y))'],
  ['6 / 3', (b, x, y, c) => div(b, c(6), c(3)), '2'],
  ['0 / x', (b, x, y, c) => div(b, c(0), x), '0'],
  ['x / 1', (b, x, y, c) => div(b, x, c(1)), 'x'],
  ['1 / x', (b, x, y, c) => div(b, c(1), x), 'div(1, x)'],
  ['x / 2', (b, x, y, c) => div(b, x, c(2)), 'div(x, 2)'],
  ['-x / y', (b, x, y) => div(b, neg(b, x), y), 'neg(div(x, y))'],
  ['x ** 0', (b, x, y, c) => pow(b, x, c(0)), '1'],
  ['x ** 1', (b, x, y, c) => pow(b, x, c(1)), 'x'],
  ['x ** 2', (b, x, y, c) => pow(b, x, c(2)), 'mul(x, x)'],
  ['x ** 3', (b, x, y, c) => pow(b, x, c(3)), 'mul(mul(x, x), x)'],
  ['x ** 4', (b, x, y, c) => pow(b, x, c(4)), 'pow(x, 4)'],
  ['x ** y', (b, x, y) => pow(b, x, y), 'pow(x, y)'],
];

for (const [title, make, expected] of CASES) test(title, (t) => t.is(built(make), expected));

test('only a loose negation is taken apart: the primal keeps its own', (t) => {
  t.is(built((b, x, y) => add(b, x, b.op('prim', [y], [NUMBER], { fn: 'neg' }).result)), 'add(x, neg(y))');
});

// Rules of every form; t is the cotangent.

const term = (name: string, a: number | 'x', b: number | 'x', i = 0) => built((builder, x, t, c) => {
  const args = [a, b].map((v) => (v === 'x' ? x : c(v)));
  return chain(builder, ruleOf(name, 2)!, (j) => args[j], 2, i, () => x, t);
});

const CONDITIONS: [operator: string, [number, number, boolean][]][] = [
  ['<', [[1, 2, true], [2, 2, false], [3, 2, false]]], ['<=', [[1, 2, true], [2, 2, true], [3, 2, false]]],
  ['>', [[1, 2, false], [2, 2, false], [3, 2, true]]], ['>=', [[1, 2, false], [2, 2, true], [3, 2, true]]],
  ['===', [[1, 2, false], [2, 2, true], [3, 2, false]]], ['!==', [[1, 2, true], [2, 2, false], [3, 2, true]]],
];
CONDITIONS.forEach(([operator, cases], k) => {
  test(`a condition on constants is decided: ${operator}`, (t) => {
    elementwise(`decided${k}(a, b)`, [`a ${operator} b ? 5 : 7`, '1'], { at: [] });
    for (const [a, b, holds] of cases) t.is(term(`decided${k}`, a, b), `mul(${holds ? 5 : 7}, y)`);
  });
  test(`a condition at run time: ${operator}`, (t) => {
    elementwise(`decided${k}(a, b)`, [`a ${operator} b ? 5 : 7`, '1'], { at: [] });
    const func = new Func('f', 'f', { file: '', start: 0, end: 0 });
    const [a, b, bar] = ['a', 'b', 'bar'].map((name) => addParam(func, NUMBER, func.span, name));
    func.body.yields = [chain(new Builder(func.body, func.span, true), ruleOf(`decided${k}`, 2)!, (j) => [a, b][j], 2, 0, () => a, bar)!];
    for (const [x, y, holds] of cases) t.is(runFlat(func, [x, y, 2], { function: () => func })[0], holds ? 10 : 14);
  });
});

test('a partial that is a quotient, a negation, or 0', (t) => {
  elementwise('quotient(a, b)', ['b / (a * a)', '-a'], { at: [] });
  elementwise('zero(a, b)', ['0', '-b / 2'], { at: [] });
  t.is(term('quotient', 'x', 3), 'div(mul(3, y), mul(x, x))');
  t.is(term('quotient', 'x', 3, 1), 'neg(mul(x, y))');
  t.is(term('zero', 'x', 3), 'nothing');
  t.is(term('zero', 'x', 3, 1), 'neg(div(mul(3, y), 2))');
});

test('a singular partial is guarded unless its condition is known to fail', (t) => {
  elementwise('singular(a, b)', ['b * a', 'a'], { at: [], singular: { 0: 'b <= 1' } });
  const isGuarded = (text: string) => /if/.test(text);
  t.true(isGuarded(term('singular', 'x', 1)));
  t.true(isGuarded(term('singular', 'x', 'x')));
  t.false(isGuarded(term('singular', 'x', 2)));
  t.false(isGuarded(term('singular', 'x', 1, 1)));
});

/** Loops. They end: each has a counter of its own, or a bound on its trips. */
import { condition } from './numbers.ts';
import { hasPattern, pattern } from './patterns.ts';
import { type Place, iterable, iterables } from './places.ts';
import { block } from './statements.ts';
import { type Block, type Part, type Tree, other, stmt } from './tree.ts';
import { INTEGER, type Type } from './types.ts';
import type { Option, Variable, Writer } from './writer.ts';

type Local = Omit<Variable, 'level'>;

export function loop(w: Writer): Tree[] {
  const label = w.wants('labelled break', 12) || w.wants('labelled continue', 12) ? w.name('L') : undefined;
  const prefix = label ? `${label}: ` : '';
  const n = w.length;
  const body = (own: readonly Local[], fixed = false): Block => w.inFrame({ loops: [...w.frame.loops, { label }], fixed: w.frame.fixed || fixed }, () => w.inScope(() => {
    own.forEach((v) => w.declare(v));
    return block(w, 1 + w.int(3));
  }));
  const counter = (below: number): Local => ({ name: w.name('i'), type: INTEGER, assignable: false, below });
  const maybe = (test: () => Part): Part => (w.chance(50) ? other` && ${test()}` : '');
  const options: Option<Tree[]>[] = [
    [6, () => {
      const trips = 1 + w.int(4);
      const i = counter(trips);
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${trips}; ${i.name}++) {${body([i])}}`];
    }, 'for'],
    [2, () => {
      const i = counter(n);
      return [stmt`${prefix}for (let ${i.name} = ${n} - 1; ${i.name} >= 0; ${i.name}--) {${body([i])}}`];
    }, 'for'],
    [1, () => {
      const i = counter(n);
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${n}; ${i.name} += 2) {${body([i])}}`];
    }, 'for'],
    [2, () => {
      const i = counter(4);
      const test = condition(w, 1);
      return [stmt`let ${i.name} = 0;`, stmt`${prefix}while (${i.name} < 3 && ${test}) {${{ block: [stmt`${i.name}++;`, ...body([i]).block] }}}`];
    }, 'while'],
    [2, () => {
      const i = counter(4);
      const inner = body([i]).block;
      return [stmt`let ${i.name} = 0;`, stmt`${prefix}do {${{ block: [stmt`${i.name}++;`, ...inner] }}} while (${i.name} < 3${maybe(() => condition(w, 1))});`];
    }, 'do'],
    [2, () => {
      const i = counter(5);
      const inner = body([i]).block;
      const steps = [stmt`if (${i.name}++ >= ${1 + w.int(3)}) break;`, ...(w.chance(50) ? [stmt`if (${condition(w, 1)}) break;`] : [])];
      return [stmt`let ${i.name} = 0;`, stmt`${prefix}while (true) {${{ block: [...steps, ...inner] }}}`];
    }, 'while (true)'],
  ];
  const some = iterables(w);
  if (some.length) {
    options.push([3, () => [forOf(w, prefix, some, body)], 'for of'], [2, () => {
      const a = iterable(w, some);
      const i = counter(a.kind === 'list' ? 100 : n);
      return [stmt`${prefix}for (let ${i.name} = 0; ${i.name} < ${a.read}.length; ${i.name}++) {${body([i], true)}}`];
    }, 'for']);
  }
  return w.choose(options);
}

function forOf(w: Writer, prefix: string, some: readonly Place[], body: (own: readonly Local[], fixed?: boolean) => Block): Tree {
  const a = iterable(w, some);
  const i: Local = { name: w.name('i'), type: INTEGER, assignable: false, below: a.kind === 'list' ? 100 : w.length };
  const local = (type: Type, assignable = false): Local => ({ name: w.name('t'), type, assignable });
  const options: Option<Tree>[] = [
    [5, () => {
      const t = local(a.element, a.element.kind === 'number' && w.chance(20));
      return stmt`${prefix}for (${t.assignable ? 'let' : 'const'} ${t.name} of ${a.read}) {${body([t], true)}}`;
    }],
    [1, () => {
      const t = local(a.element);
      w.use('destructured for of');
      return stmt`${prefix}for (const [${i.name}, ${t.name}] of ${a.read}.entries()) {${body([i, t], true)}}`;
    }, 'entries'],
    [0, () => stmt`${prefix}for (const ${i.name} of ${a.read}.keys()) {${body([i], true)}}`, 'keys'],
    [0, () => {
      const t = local(a.element);
      return stmt`${prefix}for (const ${t.name} of ${a.read}.values()) {${body([t], true)}}`;
    }, 'values'],
  ];
  if (hasPattern(w, a.element)) {
    options.push([4, () => {
      const { text, bound } = pattern(w, a.element);
      return stmt`${prefix}for (const ${text} of ${a.read}) {${body(bound.map((b) => ({ ...b, assignable: false })), true)}}`;
    }, 'destructured for of']);
  }
  return w.choose(options);
}

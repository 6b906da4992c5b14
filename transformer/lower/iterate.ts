/** Loops over arrays and indexes, of `for … of` and of array methods. */
import type * as t from '@babel/types';
import type { LoopInfo, Value } from '../ir/ir.ts';
import { NUMBER, isIndexed, sameType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import type { Piece } from './assign.ts';
import { expression } from './expressions.ts';
import { holdsFunctions } from './functions.ts';
import { elementsOf, unroll } from './lists.ts';
import type { Lowering } from './lowering.ts';
import { type LoopSpec, emitLoop } from './loops.ts';
import type { Status, Variable } from './scope.ts';
import { unsupported } from './statements.ts';

export interface Around extends Pick<LoopSpec, 'jumps' | 'own' | 'scanned'> {
  form?: LoopInfo['form'];
  /** First index. */
  from?: Value;
  /** A further condition, tested first. */
  while?: () => Value;
}

/** `for (… of iterable)`: an array, or its `entries()`, `keys()` or `values()`. */
export function iteration(cx: Lowering, iterable: t.Expression, node: t.Node, around: Around, body: (element: Piece) => Status): Status {
  const source = unwrap(iterable);
  let array: Value;
  let what = 'values';
  const callee = source.type === 'CallExpression' && source.arguments.length === 0 ? unwrap(source.callee) : undefined;
  const key = callee?.type === 'MemberExpression' ? keyOf(callee) : undefined;
  if (callee?.type === 'MemberExpression' && (key === 'entries' || key === 'keys' || key === 'values')) {
    array = expression(cx, callee.object as t.Expression);
    what = key;
  } else array = tupleAsArray(cx, expression(cx, iterable), iterable);
  if (array.type.kind === 'tuple' && holdsFunctions(array.type) && around.jumps) {
    const elements = elementsOf(cx, array, iterable).map((value, i): Piece => {
      const index = { value: cx.at(iterable).const(i) };
      return what === 'values' ? { value } : what === 'keys' ? index : { keys: ['0', '1'], parts: [index, { value }] };
    });
    return unroll(cx, node, around.jumps, elements, body);
  }
  if (!isIndexed(array.type)) {
    unsupported(cx, iterable, 'Iterating over what is not an array', 'Copy the values into an array first.');
  }
  // The length is read anew each time, as JavaScript's iterator does.
  return eachIndex(cx, () => cx.at(iterable).length(array), node, { form: 'forof', ...around }, (index) => {
    const i = cx.read(index);
    if (what === 'keys') return body({ value: i });
    const value = cx.at(iterable).load(array, i);
    return body(what === 'values' ? { value } : { keys: ['0', '1'], parts: [{ value: i }, { value }] });
  });
}

/** A readonly tuple of values of one type can be iterated over as an array of them. */
function tupleAsArray(cx: Lowering, value: Value, node: t.Node): Value {
  const { type } = value;
  if (type.kind !== 'tuple' || !type.readonly || !type.elements.every((e) => sameType(e, type.elements[0]))) return value;
  const parts = type.elements.map((_, i) => cx.at(node).field(value, String(i)));
  return cx.at(node).literal({ kind: 'array', element: type.elements[0], readonly: true }, parts);
}

/** Calls `body` for the indexes from 0 while less than `count`. */
export function eachIndex(cx: Lowering, count: () => Value, node: t.Node, around: Around, body: (index: Variable) => Status): Status {
  const index = cx.variable('i', NUMBER);
  const naming = { name: 'i', variable: index.number };
  cx.env.set(index, around.from ?? cx.at(node).op('const', [], [NUMBER], { value: 0 }, naming).result);
  const status = emitLoop(cx, {
    node, form: around.form ?? 'for', scanned: around.scanned, jumps: around.jumps,
    own: [index, ...around.own ?? []], head: [index],
    test: () => {
      const inside = () => {
        const bound = count();
        return cx.at(node).prim('lt', [cx.read(index), bound]);
      };
      return around.while ? cx.choose(node, around.while(), inside, () => cx.at(node).const(false)) : inside();
    },
    body: () => body(index),
    update: () => cx.env.set(index, cx.at(node).prim('add', [cx.read(index), cx.b.const(1)], naming)),
  });
  cx.env.delete(index);
  return status;
}

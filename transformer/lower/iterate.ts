/** Loops over arrays and indexes, of `for … of` and of array methods. */
import type * as t from '@babel/types';
import type { LoopInfo, Value } from '../ir/ir.ts';
import { NUMBER, STRING, type Type, elementType, isIndexed, isMemory, sameType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import type { Piece } from './assign.ts';
import { dictionarySource, isDictionary } from './dictionaries.ts';
import { expression } from './expressions.ts';
import { holdsFunctions } from './functions.ts';
import { elementsOf, unroll } from './lists.ts';
import type { Lowering } from './lowering.ts';
import { type LoopSpec, emitLoop } from './loops.ts';
import { nameOfGlobal } from './names.ts';
import { recordSource } from './objects.ts';
import type { Status, Variable } from './scope.ts';
import { unsupported } from './statements.ts';
import { expectNumber, typeName } from './types.ts';

export interface Around extends Pick<LoopSpec, 'jumps' | 'own' | 'scanned'> {
  form?: LoopInfo['form'];
  /** First index. */
  from?: Value;
  /** How many to leave out at the start, or at the end of the array if it is gone through backwards. */
  skip?: number;
  backwards?: boolean;
  /** A further condition, tested first. */
  while?: () => Value;
}

/** Things one after the other, each with its number: what `for … of`, a spread and `Array.from` go through. */
export interface Source {
  length: () => Value;
  at(index: Value): Piece;
  /** Elements that are to be gone through one by one, for they have different types. */
  known?: Piece[];
}

/** `for (… of iterable)`: an array, or its `entries()`, `keys()` or `values()`; a string, a set or a map. */
export function iteration(cx: Lowering, iterable: t.Expression, node: t.Node, around: Around, body: (element: Piece) => Status): Status {
  const { length, at, known } = sourceOf(cx, iterable, around.jumps !== undefined);
  if (known && around.jumps) return unroll(cx, node, around.jumps, known, body);
  // The length is read anew each time, as JavaScript's iterator does.
  return eachIndex(cx, length, node, { form: 'forof', ...around }, (index) => body(at(cx.read(index))));
}

/** Is it a call of `entries()`, `keys()` or `values()`? */
export function isIterator(node: t.Node): boolean {
  const callee = node.type === 'CallExpression' && node.arguments.length === 0 ? unwrap(node.callee) : undefined;
  const key = callee?.type === 'MemberExpression' ? keyOf(callee) : undefined;
  return key === 'entries' || key === 'keys' || key === 'values';
}

export function sourceOf(cx: Lowering, iterable: t.Expression, unrolls = false): Source {
  const source = unwrap(iterable);
  const listed = recordSource(cx, source);
  if (listed) return listed;
  if (source.type !== 'CallExpression' || !isIterator(source)) {
    const value = expression(cx, iterable);
    if (isDictionary(value) && value.type.form === 'map') return dictionarySource(cx, value, 'entries', iterable);
    return unrolls && value.type.kind === 'tuple' && !isUniform(value.type) ? knownElements(cx, value, iterable, 'values') : sourceOfValue(cx, value, iterable);
  }
  const callee = unwrap(source.callee) as t.MemberExpression;
  const key = keyOf(callee) as 'entries' | 'keys' | 'values';
  const length = key === 'keys' ? lengthOfNew(cx, callee.object) : undefined;
  if (length) return { length: () => length, at: (value) => ({ value }) };
  const object = expression(cx, callee.object as t.Expression);
  if (isDictionary(object) && object.type.form === 'map') return dictionarySource(cx, object, key, iterable);
  if (unrolls && object.type.kind === 'tuple' && !isUniform(object.type)) return knownElements(cx, object, iterable, key);
  if (object.type.kind !== 'opaque') return sourceOfValue(cx, object, iterable, key);
  const made = cx.at(source).extern(`$0.${key}()`, [object], { kind: 'opaque', text: 'unknown' }, { pure: true })!;
  return sourceOfValue(cx, made, iterable);
}

/** n of `Array(n).keys()`, for which no array is needed. */
export function lengthOfNew(cx: Lowering, object: t.Node): Value | undefined {
  const made = unwrap(object);
  if ((made.type !== 'NewExpression' && made.type !== 'CallExpression') || made.arguments.length !== 1) return undefined;
  const callee = unwrap(made.callee);
  if (callee.type !== 'Identifier' || callee.name !== 'Array' || !nameOfGlobal(cx, 'Array')) return undefined;
  return expectNumber(cx, expression(cx, made.arguments[0] as t.Expression), 'new Array', made);
}

export function sourceOfValue(cx: Lowering, value: Value, node: t.Expression, what: 'values' | 'keys' | 'entries' = 'values'): Source {
  if (isDictionary(value) && value.type.form === 'map') return dictionarySource(cx, value, 'entries', node);
  const array = arrayOfValue(cx, value, node);
  const element = (i: Value): Value => cx.at(node).load(array, i);
  return {
    length: () => cx.at(node).length(array),
    at: (i) => (what === 'keys' ? { value: i } : what === 'values' ? { value: element(i) }
      : { keys: ['0', '1'], parts: [{ value: i }, { value: element(i) }], type: { kind: 'tuple', elements: [NUMBER, elementType(array.type)] } }),
  };
}

/** What can be iterated over, as an array. */
export function arrayOfValue(cx: Lowering, value: Value, node: t.Expression): Value {
  const array = tupleAsArray(cx, value, node);
  if (isIndexed(array.type)) return array;
  const { type } = value;
  const made = (element: Type) => cx.at(node).extern('Array.from', [value], { kind: 'array', element }, type.kind === 'string' ? { pure: true } : { world: isMemory(element) ? 'reads' : 'copies', shown: 'Array.from' })!;
  if (type.kind === 'string') return made(STRING);
  const element = type.kind === 'opaque' ? cx.program.host.elementAt?.(cx.file, node.start!, node.end!) : undefined;
  return element ? made(element) : unsupported(cx, node, `Iterating over ${typeName(type)}`, 'Copy the values into an array first.');
}

function isUniform(type: Extract<Type, { kind: 'tuple' }>): boolean {
  return type.elements.length > 0 && type.elements.every((e) => sameType(e, type.elements[0])) && !holdsFunctions(type);
}

function knownElements(cx: Lowering, tuple: Value, node: t.Expression, what: 'values' | 'keys' | 'entries'): Source {
  const known = elementsOf(cx, tuple, node).map((value, i): Piece => {
    const index = { value: cx.at(node).const(i) };
    return what === 'values' ? { value } : what === 'keys' ? index : { keys: ['0', '1'], parts: [index, { value }] };
  });
  return { known, length: () => cx.at(node).const(known.length), at: () => unsupported(cx, node, `Iterating over ${typeName(tuple.type)}`, 'Use `for … of`.') };
}

/** A tuple of values of one type can be iterated over as an array of them. */
export function tupleAsArray(cx: Lowering, value: Value, node: t.Node): Value {
  const { type } = value;
  if (type.kind !== 'tuple' || !isUniform(type)) return value;
  const parts = type.elements.map((_, i) => cx.at(node).field(value, String(i)));
  return cx.at(node).literal({ kind: 'array', element: type.elements[0], readonly: true }, parts);
}

/** Calls `body` for the indexes from 0 while less than `count`, or the other way round. */
export function eachIndex(cx: Lowering, count: () => Value, node: t.Node, around: Around, body: (index: Variable) => Status): Status {
  const index = cx.variable('i', NUMBER);
  const naming = { name: 'i', variable: index.number };
  const { skip = 0, backwards } = around;
  const first = around.from ?? (backwards ? cx.at(node).prim('sub', [count(), cx.b.const(1 + skip)], naming)
    : cx.at(node).op('const', [], [NUMBER], { value: skip }, naming).result);
  cx.env.set(index, first);
  const status = emitLoop(cx, {
    node, form: around.form ?? 'for', scanned: around.scanned, jumps: around.jumps,
    own: [index, ...around.own ?? []], head: [index],
    test: () => {
      const inside = () => {
        const bound = backwards ? cx.at(node).const(0) : count();
        return cx.at(node).prim(backwards ? 'ge' : 'lt', [cx.read(index), bound]);
      };
      return around.while ? cx.choose(node, around.while(), inside, () => cx.at(node).const(false)) : inside();
    },
    body: () => body(index),
    update: () => cx.env.set(index, cx.at(node).prim(backwards ? 'sub' : 'add', [cx.read(index), cx.b.const(1)], naming)),
  });
  cx.env.delete(index);
  return status;
}

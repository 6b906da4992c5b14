/** Methods of arrays, as loops. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { type Value, constantOf } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, STRING, type Type, elementType, showType } from '../ir/types.ts';
import { boundNames } from '../parse/walk.ts';
import { append } from './arrays.ts';
import { apply } from './calls.ts';
import { expression, truth } from './expressions.ts';
import { functionOf } from './functions.ts';
import { eachIndex } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { type Callable, FALLS, NEVER } from './scope.ts';
import { unsupported } from './statements.ts';
import { UNKNOWN, expectNumber, isPending } from './types.ts';

export function arrayMethod(cx: Lowering, array: Value, name: string, node: t.CallExpression, needed: boolean, expected?: Type): Value | undefined {
  const args = node.arguments.map((a) => a as t.Expression);
  const at = () => cx.at(node);
  if (name !== 'push' && node.arguments.some((a) => a.type === 'SpreadElement')) unsupported(cx, node, 'Spreading an array into arguments', 'Write a loop.');
  switch (name) {
    case 'push': return push(cx, array, node, needed);
    case 'pop': return at().pop(array);
    case 'at': return elementAt(cx, array, args[0], node);
    case 'with': {
      const [index, value] = [expectNumber(cx, expression(cx, args[0]), 'with', node), expression(cx, args[1], elementType(array.type))];
      const result = at().copy(array);
      cx.b.store(result, index, cx.coerce(value, elementType(array.type), node));
      return result;
    }
    case 'slice': return slice(cx, array, args.map((a) => expectNumber(cx, expression(cx, a), 'slice', a)), node);
    case 'concat': return concat(cx, array, args.map((a) => expression(cx, a, array.type)), node);
    case 'fill': return fill(cx, array, args, node);
    case 'set': return set(cx, array, args, node);
    case 'reverse': return reverse(cx, array, node);
    case 'toReversed': return reverse(cx, at().copy(array), node);
    case 'map': case 'forEach': case 'filter': case 'some': case 'every': case 'findIndex': {
      const [callback] = args;
      const target = functionOf(cx, callback) ?? unsupported(cx, callback, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
      return withCallback(cx, array, name, { target, node, callback }, expected);
    }
    case 'reduce': return reduce(cx, array, args, node, expected);
    case 'indexOf': case 'lastIndexOf': return discrete(cx, array, name, args, node, NUMBER);
    case 'includes': return discrete(cx, array, name, args, node, BOOLEAN);
    case 'join': return discrete(cx, array, name, args, node, STRING);
    default:
      return unsupported(cx, node, `\`${name}\` of an array`, 'Write it as a loop.');
  }
}

/** A result that does not change with the elements' values continuously. */
function discrete(cx: Lowering, array: Value, name: string, args: readonly t.Expression[], node: t.Node, type: Type): Value {
  const values = args.map((a) => expression(cx, a));
  return cx.at(node).extern(`$0.${name}(${values.map((_, i) => `$${i + 1}`).join(', ')})`, [array, ...values], type)!;
}

function push(cx: Lowering, array: Value, node: t.CallExpression, needed: boolean): Value | undefined {
  for (const a of node.arguments) {
    if (a.type === 'SpreadElement') {
      const source = expression(cx, a.argument);
      if (isPending(array.type)) cx.resolvePending(array.type, elementType(source.type));
      append(cx, array, source, a);
      continue;
    }
    const element = isPending(array.type) ? undefined : elementType(array.type);
    const value = expression(cx, a as t.Expression, element);
    if (!element) cx.resolvePending(array.type, value.type);
    cx.at(node).push(array, cx.coerce(value, element, a));
  }
  return needed ? cx.at(node).length(array) : undefined;
}

function elementAt(cx: Lowering, array: Value, argument: t.Expression, node: t.Node): Value {
  const index = expectNumber(cx, expression(cx, argument), 'at', argument);
  const known = constantOf(index);
  const b = cx.at(node);
  if (known !== undefined) return b.load(array, known < 0 ? b.prim('sub', [b.length(array), b.const(-known)]) : index);
  const place = cx.choose(node, b.prim('lt', [index, b.const(0)]), () => cx.at(node).prim('add', [cx.b.length(array), index]), () => index);
  return cx.at(node).load(array, place);
}

/** An index as `slice` and `fill` take it: from the end if negative, inside the array. */
function clamp(cx: Lowering, value: Value, length: Value, node: t.Node): Value {
  const known = constantOf(value);
  const b = cx.at(node);
  if (known === 0 || value === length) return value;
  if (known !== undefined && known < 0) return b.prim('max', [b.prim('sub', [length, b.const(-Math.trunc(known))]), b.const(0)]);
  const whole = known !== undefined ? b.const(Math.trunc(known)) : b.prim('trunc', [value]);
  const inside = () => cx.at(node).prim('min', [whole, length]);
  if (known !== undefined) return inside();
  return cx.choose(node, b.prim('lt', [whole, b.const(0)]), () => cx.at(node).prim('max', [cx.b.prim('add', [length, whole]), cx.b.const(0)]), inside);
}

function slice(cx: Lowering, array: Value, [from, to]: readonly Value[], node: t.Node): Value {
  if (!from) return cx.at(node).copy(array);
  const length = cx.at(node).length(array);
  const start = clamp(cx, from, length, node);
  const end = to ? clamp(cx, to, length, node) : length;
  if (constantOf(start) === 0 && !to) return cx.at(node).copy(array);
  const b = cx.at(node);
  const count = b.prim('max', [b.prim('sub', [end, start]), b.const(0)]);
  return collect(cx, array.type, count, node, (index) => cx.at(node).load(array, cx.b.prim('add', [start, index])));
}

/** `[a, ...rest]` of an array. */
export function sliceFrom(cx: Lowering, array: Value, from: Value, node: t.Node): Value {
  const type: Type = { kind: 'array', element: elementType(array.type) };
  const b = cx.at(node);
  const count = b.prim('max', [b.prim('sub', [b.length(array), from]), b.const(0)]);
  return collect(cx, type, count, node, (index) => cx.at(node).load(array, cx.b.prim('add', [from, index])));
}

/** A new array of `count` elements: of numbers it is made at once and filled, others are pushed one by one. */
function collect(cx: Lowering, type: Type, count: Value, node: t.Node, element: (index: Value) => Value, scanned: readonly t.Node[] = []): Value {
  const atOnce = elementType(type).kind === 'number';
  const array = atOnce ? cx.at(node).new(type, count) : cx.at(node).literal(type, []);
  eachIndex(cx, () => count, node, { scanned }, (index) => {
    const i = cx.read(index);
    const value = cx.coerce(element(i), elementType(type), node);
    if (atOnce) cx.at(node).store(array, i, value);
    else cx.at(node).push(array, value);
    return FALLS;
  });
  return array;
}

/** An array of what a function gives for each index. */
export function mapInto(
  cx: Lowering, node: t.Node, scanned: readonly t.Node[], count: Value, wanted: Type | undefined, element: (index: Value) => Value | undefined,
): Value {
  const value = (index: Value) => element(index) ?? unsupported(cx, node, 'Mapping with a function that returns nothing', 'Use `forEach`.');
  const type = wanted && !isPending(wanted) ? wanted : { kind: 'array' as const, element: trialType(cx, node, () => value(cx.b.undef(NUMBER))) };
  return collect(cx, type, count, node, value, scanned);
}

/** The type of what would be lowered. */
function trialType(cx: Lowering, node: t.Node, lower: () => Value): Type {
  const op = cx.open('if', [], node);
  let type: Type = UNKNOWN;
  cx.branch(op, () => {
    type = lower().type;
    return NEVER;
  });
  return type;
}

interface Callback {
  target: Callable;
  node: t.CallExpression;
  callback: t.Node;
}

function withCallback(cx: Lowering, array: Value, name: string, { target, node, callback }: Callback, expected?: Type): Value | undefined {
  const scanned = [callback];
  const count = cx.at(node).length(array);
  const visit = (index: Value) => apply(cx, target, [cx.at(node).load(array, index), index, array], node);
  const test = (index: Value) => truth(cx, visit(index) ?? cx.at(node).const(false), callback);
  switch (name) {
    case 'map': return mapInto(cx, node, scanned, count, array.type.kind === 'typed' ? array.type : expected?.kind === 'array' ? expected : undefined, visit);
    case 'forEach':
      eachIndex(cx, () => count, node, { scanned }, (index) => {
        visit(cx.read(index));
        return FALLS;
      });
      return undefined;
    case 'filter': {
      const result = cx.at(node).literal(array.type.kind === 'array' ? { kind: 'array', element: array.type.element } : unsupported(cx, node, '`filter` of a typed array', 'Collect the values in a `number[]`.'), []);
      eachIndex(cx, () => count, node, { scanned }, (index) => {
        const element = cx.at(node).load(array, cx.read(index));
        const passes = truth(cx, apply(cx, target, [element, cx.read(index), array], node) ?? cx.b.const(false), callback);
        cx.chooseAll(node, passes, () => {
          cx.at(node).push(result, element);
          return [];
        }, () => []);
        return FALLS;
      });
      return result;
    }
    default: return search(cx, name, count, node, scanned, test);
  }
}

/** `some`, `every`, `findIndex`: until one is found. */
function search(cx: Lowering, name: string, count: Value, node: t.Node, scanned: readonly t.Node[], test: (index: Value) => Value): Value {
  const found = cx.variable('found', BOOLEAN);
  const place = cx.variable('place', NUMBER);
  cx.env.set(found, cx.at(node).const(false));
  cx.env.set(place, cx.at(node).const(-1));
  eachIndex(cx, () => count, node, { scanned, own: [found, place], while: () => cx.at(node).prim('not', [cx.read(found)]) }, (index) => {
    const i = cx.read(index);
    const passes = test(i);
    const hit = name === 'every' ? cx.at(node).prim('not', [passes]) : passes;
    cx.env.set(found, hit);
    cx.env.set(place, cx.choose(node, hit, () => i, () => cx.read(place)));
    return FALLS;
  });
  const [wasFound, where] = [cx.read(found), cx.read(place)];
  cx.env.delete(found);
  cx.env.delete(place);
  return name === 'findIndex' ? where : name === 'some' ? wasFound : cx.at(node).prim('not', [wasFound]);
}

function reduce(cx: Lowering, array: Value, [callback, initial]: readonly t.Expression[], node: t.CallExpression, expected?: Type): Value {
  const target = functionOf(cx, callback) ?? unsupported(cx, callback, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
  const count = cx.at(node).length(array);
  const start = initial ? expression(cx, initial, expected) : cx.at(node).load(array, cx.b.const(0));
  const name = !('node' in target) ? undefined : target.node.params.flatMap(boundNames)[0]?.name;
  const total = cx.variable(name ?? 'total', isPending(start.type) ? undefined : start.type, node);
  cx.env.set(total, start);
  eachIndex(cx, () => count, node, { scanned: [callback], own: [total], ...(initial ? {} : { from: cx.at(node).const(1) }) }, (index) => {
    const i = cx.read(index);
    const value = apply(cx, target, [cx.read(total), cx.at(node).load(array, i), i, array], node);
    if (value) cx.assign(total, value, callback);
    else fail('TL2001', cx.span(callback), 'A reducer that returns nothing', 'Return the new total.');
    return FALLS;
  });
  const result = cx.read(total);
  cx.env.delete(total);
  return result;
}

function concat(cx: Lowering, array: Value, others: readonly Value[], node: t.Node): Value {
  const result = cx.at(node).copy(array, { kind: 'array', element: elementType(array.type) });
  for (const other of others) {
    if (other.type.kind === 'array' || other.type.kind === 'tuple') append(cx, result, other, node);
    else cx.at(node).push(result, cx.coerce(other, elementType(array.type), node));
  }
  return result;
}

function fill(cx: Lowering, array: Value, [value, from, to]: readonly t.Expression[], node: t.Node): Value {
  const element = isPending(array.type) ? undefined : elementType(array.type);
  const filler = expression(cx, value, element);
  if (!element) cx.resolvePending(array.type, filler.type);
  cx.coerce(filler, element, value);
  if (!from) {
    cx.at(node).fill(array, filler);
    return array;
  }
  const bounds = [from, to].map((b) => b && expectNumber(cx, expression(cx, b), 'fill', b));
  const length = cx.at(node).length(array);
  const [start, end] = bounds.map((b) => b && clamp(cx, b, length, node));
  eachIndex(cx, () => end ?? length, node, { scanned: [], from: start }, (index) => {
    cx.at(node).store(array, cx.read(index), filler);
    return FALLS;
  });
  return array;
}

/** `array.set(source, offset)` of a typed array. */
function set(cx: Lowering, array: Value, [from, offset]: readonly t.Expression[], node: t.Node): undefined {
  const source = expression(cx, from);
  const start = offset && expectNumber(cx, expression(cx, offset), 'set', offset);
  if (elementType(source.type).kind !== 'number') fail('TL2003', cx.span(from), 'number[]', showType(source.type));
  // With an offset the two may overlap, and `set` behaves as if it had copied first.
  const safe = start ? cx.at(node).copy(source) : source;
  const count = cx.at(node).length(source);
  eachIndex(cx, () => count, node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const b = cx.at(node);
    b.store(array, start ? b.prim('add', [start, i]) : i, b.load(safe, i));
    return FALLS;
  });
  return undefined;
}

function reverse(cx: Lowering, array: Value, node: t.Node): Value {
  const b = cx.at(node);
  const length = b.length(array);
  const half = b.prim('floor', [b.prim('div', [length, b.const(2)])]);
  const last = b.prim('sub', [length, b.const(1)]);
  eachIndex(cx, () => half, node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const at = cx.at(node);
    const j = at.prim('sub', [last, i]);
    const [x, y] = [at.load(array, i), at.load(array, j)];
    at.store(array, i, y);
    at.store(array, j, x);
    return FALLS;
  });
  return array;
}

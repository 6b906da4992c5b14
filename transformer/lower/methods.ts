/** Methods of arrays: those that look, copy and write. Others are in callbacks.ts, structure.ts and sort.ts. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { Op, type Value, constantOf } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, STRING, type Type, elementType, fieldKeys, isIndexed, sameType, showType } from '../ir/types.ts';
import { append } from './arrays.ts';
import { CALLBACKS, consume, ofArray } from './callbacks.ts';
import { expression } from './expressions.ts';
import { eachIndex } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { FALLS } from './scope.ts';
import { sort, toSorted } from './sort.ts';
import { unsupported } from './statements.ts';
import { push, splice, toSpliced, unshift } from './structure.ts';
import { expectNumber, isPending } from './types.ts';

/** Methods that only typed arrays have, and those that they have not. */
const ONLY_TYPED = new Set(['set', 'subarray']);
const NOT_TYPED = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'toSpliced', 'concat', 'flat', 'flatMap']);
/** Methods of tuples that change nothing: they serve as arrays of their elements. */
const LOOKS = new Set(['at', 'slice', 'concat', 'includes', 'indexOf', 'lastIndexOf', 'join', 'with', 'toReversed', 'toSorted', 'toSpliced', 'flat']);
/** Methods that change what a tuple holds, but not how much. */
const WRITES = new Set(['sort', 'reverse', 'fill', 'copyWithin']);

export function arrayMethod(cx: Lowering, receiver: Value, name: string, node: t.CallExpression, needed: boolean, expected?: Type): Value | undefined {
  const array = receiver.type.kind === 'tuple' ? ofTuple(cx, receiver, name, node) : receiver;
  const kind = array.type.kind === 'typed' ? array.type.name : 'an array';
  const missing = array.type.kind === 'typed' ? NOT_TYPED : ONLY_TYPED;
  if (missing.has(name)) unsupported(cx, node, `\`${name}\` of ${kind}`, 'It has no such method.');
  if (CALLBACKS.has(name)) return consume(cx, ofArray(cx, array, node), name, node, expected);
  switch (name) {
    case 'push': return push(cx, array, node, needed);
    case 'unshift': return unshift(cx, array, node, needed);
    case 'pop': return cx.at(node).pop(array);
    case 'shift': return cx.at(node).shift(array);
    case 'splice': return splice(cx, array, node);
    case 'toSpliced': return toSpliced(cx, array, node);
    case 'sort': return sort(cx, array, node);
    case 'toSorted': return toSorted(cx, array, node);
  }
  const args = node.arguments.map((a) => (a.type === 'SpreadElement' && name !== 'concat'
    ? unsupported(cx, a, `Spreading an array into the arguments of \`${name}\``, 'Pass the values one by one.') : a as t.Expression));
  const numbers = () => args.map((a) => expectNumber(cx, expression(cx, a), name, a));
  switch (name) {
    case 'at': return elementAt(cx, array, numbers()[0], node);
    case 'with': {
      const [index, value] = [expectNumber(cx, expression(cx, args[0]), 'with', node), expression(cx, args[1], elementType(array.type))];
      const result = cx.at(node).copy(array, writable(array.type));
      cx.b.store(result, fromEnd(cx, result, index, node), cx.coerce(value, elementType(array.type), node));
      return result;
    }
    case 'slice': return slice(cx, array, numbers(), node);
    case 'subarray': {
      const range = numbers();
      return cx.at(node).view(array, range.length > 0 ? range : [cx.b.const(0)]);
    }
    case 'concat': return concat(cx, array, args, node);
    case 'flat': return flat(cx, array, args, node);
    case 'fill': return fill(cx, array, args, node);
    case 'set': return set(cx, array, args, node);
    case 'copyWithin': return copyWithin(cx, array, numbers(), node);
    case 'reverse': return reverse(cx, array, node);
    case 'toReversed': return reverse(cx, cx.at(node).copy(array, writable(array.type)), node);
    case 'indexOf': case 'lastIndexOf': return discrete(cx, array, name, args, node, NUMBER);
    case 'includes': return discrete(cx, array, name, args, node, BOOLEAN);
    case 'join': return discrete(cx, array, name, args, node, STRING);
    case 'toString': return discrete(cx, array, name, args, node, STRING);
    case 'entries': case 'keys': case 'values':
      return unsupported(cx, node, `The iterator that \`${name}\` gives`, `Go through it with \`for … of\`, or make an array of it with \`Array.from\`.`);
    default:
      return unsupported(cx, node, `\`${name}\` of ${kind}`, 'Write it as a loop.');
  }
}

/** An array that may be written: what is copied from a readonly one is ours. */
export function writable(type: Type): Type {
  return type.kind === 'array' ? { kind: 'array', element: type.element } : type;
}

function ofTuple(cx: Lowering, tuple: Value, name: string, node: t.Node): Value {
  const { type } = tuple;
  if (type.kind !== 'tuple' || !(LOOKS.has(name) || WRITES.has(name))) return unsupported(cx, node, `\`${name}\` of a tuple`, 'Declare it as an array.');
  const [element] = type.elements;
  if (!element || !type.elements.every((e) => sameType(e, element))) return unsupported(cx, node, `\`${name}\` of a tuple of several types`, 'Name the elements one by one.');
  if (WRITES.has(name)) return cx.at(node).cast(tuple, { kind: 'array', element });
  return cx.at(node).literal({ kind: 'array', element }, fieldKeys(type).map((key) => cx.b.field(tuple, key)));
}

/** A result that does not change with the elements' values continuously. */
function discrete(cx: Lowering, array: Value, name: string, args: readonly t.Expression[], node: t.Node, type: Type): Value {
  const values = args.map((a) => expression(cx, a));
  return cx.at(node).extern(`$0.${name}(${values.map((_, i) => `$${i + 1}`).join(', ')})`, [array, ...values], type, type.kind === 'string' ? { pure: true } : { pure: true, discrete: true })!;
}

function elementAt(cx: Lowering, array: Value, index: Value, node: t.Node): Value {
  return cx.at(node).load(array, fromEnd(cx, array, index, node));
}

/** The index from the start for one that is from the end where it is negative. */
function fromEnd(cx: Lowering, array: Value, index: Value, node: t.Node): Value {
  const known = constantOf(index);
  const b = cx.at(node);
  if (known !== undefined) return known < 0 ? b.prim('sub', [b.length(array), b.const(-known)]) : index;
  return cx.choose(node, b.prim('lt', [index, b.const(0)]), () => cx.at(node).prim('add', [cx.b.length(array), index]), () => index);
}

/** An index as `slice`, `splice` and `fill` take it: from the end if negative, inside the array. */
export function clamp(cx: Lowering, value: Value, length: Value, node: t.Node): Value {
  const known = constantOf(value);
  const b = cx.at(node);
  if (known === 0 || value === length) return value;
  if (known !== undefined && known < 0) return b.prim('max', [b.prim('sub', [length, b.const(-Math.trunc(known))]), b.const(0)]);
  const whole = known !== undefined ? b.const(Math.trunc(known)) : b.prim('trunc', [value]);
  const inside = () => cx.at(node).prim('min', [whole, length]);
  if (known !== undefined) return inside();
  return cx.choose(node, b.prim('lt', [whole, b.const(0)]), () => cx.at(node).prim('max', [cx.b.prim('add', [length, whole]), cx.b.const(0)]), inside);
}

function slice(cx: Lowering, array: Value, range: readonly Value[], node: t.Node): Value {
  const type = writable(array.type);
  const [start] = range;
  if (!start || (constantOf(start) === 0 && range.length === 1)) return cx.at(node).copy(array, type);
  return cx.at(node).slice(array, [...range], type);
}

/** `[a, ...rest]` of an array. */
export function sliceFrom(cx: Lowering, array: Value, from: number, node: t.Node): Value {
  const b = cx.at(node);
  const type: Type = { kind: 'array', element: elementType(array.type) };
  return from === 0 ? b.copy(array, type) : b.slice(array, [b.const(from)], type);
}

function concat(cx: Lowering, array: Value, args: readonly t.Expression[], node: t.Node): Value {
  const element = elementType(array.type);
  const others = args.map((a) => {
    const spread = (a as t.Node).type === 'SpreadElement';
    return { spread, value: expression(cx, spread ? (a as unknown as t.SpreadElement).argument : a, spread ? { kind: 'array', element: array.type } : element.kind === 'array' ? undefined : array.type) };
  });
  const result = cx.at(node).copy(array, { kind: 'array', element });
  const add = (value: Value) => {
    if (value.type.kind === 'array' || (value.type.kind === 'tuple' && element.kind !== 'tuple')) append(cx, result, value, node);
    else cx.at(node).push(result, cx.coerce(value, element, node));
  };
  for (const { spread, value } of others) {
    if (!spread) add(value);
    else if (!isIndexed(value.type)) unsupported(cx, node, 'Spreading what is not an array', 'Pass the arrays one by one.');
    else {
      eachIndex(cx, () => cx.at(node).length(value), node, { scanned: [] }, (index) => {
        add(cx.at(node).load(value, cx.read(index)));
        return FALLS;
      });
    }
  }
  return result;
}

/** `rows.flat()`: one level. */
function flat(cx: Lowering, array: Value, args: readonly t.Expression[], node: t.Node): Value {
  const depth = args.length > 0 ? constantOf(expression(cx, args[0])) : 1;
  if (depth === undefined) unsupported(cx, node, '`flat` to a depth that is not known', 'Write the depth as a number.');
  let result = array;
  for (let d = 0; d < depth!; d++) {
    const inner = elementType(result.type);
    if (inner.kind !== 'array' && inner.kind !== 'tuple') break;
    const rows = result;
    result = cx.at(node).literal({ kind: 'array', element: inner.kind === 'array' ? inner.element : inner.elements[0] }, []);
    const target = result;
    eachIndex(cx, () => cx.at(node).length(rows), node, { scanned: [] }, (index) => {
      append(cx, target, cx.at(node).load(rows, cx.read(index)), node);
      return FALLS;
    });
  }
  return result === array ? cx.at(node).copy(array, writable(array.type)) : result;
}

function fill(cx: Lowering, array: Value, [value, from, to]: readonly t.Expression[], node: t.Node): Value {
  const element = isPending(array.type) ? undefined : elementType(array.type);
  const filler = expression(cx, value, element);
  if (!element) cx.resolvePending(array.type, filler.type);
  cx.stored(filler, element, value);
  if (!from) {
    cx.at(node).fill(array, filler);
    return array;
  }
  const bounds = [from, to].map((b) => b && expectNumber(cx, expression(cx, b), 'fill', b));
  const length = cx.at(node).length(array);
  const [start, end] = bounds.map((b) => b && clamp(cx, b, length, node));
  eachIndex(cx, () => end ?? length, node, { scanned: [], from: start }, (index) => {
    cx.at(node).store(array, cx.read(index), filler, { inside: true });
    return FALLS;
  });
  return array;
}

/** `array.set(source, offset)` of a typed array. */
function set(cx: Lowering, array: Value, [from, offset]: readonly t.Expression[], node: t.Node): undefined {
  let source = expression(cx, from);
  if (source.type.kind === 'tuple') source = ofTuple(cx, source, 'slice', from);
  const start = offset && expectNumber(cx, expression(cx, offset), 'set', offset);
  if (!isIndexed(source.type) || elementType(source.type).kind !== 'number') fail('TL2003', cx.span(from), 'number[]', showType(source.type));
  // The two may overlap, as views of one array, and `set` behaves as if it had copied first.
  const safe = areApart(array, source) ? source : cx.at(node).copy(source);
  const count = cx.at(node).length(source);
  eachIndex(cx, () => count, node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const b = cx.at(node);
    b.store(array, start ? b.prim('add', [start, i]) : i, b.load(safe, i));
    return FALLS;
  });
  return undefined;
}

/** Are the two no parts of one typed array? Those that are made here are not, nor are two arguments. */
function areApart(a: Value, b: Value): boolean {
  if (a.type.kind !== b.type.kind || (a.type.kind === 'typed' && b.type.kind === 'typed' && a.type.name !== b.type.name)) return true;
  const root = (v: Value): Value => (v.def instanceof Op && v.def.kind === 'view' ? root(v.def.args[0]) : v);
  const known = (v: Value) => !(v.def instanceof Op) || ['new', 'literal', 'copy', 'clone'].includes(v.def.kind);
  const [x, y] = [root(a), root(b)];
  return x !== y && known(x) && known(y);
}

function copyWithin(cx: Lowering, array: Value, range: readonly Value[], node: t.Node): Value {
  const length = cx.at(node).length(array);
  const [to, from, end = length] = range.map((v) => clamp(cx, v, length, node));
  const b = cx.at(node);
  const start = from ?? b.const(0);
  const count = b.prim('min', [b.prim('sub', [end, start]), b.prim('sub', [length, to])]);
  // The two parts may overlap.
  const part = b.slice(array, [start, end], writable(array.type));
  eachIndex(cx, () => count, node, { scanned: [] }, (index) => {
    const i = cx.read(index);
    const at = cx.at(node);
    at.store(array, at.prim('add', [to, i]), at.load(part, i), { inside: true });
    return FALLS;
  });
  return array;
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
    at.store(array, i, y, { inside: true });
    at.store(array, j, x, { inside: true });
    return FALLS;
  });
  return array;
}


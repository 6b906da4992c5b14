/**
 * Methods that call a function for each element, as loops. A chain of `map` and `filter` is a stream: its elements
 * are made one by one where they are consumed, and no array lies between the stages.
 *
 *   xs.map(f).filter(g).reduce(h, 0)   →   total = 0; for (x of xs) { y = f(x); if (g(y)) total = h(total, y) }
 *
 * That changes the order in which the functions are called: f x₀, g x₀, f x₁, … instead of f x₀, f x₁, …, g x₀, …; so
 * it is done only where nobody can tell (see interleave.ts).
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, type Type, elementType, isIndexed, isMemory, someType, withAbsent } from '../ir/types.ts';
import { boundNames, keyOf, unwrap } from '../parse/walk.ts';
import { append, fromLength, ofBlank, ofIterator } from './arrays.ts';
import { apply, argumentsOf, callable, isExternalObject } from './calls.ts';
import { numpyMethod } from './numpy.ts';
import { pack } from './closures.ts';
import { isDictionary, mapMethod } from './dictionaries.ts';
import { expression, truth } from './expressions.ts';
import { callExtern } from './externs.ts';
import { functionOf } from './functions.ts';
import { whole } from './assign.ts';
import { type Around, type Source, eachIndex, tupleAsArray } from './iterate.ts';
import { interleaved } from './interleave.ts';
import { recordSource } from './objects.ts';
import type { Lowering } from './lowering.ts';
import { arrayMethod } from './methods.ts';
import { type Callable, FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { trialType } from './trial.ts';
import { isPending, typeArgument } from './types.ts';

/** Elements, one after the other. */
export interface Stream {
  node: t.Node;
  /** The array itself, where there is one. */
  array?: Value;
  /** How many there are, if that is known before. */
  count?: Value;
  /** What is run for each element may assign variables that are assigned in these. */
  scanned: readonly t.Node[];
  /** Runs the body for each element. */
  each(around: Around, body: (element: Value, index: Value) => void): void;
  /** The element with this number, where it can be made on its own. */
  at?(index: Value): Value;
  /** An element, lowered where nothing runs it, to know its type and what it takes to make it. */
  trial(): Value;
}

type Method = 'map' | 'filter';

export const CALLBACKS = new Set([
  'map', 'forEach', 'filter', 'flatMap', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex', 'reduce', 'reduceRight',
]);
/** Methods that go through the elements once, from the first on. */
const CONSUMERS = new Set(['map', 'forEach', 'filter', 'flatMap', 'some', 'every', 'find', 'findIndex', 'reduce']);

/** The function that an argument is, if evaluating the argument is no more than reading a variable. */
function nameable(cx: Lowering, argument: t.Node): Callable | undefined {
  return unwrap(argument).type === 'Identifier' ? functionOf(cx, argument) : callable(cx, argument);
}

/** The function of a method's first argument. */
export function callbackOf(cx: Lowering, node: t.CallExpression, most = 1): Callable {
  const [callback] = node.arguments;
  if (!callback) return unsupported(cx, node, 'A method without its function', 'Give it a function of an element.');
  if (node.arguments.length > most) unsupported(cx, node.arguments[most], 'An argument for `this`', 'Write an arrow function, which sees the `this` around it.');
  return functionOf(cx, callback) ?? unsupported(cx, callback, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
}

/** Any things one after the other, as a stream. */
export function ofSource(cx: Lowering, source: Source, node: t.Node): Stream {
  const count = source.length();
  const at = (index: Value) => whole(cx, source.at(index));
  return {
    node, count, at, scanned: [],
    each: (around, body) => void eachIndex(cx, () => count, node, around, (index) => {
      const i = cx.read(index);
      body(at(i), i);
      return FALLS;
    }),
    trial: () => at(cx.b.undef(NUMBER)),
  };
}

export function ofArray(cx: Lowering, array: Value, node: t.Node): Stream {
  const count = cx.at(node).length(array);
  return {
    node, array, count, scanned: [],
    each: (around, body) => void eachIndex(cx, () => count, node, around, (index) => {
      const i = cx.read(index);
      body(cx.at(node).load(array, i), i);
      return FALLS;
    }),
    at: (index) => cx.at(node).load(array, index),
    trial: () => cx.at(node).load(array, cx.b.undef(NUMBER)),
  };
}

/** `Array.from({ length }, f)`: what a function gives for each index. */
export function ofIndexes(cx: Lowering, count: Value, target: Callable, mapper: t.Node, node: t.Node, expected?: Type): Stream {
  const made = (index: Value) => apply(cx, target, [cx.at(node).const(undefined), index], node, expected)
    ?? unsupported(cx, node, 'Mapping with a function that returns nothing', 'Use a loop.');
  return {
    node, count, scanned: [mapper],
    each: (around, body) => void eachIndex(cx, () => count, node, around, (index) => {
      const i = cx.read(index);
      body(made(i), i);
      return FALLS;
    }),
    at: made,
    trial: () => made(cx.b.undef(NUMBER)),
  };
}

export function mapped(cx: Lowering, stream: Stream, target: Callable, callback: t.Node, node: t.CallExpression, expected?: Type): Stream {
  const made = (element: Value, index: Value) => apply(cx, target, [element, index, ...(stream.array ? [stream.array] : [])], node, expected)
    ?? unsupported(cx, node, 'Mapping with a function that returns nothing', 'Use `forEach`.');
  return {
    node, scanned: [...stream.scanned, callback],
    ...(stream.count ? { count: stream.count } : {}),
    ...(stream.at ? { at: (index: Value) => made(stream.at!(index), index) } : {}),
    each: (around, body) => stream.each(around, (element, index) => body(made(element, index), index)),
    trial: () => made(stream.trial(), cx.b.undef(NUMBER)),
  };
}

function filtered(cx: Lowering, stream: Stream, target: Callable, callback: t.Node, node: t.CallExpression): Stream {
  const passes = (element: Value, index: Value) => truth(cx, apply(cx, target, [element, index, ...(stream.array ? [stream.array] : [])], node) ?? cx.b.const(false), node);
  return {
    node, scanned: [...stream.scanned, callback],
    each: (around, body) => {
      // The indexes of the elements that pass.
      const place = cx.variable('count', NUMBER);
      cx.env.set(place, cx.at(node).const(0));
      stream.each({ ...around, own: [...around.own ?? [], place] }, (element, index) => {
        cx.chooseAll(node, passes(element, index), () => {
          const k = cx.read(place);
          cx.env.set(place, cx.at(node).prim('add', [k, cx.b.const(1)]));
          body(element, k);
          return [];
        }, () => []);
      });
      cx.env.delete(place);
    },
    trial: () => {
      const element = stream.trial();
      passes(element, cx.b.undef(NUMBER));
      return element;
    },
  };
}

const STAGES: Record<Method, typeof mapped> = { map: mapped, filter: filtered };

/** The stages of `xs.map(f).filter(g)`, outermost last, and what they start from. */
function chainOf(cx: Lowering, object: t.Node): { base: t.Node; links: t.CallExpression[] } {
  const links: t.CallExpression[] = [];
  let base = unwrap(object);
  for (;;) {
    const callee = base.type === 'CallExpression' ? unwrap(base.callee) : undefined;
    const key = callee?.type === 'MemberExpression' ? keyOf(callee) : undefined;
    if (base.type !== 'CallExpression' || callee?.type !== 'MemberExpression' || !(key === 'map' || key === 'filter') || isExternalObject(cx, callee.object)) break;
    const target = base.arguments.length === 1 ? nameable(cx, base.arguments[0]) : undefined;
    // A function that takes the array itself needs one.
    if (!target || ('node' in target && (target.node.params.length > 2 || target.node.params.some((p) => p.type === 'RestElement')))) break;
    links.unshift(base);
    base = unwrap(callee.object);
  }
  return { base, links };
}

/** A call of a method, of an array or of anything else. */
export function methodCall(cx: Lowering, receiver: Value, name: string, node: t.CallExpression, needed: boolean, expected?: Type): Value | undefined {
  if (receiver.type.kind === 'nd') return numpyMethod(cx, receiver, name, argumentsOf(cx, node), node);
  const known = isDictionary(receiver) && receiver.type.form === 'map' ? mapMethod(cx, receiver, name, node) : undefined;
  if (known) return known.value;
  if (isDictionary(receiver) && receiver.type.form === 'map') unsupported(cx, node, `\`${name}\` of a map whose values have derivatives`, 'Use `get`, `set`, `has`, `forEach` and iteration, or make a new map.');
  const array = CALLBACKS.has(name) ? tupleAsArray(cx, receiver, node) : receiver;
  if (isIndexed(array.type) || array.type.kind === 'tuple') return arrayMethod(cx, array, name, node, needed, expected);
  return callExtern(cx, node, needed, { receiver, name });
}

/** The call at the end of a chain, `object.name(…)`, with all that can be run together with it; undefined if there is no chain. */
export function chainCall(cx: Lowering, object: t.Node, name: string, node: t.CallExpression, expected?: Type): { value?: Value } | undefined {
  if (!CONSUMERS.has(name)) return undefined;
  const { base, links } = chainOf(cx, object);
  const all = [...links, node];
  const rest = (from: number, receiver: Value | undefined) => {
    let value = receiver;
    for (const link of all.slice(from)) value = methodCall(cx, value!, nameOf(link), link, true, link === node ? expected : undefined);
    return { value };
  };
  const listed = recordSource(cx, base) ?? ofIterator(cx, base) ?? ofBlank(cx, base);
  const made = listed ? ofSource(cx, listed, base) : fromLength(cx, base);
  if (!made && links.length === 0) return undefined;
  const receiver = made ? undefined : tupleAsArray(cx, expression(cx, base as t.Expression), base);
  if (receiver && (!isIndexed(receiver.type) || isPending(receiver.type))) return rest(0, receiver);
  let stream = made ?? ofArray(cx, receiver!, base);
  const fused = interleaved(cx, stream, all);
  if (fused === 0) return rest(0, receiver ?? collect(cx, stream));
  for (const link of all.slice(0, fused - 1)) stream = stage(cx, stream, link);
  const last = all[fused - 1];
  return rest(fused, consume(cx, stream, nameOf(last), last, last === node ? expected : undefined));
}

export function nameOf(node: t.CallExpression): string { return keyOf(unwrap(node.callee) as t.MemberExpression)!; }

export function stage(cx: Lowering, stream: Stream, node: t.CallExpression): Stream {
  return STAGES[nameOf(node) as Method](cx, stream, callbackOf(cx, node), node.arguments[0], node);
}

/** What a method makes of the elements. */
export function consume(cx: Lowering, stream: Stream, name: string, node: t.CallExpression, expected?: Type): Value | undefined {
  switch (name) {
    case 'map': {
      const wanted = stream.array?.type.kind === 'typed' ? stream.array.type : expected?.kind === 'array' ? expected : undefined;
      return collect(cx, mapped(cx, stream, callbackOf(cx, node), node.arguments[0], node, wanted && composite(wanted)), wanted);
    }
    case 'filter': return collect(cx, filtered(cx, stream, callbackOf(cx, node), node.arguments[0], node), stream.array?.type.kind === 'typed' ? stream.array.type : undefined);
    case 'reduce': return reduce(cx, stream, node, expected);
    case 'reduceRight': return reduce(cx, backwards(cx, stream), node, expected, true);
  }
  const target = callbackOf(cx, node);
  const scanned = [...stream.scanned, node.arguments[0]];
  const visit = (element: Value, index: Value) => apply(cx, target, [element, index, ...(stream.array ? [stream.array] : [])], node);
  const source = { ...stream, scanned };
  switch (name) {
    case 'forEach': run(source, {}, visit); return undefined;
    case 'flatMap': return flatMap(cx, source, visit, expected);
    case 'findLast': case 'findLastIndex': return search(cx, { ...backwards(cx, stream), scanned }, name, visit);
    default: return search(cx, source, name, visit);
  }
}

/** The element type of an array, where a literal of the elements would not know it by itself. */
export function composite(array: Type): Type | undefined {
  const element = array.kind === 'array' && !isPending(array) ? array.element : undefined;
  return element && (element.kind === 'tuple' || element.kind === 'record' || element.kind === 'array') ? element : undefined;
}

/** Goes through a stream whose consumer is among what is scanned. */
function run(stream: Stream, around: Omit<Around, 'scanned'>, body: (element: Value, index: Value) => void): void {
  stream.each({ ...around, scanned: stream.scanned }, body);
}

/** From the last element to the first. */
function backwards(cx: Lowering, stream: Stream): Stream {
  const { array, node } = stream;
  if (!array) throw new Error('a stream without an array has no end to start from');
  const length = stream.count!;
  return {
    ...stream,
    each: (around, body) => void eachIndex(cx, () => length, node, { ...around, backwards: true }, (index) => {
      const i = cx.read(index);
      body(cx.at(node).load(array, i), i);
      return FALLS;
    }),
  };
}

/** A new array of the elements: where their number is known it is made at once and filled, else they are pushed one by one. */
export function collect(cx: Lowering, stream: Stream, wanted?: Type): Value {
  const { node, count } = stream;
  const before = new Set(cx.env.keys());
  const packed = (value: Value) => pack(cx, value, (v) => before.has(v), node);
  const open = !wanted || isPending(wanted) || someType(wanted, (part) => part.kind === 'opaque' && part.callable === true);
  const type: Type = open ? { kind: 'array', element: trialType(cx, node, () => packed(stream.trial())) } : wanted;
  const element = elementType(type);
  if (type.kind === 'typed' && !count) return cx.at(node).copy(collect(cx, stream, { kind: 'array', element }), type);
  const atOnce = count && !isMemory(element);
  const result = atOnce ? cx.at(node).new(type, count) : cx.at(node).literal(type, []);
  run(stream, {}, (value, index) => {
    const fitted = cx.stored(packed(value), element, node);
    if (atOnce) cx.at(node).store(result, index, fitted, { inside: true });
    else cx.at(node).push(result, fitted);
  });
  return result;
}

/** `xs.flatMap(f)`: f gives arrays, tuples or single elements. */
function flatMap(cx: Lowering, stream: Stream, visit: (element: Value, index: Value) => Value | undefined, expected?: Type): Value {
  const { node } = stream;
  const made = (element: Value, index: Value) => visit(element, index) ?? unsupported(cx, node, 'Mapping with a function that returns nothing', 'Use `forEach`.');
  const part = expected?.kind === 'array' && !isPending(expected) ? expected : trialType(cx, node, () => made(stream.trial(), cx.b.undef(NUMBER)));
  if (isPending(part)) unsupported(cx, node, 'An empty array of unknown type', 'Declare the type of the result of `flatMap`.');
  const type: Type = { kind: 'array', element: part.kind === 'array' ? part.element : part.kind === 'tuple' ? part.elements[0] : part };
  const result = cx.at(node).literal(type, []);
  run(stream, {}, (element, index) => {
    const value = made(element, index);
    if (value.type.kind === 'array' || value.type.kind === 'tuple') append(cx, result, value, node);
    else cx.at(node).push(result, cx.stored(value, type.element, node));
  });
  return result;
}

/** `some`, `every`, `find`, `findIndex` …: until one is found. */
function search(cx: Lowering, stream: Stream, name: string, visit: (element: Value, index: Value) => Value | undefined): Value {
  const { node } = stream;
  const wantsElement = name === 'find' || name === 'findLast';
  const found = cx.variable('found', BOOLEAN);
  const place = cx.variable('place', NUMBER);
  const kept = wantsElement ? cx.variable('element', withAbsent(trialType(cx, node, () => stream.trial()), 'undefined')) : undefined;
  cx.env.set(found, cx.at(node).const(false));
  cx.env.set(place, cx.at(node).const(-1));
  if (kept) cx.env.set(kept, cx.coerce(cx.b.const(undefined), kept.type, node));
  const own = [found, place, ...(kept ? [kept] : [])];
  run(stream, { own, while: () => cx.at(node).prim('not', [cx.read(found)]) }, (element, index) => {
    const passes = truth(cx, visit(element, index) ?? cx.at(node).const(false), node);
    const hit = name === 'every' ? cx.at(node).prim('not', [passes]) : passes;
    cx.env.set(found, hit);
    const at = cx.choose(node, hit, () => index, () => cx.read(place));
    cx.env.set(place, at);
    const chosen = kept && cx.choose(node, hit, () => element, () => cx.read(kept));
    if (kept) cx.env.set(kept, chosen);
  });
  const [wasFound, where] = [cx.read(found), cx.read(place)];
  const element = kept && cx.read(kept);
  own.forEach((v) => cx.env.delete(v));
  if (element) return element;
  if (name === 'findIndex' || name === 'findLastIndex') return where;
  return name === 'some' ? wasFound : cx.at(node).prim('not', [wasFound]);
}

function reduce(cx: Lowering, stream: Stream, node: t.CallExpression, expected?: Type, fromEnd = false): Value {
  const [callback, initial] = node.arguments as t.Expression[];
  const target = callbackOf(cx, node, 2);
  const annotation = 'node' in target ? target.node.params[0] : undefined;
  const name = annotation && boundNames(annotation)[0]?.name;
  const type = initial ? undefined : trialType(cx, node, () => stream.trial());
  const given = typeArgument(cx, node) ?? expected;
  const start = initial ? expression(cx, initial, given) : undefined;
  const total = cx.variable(name ?? 'total', start && !isPending(start.type) ? start.type : type, node);
  // Without an initial value the first element is it.
  const begun = start || stream.at ? undefined : cx.variable('begun', BOOLEAN);
  if (begun) cx.env.set(begun, cx.at(node).const(false));
  if (start) cx.env.set(total, start);
  const next = (element: Value, index: Value) => {
    const value = apply(cx, target, [cx.read(total), element, index, ...(stream.array ? [stream.array] : [])], node, start?.type.kind === 'tuple' ? start.type : undefined);
    if (!value) fail('TL2001', cx.span(callback), 'A reducer that returns nothing', 'Return the new total.');
    cx.assign(total, value!, callback);
  };
  const source = { ...stream, scanned: [...stream.scanned, callback] };
  if (start) run(source, { own: [total] }, next);
  else if (!begun) {
    const b = cx.at(node);
    // Loops in the element have their own environment: the first element comes before `cx.env` is asked for.
    const first = stream.at!(fromEnd ? b.prim('sub', [stream.count!, b.const(1)]) : b.const(0));
    cx.env.set(total, first);
    run(source, { own: [total], skip: 1 }, next);
  } else {
    run(source, { own: [total, begun] }, (element, index) => {
      cx.chooseAll(node, cx.read(begun), () => {
        next(element, index);
        return [];
      }, () => {
        cx.env.set(total, element);
        cx.env.set(begun, cx.b.const(true));
        return [];
      });
    });
    cx.env.delete(begun);
  }
  const result = cx.read(total);
  cx.env.delete(total);
  return result;
}

/**
 * Dictionaries: objects with an index signature, and maps whose values have derivatives. They are memory like arrays,
 * whose indices are keys; reading a key that is not there gives undefined.
 *
 *   m.set(k, x); y = m.get(k) ?? 0   →   m[k] = x; y = m[k] === undefined ? 0 : m[k]
 */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, type Type, present } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { type Piece, whole } from './assign.ts';
import { apply } from './calls.ts';
import { expression } from './expressions.ts';
import { functionOf } from './functions.ts';
import { type Source, eachIndex, sourceOf } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { FALLS } from './scope.ts';
import { unsupported } from './statements.ts';

export type Dictionary = Extract<Type, { kind: 'dictionary' }>;

export function isDictionary(value: Value): value is Value & { type: Dictionary } { return value.type.kind === 'dictionary'; }

/** The value under a key, as the dictionary's elements are. */
export function put(cx: Lowering, dictionary: Value, key: Value, value: Value, node: t.Node): void {
  const { element } = dictionary.type as Dictionary;
  cx.at(node).store(dictionary, key, cx.stored(value, present(element), node));
}

/** `{ a: 1, [key]: x, ...rest }` where a dictionary is expected. */
export function dictionaryLiteral(cx: Lowering, node: t.ObjectExpression, type: Dictionary): Value {
  const dictionary = cx.at(node).literal(present(type), []);
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      const object = expression(cx, property.argument, type);
      if (isDictionary(object)) copyInto(cx, dictionary, object, property);
      else if (object.type.kind === 'record') {
        for (const f of object.type.fields) put(cx, dictionary, cx.at(property).const(f.name), cx.b.field(object, f.name), property);
      } else unsupported(cx, property, 'Spreading what is not a record', 'Name the fields one by one.');
    } else if (property.type === 'ObjectProperty') {
      const key = keyOf(property);
      const at = key === undefined ? expression(cx, property.key as t.Expression) : cx.at(property).const(key);
      put(cx, dictionary, at, expression(cx, property.value as t.Expression, present(type.element)), property);
    } else unsupported(cx, property, 'A method in a dictionary', 'Put the function at the top level of the module.');
  }
  return dictionary;
}

/** `new Map()`, `new Map([[key, value], …])`, `new Map(entries)`, `Object.fromEntries(entries)` */
export function fromEntries(cx: Lowering, node: t.Node, args: readonly t.Expression[], type: Dictionary): Value {
  const map = cx.at(node).literal(present(type), []);
  const [entries] = args.map((a) => unwrap(a));
  if (!entries || entries.type === 'NullLiteral') return map;
  const known = entries.type === 'ArrayExpression' ? entries.elements.map((e) => e && unwrap(e)) : [undefined];
  if (known.every((e) => e?.type === 'ArrayExpression' && e.elements.length === 2)) {
    for (const entry of known as t.ArrayExpression[]) {
      const [key, value] = entry.elements as t.Expression[];
      const at = expression(cx, key, type.key);
      put(cx, map, at, expression(cx, value, present(type.element)), entry);
    }
    return map;
  }
  const source = sourceOf(cx, args[0]);
  eachIndex(cx, source.length, node, { scanned: [] }, (index) => {
    const entry = whole(cx, source.at(cx.read(index)));
    if (entry.type.kind !== 'tuple') unsupported(cx, args[0], 'Making a map of what are not pairs', 'Give an array of pairs, `[key, value]`.');
    put(cx, map, cx.at(node).field(entry, '0'), cx.b.field(entry, '1'), node);
    return FALLS;
  });
  return map;
}

function copyInto(cx: Lowering, to: Value, from: Value, node: t.Node): void {
  const source = dictionarySource(cx, from, 'entries', node);
  eachIndex(cx, source.length, node, { scanned: [] }, (index) => {
    const { parts } = source.at(cx.read(index)) as { parts: { value: Value }[] };
    put(cx, to, parts[0].value, parts[1].value, node);
    return FALLS;
  });
}

/** Keys, values or entries, in their order. */
export function dictionarySource(cx: Lowering, dictionary: Value, what: 'keys' | 'values' | 'entries', node: t.Node): Source {
  const { form, key: keyType, element } = dictionary.type as Dictionary;
  const text = form === 'map' ? '[...$0.keys()]' : 'Object.keys($0)';
  const keys = cx.at(node).extern(text, [dictionary], { kind: 'array', element: form === 'map' ? keyType : { kind: 'string' } }, { pure: true, discrete: true })!;
  return {
    length: () => cx.at(node).length(keys),
    at: (index): Piece => {
      const key = cx.at(node).load(keys, index, { name: 'key' });
      if (what === 'keys') return { value: key };
      // What a key of its own stands for is there.
      const value = cx.at(node).op('load', [dictionary, key], [present(element)]).result;
      return what === 'values' ? { value } : { keys: ['0', '1'], parts: [{ value: key }, { value }], type: { kind: 'tuple', elements: [keyType, present(element)] } };
    },
  };
}

/** A method of a map; undefined if it is none that is known here. */
export function mapMethod(cx: Lowering, map: Value, name: string, node: t.CallExpression): { value?: Value } | undefined {
  const { key: keyType, element } = map.type as Dictionary;
  const [first, second] = node.arguments as t.Expression[];
  switch (name) {
    case 'get': return { value: cx.at(node).load(map, expression(cx, first, keyType)) };
    case 'set': {
      const key = expression(cx, first, keyType);
      put(cx, map, key, expression(cx, second, present(element)), node);
      return { value: map };
    }
    case 'has': {
      const key = expression(cx, first, keyType);
      return { value: cx.at(node).extern('$0.has($1)', [map, key], BOOLEAN, { pure: true, discrete: true })! };
    }
    case 'forEach': {
      const target = functionOf(cx, first) ?? unsupported(cx, first, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
      const source = dictionarySource(cx, map, 'entries', node);
      eachIndex(cx, source.length, node, { scanned: [first] }, (index) => {
        const { parts } = source.at(cx.read(index)) as { parts: { value: Value }[] };
        apply(cx, target, [parts[1].value, parts[0].value, map], node);
        return FALLS;
      });
      return {};
    }
    default: return undefined;
  }
}

export function sizeOfMap(cx: Lowering, map: Value, node: t.Node): Value { return cx.at(node).extern('$0.size', [map], NUMBER, { pure: true, discrete: true })!; }

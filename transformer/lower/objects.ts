/** `Object.keys`, `Object.values` and `Object.entries` of records: their keys come in the order that the object has. */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import { NUMBER, STRING, type Type, fieldType, sameType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import type { Piece } from './assign.ts';
import { dictionarySource } from './dictionaries.ts';
import { expression } from './expressions.ts';
import type { Source } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { nameOfGlobal } from './names.ts';
import { readReference } from './reference.ts';
import { unsupported } from './statements.ts';
import { trialType } from './trial.ts';
import { typeName } from './types.ts';

type Listed = 'keys' | 'values' | 'entries';

/** What the call lists, if it is one of these, and of a record whose fields are of one type. */
export function recordSource(cx: Lowering, node: t.Node): Source | undefined {
  if (node.type !== 'CallExpression' || node.arguments.length !== 1) return undefined;
  const callee = unwrap(node.callee);
  const what = callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === 'Object' ? keyOf(callee) : undefined;
  if (!(what === 'keys' || what === 'values' || what === 'entries') || !nameOfGlobal(cx, 'Object')) return undefined;
  const [argument] = node.arguments as t.Expression[];
  const type = trialType(cx, node, () => expression(cx, argument));
  if (type.kind === 'dictionary' && type.form === 'record') return dictionarySource(cx, expression(cx, argument), what, node);
  const element = type.kind === 'record' && !type.open && !type.absent ? uniform(type) : undefined;
  return element && list(cx, expression(cx, argument), element, what, node);
}

function uniform(type: Extract<Type, { kind: 'record' }>): Type | undefined {
  const [first] = type.fields;
  return first && type.fields.every((f) => sameType(f.type, first.type) && !f.optional) ? fieldType(type, first.name) : undefined;
}

/** What `for (key in object)` goes through. */
export function keysIn(cx: Lowering, object: Value, node: t.Node): Source {
  if (object.type.kind !== 'record' || object.type.open) return unsupported(cx, node, `\`for … in\` over ${typeName(object.type)}`, 'Iterate over an array with `for … of`, or name the fields.');
  return list(cx, object, NUMBER, 'keys', node);
}

function list(cx: Lowering, object: Value, type: Type, what: Listed, node: t.Node): Source {
  const keys = cx.at(node).extern('Object.keys', [object], { kind: 'array', element: STRING }, { pure: true, discrete: true })!;
  return {
    length: () => cx.at(node).length(keys),
    at: (index): Piece => {
      const key = cx.at(node).load(keys, index, { name: 'key' });
      if (what === 'keys') return { value: key };
      const value = readReference(cx, { kind: 'key', object, key, type }, node);
      return what === 'values' ? { value } : { keys: ['0', '1'], parts: [{ value: key }, { value }], type: { kind: 'tuple', elements: [STRING, type] } };
    },
  };
}

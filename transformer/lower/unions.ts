/**
 * Values of one of several types, `number | number[]`. They are memory: what is done to an array is done to the same
 * array. Where a test has told which it is (`typeof field === 'number'`), the type checker knows, and the value is that:
 *
 *   xs: number | number[]            →  xs as number[]
 *   p.field: number | number[]       →  p.field as number, read again, so that it has a derivative
 */
import type * as t from '@babel/types';
import { Op, type Value } from '../ir/ir.ts';
import { type Type, isMemory, sameType } from '../ir/types.ts';
import { unsupported } from './statements.ts';
import type { Lowering } from './lowering.ts';
import { typeOfNode } from './types.ts';

/** The value of an expression, as what it is known to be where the expression stands. */
export function asKnown(cx: Lowering, value: Value, node: t.Node): Value {
  return value.type.kind === 'union' ? asType(cx, value, typeOfNode(cx, node), node) : value;
}

export function asType(cx: Lowering, value: Value, type: Type | undefined, node: t.Node): Value {
  if (!type || value.type.kind !== 'union' || type.kind === 'opaque' || type.kind === 'void' || sameType(value.type, type)) return value;
  if (isMemory(type)) return cx.at(node).cast(value, type);
  return field(cx, value, type, node) ?? cx.at(node).extern(`($0 as ${type.kind})`, [value], type, { pure: true, shown: cx.scope.module.text.slice(node.start!, node.end!) })!;
}

/** A field is read again, of the object as one whose field is of that type: nobody assigns to such a field. */
function field(cx: Lowering, { def, type: union }: Value, type: Type, node: t.Node): Value | undefined {
  if (!(def instanceof Op) || def.kind !== 'field') return undefined;
  const [object] = def.args;
  const of = (t: Type) => (sameType(t, union) ? type : t);
  if (object.type.kind === 'tuple') {
    return cx.at(node).field(cx.b.cast(object, { ...object.type, elements: object.type.elements.map((e, i) => (String(i) === def.attr.key ? of(e) : e)) }), def.attr.key!);
  }
  if (object.type.kind !== 'record') return undefined;
  const { name, id, ...rest } = object.type;
  return cx.at(node).field(cx.b.cast(object, { ...rest, fields: rest.fields.map((f) => (f.name === def.attr.key ? { ...f, type: of(f.type) } : f)) }), def.attr.key!);
}

/** What is read again must be what it was. */
export function checkAssigned(cx: Lowering, type: Type, node: t.Node): void {
  if (type.kind === 'union') unsupported(cx, node, 'Assigning to a field that may be of several types', 'Make a new object with the field.');
}

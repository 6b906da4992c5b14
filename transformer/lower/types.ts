/** Types while lowering: what the annotations say, and types that are not known yet. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { type Type, fieldKeys, fieldType, sameType } from '../ir/types.ts';
import { Op, type Value } from '../ir/ir.ts';
import type { Lowering } from './lowering.ts';

/** A type that a later assignment will tell. */
export const UNKNOWN: Type = { kind: 'opaque', text: '?' };

/** An array literal `[]` of which nothing is known yet. */
export function isPending(type: Type): boolean { return type.kind === 'array' && type.element === UNKNOWN; }

type Annotated = { typeAnnotation?: t.Node | null };

/** The annotation node of `x: T`, without the colon. */
export function annotationOf(node: Annotated | null | undefined): t.Node | undefined {
  const annotation = node?.typeAnnotation;
  return annotation && 'typeAnnotation' in annotation ? (annotation.typeAnnotation as t.Node) : undefined;
}

export function typeOfNode(cx: Pick<Lowering, 'program' | 'file'>, node: t.Node | undefined): Type | undefined {
  return node && cx.program.host.typeAt(cx.file, node.start!, node.end!);
}

/** The declared type of a variable or parameter, if the user wrote one that we know. */
export function declaredType(cx: Pick<Lowering, 'program' | 'file'>, id: Annotated): Type | undefined {
  return typeOfNode(cx, annotationOf(id));
}

/**
 * May a value of one type be an argument where the other is declared? Memory goes by reference, so
 * a tuple serves as an array, and a record may have more fields than are asked for, in any order.
 */
export function fits(from: Type, to: Type, assumed: [Type, Type][] = []): boolean {
  if (sameType(from, to)) return true;
  if (from.kind === 'tuple' && to.kind === 'array') return from.elements.every((e) => fits(e, to.element, assumed));
  if (from.kind === 'array' && to.kind === 'array') return fits(from.element, to.element, assumed);
  if (from.kind === 'record' && to.kind === 'record') {
    const pairs: [Type, Type][] = [...assumed, [from, to]];
    return assumed.some(([a, b]) => a === from && b === to) || to.fields.every((f) => {
      const type = fieldType(from, f.name);
      return type ? fits(type, f.type, pairs) : Boolean(f.optional);
    });
  }
  return to.kind === 'opaque';
}

/** Is the value known to be `null` or `undefined`? */
export function isNullish({ def }: Value): boolean { return def instanceof Op && def.kind === 'const' && def.attr.value == null; }

/** A number operand. */
export function expectNumber(cx: Lowering, value: Value, operator: string, node: t.Node): Value {
  if (value.type.kind === 'number') return value;
  if (value.type === UNKNOWN) cx.guessNumber(value);
  if (value.type === UNKNOWN) fail('TL2002', cx.span(node), cx.scope.module.text.slice(node.start!, node.end!));
  return fail('TL2004', cx.span(node), operator, typeName(value.type));
}

export function typeName(type: Type): string {
  switch (type.kind) {
    case 'tuple': return 'a tuple';
    case 'record': return type.name ?? `{ ${fieldKeys(type).join(', ')} }`;
    case 'array': case 'typed': return 'an array';
    case 'opaque': return type.text;
    default: return `a ${type.kind}`;
  }
}

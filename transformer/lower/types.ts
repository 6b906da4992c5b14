/** Types while lowering: what the annotations say, and types that are not known yet. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { NUMBER, type Type, elementType, fieldKeys, fieldType, holdsDerivatives, isRecursive, replaceTypes, sameType, showType, someType } from '../ir/types.ts';
import type { Value } from '../ir/ir.ts';
import type { Lowering } from './lowering.ts';
import type { Program } from './program.ts';
import type { Scope } from './scope.ts';

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

/** Where types are asked for. */
export interface TypeContext {
  program: Program;
  file: string;
  scope?: Scope;
}

/** A type that is written down; undefined if it depends on a type parameter of which nothing is known. */
export function typeOfNode(cx: TypeContext, node: t.Node | undefined): Type | undefined {
  const type = node && cx.program.host.typeAt(cx.file, node.start!, node.end!);
  const open = (t: Type) => t.kind === 'opaque' && t.constraint?.kind === 'opaque' && t.constraint.text === 'unknown' && !cx.scope?.type(t.text);
  return type && !someType(type, open) ? concrete(type, cx.scope) : undefined;
}

/** The type of an expression, with what type parameters stand for. */
export function typeAt(cx: TypeContext, node: t.Node): Type | undefined {
  const type = cx.program.host.typeAt(cx.file, node.start!, node.end!);
  return type && concrete(type, cx.scope);
}

/** Type parameters are what they stand for; outside of a call of their function, what they are at least. */
export function concrete(type: Type, scope: Scope | undefined): Type {
  const known = replaceTypes(type, (t) => (t.kind === 'opaque' ? scope?.type(t.text) ?? t.constraint : undefined));
  // Nothing was open: the host has looked at dictionaries.
  if (known === type) return type;
  return replaceTypes(known, (t) => (t.kind === 'dictionary' && !holdsDerivatives(t) ? { kind: 'opaque', text: showType(t) } : undefined));
}

/** T of `reduce<T>(…)`, `Array.of<T>(…)` */
export function typeArgument(cx: TypeContext, node: t.CallExpression): Type | undefined {
  const list = node.typeParameters ?? node.typeArguments;
  return list && 'params' in list ? typeOfNode(cx, list.params[0]) : undefined;
}

/** What type parameters stand for where an argument of one type is given for a parameter of another. */
export function bindTypes(parameter: Type, argument: Type, bind: (name: string, type: Type) => void, seen = new Set<Type>()): void {
  if (seen.has(parameter)) return;
  seen.add(parameter);
  if (parameter.kind === 'opaque' && parameter.constraint) bind(parameter.text, argument);
  else if (parameter.kind === 'array' && (argument.kind === 'array' || argument.kind === 'typed')) bindTypes(parameter.element, elementType(argument), bind, seen);
  else if (parameter.kind === 'dictionary' && argument.kind === 'dictionary') {
    bindTypes(parameter.key, argument.key, bind, seen);
    bindTypes(parameter.element, argument.element, bind, seen);
  } else if (parameter.kind === 'array' && argument.kind === 'tuple') argument.elements.forEach((e) => bindTypes(parameter.element, e, bind, seen));
  else if (parameter.kind === 'tuple' && argument.kind === 'tuple') parameter.elements.forEach((e, i) => { if (argument.elements[i]) bindTypes(e, argument.elements[i], bind, seen); });
  else if (parameter.kind === 'record' && argument.kind === 'record') {
    for (const f of parameter.fields) {
      const type = fieldType(argument, f.name);
      if (type) bindTypes(f.type, type, bind, seen);
    }
  }
}

/** Does the value tell more than the declared type, which knows nothing of it or of a part of it? */
export function saysMore(value: Type, declared: Type, seen = new Set<Type>()): boolean {
  if (seen.has(declared)) return false;
  seen.add(declared);
  if (declared.kind === 'opaque') return value.kind !== 'opaque' && value.kind !== 'void';
  if (declared.kind === 'union') return value.kind !== 'union';
  if (declared.kind === 'array' && value.kind === 'array') return saysMore(value.element, declared.element, seen);
  if (declared.kind === 'tuple' && value.kind === 'tuple') return declared.elements.some((e, i) => value.elements[i] && saysMore(value.elements[i], e, seen));
  if (declared.kind === 'record' && value.kind === 'record') {
    return declared.fields.some((f) => {
      const type = fieldType(value, f.name);
      return type && saysMore(type, f.type, seen);
    });
  }
  return false;
}

/** The declared type of a variable or parameter, if the user wrote one that we know. */
export function declaredType(cx: TypeContext, id: Annotated): Type | undefined {
  return typeOfNode(cx, annotationOf(id));
}

/**
 * May a value of one type be an argument where the other is declared? Memory goes by reference, so
 * a tuple serves as an array, and a record may have more fields than are asked for, in any order.
 */
export function fits(from: Type, to: Type, assumed: [Type, Type][] = []): boolean {
  if (sameType(from, to)) return true;
  if (from.kind === 'typed' && to.kind === 'array' && to.like) return from.name === 'Float64Array';
  if (from.kind === 'tuple' && to.kind === 'array') return from.elements.every((e) => fits(e, to.element, assumed));
  if (from.kind === 'array' && to.kind === 'array') return fits(from.element, to.element, assumed);
  if (from.kind === 'dictionary' && to.kind === 'dictionary') return from.form === to.form && fits(from.element, to.element, assumed);
  if (from.kind === 'record' && to.kind === 'record') {
    const pairs: [Type, Type][] = [...assumed, [from, to]];
    return assumed.some(([a, b]) => a === from && b === to) || to.fields.every((f) => {
      const type = fieldType(from, f.name);
      return type ? fits(type, f.type, pairs) : Boolean(f.optional);
    });
  }
  if (from.kind === 'union') return from.members.every((m) => fits(m, to, assumed));
  return to.kind === 'opaque' || (to.kind === 'union' && to.members.some((m) => fits(from, m, assumed)));
}

/** The type as which values of both can be read: tuples of one element type are arrays, records of the same fields one record. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (fits(a, b)) return b;
  if (fits(b, a)) return a;
  if ((a.kind === 'tuple' || a.kind === 'array') && (b.kind === 'tuple' || b.kind === 'array')) {
    const [first, ...others] = [a, b].flatMap((t) => (t.kind === 'tuple' ? t.elements : [t.element]));
    const element = first && others.reduce<Type | undefined>((x, y) => x && commonType(x, y), first);
    return element && { kind: 'array', element };
  }
  if (a.kind !== 'record' || b.kind !== 'record' || a.fields.length !== b.fields.length || isRecursive(a) || isRecursive(b)) return undefined;
  const fields = a.fields.map((f) => {
    const other = fieldType(b, f.name);
    const type = other && commonType(f.type, other);
    return type && { ...f, type };
  });
  return fields.every((f) => f !== undefined) ? { kind: 'record', fields } : undefined;
}

/** Is the value known to be `null` or `undefined`? */
export { isNullish } from '../ir/ir.ts';

/** A number operand. */
export function expectNumber(cx: Lowering, value: Value, operator: string, node: t.Node): Value {
  if (value.type.kind === 'number') return value;
  if (value.type === UNKNOWN) cx.guessNumber(value);
  if (value.type === UNKNOWN) fail('TL2002', cx.span(node), cx.scope.module.text.slice(node.start!, node.end!));
  if (operator !== '+' && isAny(value.type)) return taken(cx, value, NUMBER, node);
  return fail('TL2004', cx.span(node), operator, typeName(value.type));
}

export function isAny(type: Type): boolean { return type.kind === 'opaque' && (type.text === 'any' || type.text === 'unknown'); }

export function isScalar(type: Type): boolean { return type.kind === 'number' || type.kind === 'boolean' || type.kind === 'string'; }

/** What is `any` is taken for what it is used as; analyse/lost.ts asks whether a derivative is lost by that. */
export function taken(cx: Lowering, value: Value, type: Type, node: t.Node): Value {
  return cx.at(node).extern('$0', [value], type, { pure: true, shown: cx.scope.module.text.slice(node.start!, node.end!) })!;
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

/** What can be assigned to: a variable of the function or one outside, an element of an array, a field. Its parts are evaluated once. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { NUMBER, type RecordType, type Type, VOID, elementType, fieldKeys, fieldType, isIndexed, nameOfMember, present, sameType, showType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { callMethod, checkPrivate, implementations } from './classes.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { valueOfName } from './names.ts';
import type { Variable } from './scope.ts';
import { setLength } from './structure.ts';
import { unsupported } from './statements.ts';
import { commonType, expectNumber, isNullish, isPending, typeAt } from './types.ts';
import { checkAssigned } from './unions.ts';

export type Reference =
  | { kind: 'variable'; variable: Variable; type?: Type }
  /** A variable of the module, or of a function around a local one. */
  | { kind: 'outer'; node: t.Identifier; name: string; module?: string; type: Type }
  | { kind: 'element'; array: Value; index: Value; type: Type }
  | { kind: 'field'; object: Value; key: string; type: Type }
  | { kind: 'length'; array: Value; type: Type }
  /** A field whose key is known at run time. */
  | { kind: 'key'; object: Value; key: Value; type: Type }
  /** A getter, a setter or both. */
  | { kind: 'accessor'; object: Value; key: string; type?: Type };

export function reference(cx: Lowering, target: t.Node): Reference {
  const node = unwrap(target);
  if (node.type === 'Identifier') {
    const entity = cx.scope.lookup(node.name);
    if (entity?.kind === 'variable') {
      if (!cx.env.has(entity)) fail('TL2013', cx.span(node), cx.frame.name, node.name);
      return { kind: 'variable', variable: entity, type: entity.type };
    }
    if (entity && entity.kind !== 'captured') unsupported(cx, node, `Assigning the function \`${node.name}\``, 'Declare it with `const`.');
    return outerReference(cx, node);
  }
  const own = node.type === 'MemberExpression' && node.object.type === 'ThisExpression' ? cx.scope.lookup(`this.${keyOf(node)}`) : undefined;
  if (own?.kind === 'variable') return { kind: 'variable', variable: own, type: own.type };
  if (node.type !== 'MemberExpression') return unsupported(cx, node, 'This assignment', 'Assign to a variable, an element or a field.');
  const object = expression(cx, node.object);
  return memberReference(cx, object, node);
}

/** `calls` in `calls += 1`, which is declared outside the function. */
function outerReference(cx: Lowering, node: t.Identifier): Reference {
  const entity = cx.scope.lookup(node.name);
  const resolved = entity ? undefined : cx.program.resolve(cx.scope.module, node.name);
  if (resolved?.binding.kind !== 'let' && entity?.kind !== 'captured') return fail('TL2007', cx.span(node), node.name);
  const { type } = valueOfName(cx, node);
  return { kind: 'outer', node, type, name: resolved?.binding.name ?? node.name, ...(resolved ? { module: resolved.module.file } : {}) };
}

/**
 * What a test has made of a union: where the type checker knows that `shape` is a circle, `shape.radius` is there.
 *
 *   shape.radius  →  circle = shape as Circle; circle.radius
 */
export function narrowedTo(cx: Lowering, object: Value, node: t.Node, fits: (type: RecordType) => boolean): Value {
  if (object.type.kind !== 'record' || !object.type.fields.some((f) => f.optional)) return object;
  const type = typeAt(cx, node);
  return type?.kind === 'record' && type.fields.length < object.type.fields.length && fits(type) ? cx.at(node).cast(object, type, {}, { name: nameOfMember(type) }) : object;
}

/** Is a type one member of the union that a value has by its type, with fields that others lack? */
export function narrows(union: Type, member: RecordType): boolean {
  if (union.kind !== 'record' || member.fields.length >= union.fields.length) return false;
  const of = (name: string) => union.fields.find((f) => f.name === name);
  return member.fields.every((f) => of(f.name)) && member.fields.some((f) => !f.type.absent && of(f.name)!.optional);
}

/** `object.key` or `object[index]`, the object being evaluated. */
export function memberReference(cx: Lowering, from: Value, node: t.MemberExpression | t.OptionalMemberExpression): Reference {
  const object = narrowedTo(cx, from, node.object, (type) => fieldType(type, keyOf(node) ?? '') !== undefined);
  const { type } = object;
  if (isIndexed(type)) {
    const key = node.computed ? undefined : keyOf(node);
    if (key === 'length') return { kind: 'length', array: object, type: NUMBER };
    if (key !== undefined) fail('TL2012', cx.span(node), key, showType(type));
    const index = expectNumber(cx, expression(cx, node.property as t.Expression), '[]', node.property);
    return { kind: 'element', array: object, index, type: elementType(type) };
  }
  if (type.kind === 'dictionary' && type.form === 'record') {
    const key = node.computed ? undefined : keyOf(node);
    const index = key === undefined ? expression(cx, node.property as t.Expression) : cx.at(node).const(key);
    return { kind: 'element', array: object, index, type: type.element };
  }
  if (type.kind === 'tuple' || type.kind === 'record') {
    const key = computedKey(cx, node);
    if (typeof key !== 'string') return computedReference(cx, object, key, node);
    const field = fieldType(type, key);
    if (field) return { kind: 'field', object, key, type: field };
    if (implementations(cx, object, key, 'get') ?? implementations(cx, object, key, 'set')) return { kind: 'accessor', object, key };
    checkPrivate(cx, key, node.property);
    fail('TL2012', cx.span(node.property), key, showType(type));
  }
  return fail('TL2012', cx.span(node.property), cx.scope.module.text.slice(node.property.start!, node.property.end!), showType(type));
}

/** The key of a member or property where it is known: `p.x`, `t[0]`, `t[K]` with a constant K. */
export function constantKey(cx: Lowering, node: t.MemberExpression | t.OptionalMemberExpression | t.ObjectProperty): string | undefined {
  const key = computedKey(cx, node);
  return typeof key === 'string' ? key : undefined;
}

/** The key of a member or property, or its value where it is known at run time only. */
function computedKey(cx: Lowering, node: t.MemberExpression | t.OptionalMemberExpression | t.ObjectProperty): string | Value {
  const key = keyOf(node);
  if (key !== undefined) return key;
  const value = expression(cx, ('property' in node ? node.property : node.key) as t.Expression);
  return 'kind' in value.def && value.def.kind === 'const' ? String(value.def.attr.value) : value;
}

/** `tuple[i]`: a tuple of values of one type serves as an array. `record[key]`: one of its fields. */
function computedReference(cx: Lowering, object: Value, key: Value, node: t.MemberExpression | t.OptionalMemberExpression): Reference {
  const types = fieldKeys(object.type).map((k) => fieldType(object.type, k)!);
  const [type] = types;
  if (object.type.kind === 'tuple') {
    if (!type || !types.every((other) => sameType(type, other))) fail('TL2010', cx.span(node.property));
    const index = expectNumber(cx, key, '[]', node.property);
    return { kind: 'element', array: cx.at(node).cast(object, { kind: 'array', element: type }), index, type };
  }
  const common = types.length > 0 && (key.type.kind === 'string' || key.type.kind === 'number') ? types.reduce<Type | undefined>((a, b) => a && commonType(a, b), type) : undefined;
  if (!common) return unsupported(cx, node.property, 'A key that is computed', 'Name the field, use an array, or declare the object as one whose fields have one type: `Record<string, number>`.');
  return { kind: 'key', object, key, type: common };
}

export function readReference(cx: Lowering, from: Reference, node: t.Node): Value {
  switch (from.kind) {
    case 'variable': return cx.read(from.variable);
    case 'outer': return valueOfName(cx, from.node);
    case 'element': return cx.at(node).load(from.array, from.index);
    case 'field': return cx.at(node).field(from.object, from.key);
    case 'length': return cx.at(node).length(from.array);
    case 'key': return ofKeys(cx, from, node, (key) => [cx.coerce(cx.at(node).field(from.object, key), from.type, node)])[0];
    case 'accessor': return callMethod(cx, from.object, from.key, [], node, 'get')?.value ?? fail('TL2012', cx.span(node), from.key, showType(from.object.type));
  }
}

/** Writes, and gives the value of the assignment. */
export function writeReference(cx: Lowering, to: Reference, value: Value, node: t.Node): Value {
  switch (to.kind) {
    case 'variable': cx.assign(to.variable, value, node); break;
    case 'outer': {
      const { name, module } = to;
      cx.at(node).extern(`${name} = $0`, [cx.stored(value, to.type, node)], VOID, { assigns: name, ...(module ? { module } : {}) });
      break;
    }
    case 'element':
      if (isPending(to.array.type)) cx.resolvePending(to.array.type, value.type);
      cx.at(node).store(to.array, to.index, cx.stored(value, isNullish(value) ? to.type : present(to.type), node));
      break;
    case 'length': setLength(cx, to.array, value, node); break;
    case 'field': checkAssigned(cx, to.type, node); cx.at(node).setfield(to.object, to.key, cx.stored(value, to.type, node)); break;
    case 'key': {
      ofKeys(cx, to, node, (key) => {
        cx.at(node).setfield(to.object, key, cx.stored(value, fieldType(to.object.type, key), node));
        return [];
      });
      break;
    }
    case 'accessor':
      if (!callMethod(cx, to.object, to.key, [{ value }], node, 'set')) fail('TL2012', cx.span(node), to.key, showType(to.object.type));
      break;
  }
  return value;
}

/** What is done for the field that a key says: `key === 'a' ? … : key === 'b' ? … : …` */
function ofKeys(cx: Lowering, { object, key }: Extract<Reference, { kind: 'key' }>, node: t.Node, act: (key: string) => Value[]): Value[] {
  const go = ([first, ...others]: string[]): Value[] => {
    if (others.length === 0) return act(first);
    return cx.chooseAll(node, cx.at(node).prim('eq', [key, cx.b.const(key.type.kind === 'number' ? Number(first) : first)]), () => act(first), () => go(others));
  };
  return go(fieldKeys(object.type));
}


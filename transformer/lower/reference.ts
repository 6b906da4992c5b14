/** What can be assigned to: a variable of the function or one outside, an element of an array, a field. Its parts are evaluated once. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { NUMBER, type RecordType, type Type, VOID, elementType, fieldType, isIndexed, showType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { valueOfName } from './names.ts';
import type { Variable } from './scope.ts';
import { setLength } from './structure.ts';
import { unsupported } from './statements.ts';
import { expectNumber, isPending } from './types.ts';

export type Reference =
  | { kind: 'variable'; variable: Variable; type?: Type }
  /** A variable of the module, or of a function around a local one. */
  | { kind: 'outer'; node: t.Identifier; name: string; module?: string; type: Type }
  | { kind: 'element'; array: Value; index: Value; type: Type }
  | { kind: 'field'; object: Value; key: string; type: Type }
  | { kind: 'length'; array: Value; type: Type };

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
  const type = cx.program.host.typeAt(cx.file, node.start!, node.end!);
  return type?.kind === 'record' && type.fields.length < object.type.fields.length && fits(type) ? cx.at(node).cast(object, type) : object;
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
  if (type.kind === 'tuple' || type.kind === 'record') {
    const key = constantKey(cx, node);
    if (key === undefined) {
      if (type.kind === 'tuple') fail('TL2010', cx.span(node.property));
      unsupported(cx, node.property, 'A key that is computed', 'Name the field, or use an array.');
    }
    const field = fieldType(type, key!);
    if (!field) fail('TL2012', cx.span(node.property), key!, showType(type));
    return { kind: 'field', object, key: key!, type: field! };
  }
  return fail('TL2012', cx.span(node.property), cx.scope.module.text.slice(node.property.start!, node.property.end!), showType(type));
}

/** The key of a member or property where it is known: `p.x`, `t[0]`, `t[K]` with a constant K. */
export function constantKey(cx: Lowering, node: t.MemberExpression | t.OptionalMemberExpression | t.ObjectProperty): string | undefined {
  const key = keyOf(node);
  if (key !== undefined || !node.computed) return key;
  const index = expression(cx, ('property' in node ? node.property : node.key) as t.Expression);
  if (index.def && 'kind' in index.def && index.def.kind === 'const') return String(index.def.attr.value);
  return undefined;
}

export function readReference(cx: Lowering, from: Reference, node: t.Node): Value {
  switch (from.kind) {
    case 'variable': return cx.read(from.variable);
    case 'outer': return valueOfName(cx, from.node);
    case 'element': return cx.at(node).load(from.array, from.index);
    case 'field': return cx.at(node).field(from.object, from.key);
    case 'length': return cx.at(node).length(from.array);
  }
}

/** Writes, and gives the value of the assignment. */
export function writeReference(cx: Lowering, to: Reference, value: Value, node: t.Node): Value {
  switch (to.kind) {
    case 'variable': cx.assign(to.variable, value, node); break;
    case 'outer': {
      const { name, module } = to;
      cx.at(node).extern(`${name} = $0`, [cx.coerce(value, to.type, node)], VOID, { assigns: name, ...(module ? { module } : {}) });
      break;
    }
    case 'element':
      if (isPending(to.array.type)) cx.resolvePending(to.array.type, value.type);
      cx.at(node).store(to.array, to.index, cx.coerce(value, to.type, node));
      break;
    case 'length': setLength(cx, to.array, value, node); break;
    case 'field': cx.at(node).setfield(to.object, to.key, cx.coerce(value, to.type, node)); break;
  }
  return value;
}


/**
 * Zeros, clones and sums of whole objects, written out by the type of the object: short expressions
 * and loops, so that derivative code needs no run-time helper.
 *
 *   zeros of Float64Array x    →    new Float64Array(x.length)
 *   zeros of number[][] A      →    A.map((row) => new Array<number>(row.length).fill(0))
 */
import * as t from '@babel/types';
import { type Type, fieldKeys, fieldType, isFloatArray, isMemory, showType } from '../ir/types.ts';
import { access, element, length, method, raw, record } from './syntax.ts';

/** A name for the parameter or counter that is nested `depth` deep. */
export type Helper = (base: string, depth: number) => string;

export function zeros(object: t.Expression, type: Type, helper: Helper, depth = 0): t.Expression {
  switch (type.kind) {
    case 'number': return t.numericLiteral(0);
    case 'nd': return method(object, 'zerosLike');
    case 'typed': return isFloatArray(type) ? t.newExpression(raw(type.name), [length(object)]) : raw('undefined');
    case 'array': {
      if (type.element.kind === 'number') return filled('number', length(object), t.numericLiteral(0));
      return mapped(object, type.element, (part) => zeros(part, type.element, helper, depth + 1), helper, depth);
    }
    case 'tuple': case 'record': return parts(object, type, (part, of) => zeros(part, of, helper, depth));
    default: return raw('undefined');
  }
}

/** `absent`: a part that is not there stays so. */
export function clone(object: t.Expression, type: Type, helper: Helper, absent = false, depth = 0): t.Expression {
  const call = (e: t.Expression) => (absent ? optional(e as t.CallExpression) : e);
  switch (type.kind) {
    case 'typed': return call(method(object, 'slice'));
    case 'array': {
      if (!isMemory(type.element)) return call(method(object, 'slice'));
      return call(mapped(object, type.element, (part) => clone(part, type.element, helper, absent, depth + 1), helper, depth));
    }
    case 'tuple': case 'record': case 'saved': {
      const whole = parts(object, type, (part, of) => clone(part, of, helper, absent, depth));
      return absent ? t.logicalExpression('&&', object, whole) : whole;
    }
    default: return object;
  }
}

/** a.slice() → a?.slice() */
export function optional({ callee, arguments: args }: t.CallExpression): t.Expression {
  const { object, property } = callee as t.MemberExpression;
  return t.optionalCallExpression(t.optionalMemberExpression(object, property as t.Identifier, false, true), args, false);
}

/** target += source */
export function addInto(target: t.Expression, source: t.Expression, type: Type, helper: Helper, depth = 0): t.Statement[] {
  if (type.kind === 'number') return [t.expressionStatement(t.assignmentExpression('+=', target as t.MemberExpression, source))];
  if (type.kind === 'nd') return [t.expressionStatement(t.assignmentExpression('=', target as t.MemberExpression, method(target, 'add', source)))];
  return perPart(target, type, (at, of, d) => addInto(at(target), at(source), of, helper, d), helper, depth);
}

/** Every number of the object becomes 0. */
export function clear(object: t.Expression, type: Type, helper: Helper, depth = 0): t.Statement[] {
  if (type.kind === 'number') return [t.expressionStatement(t.assignmentExpression('=', object as t.MemberExpression, t.numericLiteral(0)))];
  if (type.kind === 'nd') return [t.expressionStatement(t.assignmentExpression('=', object as t.MemberExpression, method(object, 'zerosLike')))];
  const flat = isFloatArray(type) || (type.kind === 'array' && type.element.kind === 'number');
  if (flat) return [t.expressionStatement(method(object, 'fill', t.numericLiteral(0)))];
  return perPart(object, type, (at, of, d) => clear(at(object), of, helper, d), helper, depth);
}

/** A new array of `n` elements, zero-filled. */
export function create(type: Type, n: t.Expression): t.Expression {
  if (type.kind === 'typed') return t.newExpression(raw(type.name), [n]);
  if (type.kind !== 'array') throw new Error(`no new ${showType(type)}`);
  if (t.isNumericLiteral(n, { value: 0 })) return t.arrayExpression([]);
  const { element: of } = type;
  if (of.kind === 'number') return filled('number', n, t.numericLiteral(0));
  if (of.kind === 'boolean') return filled('boolean', n, t.booleanLiteral(false));
  return t.newExpression(raw(`Array<${showType(of)}>`), [n]);
}

export function copy(array: t.Expression, from: Type, to: Type, range: t.Expression[]): t.Expression {
  if (from.kind === to.kind && (from.kind !== 'typed' || from.name === (to as typeof from).name)) return method(array, 'slice', ...range);
  const part = range.length > 0 ? method(array, from.kind === 'typed' ? 'subarray' : 'slice', ...range) : array;
  return t.callExpression(raw(to.kind === 'typed' ? `${to.name}.from` : 'Array.from'), [part]);
}

function filled(type: string, n: t.Expression, value: t.Expression): t.Expression {
  return method(t.newExpression(raw(`Array<${type}>`), [n]), 'fill', value);
}

function mapped(object: t.Expression, type: Type, of: (part: t.Expression) => t.Expression, helper: Helper, depth: number): t.Expression {
  const name = helper(type.kind === 'array' || type.kind === 'typed' ? 'row' : 'item', depth);
  const body = of(t.identifier(name));
  const uses = new RegExp(`\\b${name}\\b`).test(JSON.stringify(body));
  return method(object, 'map', t.arrowFunctionExpression(uses ? [raw(`(${name})`)] : [], t.isIdentifier(body) && body.name.startsWith('{') ? raw(`(${body.name})`) : body));
}

function parts(object: t.Expression, type: Type, of: (part: t.Expression, type: Type) => t.Expression): t.Expression {
  const keys = fieldKeys(type);
  const values = keys.map((key) => of(access(object, type, key), fieldType(type, key)!));
  return type.kind === 'record' ? record(keys, values) : t.arrayExpression(values);
}

/** The statement for every part of an object that holds numbers, in a loop for arrays. */
function perPart(
  object: t.Expression, type: Type,
  visit: (at: (whole: t.Expression) => t.Expression, type: Type, depth: number) => t.Statement[],
  helper: Helper, depth: number,
): t.Statement[] {
  if (type.kind === 'tuple' || type.kind === 'record') {
    return fieldKeys(type).flatMap((key) => visit((whole) => access(whole, type, key), fieldType(type, key)!, depth));
  }
  const of: Type | undefined = type.kind === 'array' ? type.element : isFloatArray(type) ? { kind: 'number' } : undefined;
  if (!of) return [];
  const counter = helper('ijklmn'[depth] ?? 'i', 0);
  const body = visit((whole) => element(whole, t.identifier(counter)), of, depth + 1);
  if (body.length === 0) return [];
  return [t.forStatement(
    t.variableDeclaration('let', [t.variableDeclarator(t.identifier(counter), t.numericLiteral(0))]),
    t.binaryExpression('<', t.identifier(counter), length(object)),
    t.updateExpression('++', t.identifier(counter)),
    t.blockStatement(body),
  )];
}

/** Declarations, assignments, and the patterns on their left. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { type Type, fieldType, isIndexed, isMemory, sameType, showType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { callPieces, callable } from './calls.ts';
import { sliceFrom } from './methods.ts';
import { arrayOfValue } from './iterate.ts';
import { holdsFunctions, mayHoldFunctions } from './functions.ts';
import { hasEffectsSince } from './effects.ts';
import { assertedType, applyBinary, expectedOf, expression, isMissing, truth } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { type Reference, constantKey, narrowedTo, narrows, readReference, reference, writeReference } from './reference.ts';
import { unsupported } from './statements.ts';
import { declaredType, fits, isNullish, isPending, typeName, typeOfNode } from './types.ts';

/**
 * A value to take apart. What a literal or a call with several results gives is in pieces already,
 * and no memory is needed for `[a, b] = [b, a]`.
 */
export type Piece = { value: Value } | { keys: string[]; parts: Piece[]; type?: Type };

export function declareVariable(cx: Lowering, { id, init }: t.VariableDeclarator, kind: t.VariableDeclaration['kind']): void {
  if (kind === 'using' || kind === 'await using') unsupported(cx, id, `\`${kind}\``, 'Release resources outside the differentiated function.');
  if (id.type !== 'Identifier') {
    const pattern = id as t.ArrayPattern | t.ObjectPattern;
    const leaf = kind === 'var' ? assignTo : bindPattern;
    leaf(cx, pattern, piecesOf(cx, init!, pattern, declaredType(cx, pattern)));
    return;
  }
  const value = init && unwrap(init);
  const target = value && kind === 'const' ? callable(cx, value) : undefined;
  if (target) {
    cx.scope.declare(id.name, target.kind === 'local' && target.literal ? { ...target, name: id.name, literal: false } : target);
    return;
  }
  const declared = declaredType(cx, id);
  const known = kind === 'var' ? cx.scope.lookup(id.name) : undefined;
  if (!init) {
    if (known?.kind !== 'variable') cx.declare(id, declared);
    return;
  }
  const expected = declared ?? (isEmptyArray(value) ? typeOfNode(cx, id) : undefined);
  const initial = expression(cx, init, expected);
  if (known?.kind === 'variable') cx.assign(known, initial, id);
  else cx.declare(id, variableType(cx, declared, initial, kind, init), initial);
}

/** A constant keeps the type of its value, which says more than the declared one; a variable has its declared type. */
function variableType(cx: Lowering, declared: Type | undefined, value: Value, kind: string, node: t.Node): Type {
  if (!declared || declared.kind === 'opaque' || sameType(declared, value.type)) return value.type;
  if (isPending(value.type)) return mayHoldFunctions(declared) ? value.type : cx.coerce(value, declared, node).type;
  if (isNullish(value)) return declared;
  if (fits(value.type, declared)) return kind === 'const' || !isMemory(declared) || holdsFunctions(value.type) ? value.type : declared;
  return fail('TL2003', cx.span(node), showType(declared), showType(value.type));
}

function isEmptyArray(node: t.Node | undefined | null): boolean {
  return node?.type === 'ArrayExpression' && node.elements.length === 0;
}

/** The value of an expression, in pieces where a pattern takes it apart at once. */
export function piecesOf(cx: Lowering, expr: t.Expression, pattern: t.Node, expected?: Type): Piece {
  const node = unwrap(expr);
  const inner = pattern.type === 'AssignmentPattern' ? pattern.left : pattern;
  if (inner.type === 'ArrayPattern' && node.type === 'ArrayExpression' && inner.elements.length <= node.elements.length
    && !inner.elements.some((e) => e?.type === 'RestElement') && node.elements.every((e) => e && e.type !== 'SpreadElement')) {
    const type = expected ?? assertedType(cx, expr);
    const parts = node.elements.map((e, i) => piecesOf(cx, e as t.Expression, inner.elements[i] ?? e!, type && expectedOf(type, String(i))));
    return { keys: parts.map((_, i) => String(i)), parts };
  }
  if (inner.type === 'ArrayPattern' || inner.type === 'ObjectPattern') {
    const pieces = node.type === 'CallExpression' ? callPieces(cx, node) : undefined;
    if (pieces) return pieces;
  }
  const value = expression(cx, expr, expected);
  return { value: inner.type === 'ObjectPattern' ? narrowedTo(cx, value, expr, (type) => inner.properties.every((p) => p.type === 'RestElement' || fieldType(type, keyOf(p) ?? ''))) : value };
}

/** `const pattern = piece` */
export function bindPattern(cx: Lowering, pattern: t.Node, piece: Piece): void {
  takeApart(cx, pattern, piece, (id, part) => {
    const value = whole(cx, part);
    cx.declare(id as t.Identifier, declaredNumberOr(cx, id as t.Identifier, value), value);
  });
}

function declaredNumberOr(cx: Lowering, id: t.Identifier, value: Value): Type {
  const declared = declaredType(cx, id);
  return declared && sameType(declared, value.type) ? declared : value.type;
}

/** `pattern = piece` */
export function assignTo(cx: Lowering, pattern: t.Node, piece: Piece): void {
  takeApart(cx, pattern, piece, (target, part) => {
    const to = reference(cx, target);
    writeReference(cx, to, whole(cx, part), target);
  });
}

/** The value of which these are the pieces. */
export function whole(cx: Lowering, piece: Piece): Value {
  if ('value' in piece) return piece.value;
  const parts = piece.parts.map((part) => whole(cx, part));
  return cx.b.literal(piece.type ?? { kind: 'tuple', elements: parts.map((part) => part.type) }, parts);
}

function takeApart(cx: Lowering, target: t.Node, piece: Piece, leaf: (target: t.Node, piece: Piece) => void): void {
  const go = (to: t.Node, part: Piece) => takeApart(cx, to, part, leaf);
  switch (target.type) {
    case 'AssignmentPattern': return go(target.left, withDefault(cx, piece, target));
    case 'ArrayPattern': {
      const source = iterated(cx, piece, target);
      target.elements.forEach((element, i) => {
        if (!element) return;
        if (element.type === 'RestElement') go(element.argument, restOf(cx, source, i, element));
        else go(element, partOf(cx, source, String(i), element));
      });
      return;
    }
    case 'ObjectPattern': {
      const taken = new Set<string>();
      const from = 'value' in piece ? { value: narrowedTo(cx, piece.value, target, (type) => narrows(piece.value.type, type)) } : piece;
      for (const property of target.properties) {
        if (property.type === 'RestElement') {
          go(property.argument, fieldsLeft(cx, from, taken, property));
          continue;
        }
        const key = constantKey(cx, property) ?? unsupported(cx, property, 'A computed key in a pattern', 'Name the field.');
        taken.add(key);
        go(property.value, partOf(cx, from, key, property));
      }
      return;
    }
    default: leaf(target, piece);
  }
}

/** A string is taken apart as the array of its characters. */
function iterated(cx: Lowering, piece: Piece, pattern: t.Node): Piece {
  if (!('value' in piece) || (piece.value.type.kind !== 'string' && piece.value.type.kind !== 'opaque')) return piece;
  return { value: arrayOfValue(cx, piece.value, pattern as t.Expression) };
}

function partOf(cx: Lowering, piece: Piece, key: string, node: t.Node): Piece {
  if (!('value' in piece)) {
    const i = piece.keys.indexOf(key);
    return i < 0 ? fail('TL2012', cx.span(node), key, 'the literal') : piece.parts[i];
  }
  const { value } = piece;
  const b = cx.at(node);
  if (isIndexed(value.type)) {
    if (key === 'length') return { value: b.length(value) };
    return { value: b.load(value, b.const(Number(key))) };
  }
  if (!fieldType(value.type, key) && holdsFunctions(value.type)) return { value: b.const(undefined) };
  if (!fieldType(value.type, key)) fail('TL2012', cx.span(node), key, showType(value.type));
  return { value: b.field(value, key) };
}

/** `a = 1` in a pattern: where the value is undefined. */
function withDefault(cx: Lowering, piece: Piece, { left, right }: t.AssignmentPattern): Piece {
  if (!('value' in piece)) return piece;
  const { value } = piece;
  const missing = cx.at(right).prim('eq', [value, cx.b.const(undefined)]);
  return { value: cx.choose(left, missing, () => expression(cx, right, value.type), () => readAgain(cx, value, left)) };
}

/** The second reading of an element is the one that counts: it happens only where there is an element. */
export function readAgain(cx: Lowering, value: Value, node: t.Node): Value {
  return 'kind' in value.def && value.def.kind === 'load' ? cx.at(node).load(value.def.args[0], value.def.args[1]) : value;
}

/** `[a, b, ...rest]`: what is left of an array is an array, of a tuple a tuple. */
function restOf(cx: Lowering, piece: Piece, from: number, node: t.Node): Piece {
  if (!('value' in piece)) {
    const parts = piece.parts.slice(from);
    const { type } = piece;
    return { keys: parts.map((_, i) => String(i)), parts, ...(type?.kind === 'tuple' ? { type: { ...type, elements: type.elements.slice(from) } } : {}) };
  }
  const { value } = piece;
  if (isIndexed(value.type)) return { value: sliceFrom(cx, value, from, node) };
  if (value.type.kind !== 'tuple') return unsupported(cx, node, `\`...\` on ${typeName(value.type)}`, 'Name the parts one by one.');
  const elements = value.type.elements.slice(from);
  return { value: cx.at(node).literal({ kind: 'tuple', elements }, elements.map((_, i) => cx.b.field(value, String(from + i)))) };
}

/** `{ a, ...rest }`: a record of the fields that are not named. */
function fieldsLeft(cx: Lowering, piece: Piece, taken: ReadonlySet<string>, node: t.Node): Piece {
  const left = (names: readonly string[]) => names.filter((name) => !taken.has(name));
  if (!('value' in piece)) {
    const keys = left(piece.keys);
    const parts = keys.map((key) => piece.parts[piece.keys.indexOf(key)]);
    const type = piece.type?.kind === 'record' ? { kind: 'record' as const, fields: piece.type.fields.filter((f) => keys.includes(f.name)) } : undefined;
    return { keys, parts, ...(type ? { type } : {}) };
  }
  const { value } = piece;
  if (value.type.kind !== 'record') return unsupported(cx, node, `\`...\` on ${typeName(value.type)}`, 'Name the fields one by one.');
  const fields = value.type.fields.filter((f) => !taken.has(f.name)).map(({ name, type }) => ({ name, type }));
  return { value: cx.at(node).literal({ kind: 'record', fields }, fields.map((f) => cx.b.field(value, f.name))) };
}

const COMPOUND: Record<string, string> = {
  '+=': '+', '-=': '-', '*=': '*', '/=': '/', '%=': '%', '**=': '**', '<<=': '<<', '>>=': '>>', '>>>=': '>>>', '&=': '&', '|=': '|', '^=': '^',
};

/** An assignment; its value, unless that is not needed. */
export function assignment(cx: Lowering, node: t.AssignmentExpression, needed: boolean): Value | undefined {
  const left = unwrap(node.left);
  if (left.type === 'ArrayPattern' || left.type === 'ObjectPattern') {
    const piece = needed ? { value: expression(cx, node.right) } : piecesOf(cx, node.right, left);
    assignTo(cx, left, piece);
    return 'value' in piece ? piece.value : undefined;
  }
  const to = reference(cx, left);
  if (node.operator === '=') {
    const value = expression(cx, node.right, to.type);
    return writeReference(cx, to, value, node.right);
  }
  if (node.operator === '&&=' || node.operator === '||=' || node.operator === '??=') return logicalAssignment(cx, node, to);
  const operator = COMPOUND[node.operator];
  if ((operator === '+' || operator === '-') && !needed && (to.kind === 'element' || to.kind === 'field') && to.type.kind === 'number') {
    return accumulate(cx, node, to, operator);
  }
  const before = readReference(cx, to, node);
  const operand = expression(cx, node.right);
  const value = applyBinary(cx, operator, before, operand, node);
  return writeReference(cx, to, value, node);
}

/**
 * `a[i] += e` → accum. The language reads a[i] before it evaluates e; accum reads it after, so it
 * serves only where evaluating e has no effect.
 */
function accumulate(cx: Lowering, node: t.AssignmentExpression, to: Extract<Reference, { kind: 'element' | 'field' }>, operator: '+' | '-'): undefined {
  const { ops } = cx.b.region;
  const start = ops.length;
  const env = new Map(cx.env);
  let value = expression(cx, node.right);
  if (value.type.kind !== 'number' || hasEffectsSince(cx, start)) {
    ops.length = start;
    cx.env = env;
    const before = readReference(cx, to, node);
    writeReference(cx, to, applyBinary(cx, operator, before, expression(cx, node.right), node), node);
    return undefined;
  }
  const b = cx.at(node);
  if (operator === '-') value = b.prim('neg', [value]);
  if (to.kind === 'element') b.accum(to.array, to.index, value);
  else b.accumfield(to.object, to.key, value);
  return undefined;
}

function logicalAssignment(cx: Lowering, node: t.AssignmentExpression, to: Reference): Value {
  const before = readReference(cx, to, node);
  const b = cx.at(node);
  const test = node.operator === '??=' ? b.prim('not', [isMissing(cx, before, node)]) : truth(cx, before, node);
  const keep = () => before;
  const set = () => writeReference(cx, to, expression(cx, node.right, before.type), node);
  return node.operator === '&&=' ? cx.choose(node, test, set, keep) : cx.choose(node, test, keep, set);
}

/** `++` and `--`. */
export function update(cx: Lowering, node: t.UpdateExpression, needed: boolean): Value | undefined {
  const target = unwrap(node.argument);
  const to = reference(cx, target);
  const operator = node.operator === '++' ? '+' : '-';
  if (!needed && (to.kind === 'element' || to.kind === 'field') && to.type.kind === 'number') {
    const step = cx.at(node).const(operator === '+' ? 1 : -1);
    if (to.kind === 'element') cx.b.accum(to.array, to.index, step);
    else cx.b.accumfield(to.object, to.key, step);
    return undefined;
  }
  const before = readReference(cx, to, node);
  const value = applyBinary(cx, operator, before, cx.at(node).const(1), node);
  const written = writeReference(cx, to, value, node);
  return node.prefix ? written : before;
}


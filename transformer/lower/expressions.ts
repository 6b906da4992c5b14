/** Expressions. Each operation carries the place of the expression that it stands for. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { Op, type Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, STRING, type Type, elementType, fieldKeys, fieldType, isIndexed, isMemory, present, sameType, showType } from '../ir/types.ts';
import { isFunction, keyOf, unwrap } from '../parse/walk.ts';
import { arrayLiteral, newExpression } from './arrays.ts';
import { assignment, readAgain, update } from './assign.ts';
import { call, callable } from './calls.ts';
import { instanceOf, staticField } from './classes.ts';
import { dictionaryLiteral, isDictionary, sizeOfMap } from './dictionaries.ts';
import { CONSTANTS } from './constants.ts';
import { functionMember, functionValue, holdsFunctions, isAbsent, memberAt, named } from './functions.ts';
import { partOfTransform } from './transforms.ts';
import type { Lowering } from './lowering.ts';
import { nameOfGlobal, resolveNode, valueOfName, valueOfResolved } from './names.ts';
import { constantKey, memberReference, readReference } from './reference.ts';
import { unsupported } from './statements.ts';
import { regularExpression } from './strings.ts';
import { asKnown, asType } from './unions.ts';
import { numpyMember, numpyValue } from './numpy.ts';
import { expectNumber, isAny, isScalar, taken, fits, isNullish, isPending, typeAt, typeName, typeOfNode } from './types.ts';

/** The value of an expression; `expected` is the type that its surroundings give to a literal. */
export function expression(cx: Lowering, node: t.Expression | t.PrivateName | t.Super, expected?: Type): Value {
  const value = optionalExpression(cx, node, expected);
  // A function that only throws gives nothing, and nobody gets it.
  if (!value && cx.hasThrown) return cx.b.undef(expected ?? NUMBER);
  return value ?? unsupported(cx, node, 'Using the result of a call that returns nothing', 'Call it in a statement of its own.');
}

/** Runs an expression whose value is not needed. */
export function effect(cx: Lowering, expr: t.Expression): void {
  const node = unwrap(expr) as t.Expression;
  switch (node.type) {
    case 'AssignmentExpression': assignment(cx, node, false); return;
    case 'UpdateExpression': update(cx, node, false); return;
    case 'CallExpression': call(cx, node, false); return;
    case 'OptionalCallExpression': optionalChain(cx, node, false); return;
    case 'SequenceExpression': node.expressions.forEach((e) => effect(cx, e)); return;
    case 'UnaryExpression': if (node.operator === 'void') { effect(cx, node.argument); return; } break;
    case 'LogicalExpression': if (node.operator !== '??') return logicalEffect(cx, node); break;
    case 'ConditionalExpression': return branchEffect(cx, node, condition(cx, node.test), node.consequent, node.alternate);
  }
  optionalExpression(cx, node);
}

function logicalEffect(cx: Lowering, node: t.LogicalExpression): void {
  const test = condition(cx, node.left);
  if (node.operator === '&&') branchEffect(cx, node, test, node.right, undefined);
  else branchEffect(cx, node, test, undefined, node.right);
}

function branchEffect(cx: Lowering, node: t.Node, test: Value, then?: t.Expression, otherwise?: t.Expression): void {
  const run = (e: t.Expression | undefined) => () => {
    if (e) effect(cx, e);
    return [];
  };
  cx.chooseAll(node, test, run(then), run(otherwise));
}

export function optionalExpression(cx: Lowering, expr: t.Expression | t.PrivateName | t.Super, expected?: Type): Value | undefined {
  const given = cx.given.get(expr);
  if (given) return given;
  const asserted = expr.type === 'TSAsExpression' || expr.type === 'TSSatisfiesExpression';
  if (asserted) return assertion(cx, expr, expected);
  const node = unwrap(expr) as t.Expression;
  switch (node.type) {
    case 'NumericLiteral': case 'BooleanLiteral': case 'StringLiteral': return cx.at(node).const(node.value);
    case 'RegExpLiteral': return regularExpression(cx, node);
    case 'NullLiteral': return cx.at(node).const(null);
    case 'Identifier': return asKnown(cx, valueOfName(cx, node), node);
    case 'ThisExpression': return cx.frame.self ?? unsupported(cx, node, '`this` outside a method', 'Pass the object as an argument.');
    case 'TemplateLiteral': return template(cx, node);
    case 'UnaryExpression': return unary(cx, node);
    case 'UpdateExpression': return update(cx, node, true);
    case 'BinaryExpression': return binary(cx, node);
    case 'LogicalExpression': return logical(cx, node, expected);
    case 'ConditionalExpression': return conditional(cx, node, expected);
    case 'AssignmentExpression': return assignment(cx, node, true);
    case 'SequenceExpression':
      node.expressions.slice(0, -1).forEach((e) => effect(cx, e));
      return expression(cx, node.expressions.at(-1)!, expected);
    case 'MemberExpression': return asKnown(cx, member(cx, node), node);
    case 'OptionalMemberExpression': case 'OptionalCallExpression': return optionalChain(cx, node);
    case 'CallExpression': return call(cx, node, true, expected);
    case 'NewExpression': return newExpression(cx, node, expected);
    case 'ArrayExpression': return arrayLiteral(cx, node, expected);
    case 'ObjectExpression': return objectLiteral(cx, node, expected);
    case 'AwaitExpression': case 'YieldExpression': return unsupported(cx, node, `\`${node.type === 'AwaitExpression' ? 'await' : 'yield'}\``, 'Do the numeric work in an ordinary function.');
    case 'BigIntLiteral': return cx.at(node).free(`${node.value}n`, BIGINT);
    default:
      if (isFunction(node)) return functionValue(cx, callable(cx, node)!, node);
      return unsupported(cx, node, `A ${node.type}`, 'Move it out of the differentiated function.');
  }
}

/** `e as T`: the type is what e's surroundings ask for; `as const` makes an array literal a tuple. */
function assertion(cx: Lowering, node: t.TSAsExpression | t.TSSatisfiesExpression, expected?: Type): Value | undefined {
  const inner = unwrap(node.expression);
  if (isConst(node) && inner.type === 'ArrayExpression') return constantTuple(cx, inner);
  const asserted = assertedType(cx, node);
  const value = optionalExpression(cx, node.expression, asserted ?? expected);
  if (value?.type.kind === 'union') return asType(cx, value, asserted, node);
  // `v.map(f) as Vec3`
  if (value?.type.kind === 'array' && asserted?.kind === 'tuple' && asserted.elements.every((e) => sameType(e, elementType(value.type)))) return cx.at(node).cast(value, asserted);
  return value && asserted && isAny(value.type) && isScalar(asserted) ? taken(cx, value, asserted, node) : value;
}

function isConst({ typeAnnotation: type }: t.TSAsExpression | t.TSSatisfiesExpression): boolean {
  return type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && type.typeName.name === 'const';
}

/** T of `e as T`. */
export function assertedType(cx: Lowering, node: t.Expression): Type | undefined {
  return (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') && !isConst(node) ? typeOfNode(cx, node.typeAnnotation) : undefined;
}

/** `[a, [b, c]] as const` */
function constantTuple(cx: Lowering, node: t.ArrayExpression): Value {
  if (node.elements.some((e) => !e || e.type === 'SpreadElement')) return expression(cx, node);
  const parts = node.elements.map((e) => (e!.type === 'ArrayExpression' ? constantTuple(cx, e) : expression(cx, e as t.Expression)));
  return cx.at(node).literal({ kind: 'tuple', elements: parts.map((p) => p.type), readonly: true }, parts);
}

/** The type of a literal's part. */
export function expectedOf(type: Type, key: string): Type | undefined {
  return type.kind === 'array' ? type.element : type.kind === 'typed' ? NUMBER : fieldType(type, key);
}

function template(cx: Lowering, node: t.TemplateLiteral): Value {
  let text = cx.at(node).const(node.quasis[0].value.cooked ?? '');
  node.expressions.forEach((e, i) => {
    text = cx.at(node).prim('concat', [text, expression(cx, e as t.Expression)]);
    const quasi = node.quasis[i + 1].value.cooked;
    if (quasi) text = cx.b.prim('concat', [text, cx.b.const(quasi)]);
  });
  return text;
}

function unary(cx: Lowering, node: t.UnaryExpression): Value {
  switch (node.operator) {
    case '!': {
      const value = condition(cx, node.argument);
      const known = constantTruth(value);
      if (known !== undefined) return cx.at(node).const(!known);
      return cx.at(node).prim('not', [value]);
    }
    case '-': {
      const argument = unwrap(node.argument);
      if (argument.type === 'NumericLiteral') return cx.at(node).const(-argument.value);
      const value = expectNumber(cx, expression(cx, node.argument), '-', node);
      return cx.at(node).prim('neg', [value]);
    }
    case '+': return toNumber(cx, expression(cx, node.argument), node);
    case '~': {
      const value = expectNumber(cx, expression(cx, node.argument), '~', node);
      return cx.at(node).prim('bitnot', [value]);
    }
    case 'void':
      effect(cx, node.argument);
      return cx.at(node).const(undefined);
    case 'typeof': {
      const value = expression(cx, node.argument);
      const { kind } = value.type;
      const b = cx.at(node);
      if (isNullish(value) && kind === 'opaque') return b.const((value.def as Op).attr.value === null ? 'object' : 'undefined');
      if (kind === 'function') return typeOfFunction(cx, value, node);
      if (kind === 'opaque' || kind === 'union') return b.extern('typeof $0', [value], STRING, { pure: true, shown: textOf(cx, node) })!;
      return b.const(isMemory(value.type) ? 'object' : kind);
    }
    default: return unsupported(cx, node, `\`${node.operator}\``, 'Move it out of the differentiated function.');
  }
}

function typeOfFunction(cx: Lowering, value: Value, node: t.Node): Value {
  const absent = isAbsent(cx, value, node);
  if (typeof absent === 'boolean') return cx.b.const(absent ? 'undefined' : 'function');
  return cx.choose(node, absent, () => cx.b.const('undefined'), () => cx.b.const('function'));
}

function textOf(cx: Lowering, node: t.Node): string { return cx.scope.module.text.slice(node.start!, node.end!); }

/** BigInts have no derivative, but a generator of random numbers may count with them. */
const BIGINT: Type = { kind: 'opaque', text: 'bigint' };

function isBigInt(type: Type): boolean { return type.kind === 'opaque' && type.text === 'bigint'; }

export function toNumber(cx: Lowering, value: Value, node: t.Node): Value {
  switch (value.type.kind) {
    case 'number': return value;
    case 'boolean': return cx.choose(node, value, () => cx.b.const(1), () => cx.b.const(0));
    case 'opaque':
      if (!isBigInt(value.type)) return expectNumber(cx, value, 'Number', node);
    // falls through
    case 'string': return cx.at(node).extern('Number', [value], NUMBER, { pure: true, shown: textOf(cx, node) })!;
    default: return expectNumber(cx, value, 'Number', node);
  }
}

const ARITHMETIC: Record<string, string> = {
  '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'rem', '**': 'pow',
  '&': 'bitand', '|': 'bitor', '^': 'bitxor', '<<': 'shl', '>>': 'shr', '>>>': 'ushr',
};
const ORDER: Record<string, string> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };

function binary(cx: Lowering, node: t.BinaryExpression): Value {
  if (node.operator === 'instanceof') {
    const resolved = resolveNode(cx, node.right);
    const object = expression(cx, node.left);
    if (resolved?.binding.kind === 'class') return instanceOf(cx, object, { file: resolved.module.file, name: resolved.binding.name }, node);
    return cx.at(node).extern(`$0 instanceof ${cx.scope.module.text.slice(node.right.start!, node.right.end!)}`, [object], BOOLEAN, { pure: true, discrete: true })!;
  }
  if (node.operator === 'in') return hasProperty(cx, node);
  const left = expression(cx, node.left);
  const right = expression(cx, node.right);
  return applyBinary(cx, node.operator, left, right, node);
}

/** `'radius' in shape` */
function hasProperty(cx: Lowering, node: t.BinaryExpression): Value {
  const key = node.left.type === 'StringLiteral' ? node.left.value : undefined;
  const object = expression(cx, node.right);
  const field = object.type.kind === 'record' ? object.type.fields.find((f) => f.name === key) : undefined;
  if (field && !field.optional) return cx.at(node).const(true);
  const left = key === undefined ? expression(cx, node.left) : cx.at(node).const(key);
  return cx.at(node).extern('$0 in $1', [left, object], BOOLEAN, { pure: true, discrete: true })!;
}

/** An operator on two values. */
export function applyBinary(cx: Lowering, operator: string, left: Value, right: Value, node: t.Node): Value {
  const [a, b] = [left.type.kind, right.type.kind];
  const at = cx.at(node);
  if (operator === '+' && (a === 'string' || b === 'string')) return at.prim('concat', [left, right]);
  if (isBigInt(left.type) && isBigInt(right.type) && !/^[=!]=/.test(operator)) return at.extern(`($0 ${operator} $1)`, [left, right], operator in ORDER ? BOOLEAN : BIGINT, { pure: true, shown: textOf(cx, node) })!;
  if (ARITHMETIC[operator]) {
    return at.prim(ARITHMETIC[operator], [expectNumber(cx, left, operator, node), expectNumber(cx, right, operator, node)]);
  }
  if (ORDER[operator]) {
    const operands = a === 'string' && b === 'string' ? [left, right] : [left, right].map((v) => expectNumber(cx, v, operator, node));
    return at.prim(ORDER[operator], operands);
  }
  switch (operator) {
    case '===': case '!==': {
      const equal = strictlyEqual(cx, left, right, node);
      if (equal === undefined) return at.prim(operator === '===' ? 'eq' : 'ne', [left, right]);
      return typeof equal === 'boolean' ? cx.at(node).const(equal === (operator === '===')) : operator === '===' ? equal : cx.at(node).prim('not', [equal]);
    }
    case '==': case '!=': {
      const equal = looselyEqual(cx, left, right, node);
      return operator === '==' ? equal : cx.at(node).prim('not', [equal]);
    }
    default: return unsupported(cx, node, `\`${operator}\``, 'Move it out of the differentiated function.');
  }
}

/** What is known of an equality before the program runs; undefined: nothing. */
function strictlyEqual(cx: Lowering, left: Value, right: Value, node: t.Node): boolean | Value | undefined {
  const [a, b] = [left, right].map(({ def }) => ('kind' in def && def.kind === 'const' ? def.attr : undefined));
  if (a && b) return a.value === b.value && left.type.kind === right.type.kind;
  const [f, other] = left.type.kind === 'function' ? [left, right] : [right, left];
  if (f.type.kind !== 'function' || other.type.kind === 'function') return undefined;
  return isNullish(other) ? isAbsent(cx, f, node) : undefined;
}

/** `==` is `===` on values of one type, and a test for null and undefined. */
function looselyEqual(cx: Lowering, left: Value, right: Value, node: t.Node): Value {
  const b = cx.at(node);
  if (isNullish(left) || isNullish(right)) return isMissing(cx, isNullish(left) ? right : left, node);
  if (!sameType(left.type, right.type)) {
    fail('TL2004', cx.span(node), '==', `${typeName(left.type)} and ${typeName(right.type)}`);
  }
  return b.prim('eq', [left, right]);
}

/** Is the value `undefined` or `null`, as far as its type allows that? Elements of arrays may be undefined. */
export function isMissing(cx: Lowering, value: Value, node: t.Node): Value {
  const b = cx.at(node);
  if (isNullish(value)) return b.const(true);
  if (value.type.kind === 'function') {
    const absent = isAbsent(cx, value, node);
    return typeof absent === 'boolean' ? cx.b.const(absent) : absent;
  }
  const is = (what: null | undefined) => cx.at(node).prim('eq', [value, cx.b.const(what)]);
  switch (value.type.absent ?? (value.type.kind === 'opaque' ? 'null | undefined' : 'undefined')) {
    case 'null': return is(null);
    case 'undefined': return is(undefined);
    default: return cx.choose(node, is(undefined), () => cx.b.const(true), () => is(null));
  }
}

/** An expression as a condition. */
export function condition(cx: Lowering, expr: t.Expression): Value {
  const node = unwrap(expr);
  if (node.type === 'LogicalExpression' && node.operator !== '??') {
    const left = condition(cx, node.left);
    const right = () => condition(cx, node.right);
    const known = constantTruth(left);
    if (known !== undefined) return known === (node.operator === '&&') ? right() : left;
    return node.operator === '&&' ? cx.choose(node, left, right, () => cx.at(node).const(false))
      : cx.choose(node, left, () => cx.at(node).const(true), right);
  }
  return truth(cx, expression(cx, expr), expr);
}

/** A condition that is known before the program runs: a test for an argument that is left out. */
export function constantTruth({ def }: Value): boolean | undefined {
  return 'kind' in def && def.kind === 'const' && typeof def.attr.value === 'boolean' ? def.attr.value : undefined;
}

/** May there be nothing? Behind the ends of an array there is nothing, whatever the type says (`rows[i - 1]?.[j]`). */
function mayBeMissing({ type, def }: Value): boolean { return type.absent !== undefined || (def instanceof Op && def.kind === 'load'); }

/** Is the value truthy? */
export function truth(cx: Lowering, value: Value, node: t.Node): Value {
  const b = cx.at(node);
  if (value.type.kind === 'boolean') return value;
  if (isNullish(value)) return b.const(false);
  if (isMemory(value.type) && !mayBeMissing(value)) return b.const(true);
  if (value.type.kind === 'function') {
    const absent = isAbsent(cx, value, node);
    return typeof absent === 'boolean' ? b.const(!absent) : cx.b.prim('not', [absent]);
  }
  return b.prim('not', [b.prim('not', [value])]);
}

function logical(cx: Lowering, node: t.LogicalExpression, expected?: Type): Value {
  const left = expression(cx, node.left, expected);
  const right = () => expression(cx, node.right, expected ?? left.type);
  if (node.operator === '??') {
    if (isNullish(left)) return right();
    const missing = isMissing(cx, left, node);
    const present = () => readAgain(cx, left, node.left);
    return cx.choose(node, missing, right, present);
  }
  const test = truth(cx, left, node.left);
  const known = constantTruth(test);
  if (known !== undefined) return known === (node.operator === '&&') ? right() : left;
  return node.operator === '&&' ? cx.choose(node, test, right, () => left) : cx.choose(node, test, () => left, right);
}

function conditional(cx: Lowering, node: t.ConditionalExpression, expected?: Type): Value {
  const test = condition(cx, node.test);
  const known = constantTruth(test);
  if (known !== undefined) return expression(cx, known ? node.consequent : node.alternate, expected);
  let type = expected;
  return cx.choose(node, test, () => {
    const value = expression(cx, node.consequent, type);
    if (!isPending(value.type)) type ??= value.type;
    return value;
  }, () => expression(cx, node.alternate, type));
}

/**
 * `a?.b.c` → a === undefined ? undefined : a.b.c
 *
 * What follows a `?.` is evaluated only where there is something before it.
 */
function optionalChain(cx: Lowering, node: t.OptionalMemberExpression | t.OptionalCallExpression, needed = true): Value | undefined {
  const start = firstOptional(cx, node);
  if (!start) return node.type === 'OptionalCallExpression' ? call(cx, asCall(node), needed) : member(cx, node);
  const object = expression(cx, start);
  const rest = () => cx.withGiven(start, object, () => optionalChain(cx, node, needed));
  if (!mayBeMissing(object) && object.type.kind !== 'opaque' && object.type.kind !== 'function') return rest();
  const missing = isMissing(cx, object, node);
  const known = 'kind' in missing.def && missing.def.kind === 'const' ? missing.def.attr.value : undefined;
  if (known !== undefined) return known ? cx.at(node).const(undefined) : rest();
  const [value] = cx.chooseAll(node, missing, () => (needed ? [cx.b.const(undefined)] : []), () => {
    const found = rest();
    return needed ? [found ?? unsupported(cx, node, 'Using the result of a call that returns nothing', 'Call it in a statement of its own.')] : [];
  });
  return value;
}

/** The first object in the chain behind which a `?.` stands and that has not been evaluated yet. */
function firstOptional(cx: Lowering, node: t.Node): t.Expression | undefined {
  if (node.type !== 'OptionalMemberExpression' && node.type !== 'OptionalCallExpression') return undefined;
  const before = node.type === 'OptionalMemberExpression' ? node.object : node.callee as t.Expression;
  return firstOptional(cx, before) ?? (node.optional && !cx.given.has(before) && !callable(cx, before) ? before : undefined);
}

function asCall(node: t.OptionalCallExpression): t.CallExpression { return { ...node, type: 'CallExpression' } as unknown as t.CallExpression; }

function member(cx: Lowering, node: t.MemberExpression | t.OptionalMemberExpression): Value {
  const key = keyOf(node);
  const field = node.object.type === 'ThisExpression' && cx.scope.lookup(`this.${key}`);
  if (field && field.kind === 'variable') return cx.read(field);
  const known = key === undefined ? undefined : numpyValue(cx, node) ?? memberOfName(cx, node, key);
  if (known) return known;
  const part = partOfTransform(cx, node);
  if (part) return part;
  const target = node.object.type === 'ThisExpression' ? undefined : callable(cx, node);
  if (target) return functionValue(cx, target, node);
  const object = expression(cx, node.object);
  const { type } = object;
  if (holdsFunctions(type)) {
    if (type.kind === 'record' && key !== undefined && (fieldType(type, key) || !type.classes)) return fieldType(type, key) ? cx.at(node).field(object, key) : cx.at(node).const(undefined);
    const found = functionMember(cx, object, node);
    if (found) return found;
    const part = node.computed && key === undefined ? memberAt(cx, object, expression(cx, node.property as t.Expression), node) : undefined;
    if (part) return part;
  }
  const ofArray = type.kind === 'nd' ? numpyMember(cx, object, node.computed ? undefined : key, node) : undefined;
  if (ofArray) return ofArray;
  if (key === 'size' && isDictionary(object) && object.type.form === 'map') return sizeOfMap(cx, object, node);
  if (key === 'length' && !node.computed) {
    if (isIndexed(type)) return cx.at(node).length(object);
    if (type.kind === 'tuple') return cx.at(node).const(type.elements.length);
    if (type.kind === 'string') return cx.at(node).extern('$0.length', [object], NUMBER, { pure: true, shown: textOf(cx, node) })!;
  }
  if (type.kind === 'opaque' || type.kind === 'string') return opaqueMember(cx, object, node, key);
  return readReference(cx, memberReference(cx, object, node), node);
}

/** A member of a module, an enum, `Math` … that is no object at run time, or none that matters. */
function memberOfName(cx: Lowering, node: t.MemberExpression | t.OptionalMemberExpression, key: string): Value | undefined {
  const { object } = node;
  const resolved = resolveNode(cx, object);
  if (!resolved) {
    const constant = object.type === 'Identifier' && nameOfGlobal(cx, object.name) ? CONSTANTS[`${object.name}.${key}`] : undefined;
    if (constant === undefined) return undefined;
    const value = cx.at(node).const(constant);
    (value.def as Op).attr.name = `${(object as t.Identifier).name}.${key}`;
    return value;
  }
  const value = cx.program.member(resolved, key);
  if (value !== undefined && resolved.binding.kind === 'enum') return cx.at(node).const(value);
  if (resolved.binding.kind === 'class') return staticField(cx, { module: resolved.module, node: resolved.binding.node }, key, node);
  if (resolved.binding.kind !== 'namespace') return undefined;
  const inner = cx.program.exported(resolved.binding.module, key);
  return inner ? valueOfResolved(cx, inner, node) : fail('TL2012', cx.span(node.property), key, resolved.binding.name);
}

/** Reads a property of an object of which we know nothing: it has no derivative. */
function opaqueMember(cx: Lowering, object: Value, node: t.MemberExpression | t.OptionalMemberExpression, key: string | undefined): Value {
  const isString = object.type.kind === 'string';
  const type = (isString && node.computed ? STRING : undefined) ?? typeAt(cx, node);
  if (!type) fail('TL2002', cx.span(node), cx.scope.module.text.slice(node.start!, node.end!));
  if (key !== undefined && !node.computed) return cx.at(node).extern(`$0.${key}`, [object], type, { world: 'reads', shown: textOf(cx, node) })!;
  const index = expression(cx, node.property as t.Expression);
  return cx.at(node).extern('$0[$1]', [object, index], type, { ...(isString ? { pure: true, carries: [0] } : { world: 'reads' }), shown: textOf(cx, node) })!;
}

function objectLiteral(cx: Lowering, node: t.ObjectExpression, expected?: Type): Value {
  if (expected?.kind === 'dictionary') return dictionaryLiteral(cx, node, expected);
  const parts = new Map<string, Value>();
  const optional = new Set<string>();
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      const object = expression(cx, property.argument, expected);
      if (object.type.kind !== 'record') unsupported(cx, property, 'Spreading what is not a record', 'Name the fields one by one.');
      for (const { name: key, optional: maybe } of object.type.fields) {
        if (!maybe) optional.delete(key);
        else if (!parts.has(key)) optional.add(key);
        parts.set(key, spreadPart(cx, object, key, parts.get(key), property));
      }
    } else if (property.type === 'ObjectProperty') {
      const key = constantKey(cx, property) ?? unsupported(cx, property, 'A computed key', 'Name the field.');
      optional.delete(key);
      parts.set(key, named(cx, property.value, key) ?? expression(cx, property.value as t.Expression, expected && fieldType(expected, key)));
    } else {
      const key = keyOf(property);
      if (key === undefined || property.kind !== 'method') unsupported(cx, property, `A ${property.kind === 'method' ? 'computed key' : `${property.kind}ter in an object literal`}`, 'Write a method.');
      parts.set(key!, functionValue(cx, { kind: 'local', name: key!, node: property, scope: cx.scope }, property));
    }
  }
  const type = recordType(cx, parts, node, expected);
  const missing = fieldKeys(type).filter((key) => !parts.has(key));
  const values = fieldKeys(type).map((key) => {
    const part = parts.get(key) ?? cx.at(node).const(undefined);
    return cx.coerce(part, fieldType(type, key), node);
  });
  return cx.at(node).literal(type, values, { ...(missing.length > 0 ? { missing } : {}), ...(optional.size > 0 ? { optional: [...optional] } : {}) });
}

/** What `...object` puts at a key: a property that may be missing leaves what was there before. */
function spreadPart(cx: Lowering, object: Value, key: string, before: Value | undefined, node: t.Node): Value {
  const isOptional = object.type.kind === 'record' && object.type.fields.some((f) => f.name === key && f.optional);
  const value = () => cx.at(node).field(object, key);
  if (!before || !isOptional) return value();
  const has = cx.at(node).extern(`${JSON.stringify(key)} in $0`, [object], BOOLEAN, { pure: true, discrete: true })!;
  return cx.choose(node, has, value, () => before);
}

function recordType(cx: Lowering, parts: Map<string, Value>, node: t.Node, expected?: Type): Type {
  const own: Type = { kind: 'record', fields: [...parts].map(([name, value]) => ({ name, type: value.type })) };
  if (expected?.kind !== 'record' || holdsFunctions(own)) return own;
  if (!fits(own, expected) && !expected.fields.every((f) => parts.has(f.name) ? isNullish(parts.get(f.name)!) || fits(parts.get(f.name)!.type, f.type) : f.optional)) fail('TL2003', cx.span(node), showType(expected), showType(own));
  const more = parts.size > expected.fields.filter((f) => parts.has(f.name)).length;
  // In a literal it is known which of several types a field has.
  return more || expected.fields.some((f) => f.type.kind === 'union') ? own : present(expected);
}

/** Making arrays: literals, spread, `new Float64Array(n)`, `Array.from` … */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Op, Value } from '../ir/ir.ts';
import { BOOLEAN, NUMBER, TYPED_ARRAYS, type Type, type TypedArrayName, elementType, fieldKeys, holdsDerivatives, isIndexed, mergeRecords, sameType, showType, someType, withAbsent } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { whole } from './assign.ts';
import { type Stream, collect, composite, mapped, ofArray, ofIndexes } from './callbacks.ts';
import { argumentsOf, callable } from './calls.ts';
import { construct } from './construct.ts';
import { fromEntries } from './dictionaries.ts';
import { trialType } from './trial.ts';
import { expectedOf, expression } from './expressions.ts';
import { functionOf, holdsFunctions, join, mayHoldFunctions } from './functions.ts';
import { type Source, arrayOfValue, eachIndex, isIterator, lengthOfNew, sourceOf, sourceOfValue } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { nameOfGlobal, resolveNode } from './names.ts';
import { FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { UNKNOWN, expectNumber, fits, isAny, isNullish, isPending, typeArgument, typeAt, typeOfNode } from './types.ts';

/** `[a, b, ...c]` */
export function arrayLiteral(cx: Lowering, node: t.ArrayExpression, expected?: Type): Value {
  if (expected?.kind === 'tuple') return tupleLiteral(cx, node, expected);
  const elements = node.elements.map((e) => e ?? unsupported(cx, node, 'A hole in an array literal', 'Write `undefined`, or leave it out.'));
  if (elements.length === 0) return emptyArray(cx, node, expected);
  const around = expected ? undefined : tupleAround(cx, node);
  if (around) return tupleLiteral(cx, node, around);
  const declared = expected?.kind === 'array' ? expected.element : undefined;
  const spread = elements.findIndex((e) => e.type === 'SpreadElement');
  const values: Value[] = [];
  for (const e of spread < 0 ? elements : elements.slice(0, spread)) {
    // Of what comes first one may learn what is in an empty array, but not all fields of a record.
    const like = values[0] && !isNullish(values[0]) && values[0].type.kind !== 'record' ? values[0].type : undefined;
    values.push(expression(cx, e as t.Expression, declared ?? like));
  }
  const element = declared ?? commonType(values);
  // `[name, x]`: one place for each.
  if (!element && spread < 0) return cx.at(node).literal({ kind: 'tuple', elements: values.map((v) => v.type) }, values);
  if (!element && values.length > 0) unsupported(cx, node, `An array of ${[...new Set(values.map((v) => showType(v.type)))].join(' and ')}`, 'Put what belongs together into a record.');
  const fitted = values.map((v, i) => (holdsFunctions(v.type) ? v : cx.coerce(v, element, elements[i])));
  if (spread < 0) return cx.at(node).literal(fitted.some((v) => holdsFunctions(v.type)) ? { kind: 'tuple', elements: fitted.map((v) => v.type) } : { kind: 'array', element: element! }, fitted);
  return withSpreads(cx, node, fitted, elements.slice(spread), element);
}

/** The tuple that the surroundings of a literal make of it, where the type checker knows: `new Map(names.map((n, i) => [n, i]))`. */
function tupleAround(cx: Lowering, node: t.ArrayExpression): Extract<Type, { kind: 'tuple' }> | undefined {
  const type = typeOfNode(cx, node);
  return type?.kind === 'tuple' && type.elements.length === node.elements.length && !someType(type, (t) => t.kind === 'opaque') ? type : undefined;
}

/** The one type of which all values are: `undefined` makes it one that may be absent, records of several types their union. */
function commonType(values: readonly Value[]): Type | undefined {
  const [first, ...others] = values.filter((v) => !isNullish(v)).map((v) => v.type);
  if (!first) return values[0]?.type;
  const common = others.reduce((a: Type | undefined, b) => a && united(a, b), first);
  return common && values.filter(isNullish).reduce((type, { def }) => withAbsent(type, (def as Op).attr.value === null ? 'null' : 'undefined'), common);
}

function united(a: Type, b: Type): Type | undefined {
  if (sameType(a, b)) return withAbsent(a, b.absent);
  if (a.kind === 'array' && b.kind === 'array') {
    const element = united(a.element, b.element);
    return element && { ...a, element };
  }
  return join(a, b) ?? mergeRecords([a, b]) ?? (fits(b, a) ? a : fits(a, b) ? b : undefined);
}

function tupleLiteral(cx: Lowering, node: t.ArrayExpression, type: Extract<Type, { kind: 'tuple' }>): Value {
  const parts: Value[] = [];
  for (const e of node.elements) {
    if (!e) return unsupported(cx, node, 'A hole in a tuple', 'Write `undefined`.');
    if (e.type !== 'SpreadElement') parts.push(cx.coerce(expression(cx, e, type.elements[parts.length]), type.elements[parts.length], e));
    else for (const part of partsOfSpread(cx, e)) parts.push(cx.coerce(part, type.elements[parts.length], e));
  }
  if (parts.length !== type.elements.length) fail('TL2003', cx.span(node), showType(type), `${parts.length} elements`);
  return cx.at(node).literal(parts.some((v, i) => holdsFunctions(v.type) || type.elements[i] === UNKNOWN) ? { kind: 'tuple', elements: parts.map((v) => v.type) } : type, parts);
}

/** `...pair` in a tuple */
function partsOfSpread(cx: Lowering, node: t.SpreadElement): Value[] {
  const value = expression(cx, node.argument);
  if (value.type.kind !== 'tuple') return unsupported(cx, node, 'Spreading an array into a tuple', 'Name the elements one by one, or declare the array as a tuple.');
  return value.type.elements.map((_, i) => cx.at(node).field(value, String(i)));
}

/** The element type of `[]` is found where something is first put into it. */
function emptyArray(cx: Lowering, node: t.Node, expected?: Type): Value {
  // Of functions only what is put in tells which they are; so it does where nothing is declared (`const flows = []`).
  const type = expected?.kind === 'array' && !mayHoldFunctions(expected) && !isAny(expected.element) ? expected : cx.hints.get(node) ?? pendingArray(cx, node);
  return cx.at(node).literal(type, []);
}

function pendingArray(cx: Lowering, node: t.Node): Type {
  const type: Type = { kind: 'array', element: UNKNOWN };
  cx.program.pending.set(type, node);
  return type;
}

/** `[...a, x, ...b]` → a copy of a, then pushes. */
function withSpreads(cx: Lowering, node: t.Node, leading: Value[], rest: readonly (t.Expression | t.SpreadElement)[], known?: Type): Value {
  let element = known;
  // All is evaluated before the first element is copied.
  const parts = rest.map((e) => {
    if (e.type === 'SpreadElement') {
      const source = spreadSource(cx, e.argument);
      element ??= source.element;
      return { e, source };
    }
    const value = expression(cx, e, element);
    element ??= value.type;
    return { e, value };
  });
  const type: Type = { kind: 'array', element: element ?? UNKNOWN };
  const [first] = parts;
  const copied = leading.length === 0 && first.source?.array && sameType(elementType(first.source.array.type), type.element) ? first.source.array : undefined;
  const array = copied ? cx.at(node).copy(copied, type) : cx.at(node).literal(type, leading);
  for (const { e, source, value } of copied ? parts.slice(1) : parts) {
    if (source) source.push(array, e);
    else cx.at(e).push(array, cx.coerce(value!, type.element, e));
  }
  return array;
}

/** What a spread gives: an array, or anything else that can be iterated over. */
function spreadSource(cx: Lowering, node: t.Expression): { array?: Value; element: Type; push: (to: Value, at: t.Node) => void } {
  const iterator = isIterator(unwrap(node));
  const value = iterator ? undefined : expression(cx, node);
  if (value && isIndexed(value.type)) return { array: value, element: elementType(value.type), push: (to, at) => append(cx, to, value, at) };
  if (value?.type.kind === 'tuple') return { element: value.type.elements[0] ?? UNKNOWN, push: (to, at) => append(cx, to, value, at) };
  const source = value ? sourceOfValue(cx, value, node) : sourceOf(cx, node);
  const element = trialType(cx, node, () => whole(cx, source.at(cx.b.undef(NUMBER))));
  return {
    element,
    push: (to, at) => void eachIndex(cx, source.length, node, { scanned: [] }, (index) => {
      const part = whole(cx, source.at(cx.read(index)));
      cx.at(at).push(to, cx.coerce(part, elementType(to.type), at));
      return FALLS;
    }),
  };
}

/** Pushes the elements of one array, or of a tuple, to another. */
export function append(cx: Lowering, array: Value, source: Value, node: t.Node): void {
  const element = elementType(array.type);
  if (source.type.kind === 'tuple') {
    for (const key of fieldKeys(source.type)) cx.b.push(array, cx.stored(cx.at(node).field(source, key), element, node));
    return;
  }
  if (!isIndexed(source.type)) {
    const { length, at } = sourceOfValue(cx, source, node as t.Expression);
    eachIndex(cx, length, node, { scanned: [] }, (index) => {
      cx.at(node).push(array, cx.coerce(whole(cx, at(cx.read(index))), element, node));
      return FALLS;
    });
    return;
  }
  const count = cx.at(node).length(source);
  eachIndex(cx, () => count, node, { scanned: [] }, (index) => {
    cx.at(node).push(array, cx.stored(cx.b.load(source, cx.read(index)), element, node));
    return FALLS;
  });
}

/** An array of values that are there. */
export function arrayOf(cx: Lowering, values: readonly Value[], type: Type | undefined, node: t.Node): Value {
  if (type?.kind !== 'array' && values.length === 0) return emptyArray(cx, node);
  if (values.some((v) => holdsFunctions(v.type))) return cx.at(node).literal({ kind: 'tuple', elements: values.map((v) => v.type) }, [...values]);
  const element = type?.kind === 'array' ? type.element : values[0].type;
  return cx.at(node).literal(type?.kind === 'array' ? type : { kind: 'array', element }, values.map((v) => cx.coerce(v, element, node)));
}

// Constructors

function typedName(name: string): TypedArrayName | undefined { return TYPED_ARRAYS.find((n) => n === name); }

export function newExpression(cx: Lowering, node: t.NewExpression, expected?: Type): Value {
  const callee = unwrap(node.callee);
  const name = callee.type === 'Identifier' ? callee.name : undefined;
  const resolved = resolveNode(cx, callee);
  if (resolved?.binding.kind === 'class' && !isError(resolved.binding.node)) return construct(cx, { file: resolved.module.file, name: resolved.binding.name }, argumentsOf(cx, node), node);
  const args = node.arguments.map((a) => (a.type === 'SpreadElement' ? unsupported(cx, a, 'Spreading an array into arguments', 'Pass the values one by one.') : a as t.Expression));
  if (name !== undefined && nameOfGlobal(cx, name)) {
    const typed = typedName(name);
    if (typed) return newTyped(cx, typed, args, node);
    if (name === 'Array') return newArray(cx, node, args, expected);
    if (name === 'Map') {
      const type = expected?.kind === 'dictionary' ? expected : typeAt(cx, node) ?? mapOf(cx, node);
      if (type?.kind === 'dictionary') return fromEntries(cx, node, args, type);
    }
    if (/Error$/.test(name)) {
      const values = args.map((a) => expression(cx, a));
      return cx.at(node).extern(`new ${name}`, values, { kind: 'opaque', text: name }, { pure: true })!;
    }
  }
  const values = args.map((a) => expression(cx, a));
  const text = cx.scope.module.text.slice(callee.start!, callee.end!);
  if (resolved?.binding.kind === 'class') return cx.at(node).extern(`new ${text}`, values, { kind: 'opaque', text }, { shown: `new ${text}`, world: 'none', module: resolved.module.file })!;
  const type = typeAt(cx, node) ?? { kind: 'opaque', text };
  return cx.at(node).extern(`new ${text}`, values, type, { shown: `new ${text}`, world: name !== undefined && nameOfGlobal(cx, name) ? 'none' : undefined })!;
}

/** The type of `new Map<K, V>()`, as it is written. */
function mapOf(cx: Lowering, node: t.NewExpression): Type | undefined {
  const written = node.typeParameters ?? node.typeArguments;
  const [key, element] = written && 'params' in written ? written.params.map((p: t.Node) => typeOfNode(cx, p)) : [];
  const type = key && element && { kind: 'dictionary' as const, form: 'map' as const, key, element: withAbsent(element, 'undefined') };
  return type && holdsDerivatives(type) ? type : undefined;
}

/** Errors of the program's own are made as they are, to be thrown. */
function isError({ superClass }: t.ClassDeclaration): boolean { return superClass?.type === 'Identifier' && /Error$/.test(superClass.name); }

function newTyped(cx: Lowering, name: TypedArrayName, args: readonly t.Expression[], node: t.Node): Value {
  const type: Type = { kind: 'typed', name };
  if (args.length === 0) return cx.at(node).new(type, cx.b.const(0));
  if (args.length > 1) return viewOfBuffer(cx, type, args, node);
  const literal = unwrap(args[0]);
  if (literal.type === 'ArrayExpression' && literal.elements.every((e) => e && e.type !== 'SpreadElement')) {
    return typedOf(cx, type, literal.elements as t.Expression[], node);
  }
  if (literal.type === 'MemberExpression' && keyOf(literal) === 'buffer') return viewOfBuffer(cx, type, args, node);
  return typedFrom(cx, type, iterable(cx, args[0]), node);
}

/** `new Float64Array(x.buffer, x.byteOffset + 8 * i, n)` is a view of x, if that is an array of the same kind. */
function viewOfBuffer(cx: Lowering, type: Type, [buffer, offset, length]: readonly t.Expression[], node: t.Node): Value {
  const member = unwrap(buffer);
  const array = member.type === 'MemberExpression' && keyOf(member) === 'buffer' ? expression(cx, member.object) : undefined;
  const size = BYTES[type.kind === 'typed' ? type.name : 'Float64Array'];
  if (!array || !sameType(array.type, type)) {
    return unsupported(cx, node, 'A typed array on a part of a buffer', 'Take a part of an array with `subarray`, or write `new Float64Array(x.buffer, x.byteOffset + 8 * start, length)` with an array x of the same kind.');
  }
  const start = offset ? elementOffset(cx, offset, member as t.MemberExpression, size) : undefined;
  if (offset && !start) unsupported(cx, offset, 'This offset into a buffer', `Write it as \`x.byteOffset + ${size} * start\`, where x is the array.`);
  const b = cx.at(node);
  const from = start ?? b.const(0);
  if (!length) return b.view(array, [from]);
  const count = expectNumber(cx, expression(cx, length), type.kind, node);
  return cx.at(node).view(array, [from, cx.b.prim('add', [from, count])]);
}

const BYTES: Record<TypedArrayName, number> = {
  Float64Array: 8, Float32Array: 4, Int32Array: 4, Uint32Array: 4, Int16Array: 2, Uint16Array: 2, Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1,
};

/** start of `x.byteOffset + 8 * start` */
function elementOffset(cx: Lowering, offset: t.Expression, buffer: t.MemberExpression, size: number): Value | undefined {
  const node = unwrap(offset);
  const { text } = cx.scope.module;
  const own = `${text.slice(buffer.object.start!, buffer.object.end!)}.byteOffset`;
  if (text.slice(node.start!, node.end!) === own) return cx.at(node).const(0);
  if (node.type !== 'BinaryExpression' || node.operator !== '+' || text.slice(node.left.start!, node.left.end!) !== own) return undefined;
  const product = unwrap(node.right);
  if (product.type === 'NumericLiteral') return product.value % size === 0 ? cx.at(node).const(product.value / size) : undefined;
  if (product.type !== 'BinaryExpression' || product.operator !== '*') return undefined;
  for (const [factor, other] of [[product.left, product.right], [product.right, product.left]]) {
    const literal = unwrap(factor);
    const isSize = (literal.type === 'NumericLiteral' && literal.value === size) || /\.BYTES_PER_ELEMENT$/.test(text.slice(literal.start!, literal.end!));
    if (isSize) return expectNumber(cx, expression(cx, other as t.Expression), '*', product);
  }
  return undefined;
}

/** What a constructor makes an array of: a length, an array, or what can be iterated over. */
function iterable(cx: Lowering, node: t.Expression): Value {
  return isIterator(unwrap(node)) ? withSpreads(cx, node, [], [{ type: 'SpreadElement', argument: node, start: node.start, end: node.end } as t.SpreadElement]) : expression(cx, node);
}

function isSpread(node: t.Node): boolean { return node.type === 'SpreadElement'; }

/** `Float64Array.of(a, b)` */
function typedOf(cx: Lowering, type: Type, elements: readonly t.Expression[], node: t.Node): Value {
  if (elements.some(isSpread)) return cx.at(node).copy(withSpreads(cx, node, [], elements, NUMBER), type);
  const values = elements.map((e) => expectNumber(cx, expression(cx, e), showType(type), e));
  return cx.at(node).literal(type, values);
}

function typedFrom(cx: Lowering, type: Type, value: Value, node: t.Node): Value {
  if (value.type.kind === 'number') return cx.at(node).new(type, value);
  if (value.type.kind === 'tuple') return cx.at(node).literal(type, fieldKeys(value.type).map((key) => cx.b.field(value, key)));
  if (!isIndexed(value.type) || elementType(value.type).kind !== 'number') fail('TL2003', cx.span(node), 'number[]', showType(value.type));
  return cx.at(node).copy(value, type);
}

/** `new Array(n)`, `new Array<number>(n)`, `Array(n)` */
export function newArray(cx: Lowering, node: t.NewExpression | t.CallExpression, args: readonly t.Expression[], expected?: Type): Value {
  const annotation = node.typeParameters && 'params' in node.typeParameters ? node.typeParameters.params[0] : undefined;
  const declared = typeOfNode(cx, annotation);
  const element = declared ?? (expected?.kind === 'array' ? expected.element : undefined);
  const values = args.map((a) => expression(cx, a, args.length > 1 ? element : undefined));
  if (values.length !== 1) return values.length === 0 ? emptyArray(cx, node, element && { kind: 'array', element }) : arrayOf(cx, values, expected, node);
  const length = expectNumber(cx, values[0], 'new Array', node);
  return cx.at(node).new(element ? { kind: 'array', element } : cx.hints.get(node) ?? pendingArray(cx, node), length);
}

/** `new Array(n).fill(v)` has the type of what it is filled with. */
export function filledArray(cx: Lowering, node: t.CallExpression, expected?: Type): Value | undefined {
  const callee = unwrap(node.callee);
  if (callee.type !== 'MemberExpression' || keyOf(callee) !== 'fill' || node.arguments.length !== 1) return undefined;
  const made = unwrap(callee.object);
  if (made.type !== 'NewExpression' && made.type !== 'CallExpression') return undefined;
  const constructor = unwrap(made.callee);
  if (constructor.type !== 'Identifier' || constructor.name !== 'Array' || !nameOfGlobal(cx, 'Array') || made.arguments.length !== 1) return undefined;
  const length = expectNumber(cx, expression(cx, made.arguments[0] as t.Expression), 'new Array', made);
  const value = expression(cx, node.arguments[0] as t.Expression, expected && expectedOf(expected, '0'));
  const array = cx.at(node).new({ kind: 'array', element: value.type }, length);
  const isZero = 'kind' in value.def && value.def.kind === 'const' && Object.is(value.def.attr.value, 0);
  if (!isZero) cx.b.fill(array, value);
  return array;
}

/** `Array.from`, `Float64Array.of`, `Array.isArray` … and `Array(n)`; undefined if the name is no array's. */
export function staticArrayMethod(cx: Lowering, object: string, name: string, node: t.CallExpression, expected?: Type): Value | undefined {
  const typed = typedName(object);
  if (object !== 'Array' && !typed) return undefined;
  const args = node.arguments as t.Expression[];
  if (name === 'isArray') {
    const value = expression(cx, args[0]);
    const { kind } = value.type;
    if (kind === 'union') return cx.at(node).extern('Array.isArray', [value], BOOLEAN, { pure: true, discrete: true })!;
    return cx.at(node).const(kind === 'array' || kind === 'tuple');
  }
  const type: Type | undefined = typed && { kind: 'typed', name: typed };
  if (name === 'of' && type) return typedOf(cx, type, args, node);
  if (name === 'of') {
    const element = typeArgument(cx, node);
    const wanted: Type | undefined = element ? { kind: 'array', element } : expected;
    if (args.some(isSpread)) return withSpreads(cx, node, [], args, wanted?.kind === 'array' ? wanted.element : undefined);
    return arrayOf(cx, args.map((a) => expression(cx, a, wanted && expectedOf(wanted, '0'))), wanted, node);
  }
  if (name === 'from') return arrayFrom(cx, type, args, node, expected);
  return undefined;
}

function arrayFrom(cx: Lowering, type: Type | undefined, [source, mapper, ...more]: readonly t.Expression[], node: t.CallExpression, expected?: Type): Value {
  if (!source) return unsupported(cx, node, '`from` without an argument', 'Give it the values.');
  if (more.length > 0) unsupported(cx, more[0], 'An argument for `this`', 'Write an arrow function, which sees the `this` around it.');
  const wanted = type ?? (expected?.kind === 'array' ? expected : undefined);
  const target = mapper && (functionOf(cx, mapper) ?? unsupported(cx, mapper, 'A function that is not known here', 'Write the function as a literal, or name one of the module.'));
  const count = lengthOf(cx, source);
  if (count) {
    if (target) return collect(cx, ofIndexes(cx, count, target, mapper, node, wanted && composite(wanted)), wanted);
    if (type) return cx.at(node).new(type, count);
    if (wanted && !isPending(wanted)) return cx.at(node).new(wanted, count);
    return unsupported(cx, node, '`Array.from` of a length without a function', 'Its elements would be undefined: write `new Array(n).fill(0)`, or give it a function.');
  }
  const value = iterable(cx, source);
  if (value.type.kind === 'number') fail('TL2003', cx.span(source), 'number[]', 'number');
  const array = arrayOfValue(cx, value, source);
  if (!mapper) return type ? typedFrom(cx, type, array, node) : array === value && !isIterator(unwrap(source)) ? cx.at(node).copy(array, { kind: 'array', element: elementType(array.type) }) : array;
  // Its function takes an element and an index, and gets no array.
  const stream = { ...ofArray(cx, array, node), array: undefined };
  return collect(cx, mapped(cx, stream, target!, mapper, node, wanted && composite(wanted)), wanted);
}

/** `{ length: n }` */
function lengthOf(cx: Lowering, source: t.Expression): Value | undefined {
  const literal = unwrap(source);
  if (literal.type !== 'ObjectExpression') return undefined;
  const [property] = literal.properties;
  if (literal.properties.length !== 1 || property.type !== 'ObjectProperty' || keyOf(property) !== 'length') {
    return unsupported(cx, source, '`Array.from` of this object', 'Write `Array.from({ length: n }, (_, i) => …)`.');
  }
  return expectNumber(cx, expression(cx, property.value as t.Expression), 'length', property);
}

/** `[...xs.entries()]`, `Array.from(xs.keys())` as the start of a chain. */
export function ofIterator(cx: Lowering, node: t.Node): Source | undefined {
  if (node.type === 'ArrayExpression') {
    const [only] = node.elements;
    return node.elements.length === 1 && only?.type === 'SpreadElement' && isIterator(unwrap(only.argument)) ? sourceOf(cx, only.argument) : undefined;
  }
  const callee = node.type === 'CallExpression' && node.arguments.length === 1 ? unwrap(node.callee) : undefined;
  if (node.type !== 'CallExpression' || callee?.type !== 'MemberExpression' || keyOf(callee) !== 'from') return undefined;
  const isArray = callee.object.type === 'Identifier' && callee.object.name === 'Array' && nameOfGlobal(cx, 'Array');
  const [source] = node.arguments;
  return isArray && isIterator(unwrap(source)) ? sourceOf(cx, source as t.Expression) : undefined;
}

/** `[...Array(n)]`, `Array(n).fill(null)`, `Array.from({ length: n })` as the start of a chain: n times the same, and no array. */
export function ofBlank(cx: Lowering, node: t.Node): Source | undefined {
  const blank = (length: Value, value: t.Expression | undefined): Source => {
    const element = value ? expression(cx, value) : cx.at(node).const(undefined);
    return { length: () => length, at: () => ({ value: element }) };
  };
  if (node.type === 'ArrayExpression') {
    const [only] = node.elements;
    const length = node.elements.length === 1 && only?.type === 'SpreadElement' ? lengthOfNew(cx, only.argument) : undefined;
    return length && blank(length, undefined);
  }
  const callee = node.type === 'CallExpression' && node.arguments.length <= 1 ? unwrap(node.callee) : undefined;
  if (node.type !== 'CallExpression' || callee?.type !== 'MemberExpression') return undefined;
  const [argument] = node.arguments as t.Expression[];
  const isConstant = !argument || argument.type === 'NullLiteral' || argument.type === 'NumericLiteral' || (argument.type === 'Identifier' && argument.name === 'undefined');
  if (keyOf(callee) === 'fill' && isConstant) {
    const length = lengthOfNew(cx, callee.object);
    return length && blank(length, argument);
  }
  const isFrom = keyOf(callee) === 'from' && callee.object.type === 'Identifier' && callee.object.name === 'Array' && nameOfGlobal(cx, 'Array');
  if (!isFrom || !argument) return undefined;
  const length = unwrap(argument).type === 'ObjectExpression' ? lengthOf(cx, argument) : lengthOfNew(cx, argument);
  return length && blank(length, undefined);
}

/** `Array.from({ length: n }, f)` as the start of a chain. */
export function fromLength(cx: Lowering, node: t.Node): Stream | undefined {
  if (node.type !== 'CallExpression' || node.arguments.length !== 2) return undefined;
  const callee = unwrap(node.callee);
  const [source, mapper] = node.arguments as t.Expression[];
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || callee.object.name !== 'Array' || keyOf(callee) !== 'from' || !nameOfGlobal(cx, 'Array')) return undefined;
  const target = unwrap(source).type === 'ObjectExpression' ? callable(cx, mapper) : undefined;
  const count = target && lengthOf(cx, source);
  return count && ofIndexes(cx, count, target, mapper, node);
}

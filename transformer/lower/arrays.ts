/** Making arrays: literals, spread, `new Float64Array(n)`, `Array.from` … */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { TYPED_ARRAYS, type Type, type TypedArrayName, elementType, fieldKeys, isIndexed, sameType, showType } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { mapInto } from './methods.ts';
import { apply, callable } from './calls.ts';
import { expectedOf, expression } from './expressions.ts';
import { functionOf, holdsFunctions, join } from './functions.ts';
import { eachIndex } from './iterate.ts';
import type { Lowering } from './lowering.ts';
import { nameOfGlobal } from './names.ts';
import { FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { UNKNOWN, expectNumber, typeOfNode } from './types.ts';

export { arrayMethod, sliceFrom } from './methods.ts';

/** `[a, b, ...c]` */
export function arrayLiteral(cx: Lowering, node: t.ArrayExpression, expected?: Type): Value {
  if (expected?.kind === 'tuple') return tupleLiteral(cx, node, expected);
  const elements = node.elements.map((e) => e ?? unsupported(cx, node, 'A hole in an array literal', 'Write `undefined`, or leave it out.'));
  if (elements.length === 0) return emptyArray(cx, node, expected);
  let element = expected?.kind === 'array' ? expected.element : undefined;
  const spread = elements.findIndex((e) => e.type === 'SpreadElement');
  const values: Value[] = [];
  for (const e of spread < 0 ? elements : elements.slice(0, spread)) {
    const value = expression(cx, e as t.Expression, element);
    element ??= value.type;
    if (!expected && !sameType(value.type, element) && !join(value.type, element)) {
      unsupported(cx, node, `An array of ${showType(element)} and ${showType(value.type)}`, 'Declare the variable as a tuple, `const t: [number, string] = …`.');
    }
    values.push(cx.coerce(value, element, e));
  }
  if (spread < 0) return cx.at(node).literal(values.some((v) => holdsFunctions(v.type)) ? { kind: 'tuple', elements: values.map((v) => v.type) } : { kind: 'array', element: element! }, values);
  return withSpreads(cx, node, values, elements.slice(spread), element);
}

function tupleLiteral(cx: Lowering, node: t.ArrayExpression, type: Extract<Type, { kind: 'tuple' }>): Value {
  if (node.elements.length !== type.elements.length) fail('TL2003', cx.span(node), showType(type), `${node.elements.length} elements`);
  const parts = node.elements.map((e, i) => {
    if (!e || e.type === 'SpreadElement') return unsupported(cx, node, '`...` in a tuple', 'Name the elements one by one.');
    return cx.coerce(expression(cx, e, type.elements[i]), type.elements[i], e);
  });
  return cx.at(node).literal(type, parts);
}

/** The element type of `[]` is found where something is first put into it. */
function emptyArray(cx: Lowering, node: t.Node, expected?: Type): Value {
  const type = expected?.kind === 'array' ? expected : cx.hints.get(node) ?? pendingArray(cx, node);
  return cx.at(node).literal(type, []);
}

function pendingArray(cx: Lowering, node: t.Node): Type {
  const type: Type = { kind: 'array', element: UNKNOWN };
  cx.program.pending.set(type, node);
  return type;
}

/** `[...a, x, ...b]` → a copy of a, then pushes. */
function withSpreads(cx: Lowering, node: t.Node, leading: Value[], rest: readonly (t.Expression | t.SpreadElement)[], element?: Type): Value {
  const evaluated = rest.map((e) => ({ spread: e.type === 'SpreadElement', e, value: expression(cx, e.type === 'SpreadElement' ? e.argument : e, e.type === 'SpreadElement' ? undefined : element) }));
  const source = evaluated[0].value;
  if (!element) element = isIndexed(source.type) ? elementType(source.type) : source.type.kind === 'tuple' ? source.type.elements[0] : UNKNOWN;
  const type: Type = { kind: 'array', element };
  const copyFirst = leading.length === 0 && isIndexed(source.type);
  const array = copyFirst ? cx.at(node).copy(source, type) : cx.at(node).literal(type, leading);
  for (const { spread, e, value } of copyFirst ? evaluated.slice(1) : evaluated) {
    if (!spread) cx.at(e).push(array, cx.coerce(value, element, e));
    else append(cx, array, value, e);
  }
  return array;
}

/** Pushes the elements of one array, or of a tuple, to another. */
export function append(cx: Lowering, array: Value, source: Value, node: t.Node): void {
  const element = elementType(array.type);
  if (source.type.kind === 'tuple') {
    for (const key of fieldKeys(source.type)) cx.b.push(array, cx.coerce(cx.at(node).field(source, key), element, node));
    return;
  }
  if (!isIndexed(source.type)) unsupported(cx, node, 'Spreading what is not an array', 'Copy the values into an array first.');
  const count = cx.at(node).length(source);
  eachIndex(cx, () => count, node, { scanned: [] }, (index) => {
    cx.at(node).push(array, cx.coerce(cx.b.load(source, cx.read(index)), element, node));
    return FALLS;
  });
}

/** An array of values that are there. */
export function arrayOf(cx: Lowering, values: readonly Value[], type: Type | undefined, node: t.Node): Value {
  if (type?.kind !== 'array' && values.length === 0) return emptyArray(cx, node);
  const element = type?.kind === 'array' ? type.element : values[0].type;
  return cx.at(node).literal(type?.kind === 'array' ? type : { kind: 'array', element }, values.map((v) => cx.coerce(v, element, node)));
}

// Constructors

function typedName(name: string): TypedArrayName | undefined { return TYPED_ARRAYS.find((n) => n === name); }

export function newExpression(cx: Lowering, node: t.NewExpression, expected?: Type): Value {
  const callee = unwrap(node.callee);
  const name = callee.type === 'Identifier' ? callee.name : undefined;
  const args = node.arguments.map((a) => (a.type === 'SpreadElement' ? unsupported(cx, a, 'Spreading an array into arguments', 'Pass the values one by one.') : a as t.Expression));
  if (name !== undefined && nameOfGlobal(cx, name)) {
    const typed = typedName(name);
    if (typed) return newTyped(cx, typed, args, node);
    if (name === 'Array') return newArray(cx, node, args, expected);
    if (/Error$/.test(name)) {
      const values = args.map((a) => expression(cx, a));
      return cx.at(node).extern(`new ${name}`, values, { kind: 'opaque', text: name }, true)!;
    }
  }
  const binding = name !== undefined ? cx.program.resolve(cx.scope.module, name)?.binding.kind : undefined;
  if (binding === 'class') unsupported(cx, node, `Making an instance of \`${name}\``, 'Use a record (an object literal) instead.');
  const values = args.map((a) => expression(cx, a));
  const text = cx.scope.module.text.slice(callee.start!, callee.end!);
  const type = cx.program.host.typeAt(cx.file, node.start!, node.end!) ?? { kind: 'opaque', text };
  return cx.at(node).extern(`new ${text}`, values, type)!;
}

function newTyped(cx: Lowering, name: TypedArrayName, args: readonly t.Expression[], node: t.Node): Value {
  const type: Type = { kind: 'typed', name };
  if (args.length === 0) return cx.at(node).new(type, cx.b.const(0));
  if (args.length > 1) unsupported(cx, node, 'A typed array on a part of a buffer', 'Copy the part with `slice`.');
  const literal = unwrap(args[0]);
  if (literal.type === 'ArrayExpression' && literal.elements.every((e) => e && e.type !== 'SpreadElement')) {
    return typedOf(cx, type, literal.elements as t.Expression[], node);
  }
  return typedFrom(cx, type, expression(cx, args[0]), node);
}

/** `Float64Array.of(a, b)` */
function typedOf(cx: Lowering, type: Type, elements: readonly t.Expression[], node: t.Node): Value {
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
  expectNumber(cx, values[0], 'new Array', node);
  return cx.at(node).new(element ? { kind: 'array', element } : cx.hints.get(node) ?? pendingArray(cx, node), values[0]);
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
    const { kind } = expression(cx, args[0]).type;
    return cx.at(node).const(kind === 'array' || kind === 'tuple');
  }
  const type: Type | undefined = typed && { kind: 'typed', name: typed };
  if (name === 'of') return type ? typedOf(cx, type, args, node) : arrayOf(cx, args.map((a) => expression(cx, a, expected && expectedOf(expected, '0'))), expected, node);
  if (name === 'from') return arrayFrom(cx, type, args, node, expected);
  return undefined;
}

function arrayFrom(cx: Lowering, type: Type | undefined, [source, mapper]: readonly t.Expression[], node: t.CallExpression, expected?: Type): Value {
  const literal = unwrap(source);
  const wanted = type ?? (expected?.kind === 'array' ? expected : undefined);
  if (literal.type === 'ObjectExpression') {
    const [property] = literal.properties;
    if (literal.properties.length !== 1 || property.type !== 'ObjectProperty' || keyOf(property) !== 'length') {
      unsupported(cx, source, '`Array.from` of this object', 'Write `Array.from({ length: n }, (_, i) => …)`.');
    } else {
      const count = expectNumber(cx, expression(cx, property.value as t.Expression), 'length', property);
      const target = mapper && functionOf(cx, mapper);
      if (!target) return type ? cx.at(node).new(type, count) : unsupported(cx, node, '`Array.from` of a length without a function', 'Write `new Array(n).fill(0)`.');
      return mapInto(cx, node, [mapper], count, wanted, (index) => apply(cx, target, [cx.at(source).const(undefined), index], node));
    }
  }
  let value = expression(cx, source);
  if (value.type.kind === 'tuple') value = arrayOf(cx, fieldKeys(value.type).map((key) => cx.at(source).field(value, key)), undefined, node);
  if (!isIndexed(value.type)) unsupported(cx, source, `\`Array.from\` of ${showType(value.type)}`, 'Copy the values into an array first.');
  if (!mapper) return type ? typedFrom(cx, type, value, node) : cx.at(node).copy(value, { kind: 'array', element: elementType(value.type) });
  const target = callable(cx, mapper) ?? unsupported(cx, mapper, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
  return mapInto(cx, node, [mapper], cx.at(node).length(value), wanted, (index) => apply(cx, target, [cx.at(source).load(value, index), index], node));
}


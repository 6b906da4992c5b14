/**
 * Calls. A function of the program is called; a local one, or one that is given functions, is put in
 * place; functions of `Math` are arithmetic; anything else is an `extern`, which has no derivative.
 */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import { type Attributes, type Result, type Value, resultType, resultTypes } from '../ir/ir.ts';
import { primitive } from '../ir/rules.ts';
import { NUMBER, type Type, elementType, isMemory, mayShare, mergeRecords, nameOfMember, replaceTypes, sameType, someType, showType } from '../ir/types.ts';
import type { FunctionNode, Module } from '../parse/module.ts';
import { isTransform, transformNamed } from '../parse/transforms.ts';
import { isFunction, keyOf, unwrap } from '../parse/walk.ts';
import { append, arrayOf, filledArray, newArray, staticArrayMethod } from './arrays.ts';
import { type Piece, whole } from './assign.ts';
import { chainCall, collect, methodCall, ofSource } from './callbacks.ts';
import { fromEntries } from './dictionaries.ts';
import { narrows } from './reference.ts';
import { recordSource } from './objects.ts';
import { GLOBAL_FUNCTIONS, callBuiltin, isBuiltin, specialFunction } from './builtins.ts';
import { isRecursive, sizeOf } from './captures.ts';
import { type Custom, customCallable, customMember, customOf, customParameters, ruleCall } from './customs.ts';
import { expression } from './expressions.ts';
import { callExtern } from './externs.ts';
import { bindParameter, checkKind, lowerBody, newFrame, orDefault } from './function.ts';
import { isClosure } from './closures.ts';
import { cannotCall, functionIn, functionMember, functionValue, holdsFunctions, isCallable, mayHoldFunctions, invokeChoice, isNothing } from './functions.ts';
import { callInstance, readyInstance } from './instances.ts';
import { listMethod } from './lists.ts';
import type { Lowering } from './lowering.ts';
import { numpyFunction, numpyMethod } from './numpy.ts';
import { type Found, baseOf, bound, callMethod, findMember, implementations, methodOf } from './classes.ts';
import { functionOfModule, nameOfGlobal, resolveNode } from './names.ts';
import { primitiveOf } from './primitives.ts';
import { functionId, functionNode } from './program.ts';
import { declaredType } from './rules.ts';
import { type Callable, type Frame, type LocalFunction, type ModuleFunction, Scope, Variable } from './scope.ts';
import { checkpointed, recomputed } from './policies.ts';
import { type Ready, callTransform, callTransformed, partOfTransform, transformOf, transformed } from './transforms.ts';
import { type Parameter, declaredResult, parametersOf, resultOf, returnsOf } from './signature.ts';
import { inScope, unsupported } from './statements.ts';
import { isFunctionTable } from './tables.ts';
import { bindTypes, expectNumber, fits, isPending, saysMore, typeAt } from './types.ts';

/** An argument: an expression of the call, or a value that is there already; `spread`: an array whose elements are arguments. */
export type Argument = { node: t.Expression } | { value: Value; spread?: boolean };

/** What a parameter gets: undefined where the argument is left out. */
type Given = Value | undefined;

/** More copies of a function inside itself than this are taken for recursion without end; chains of closures are no recursion. */
const DEPTH = { recursive: 4, closure: 24 };
/** Functions of more syntax nodes are rather called than put in place at each call, where that can be chosen. */
const LARGE = 120;

export function call(cx: Lowering, node: t.CallExpression, needed: boolean, expected?: Type): Value | undefined {
  const gives = transformed(cx, node);
  if (gives) return functionValue(cx, gives, node);
  const transform = transformOf(cx, node);
  if (transform === 'onCotangent' && !needed) unsupported(cx, node, '`onCotangent` of which the result is not used', 'Go on with what it gives: `x = onCotangent(x, …)`.');
  if (transform) return whole(cx, callTransform(cx, transform, node));
  const callee = unwrap(node.callee);
  if (callee.type === 'Super') {
    cx.frame.superConstructor?.(argumentsOf(cx, node));
    return undefined;
  }
  const { self } = cx.frame;
  if (self && callee.type === 'MemberExpression' && callee.object.type === 'ThisExpression') {
    const key = keyOf(callee) ?? '';
    const own = implementations(cx, self, key, 'method') && callMethod(cx, self, key, argumentsOf(cx, node), node);
    if (own) return own.value;
  }
  const known = callable(cx, callee);
  if (known) {
    const piece = invoke(cx, known, argumentsOf(cx, node, known), node);
    return piece && whole(cx, piece);
  }
  if (callee.type === 'Identifier' && nameOfGlobal(cx, callee.name)) {
    const args = node.arguments as t.Expression[];
    if (callee.name === 'Array') return newArray(cx, node, args, expected);
    if (callee.name === 'eval') unsupported(cx, node, '`eval`', 'Write the code in the function itself.');
    if (callee.name === 'structuredClone') return clone(cx, expression(cx, args[0], expected), node);
    return callExtern(cx, node, needed);
  }
  const filled = filledArray(cx, node, expected);
  if (filled) return filled;
  if (callee.type !== 'MemberExpression' && callee.type !== 'OptionalMemberExpression') {
    const value = calledValue(cx, callee);
    if (value && isCallable(value.type)) return callValue(cx, value, node);
    if (value && node.optional && isNothing(value.type)) return cx.at(node).const(undefined);
    return callExtern(cx, node, needed, value && { receiver: value });
  }
  const name = keyOf(callee);
  const { object } = callee;
  if (name === 'fromEntries' && object.type === 'Identifier' && object.name === 'Object' && nameOfGlobal(cx, 'Object')) {
    const type = expected?.kind === 'dictionary' ? expected : typeAt(cx, node);
    if (type?.kind === 'dictionary') return fromEntries(cx, node, node.arguments as t.Expression[], type);
  }
  if (object.type === 'Super') return superMethod(cx, name ?? '', argumentsOf(cx, node), node);
  if (name !== undefined && object.type === 'Identifier' && nameOfGlobal(cx, object.name)) {
    const listed = recordSource(cx, node);
    if (listed) return collect(cx, ofSource(cx, listed, node), expected?.kind === 'array' ? expected : undefined);
    return staticArrayMethod(cx, object.name, name, node, expected) ?? callExtern(cx, node, needed);
  }
  if (isExternalObject(cx, object)) return callExtern(cx, node, needed);
  const chained = name === undefined ? undefined : chainCall(cx, object, name, node, expected);
  if (chained) return chained.value;
  const part = partOfTransform(cx, callee);
  if (part && isCallable(part.type)) return callValue(cx, part, node);
  const receiver = expression(cx, object);
  const member = functionMember(cx, receiver, callee);
  if (member) return callValue(cx, member, node, receiver);
  if (name === undefined) return unsupported(cx, callee, 'Calling a computed method', 'Name the method.');
  if (receiver.type.kind === 'nd') return numpyMethod(cx, receiver, name, argumentsOf(cx, node), node);
  if (receiver.type.kind === 'function') return callThrough(cx, receiver, name, node);
  if (receiver.type.kind === 'tuple' && holdsFunctions(receiver.type)) return listMethod(cx, receiver, name, node);
  const own = implementations(cx, receiver, name, 'method') && callMethod(cx, receiver, name, argumentsOf(cx, node), node);
  if (own) return own.value;
  return methodCall(cx, receiver, name, node, needed, expected);
}

/** A function in a variable; undefined of what is no value here. */
function calledValue(cx: Lowering, callee: t.Node): Value | undefined {
  if (callee.type === 'Identifier' && !cx.scope.lookup(callee.name)) {
    const resolved = cx.program.resolve(cx.scope.module, callee.name);
    if (resolved?.binding.kind !== 'const') return undefined;
    return isFunctionTable(cx, resolved) ? expression(cx, callee) : undefined;
  }
  return callee.type === 'Super' ? undefined : expression(cx, callee as t.Expression);
}

/** Calls a value that is a function known here. */
function callValue(cx: Lowering, value: Value, node: t.CallExpression, self?: Value): Value | undefined {
  const target = withSelf(functionIn(cx, value, node)!, self);
  if (target.kind === 'absent' && node.optional) return cx.at(node).const(undefined);
  const piece = invoke(cx, target, argumentsOf(cx, node, target), node);
  return piece && whole(cx, piece);
}

/** `f.call(self, x)`, `f.apply(self, [x])` */
function callThrough(cx: Lowering, value: Value, name: string, node: t.CallExpression): Value | undefined {
  const [self, ...rest] = node.arguments as t.Expression[];
  const list = name === 'apply' && rest[0] ? unwrap(rest[0]) : undefined;
  if (name !== 'call' && list?.type !== 'ArrayExpression') return unsupported(cx, node, `\`${name}\` of a function`, 'Call the function itself.');
  const args = (list?.type === 'ArrayExpression' ? list.elements as t.Expression[] : rest).map((e) => ({ node: e }));
  const receiver = self && unwrap(self).type !== 'NullLiteral' ? expression(cx, self) : undefined;
  const piece = invoke(cx, withSelf(functionIn(cx, value, node)!, receiver), args, node);
  return piece && whole(cx, piece);
}

/** A method of an object literal is called on the object. */
function withSelf(target: Callable, self: Value | undefined): Callable {
  return self && target.kind === 'local' && target.node.type !== 'ArrowFunctionExpression' && !target.self ? { ...target, self } : target;
}

/** `super.method(…)`: the method of the class that the one in which it stands extends. */
function superMethod(cx: Lowering, name: string, args: readonly Argument[], node: t.Node): Value | undefined {
  const { owner, self } = cx.frame;
  const base = owner && baseOf(cx.program, owner);
  const found = base && base !== 'unknown' ? findMember(cx.program, base, name, 'method') : undefined;
  if (!found || !self) return unsupported(cx, node, `\`super.${name}\``, 'Extend a class of the program that has this method.');
  const piece = inline(cx, bound(cx, found, self, name), args, node);
  return piece && whole(cx, piece);
}

/** A deep copy; what an object holds twice, its copy holds twice. */
export function clone(cx: Lowering, value: Value, node: t.Node, attr: Attributes = {}): Value {
  if (!isMemory(value.type)) return value;
  return cx.at(node).op('clone', [value], [value.type], { ...attr, ...(mayShare(value.type) ? { shared: true } : {}) }).result;
}

/** Is the object a module without source, a class, or another thing that is no value here? */
export function isExternalObject(cx: Lowering, node: t.Node): boolean {
  if (node.type === 'Identifier' && nameOfGlobal(cx, node.name)) return true;
  const kind = resolveNode(cx, node)?.binding.kind;
  return kind === 'external' || kind === 'namespace' || kind === 'class' || kind === 'function';
}

/** The pieces of a call's result, where it has several. */
export function callPieces(cx: Lowering, node: t.CallExpression): Piece | undefined {
  const transform = transformOf(cx, node);
  if (transform) return isTransform(transform) && !transformNamed(transform).givesFunction ? callTransform(cx, transform, node) : undefined;
  const known = callable(cx, unwrap(node.callee));
  return known && known.kind !== 'builtin' ? invoke(cx, known, argumentsOf(cx, node, known), node) : undefined;
}

/** The function that an expression names or is. */
export function callable(cx: Lowering, expr: t.Node): Callable | undefined {
  const node = unwrap(expr);
  const given = transformed(cx, node);
  if (given) return given;
  if (isFunction(node)) {
    const self = node.type === 'ArrowFunctionExpression' ? { self: cx.frame.self, owner: cx.frame.owner } : {};
    const name = 'id' in node && node.id ? node.id.name : undefined;
    // A function expression sees its own name.
    const scope = name === undefined ? cx.scope : new Scope(cx.scope.module, cx.scope);
    const found: LocalFunction = { kind: 'local', name: name ?? 'f', node, scope, literal: true, ...self };
    if (name !== undefined) scope.declare(name, found);
    return found;
  }
  const special = specialFunction(cx, node) ?? numpyFunction(cx, node) ?? customAt(cx, node);
  if (special) return special;
  if (node.type === 'Identifier') return namedFunction(cx, node.name);
  const again = checkpointed(cx, node);
  if (again) return again;
  if (node.type !== 'MemberExpression') return undefined;
  const key = keyOf(node);
  if (key === undefined) return undefined;
  if (node.object.type === 'ThisExpression') return cx.frame.self && methodOf(cx, cx.frame.self, key);
  const { object } = node;
  const resolved = resolveNode(cx, object);
  if (!resolved) {
    const global = object.type === 'Identifier' && nameOfGlobal(cx, object.name) && isBuiltin(object.name, key);
    return global ? { kind: 'builtin', object: object.name, name: key } : undefined;
  }
  if (resolved.binding.kind === 'namespace') {
    const inner = cx.program.exported(resolved.binding.module, key);
    return inner && functionOfModule(cx, inner);
  }
  const method = resolved.binding.kind === 'class' ? functionNode(resolved.module, `${resolved.binding.name}.${key}`) : undefined;
  return method && { kind: 'module', file: resolved.module.file, name: `${resolved.binding.name}.${key}`, node: method };
}

/** The function with a rule of its own that an expression names. */
function customAt(cx: Lowering, node: t.Node): Callable | undefined {
  const { program } = cx;
  const resolved = resolveNode(cx, node);
  let custom = resolved && customOf(program, resolved);
  if (!custom && node.type === 'MemberExpression') {
    const object = resolveNode(cx, node.object);
    const key = keyOf(node);
    custom = object && key !== undefined ? customMember(program, object, key) : undefined;
  }
  return custom && customCallable(program, custom);
}

function namedFunction(cx: Lowering, name: string): Callable | undefined {
  const entity = cx.scope.lookup(name);
  if (entity?.kind === 'captured') {
    const { init, reassigned, scope } = entity.declaration;
    const node = init && unwrap(init);
    return isFunction(node) && !reassigned ? { kind: 'local', name, node, scope: new Scope(cx.scope.module, undefined, scope) } : undefined;
  }
  if (entity) return entity.kind === 'variable' ? undefined : entity;
  const resolved = cx.program.resolve(cx.scope.module, name);
  if (!resolved) return GLOBAL_FUNCTIONS.has(name) ? { kind: 'builtin', object: '', name } : undefined;
  return functionOfModule(cx, resolved);
}

/** Arguments; of a spread tuple, its elements. */
export function argumentsOf(cx: Lowering, node: Pick<t.CallExpression, 'arguments'>, target?: Callable): Argument[] {
  return node.arguments.flatMap((argument): Argument[] => {
    if (argument.type !== 'SpreadElement') return [{ node: argument as t.Expression }];
    if (target?.kind === 'builtin') return [{ node: argument as unknown as t.Expression }];
    const value = expression(cx, argument.argument);
    if (value.type.kind !== 'tuple') return [{ value, spread: true }];
    return value.type.elements.map((_, i) => ({ value: cx.at(argument).field(value, String(i)) }));
  });
}

/** The arguments as values. */
export function evaluateAll(cx: Lowering, args: readonly Argument[]): Value[] {
  return args.map((a) => evaluate(cx, a, undefined));
}

export function invoke(cx: Lowering, target: Callable, args: readonly Argument[], node: t.Node): Piece | undefined {
  switch (target.kind) {
    case 'builtin': return { value: callBuiltin(cx, target, args, node) };
    case 'choice': return invokeChoice(cx, target.value, args, node);
    case 'absent': return cannotCall(cx, node);
    case 'transform': case 'pullback': return callTransformed(cx, target, args, node);
    default: return callKnown(cx, target, args, node);
  }
}

/** The value of a call with arguments that are there already; a function takes no more than it has parameters for. */
export function apply(cx: Lowering, target: Callable, args: readonly Value[], node: t.Node, expected?: Type): Value | undefined {
  cx.returned = expected;
  const piece = invoke(cx, target, args.slice(0, arity(target, args.length)).map((value) => ({ value })), node);
  cx.returned = undefined;
  return piece && whole(cx, piece);
}

/** How many of the given arguments a function takes. */
export function arity(target: Callable, given: number): number {
  switch (target.kind) {
    case 'builtin': return target.name === 'max' || target.name === 'min' || target.name === 'hypot' ? given : Math.min(given, BINARY.has(target.name) ? 2 : 1);
    case 'choice': return given;
    case 'absent': return 0;
    case 'pullback': return target.pullback.takes.length;
    case 'transform': return arity(target.target, given);
    default: return target.node.params.at(-1)?.type === 'RestElement' ? given : target.node.params.length;
  }
}

const BINARY = new Set(['atan2', 'pow', 'imul', 'polygamma', 'xlogy']);

function evaluate(cx: Lowering, argument: Argument, type: Type | undefined): Value {
  return 'value' in argument ? argument.value : expression(cx, argument.node, type);
}

function isOmitted(cx: Lowering, argument: Argument | undefined): boolean {
  if (!argument || 'value' in argument) return !argument || isUndefined(argument.value);
  const node = unwrap(argument.node);
  return node.type === 'Identifier' && node.name === 'undefined' && !cx.scope.lookup('undefined');
}

function isUndefined({ def }: Value): boolean { return 'kind' in def && def.kind === 'const' && def.attr.value === undefined; }

/**
 * A function of the program. It is called by its name, if its parameters tell all that there is to know about the
 * arguments. If not, because it is generic, or is given functions, it is made anew for these arguments (instances.ts),
 * or, if that is possible and it is small, its body is put in the place of the call.
 */
function callKnown(cx: Lowering, target: LocalFunction | ModuleFunction, args: readonly Argument[], node: t.Node): Piece | undefined {
  if (target.kind === 'module' && target.custom) return callCustom(cx, target.custom, args, node);
  checkKind(cx, target.node, target.name);
  const module = moduleOf(cx, target);
  const parameters = parametersOf(cx.program, module, target.node, target.kind === 'local' ? target.scope : undefined);
  const given = giveAll(cx, parameters, args, node);
  if (!parameters.some((p) => p.rest)) for (const extra of args.slice(parameters.length)) evaluate(cx, extra, undefined);
  if (target.checkpoint) return recomputed(cx, node, () => callWith(cx, target, module, parameters, given, node));
  return callWith(cx, target, module, parameters, given, node);
}

function callWith(cx: Lowering, target: LocalFunction | ModuleFunction, module: Module, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): Piece | undefined {
  const inside = returnsFunctions(cx, target, module, node);
  if (target.kind === 'module' && !inside && parameters.every((p, i) => isPlain(p, given[i]))) return callByName(cx, target, parameters, given, node);
  const makeAnew = !inside && (isRecursive(cx.program, module, target.node) || (isNamed(target) && sizeOf(target.node) > LARGE));
  const made = makeAnew ? callInstance(cx, target, parameters, given, node) : undefined;
  return made ? made.piece : putInPlace(cx, target, parameters, given, node);
}

export function moduleOf(cx: Lowering, target: LocalFunction | ModuleFunction) {
  return target.kind === 'local' ? target.scope.module : cx.program.module(target.file)!;
}

/** A function literal has one place where it is called; what has a name may have many. */
function isNamed(target: LocalFunction | ModuleFunction): boolean { return target.kind === 'module' || !target.literal; }

/** Does the parameter's type say what the argument is? */
function isPlain(p: Parameter, value: Given): boolean {
  if (p.rest || !p.type) return false;
  if (!value) return Boolean(p.default) && !someType(p.type, (t) => t.kind === 'opaque');
  return !holdsFunctions(value.type) && !saysMore(value.type, p.type);
}

/** Such a function cannot be a function of its own: what it returns is only known in its place. */
function returnsFunctions(cx: Lowering, target: LocalFunction | ModuleFunction, module: Module, node: t.Node): boolean {
  const returned = returnsOf(target.node);
  if (returned.length === 0) return false;
  const { returnType } = target.node;
  const annotation = returnType && 'typeAnnotation' in returnType ? returnType.typeAnnotation as t.Node : undefined;
  const type = annotation ? cx.program.host.typeAt(module.file, annotation.start!, annotation.end!)
    : node.type === 'CallExpression' ? typeAt(cx, node) : undefined;
  if (type) return mayHoldFunctions(type);
  return returned.some((e) => isFunction(unwrap(e)));
}

/** The arguments of a call. What the first ones say of type parameters is known when later ones are evaluated: `put(pairs, [x, y])`. */
function giveAll(cx: Lowering, parameters: readonly Parameter[], args: readonly Argument[], node: t.Node): Given[] {
  const given: Given[] = [];
  for (const [i, p] of parameters.entries()) {
    const types = isGeneric(p) ? typeArguments(parameters.slice(0, i), given) : undefined;
    const expected = types && replaceTypes(p.declared!, (t) => (t.kind === 'opaque' ? types.get(t.text) : undefined));
    given.push(give(cx, p, args, i, node, expected && someType(expected, (t) => t.kind === 'opaque' || t.kind === 'record') ? undefined : expected));
  }
  return given;
}

/** `expected`: what is known of a type with type parameters. */
function give(cx: Lowering, p: Parameter, args: readonly Argument[], i: number, node: t.Node, expected?: Type): Given {
  if (p.rest) return restOf(cx, p, args.slice(i), node);
  const argument = args[i];
  if (!argument || (isOmitted(cx, argument) && (p.default || p.optional))) return undefined;
  if ('spread' in argument && argument.spread) return unsupported(cx, node, 'Spreading an array into parameters', 'Pass the array itself, or its elements one by one.');
  const value = evaluate(cx, argument, isGeneric(p) ? expected : p.type);
  if (value.type.kind === 'tuple' && p.type?.kind === 'array' && !holdsFunctions(value.type) && fits(value.type, p.type)) return cx.coerce(value, p.type, node);
  if (p.type?.kind === 'dictionary' && value.type.kind === 'record') return cx.coerce(value, p.type, node);
  if (p.type?.kind === 'record' && !isGeneric(p) && narrows(value.type, p.type)) return cx.at(node).cast(value, p.type, {}, { name: nameOfMember(p.type) });
  if (!p.type || fits(value.type, p.type) || someType(p.declared!, (t) => t.kind === 'opaque')) return value;
  return cx.coerce(value, p.type, 'node' in argument ? argument.node : node);
}

/** Does its type depend on what the arguments are? */
function isGeneric(p: Parameter): boolean { return p.declared !== undefined && someType(p.declared, (t) => t.kind === 'opaque' && t.constraint !== undefined); }

/** The array of a rest parameter. */
function restOf(cx: Lowering, p: Parameter, args: readonly Argument[], node: t.Node): Value {
  const type = p.type?.kind === 'array' ? p.type : undefined;
  const values = args.map((a) => ({ value: evaluate(cx, a, type?.element), spread: 'spread' in a && a.spread }));
  if (!values.some((v) => v.spread)) return arrayOf(cx, values.map((v) => v.value), type && !someType(type, (t) => t.kind === 'opaque') ? type : undefined, node);
  const [first] = values;
  const element = type?.element ?? elementType(first.value.type);
  const array = first.spread ? cx.at(node).copy(first.value, { kind: 'array', element }) : cx.at(node).literal({ kind: 'array', element }, [first.value]);
  for (const { value, spread } of values.slice(1)) {
    if (spread) append(cx, array, value, node);
    else cx.at(node).push(array, cx.coerce(value, element, node));
  }
  return array;
}

/** A function with the arguments of a call, ready to be transformed: by its name, or made anew. Undefined where it is only known at run time which it is. */
export function readyFunction(cx: Lowering, target: LocalFunction | ModuleFunction, args: readonly Argument[], node: t.Node): Ready | undefined {
  if (target.kind === 'module' && target.custom) return readyCustom(cx, target.custom, args, node);
  checkKind(cx, target.node, target.name);
  const parameters = parametersOf(cx.program, moduleOf(cx, target), target.node, target.kind === 'local' ? target.scope : undefined);
  const given = giveAll(cx, parameters, args, node);
  const rest = parameters.findIndex((p) => p.rest);
  const ready = target.kind === 'module' && parameters.every((p, i) => isPlain(p, given[i])) ? readyByName(cx, target, parameters, given, node)
    : readyInstance(cx, target, parameters, given, node);
  return ready && (rest < 0 ? ready : { ...ready, rest });
}

function readyByName(cx: Lowering, target: ModuleFunction, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): Ready | undefined {
  const args = argumentsByName(cx, target, parameters, given, node);
  const ref = { id: functionId(target.file, target.name), name: target.name };
  const result = resultOfCall(cx, target, node);
  return { ref, args, types: parameters.map((p) => p.type!), places: parameters.map((_, i) => i), result, written: [] };
}

/** A call of a function with a rule of its own: into such a function nobody looks. */
function callCustom(cx: Lowering, custom: Custom, args: readonly Argument[], node: t.Node): Piece {
  if (ruleCall(custom, 'elementwise')) {
    const numbers = argumentsOfCustom(cx, custom, args, node).map((v) => expectNumber(cx, v, custom.name, node));
    return { value: cx.at(node).op('prim', numbers, [NUMBER], primitive(primitiveOf(cx.program, custom))).result };
  }
  // What a rule itself calls is not known by that rule.
  const { ref, args: values, result } = readyCustom(cx, custom, args, node, known(cx.program.host.typeAt(cx.file, node.start!, node.end!)));
  return { value: cx.at(node).call(ref, values, resultTypes(result))[0] };
}

function readyCustom(cx: Lowering, custom: Custom, args: readonly Argument[], node: t.Node, atCall?: Type): Ready {
  const values = argumentsOfCustom(cx, custom, args, node);
  const { parameters } = customParameters(cx.program, custom);
  const type = declaredType(cx.program, custom) ?? atCall ?? resultType(cx.program.function(custom.id).result);
  return { ref: { id: custom.id, name: custom.name }, args: values, types: parameters.map((p) => p.type!), places: parameters.map((_, i) => i), result: { kind: 'value', type }, written: [] };
}

function argumentsOfCustom(cx: Lowering, custom: Custom, args: readonly Argument[], node: t.Node): Value[] {
  const { module, parameters } = customParameters(cx.program, custom);
  const scope = new Scope(module);
  const values = parameters.map((p, i) => {
    const own = give(cx, p, args, i, node);
    const value = inScope(cx, scope, () => argumentOf(cx, p, own, custom.name, node));
    if (p.name) declareFor(cx, scope, p.name, value);
    return value;
  });
  for (const extra of args.slice(parameters.length)) evaluate(cx, extra, undefined);
  return values;
}

function known(type: Type | undefined): Type | undefined { return type && !someType(type, (t) => t.kind === 'opaque' || t.kind === 'void') ? type : undefined; }

function callByName(cx: Lowering, target: ModuleFunction, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): Piece | undefined {
  const values = argumentsByName(cx, target, parameters, given, node);
  const result = resultOfCall(cx, target, node);
  if (!result) return undefined;
  const results = cx.at(node).call({ id: functionId(target.file, target.name), name: target.name }, values, resultTypes(result));
  return result.kind === 'void' ? undefined : assemble(result, results);
}

/** What a function of the program is given, with defaults for what is left out. */
function argumentsByName(cx: Lowering, target: ModuleFunction, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): Value[] {
  const scope = new Scope(moduleOf(cx, target));
  return parameters.map((p, i) => {
    const value = inScope(cx, scope, () => argumentOf(cx, p, given[i], target.name, node));
    if (p.name) declareFor(cx, scope, p.name, value);
    return value;
  });
}

/** Binds a name for defaults that mention earlier parameters. */
function declareFor(cx: Lowering, scope: Scope, name: string, value: Value): void {
  const variable = new Variable(name, undefined, value.type, { ours: true });
  scope.declare(name, variable);
  cx.env.set(variable, value);
}

/** May the value be undefined? An optional parameter's type does not say so. */
function mayLack(cx: Lowering, value: Value): boolean {
  const { absent } = value.type;
  return absent ? absent !== 'null' : cx.func.params.some((p) => p.value === value && p.optional && !p.default);
}

/** What a parameter is in a call: what is given, or the default where that is left out or undefined. */
function argumentOf(cx: Lowering, p: Parameter, own: Given, name: string, node: t.Node): Value {
  if (own) return p.default && mayLack(cx, own) ? orDefault(cx, p, own) : own;
  if (p.default) return expression(cx, p.default, p.type);
  if (p.optional) return cx.at(node).const(undefined);
  return fail('TL2003', cx.span(node), `${name}(… ${p.name ?? ''}${p.type ? `: ${showType(p.type)}` : ''})`, 'no argument');
}

/** The shape of what a call returns; of a function that cannot be lowered, as the host knows it. */
function resultOfCall(cx: Lowering, target: ModuleFunction, node: t.Node): Result {
  try {
    return cx.program.signature(functionId(target.file, target.name)).result;
  } catch (error) {
    const type = error instanceof CompileError ? cx.program.host.typeAt(cx.file, node.start!, node.end!) : undefined;
    if (!type || (type.kind === 'opaque' && type.text === 'any')) throw error;
    return resultOf(type, target.node);
  }
}

/** The pieces of a result, in the order of its flat values. */
export function assemble(result: Result, values: readonly Value[]): Piece {
  let next = 0;
  const build = (r: Result): Piece => {
    if (r.kind === 'tuple' || r.kind === 'record') {
      return { keys: r.kind === 'record' ? r.names : r.parts.map((_, i) => String(i)), parts: r.parts.map(build), type: resultType(r) };
    }
    return { value: values[next++] };
  };
  return build(result);
}

/** Puts a function in place of its call: its body sees the variables around its definition. */
export function inline(cx: Lowering, target: LocalFunction, args: readonly Argument[], node: t.Node): Piece | undefined {
  const parameters = parametersOf(cx.program, target.scope.module, target.node, target.scope);
  return putInPlace(cx, target, parameters, giveAll(cx, parameters, args, node), node);
}

/** The result of a method of a generic class, of which its declaration says `T`: what the call is known to give. */
function resultAtCall(cx: Lowering, { node: fn }: LocalFunction | ModuleFunction, node: t.Node): Result | undefined {
  const type = fn.returnType && node.type === 'CallExpression' ? typeAt(cx, node) : undefined;
  return type && !someType(type, (t) => t.kind === 'opaque') ? resultOf(type, fn) : undefined;
}

function putInPlace(cx: Lowering, target: LocalFunction | ModuleFunction, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): Piece | undefined {
  let depth = 0;
  for (let f: Frame | undefined = cx.frame; f; f = f.parent) if (f.node === target.node) depth++;
  const module = moduleOf(cx, target);
  if (depth >= DEPTH[isRecursive(cx.program, module, target.node) ? 'recursive' : 'closure']) fail('TL2005', cx.span(node), target.name);
  const scope = new Scope(module, target.kind === 'local' ? target.scope : undefined);
  bindTypeParameters(scope, target.node, parameters, given);
  bindByResult(cx, scope, target.node, node);
  const caller = cx.frame;
  const wanted = target.kind === 'local' && target.literal ? cx.returned : undefined;
  cx.returned = undefined;
  return inScope(cx, scope, () => {
    const declared = declaredResult(cx.program, module, target.node, scope) ?? (wanted && resultOf(wanted, target.node)) ?? resultAtCall(cx, target, node);
    const { self, owner } = target.kind === 'local' ? target : { self: undefined, owner: undefined };
    cx.frame = { ...newFrame(cx, target.node, target.name, declared), parent: caller, ...(self ? { self } : {}), ...(owner ? { owner } : {}) };
    const { frame } = cx;
    bindParameters(cx, target, parameters, given, node);
    lowerBody(cx, target.node);
    cx.frame = caller;
    return takeResults(cx, frame);
  });
}

/** What the type parameters stand for in this call. */
export function bindTypeParameters(scope: Scope, node: FunctionNode, parameters: readonly Parameter[], given: readonly Given[]): void {
  if (node.typeParameters) for (const [name, type] of typeArguments(parameters, given)) scope.declareType(name, type);
}

/** Type parameters of which only functions among the arguments tell, `groupBy(trades, (t) => t.symbol)`, are what they are in what the call gives. */
export function bindByResult(cx: Lowering, scope: Scope, { typeParameters, returnType }: FunctionNode, node: t.Node): void {
  if (!typeParameters || node.type !== 'CallExpression' || !returnType || !('typeAnnotation' in returnType)) return;
  const { start, end } = returnType.typeAnnotation;
  const [declared, atCall] = [cx.program.host.typeAt(scope.module.file, start!, end!), typeAt(cx, node)];
  if (declared && atCall) bindTypes(declared, atCall, (name, type) => { if (!scope.type(name) && !someType(type, (t) => t.kind === 'opaque')) scope.declareType(name, type); });
}

/** Records that are no instances. */
const arePlain = (types: readonly Type[]) => types.every((t) => t.kind === 'record' && !t.classes);

/** Of several types, the parameter stands for the one that takes in the others. */
function typeArguments(parameters: readonly Parameter[], given: readonly Given[]): Map<string, Type> {
  const found = new Map<string, Type>();
  const bind = (name: string, type: Type) => {
    if (isPending(type)) return;
    const known = found.get(name);
    found.set(name, !known || sameType(known, type) ? type : arePlain([known, type]) ? mergeRecords([known, type])! : fits(type, known) ? known : type);
  };
  parameters.forEach((p, i) => {
    const value = given[i];
    if (p.declared && value) bindTypes(p.declared, value.type, bind);
  });
  return found;
}

export function bindParameters(cx: Lowering, target: LocalFunction | ModuleFunction, parameters: readonly Parameter[], given: readonly Given[], node: t.Node): void {
  const declarations = cx.scope.module.scopes.opened.get(target.node)?.names;
  parameters.forEach((p, i) => {
    const value = argumentOf(cx, p, given[i], target.name, node);
    if (p.default && given[i]?.type.kind === 'opaque') unsupported(cx, node, 'An argument that may be undefined', 'Pass a value, or leave the argument out.');
    const found = isClosure(value.type) ? undefined : functionIn(cx, value, node);
    if (found && p.name !== undefined && !declarations?.get(p.name)?.reassigned) cx.scope.declare(p.name, found);
    else bindParameter(cx, p, value);
  });
}

/** Evaluates arguments where the call is; what is returned then declares the parameters, in the scope of the function. */
export function bindArguments(cx: Lowering, target: LocalFunction, args: readonly Argument[], scope: Scope, node: t.Node): () => void {
  const parameters = parametersOf(cx.program, target.scope.module, target.node, target.scope);
  const given = giveAll(cx, parameters, args, node);
  bindTypeParameters(scope, target.node, parameters, given);
  return () => bindParameters(cx, target, parameters, given, node);
}

/** The values of arguments that go to a method as they are. */
export function argumentValues(cx: Lowering, args: readonly Argument[], { node: target, owner }: Found, node: t.Node): Value[] {
  const parameters = parametersOf(cx.program, owner.module, target);
  return args.map((argument, i) => {
    const type = parameters[i]?.type;
    const value = evaluate(cx, argument, type);
    if (holdsFunctions(value.type)) unsupported(cx, node, 'Giving a function to a method that is overridden or calls itself', 'Make the method a function of the module.');
    return type && !someType(type, (t) => t.kind === 'opaque') ? cx.coerce(value, type, node) : value;
  });
}

/** What the function put in place has returned. */
function takeResults(cx: Lowering, { shape, results, returned }: Frame): Piece | undefined {
  const first = results[0];
  const isVoid = shape ? shape.kind === 'void' : !first || !cx.env.get(first);
  const values = isVoid ? [] : results.map((v) => cx.read(v));
  for (const v of [...results, returned]) cx.env.delete(v);
  return isVoid ? undefined : assemble(shape ?? { kind: 'value', type: values[0].type }, values);
}


/**
 * Calls. A function of the program is called; a local one, or one that is given functions, is put in
 * place; functions of `Math` are arithmetic; anything else is an `extern`, which has no derivative.
 */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import { type Result, type Value, resultType } from '../ir/ir.ts';
import { type Type, isIndexed, isMemory, showType } from '../ir/types.ts';
import { importedName } from '../parse/uses.ts';
import { isFunction, keyOf, unwrap } from '../parse/walk.ts';
import { arrayMethod, arrayOf, filledArray, newArray, staticArrayMethod } from './arrays.ts';
import { type Piece, isFunctionValue, whole } from './assign.ts';
import { GLOBAL_FUNCTIONS, callBuiltin, isBuiltin } from './builtins.ts';
import { expression } from './expressions.ts';
import { callExtern } from './externs.ts';
import { bindParameter, checkKind, lowerBody, newFrame } from './function.ts';
import type { Lowering } from './lowering.ts';
import { memberOfThis, nameOfGlobal, resolveNode } from './names.ts';
import { functionId, functionNode } from './program.ts';
import { type Callable, type Frame, type LocalFunction, type ModuleFunction, Scope, Variable } from './scope.ts';
import { type Parameter, declaredResult, parametersOf, resultOf } from './signature.ts';
import { inScope, unsupported } from './statements.ts';
import { fits } from './types.ts';

/** An argument: an expression of the call, or a value that is there already. */
export type Argument = { node: t.Expression } | { value: Value };

/** More copies of a function inside itself than this are taken for recursion without end. */
const DEPTH = 4;

export function call(cx: Lowering, node: t.CallExpression, needed: boolean, expected?: Type): Value | undefined {
  const transform = importedName(node.callee, { lookup: (name) => moduleLevel(cx, name) }, cx.scope.module.imports);
  if (transform) return callTransform(cx, transform, node);
  const callee = unwrap(node.callee);
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
  }
  const filled = filledArray(cx, node, expected);
  if (filled) return filled;
  if (callee.type === 'MemberExpression') {
    const name = keyOf(callee) ?? unsupported(cx, callee, 'Calling a computed method', 'Name the method.');
    const { object } = callee;
    if (object.type === 'Identifier' && nameOfGlobal(cx, object.name)) {
      const made = staticArrayMethod(cx, object.name, name, node, expected);
      if (made) return made;
    } else if (!isExternalObject(cx, object)) {
      const value = expression(cx, object);
      if (isIndexed(value.type)) return arrayMethod(cx, value, name, node, needed, expected);
      return callExtern(cx, node, needed, { receiver: value, name });
    }
  }
  return callExtern(cx, node, needed);
}

function clone(cx: Lowering, value: Value, node: t.Node): Value { return isMemory(value.type) ? cx.at(node).clone(value) : value; }

function moduleLevel(cx: Lowering, name: string) {
  return cx.scope.lookup(name) ? undefined : cx.scope.module.scopes.module.lookup(name);
}

/** Is the object a module without source, a class, or another thing that is no value here? */
function isExternalObject(cx: Lowering, node: t.Node): boolean {
  if (node.type === 'Super') return unsupported(cx, node, '`super`', 'Call the function by its own name.');
  if (node.type === 'Identifier' && nameOfGlobal(cx, node.name)) return true;
  const kind = resolveNode(cx, node)?.binding.kind;
  return kind === 'external' || kind === 'namespace' || kind === 'class' || kind === 'function';
}

/** Calls of what tapeless itself exports. */
function callTransform(cx: Lowering, name: string, node: t.CallExpression): Value {
  if (name !== 'stopGradient') return fail('TL2008', cx.span(node), name);
  const [argument] = node.arguments;
  const value = expression(cx, argument as t.Expression);
  const b = cx.at(node);
  if (value.type.kind === 'number') return b.prim('stopGradient', [value]);
  return b.op('clone', [value], [value.type], { text: 'stopGradient' }).result;
}

/** The pieces of a call's result, where it has several. */
export function callPieces(cx: Lowering, node: t.CallExpression): Piece | undefined {
  const known = callable(cx, unwrap(node.callee));
  return known && known.kind !== 'builtin' ? invoke(cx, known, argumentsOf(cx, node, known), node) : undefined;
}

/** The function that an expression names or is. */
export function callable(cx: Lowering, expr: t.Node): Callable | undefined {
  const node = unwrap(expr);
  if (isFunction(node)) {
    const self = node.type === 'ArrowFunctionExpression' ? cx.frame.self : undefined;
    const name = 'id' in node && node.id ? node.id.name : 'the function literal';
    return { kind: 'local', name, node, scope: cx.scope, self };
  }
  if (node.type === 'Identifier') return namedFunction(cx, node.name);
  if (node.type !== 'MemberExpression') return undefined;
  const key = keyOf(node);
  if (key === undefined) return undefined;
  if (node.object.type === 'ThisExpression') {
    const method = memberOfThis(cx, key, 'method');
    return method && { kind: 'local', name: key, ...method, self: cx.frame.self };
  }
  const { object } = node;
  const resolved = resolveNode(cx, object);
  if (!resolved) {
    const global = object.type === 'Identifier' && nameOfGlobal(cx, object.name) && isBuiltin(object.name, key);
    return global ? { kind: 'builtin', object: object.name, name: key } : undefined;
  }
  if (resolved.binding.kind === 'namespace') {
    const inner = cx.program.exported(resolved.binding.module, key);
    return inner?.binding.kind === 'function' ? { kind: 'module', file: inner.module.file, name: inner.binding.name, node: inner.binding.node } : undefined;
  }
  const method = resolved.binding.kind === 'class' ? functionNode(resolved.module, `${resolved.binding.name}.${key}`) : undefined;
  return method && { kind: 'module', file: resolved.module.file, name: `${resolved.binding.name}.${key}`, node: method };
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
  const { module, binding } = resolved;
  return binding.kind === 'function' ? { kind: 'module', file: module.file, name: binding.name, node: binding.node } : undefined;
}

/** Arguments; of a spread tuple, its elements. Of other spreads only built-in functions make sense. */
function argumentsOf(cx: Lowering, node: t.CallExpression, target: Callable): Argument[] {
  return node.arguments.flatMap((argument): Argument[] => {
    if (argument.type !== 'SpreadElement') return [{ node: argument as t.Expression }];
    if (target.kind === 'builtin') return [{ node: argument as unknown as t.Expression }];
    const value = expression(cx, argument.argument);
    if (value.type.kind !== 'tuple') return unsupported(cx, argument, 'Spreading an array into arguments', 'Pass the array itself, or its elements one by one.');
    return value.type.elements.map((_, i) => ({ value: cx.at(argument).field(value, String(i)) }));
  });
}

export function invoke(cx: Lowering, target: Callable, args: readonly Argument[], node: t.Node): Piece | undefined {
  if (target.kind === 'local') return inline(cx, target, args, node);
  if (target.kind === 'module') return callFunction(cx, target, args, node);
  return { value: callBuiltin(cx, target, args, node) };
}

/** The value of a call with arguments that are there already; a function takes no more than it has parameters for. */
export function apply(cx: Lowering, target: Callable, args: readonly Value[], node: t.Node): Value | undefined {
  const count = target.kind === 'builtin' ? (target.name === 'max' || target.name === 'min' || target.name === 'hypot' ? args.length : 1)
    : target.node.params.length;
  const piece = invoke(cx, target, args.slice(0, count).map((value) => ({ value })), node);
  return piece && whole(cx, piece);
}

function evaluate(cx: Lowering, argument: Argument, type: Type | undefined): Value {
  return 'value' in argument ? argument.value : expression(cx, argument.node, type);
}

function isOmitted(cx: Lowering, argument: Argument | undefined): boolean {
  if (!argument || 'value' in argument) return !argument;
  const node = unwrap(argument.node);
  return node.type === 'Identifier' && node.name === 'undefined' && !cx.scope.lookup('undefined');
}

function callFunction(cx: Lowering, target: ModuleFunction, args: readonly Argument[], node: t.Node): Piece | undefined {
  const module = cx.program.module(target.file)!;
  checkKind(cx, target.node, target.name);
  const parameters = parametersOf(cx.program, module, target.node);
  const takesFunction = (p: Parameter, i: number) => i < args.length && 'node' in args[i] && isFunctionValue(cx, args[i].node) && !p.rest;
  if (parameters.some((p, i) => p.rest || !p.type || takesFunction(p, i))) {
    return inline(cx, { kind: 'local', name: target.name, node: target.node, scope: new Scope(module) }, args, node);
  }
  const values: Value[] = [];
  const scope = new Scope(module);
  for (const [i, p] of parameters.entries()) {
    const argument = args[i];
    const value = isOmitted(cx, argument) ? inScope(cx, scope, () => defaultOf(cx, p, target.name, node)) : evaluate(cx, argument, p.type);
    if (!isOmitted(cx, argument) && !fits(value.type, p.type!)) cx.coerce(value, p.type, 'node' in argument ? argument.node : node);
    values.push(value);
    if (p.name) declareFor(cx, scope, p.name, value);
  }
  for (const extra of args.slice(parameters.length)) evaluate(cx, extra, undefined);
  const result = resultOfCall(cx, target, node);
  if (!result) return undefined;
  const types = flatTypes(result);
  const results = cx.at(node).call({ id: functionId(target.file, target.name), name: target.name }, values, types);
  return result.kind === 'void' ? undefined : assemble(result, results);
}

/** Binds a name for defaults that mention earlier parameters. */
function declareFor(cx: Lowering, scope: Scope, name: string, value: Value): void {
  const variable = new Variable(name, undefined, value.type, { ours: true });
  scope.declare(name, variable);
  cx.env.set(variable, value);
}

function defaultOf(cx: Lowering, p: Parameter, name: string, node: t.Node): Value {
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

function flatTypes(result: Result): Type[] {
  return result.kind === 'void' ? [] : result.kind === 'value' ? [result.type] : result.parts.flatMap(flatTypes);
}

/** The pieces of a result, in the order of its flat values. */
function assemble(result: Result, values: readonly Value[]): Piece {
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
  let depth = 0;
  for (let f: Frame | undefined = cx.frame; f; f = f.parent) if (f.node === target.node) depth++;
  if (depth >= DEPTH) fail('TL2005', cx.span(node), target.name);
  checkKind(cx, target.node, target.name);
  const { module } = target.scope;
  const parameters = parametersOf(cx.program, module, target.node);
  const scope = new Scope(module, target.scope);
  const given = parameters.map((p, i) => givenArgument(cx, p, args, i, scope, node));
  for (const extra of parameters.some((p) => p.rest) ? [] : args.slice(parameters.length)) evaluate(cx, extra, undefined);

  const caller = cx.frame;
  return inScope(cx, scope, () => {
    cx.frame = { ...newFrame(cx, target.node, target.name, declaredResult(cx.program, module, target.node)), parent: caller, self: target.self };
    const { frame } = cx;
    parameters.forEach((p, i) => {
      if (given[i] === 'function') return;
      const value = given[i] as Value | undefined;
      if (p.default && value && 'kind' in value.def && value.type.kind === 'opaque') unsupported(cx, node, 'An argument that may be undefined', 'Pass a value, or leave the argument out.');
      bindParameter(cx, p, value ?? defaultOf(cx, p, target.name, node));
    });
    lowerBody(cx, target.node);
    cx.frame = caller;
    return takeResults(cx, frame);
  });
}

function givenArgument(cx: Lowering, p: Parameter, args: readonly Argument[], i: number, scope: Scope, node: t.Node): Value | 'function' | undefined {
  const argument = args[i];
  if (p.rest) return arrayOf(cx, args.slice(i).map((a) => evaluate(cx, a, p.type?.kind === 'array' ? p.type.element : undefined)), p.type, node);
  if (isOmitted(cx, argument)) return undefined;
  if ('node' in argument && isFunctionValue(cx, argument.node)) {
    if (p.pattern.type !== 'Identifier') fail('TL2011', cx.span(argument.node), 'here');
    else scope.declare(p.pattern.name, callable(cx, argument.node)!);
    return 'function';
  }
  const value = evaluate(cx, argument, p.type);
  return p.type && !fits(value.type, p.type) ? cx.coerce(value, p.type, node) : value;
}

/** What the function put in place has returned. */
function takeResults(cx: Lowering, { shape, results, returned }: Frame): Piece | undefined {
  const first = results[0];
  const isVoid = shape ? shape.kind === 'void' : !first || !cx.env.get(first);
  const values = isVoid ? [] : results.map((v) => cx.read(v));
  for (const v of [...results, returned]) cx.env.delete(v);
  return isVoid ? undefined : assemble(shape ?? { kind: 'value', type: values[0].type }, values);
}


/** A function from its text to IR: parameters, body, result. */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import { addParam } from '../ir/build.ts';
import { Func, type Result, type Value, resultTypes } from '../ir/ir.ts';
import { BOOLEAN, type Type, present, withAbsent } from '../ir/types.ts';
import type { FunctionNode, Module } from '../parse/module.ts';
import { boundNames, children, isFunction, walk } from '../parse/walk.ts';
import { bindPattern } from './assign.ts';
import { instanceType } from './classes.ts';
import { expression } from './expressions.ts';
import { eraseFunctions } from './functions.ts';
import { Lowering } from './lowering.ts';
import type { Program } from './program.ts';
import { prune } from './prune.ts';
import { type Parameter, declaredResult, parametersOf, resultOf, returnsOf } from './signature.ts';
import { type Frame, Restart, Scope, type Status, Variable, FALLS } from './scope.ts';
import { END, returnValue, statements } from './statements.ts';
import { declaredType } from './types.ts';

export interface Source {
  id: string;
  name: string;
  node: FunctionNode;
  /** Around the function. */
  scope: Scope;
  /** The class of `this`. */
  self?: t.ClassDeclaration;
}

export function lowerFunction(program: Program, module: Module, source: Source): Func {
  const hints = new Map<t.Node, Type>();
  const { node } = source;
  let shape = declaredResult(program, module, node);
  for (;;) {
    try {
      const func = attempt(program, module, source, shape, hints);
      const found = func.result.kind === 'value' ? resultOf(func.result.type, node) : func.result;
      if (shape || found.kind === 'value' || found.kind === 'void') return func;
      shape = found;
    } catch (error) {
      // Each restart knows one type more, so this ends.
      if (!(error instanceof Restart)) throw error;
    }
  }
}

function attempt(program: Program, module: Module, { id, name, node, scope, self }: Source, shape: Result | undefined, hints: Map<t.Node, Type>): Func {
  const func = new Func(id, name, { file: module.file, start: node.start!, end: node.end! });
  if (module.marks.some((mark) => mark.node === node && mark.fast)) func.fast = true;
  const cx = new Lowering(program, func, new Scope(module, scope), hints);
  checkKind(cx, node, name);
  cx.frame = newFrame(cx, node, name, shape);
  if (self && usesThis(node)) {
    const type = instanceType(program, { module, node: self }) ?? fail('TL2002', cx.span(self.id ?? self), 'this');
    cx.frame.self = cx.at(node).free('this', type, false);
    cx.frame.owner = { module, node: self };
  }
  const parameters = parametersOf(program, module, node);
  const computed = parameters.map((p, i) => p.default && mentions(p.default, parameters.slice(0, i)));
  const values = parameters.map((p, i) => rootParameter(cx, p, i, computed[i]));
  parameters.forEach((p, i) => bindParameter(cx, p, computed[i] ? orDefault(cx, p, values[i]) : values[i]));
  lowerBody(cx, node);
  func.result = cx.frame.shape ?? inferredResult(cx);
  func.body.yields = func.result.kind === 'void' ? [] : cx.frame.results.map((v) => cx.read(v));
  eraseFunctions(cx);
  prune(func);
  return func;
}

/** A function whose return type is not written down returns what its returned expressions are. */
export function inferredResult(cx: Lowering): Result {
  const [result] = cx.frame.results;
  const type = result && cx.env.get(result)?.type;
  return type ? { kind: 'value', type } : { kind: 'void' };
}

export function checkKind(cx: Lowering, node: FunctionNode, name: string): void {
  const kind = node.async ? 'async' : node.generator ? 'a generator' : undefined;
  if (kind) fail('TL2009', cx.span(node), name, kind);
}

export function newFrame(cx: Lowering, node: FunctionNode, name: string, shape: Result | undefined, key: t.Node = node): Frame {
  const types: (Type | undefined)[] = shape ? resultTypes(shape) : returnsOf(node).length > 0 ? [undefined] : [];
  return {
    node, name, shape, targets: [],
    returned: cx.flag('returned'),
    results: types.map((type) => cx.variable('result', type, key)),
  };
}

export function lowerBody(cx: Lowering, node: FunctionNode): Status {
  hoistVars(cx, node);
  if (node.body.type === 'BlockStatement') return statements(cx, node.body.body, END);
  returnValue(cx, node.body as t.Expression);
  return FALLS;
}

/** `var` declares in the whole function. */
function hoistVars(cx: Lowering, node: FunctionNode): void {
  const parameters = new Set(node.params.flatMap(boundNames).map((id) => id.name));
  walk(node.body, (n) => {
    if (isFunction(n)) return false;
    if (n.type !== 'VariableDeclaration' || n.kind !== 'var') return undefined;
    for (const id of n.declarations.flatMap((d) => boundNames(d.id))) {
      if (!parameters.has(id.name)) cx.declare(id, declaredType(cx, id));
      parameters.add(id.name);
    }
    return undefined;
  });
}

/** Does a default depend on earlier parameters? Then so does the derivative, and the default belongs to the body. */
function mentions(expr: t.Node, earlier: readonly Parameter[]): boolean {
  const names = new Set(earlier.flatMap((p) => boundNames(p.pattern)).map((id) => id.name));
  let found = false;
  walk(expr, (n) => { if (n.type === 'Identifier' && names.has(n.name)) found = true; });
  return found;
}

/** `(x, y = 2 * x)` → y = y === undefined ? 2 * x : y */
export function orDefault(cx: Lowering, p: Parameter, value: Value): Value {
  const otherwise = () => expression(cx, p.default!, p.type);
  if ('kind' in value.def && value.def.kind === 'const' && value.def.attr.value === undefined) return otherwise();
  const chosen = cx.choose(p.pattern, cx.at(p.pattern).prim('eq', [value, cx.b.const(undefined)]), otherwise, () => value);
  chosen.type = value.type.absent === 'null | undefined' ? withAbsent(present(chosen.type), 'null') : present(chosen.type);
  return chosen;
}

function rootParameter(cx: Lowering, p: Parameter, index: number, computed = false): Value {
  const text = cx.scope.module.text.slice(p.pattern.start!, p.pattern.end!);
  if (!p.type) fail('TL2002', cx.span(p.pattern), p.name ?? text);
  if (computed) return addParam(cx.func, withAbsent(p.type, 'undefined'), cx.span(p.pattern), parameterName(p, index), { optional: true });
  return addParam(cx.func, p.type, cx.span(p.pattern), parameterName(p, index), {
    ...(p.default ? { default: cx.scope.module.text.slice(p.default.start!, p.default.end!) } : {}),
    ...(p.optional ? { optional: true } : {}),
    ...(p.rest ? { rest: true } : {}),
  });
}

export function parameterName({ name, type }: Parameter, index: number): string {
  return name ?? (type && 'name' in type && type.name ? type.name[0].toLowerCase() + type.name.slice(1) : `arg${index}`);
}

/** Declares what a parameter binds. */
export function bindParameter(cx: Lowering, p: Parameter, value: Value): void {
  if (p.pattern.type === 'Identifier') {
    const variable = cx.declare(p.pattern, value.type, value);
    if (value.name === variable.name) value.variable ??= variable.number;
  } else bindPattern(cx, p.pattern, { value });
}

function usesThis(node: FunctionNode): boolean {
  const search = (n: t.Node): boolean => {
    if (n.type === 'ThisExpression') return true;
    if (n !== node && (n.type === 'FunctionExpression' || n.type === 'FunctionDeclaration')) return false;
    for (const [child] of children(n)) if (search(child)) return true;
    return false;
  };
  return search(node);
}

/** The type of an expression of a module, found by lowering it; undefined if it is outside the language. */
export function inferType(program: Program, module: Module, scope: Scope, init: t.Node): Type | undefined {
  const func = new Func('', '', { file: module.file, start: init.start!, end: init.end! });
  const cx = new Lowering(program, func, new Scope(module, scope), new Map());
  cx.frame = { node: init as FunctionNode, name: '', targets: [], results: [], returned: new Variable('returned', undefined, BOOLEAN) };
  try {
    return expression(cx, init as t.Expression).type;
  } catch (error) {
    if (error instanceof CompileError || error instanceof Restart) return undefined;
    throw error;
  }
}

/**
 * Statements. There are no jumps in IR: `break`, `continue` and `return` set flags, and what comes
 * after a statement that may have jumped runs only if it did not. Where a branch always jumps no flag
 * needs testing, because the rest of the statements goes into the other branch:
 *
 *     if (c) return a;  rest      →   if (c) { result = a } else { rest }
 *     if (c) { if (d) return a; x = 1; }  rest
 *                                 →   if (c) { if (d) {…} else { x = 1 } }  if (!returned) { rest }
 *
 * So each statement is lowered together with what follows it in its list.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Result, Value } from '../ir/ir.ts';
import { VOID } from '../ir/types.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { declareVariable } from './assign.ts';
import { condition, constantTruth, effect, expression, optionalExpression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { isLoop, loopStatement } from './loops.ts';
import { exitsOf } from './scan.ts';
import { FALLS, NEVER, Scope, type Status, type Target, type Variable, leaves } from './scope.ts';
import { switchStatement } from './switch.ts';

/** What follows a statement. */
export type Rest = () => Status;

/** Nothing follows. */
export const END: Rest = () => FALLS;

export function statements(cx: Lowering, list: readonly t.Statement[], rest: Rest): Status {
  for (const node of list) {
    if (node.type === 'FunctionDeclaration' && node.id) {
      cx.scope.declare(node.id.name, { kind: 'local', name: node.id.name, node, scope: cx.scope, self: cx.frame.self });
    }
  }
  return sequence(cx, list, 0, rest);
}

function sequence(cx: Lowering, list: readonly t.Statement[], from: number, rest: Rest): Status {
  for (let i = from; i < list.length; i++) {
    const more = i + 1 < list.length ? () => sequence(cx, list, i + 1, rest) : rest;
    const node = list[i];
    if (takesRest(node)) return statement(cx, node, more);
    const status = statement(cx, node, END);
    if (!status.falls || status.exits.size > 0) return after(cx, status, node, more);
  }
  return rest();
}

/** Statements into which the rest may go. */
function takesRest(node: t.Statement): boolean {
  return node.type === 'IfStatement' || node.type === 'BlockStatement' || node.type === 'SwitchStatement';
}

export function statement(cx: Lowering, node: t.Statement, rest: Rest): Status {
  switch (node.type) {
    case 'BlockStatement': return block(cx, node.body, rest);
    case 'IfStatement': return ifStatement(cx, node, rest);
    case 'SwitchStatement': return switchStatement(cx, node, [], rest);
    default: return after(cx, plainStatement(cx, node), node, rest);
  }
}

function plainStatement(cx: Lowering, node: t.Statement): Status {
  switch (node.type) {
    case 'ExpressionStatement': effect(cx, node.expression); return cx.hasThrown ? NEVER : FALLS;
    case 'VariableDeclaration': node.declarations.forEach((d) => declareVariable(cx, d, node.kind)); return FALLS;
    case 'ReturnStatement': return returnStatement(cx, node);
    case 'BreakStatement': return jump(cx, 'break', node.label?.name);
    case 'ContinueStatement': return jump(cx, 'continue', node.label?.name);
    case 'ThrowStatement': {
      const error = expression(cx, node.argument);
      cx.at(node).throw(error);
      return NEVER;
    }
    case 'ForStatement': case 'ForOfStatement': case 'ForInStatement': case 'WhileStatement': case 'DoWhileStatement': return loopStatement(cx, node, []);
    case 'LabeledStatement': return labeled(cx, node);
    case 'EmptyStatement': case 'FunctionDeclaration': case 'TSInterfaceDeclaration': case 'TSTypeAliasDeclaration':
    case 'TSDeclareFunction': return FALLS;
    case 'DebuggerStatement':
      if (cx.breakpoints) cx.at(node).extern('debugger', [], VOID, { world: 'none' });
      return FALLS;
    case 'TryStatement': return tryStatement(cx, node);
    case 'ClassDeclaration': return unsupported(cx, node, 'A class in a function', 'Declare it at the top level of the module.');
    default: return unsupported(cx, node, `A ${node.type}`, 'Move it out of the differentiated function.');
  }
}

/**
 * `try`. IR has no exceptions: where one is thrown, the derivative ends with it. So a `catch` may only throw again, and
 * then what runs to its end runs as if there were no `try`; `finally` follows on whichever way the block is left.
 */
function tryStatement(cx: Lowering, { block: body, handler, finalizer }: t.TryStatement): Status {
  if (handler && !(handler.body.body.at(-1)?.type === 'ThrowStatement' && exitsOf(handler.body).length === 0)) {
    unsupported(cx, handler, 'A `catch` that goes on', 'The derivative of what was half done is not known. Test for the exception before it comes, let the `catch` throw, or catch around the call of the differentiated function.');
  }
  const status = block(cx, body.body, END);
  if (!finalizer) return status;
  if (exitsOf(finalizer).length > 0) unsupported(cx, finalizer, 'A jump out of `finally`', 'Jump after it.');
  const after = block(cx, finalizer.body, END);
  return after.falls ? status : after;
}

export function unsupported(cx: Lowering, node: t.Node, what: string, remedy: string): never {
  return fail('TL2001', cx.span(node), what, remedy);
}

/** Goes on after a statement that ended so: with the rest, guarded by a flag if the statement may have jumped. */
export function after(cx: Lowering, status: Status, node: t.Node, rest: Rest): Status {
  if (!status.falls || rest === END) return status;
  if (status.exits.size === 0) return rest();
  const op = cx.open('if', [jumped(cx, status.exits, node)], node);
  const out = cx.branch(op, () => ({ falls: false, exits: status.exits }));
  const on = cx.branch(op, () => {
    for (const flag of [...status.exits, ...cx.frame.targets.map((target) => target.done)]) cx.env.set(flag, undefined);
    return rest();
  });
  cx.close(op, out, on);
  return { falls: on.status.falls, exits: union(status.exits, on.status.exits) };
}

/** Has one of the exits been taken? Every exit but a `continue` sets the flag of the innermost target it leaves. */
function jumped(cx: Lowering, exits: ReadonlySet<Variable>, node: t.Node): Value {
  const target = cx.frame.targets.at(-1);
  if (!target) return cx.read(cx.frame.returned);
  const { skipped, done } = target;
  if (!skipped || !exits.has(skipped)) return cx.read(done);
  if (exits.size === 1) return cx.read(skipped);
  return cx.choose(node, cx.read(skipped), () => cx.b.const(true), () => cx.read(done));
}

export function union(a: ReadonlySet<Variable>, b: ReadonlySet<Variable>): ReadonlySet<Variable> { return new Set([...a, ...b]); }

function block(cx: Lowering, list: readonly t.Statement[], rest: Rest): Status {
  const outer = cx.scope;
  cx.scope = new Scope(outer.module, outer);
  const status = statements(cx, list, rest === END ? END : () => inScope(cx, outer, rest));
  cx.scope = outer;
  return status;
}

export function inScope<T>(cx: Lowering, scope: Scope, lower: () => T): T {
  const inner = cx.scope;
  cx.scope = scope;
  const result = lower();
  cx.scope = inner;
  return result;
}

function ifStatement(cx: Lowering, node: t.IfStatement, rest: Rest): Status {
  const test = condition(cx, node.test);
  const known = constantTruth(test);
  if (known !== undefined) return known ? statement(cx, node.consequent, rest) : node.alternate ? statement(cx, node.alternate, rest) : rest();
  const op = cx.open('if', [test], node);
  const scope = cx.scope;
  const then = cx.branch(op, () => statement(cx, node.consequent, END));
  const restGoesIntoElse = leaves(then.status);
  const otherwise = cx.branch(op, () => {
    const more = restGoesIntoElse ? rest : END;
    return node.alternate ? statement(cx, node.alternate, more) : more();
  });
  let done = restGoesIntoElse;
  if (!done && leaves(otherwise.status) && then.status.falls && rest !== END) {
    cx.resume(then, () => { then.status = after(cx, then.status, node, () => inScope(cx, scope, rest)); });
    done = true;
  }
  cx.close(op, then, otherwise);
  const status = { falls: then.status.falls || otherwise.status.falls, exits: union(then.status.exits, otherwise.status.exits) };
  return done ? status : after(cx, status, node, rest);
}

function labeled(cx: Lowering, node: t.LabeledStatement): Status {
  const labels = [node.label.name];
  let body = node.body;
  while (body.type === 'LabeledStatement') {
    labels.push(body.label.name);
    body = body.body;
  }
  if (isLoop(body)) return loopStatement(cx, body, labels);
  if (body.type === 'SwitchStatement') return switchStatement(cx, body, labels, END);
  const { target, own } = openTarget(cx, 'block', labels, [body]);
  cx.frame.targets.push(target);
  const status = statement(cx, body, END);
  cx.frame.targets.pop();
  return arrive(status, own ? target.done : undefined);
}

/** The status behind a statement to whose end the flag jumps. */
export function arrive(status: Status, flag: Variable | undefined): Status {
  if (!flag || !status.exits.has(flag)) return status;
  return { falls: true, exits: new Set([...status.exits].filter((f) => f !== flag)) };
}

export interface OpenTarget {
  target: Target;
  /** Is it left by a `break` of its own? */
  own: boolean;
  /** Flags that are set by jumps that leave it for somewhere else. */
  crossing: Variable[];
}

/**
 * A target for the jumps in the nodes. If a single kind of jump leaves it, the flag of that jump
 * says that it was left; otherwise it has a flag of its own, which all of them set.
 */
export function openTarget(cx: Lowering, kind: Target['kind'], labels: readonly string[], nodes: readonly t.Node[], needsOwn = false): OpenTarget {
  const exits = nodes.flatMap(exitsOf);
  const mine = (label: string | undefined, unlabeled: boolean) => (label === undefined ? unlabeled : labels.includes(label));
  const own = needsOwn || exits.some((e) => e.kind === 'break' && mine(e.label, kind !== 'block'));
  const continues = exits.some((e) => e.kind === 'continue' && mine(e.label, kind === 'loop'));
  const aims = new Set<Variable>();
  const crossing = new Set<Variable>();
  for (const e of exits) {
    if (e.kind !== 'return' && mine(e.label, e.kind === 'break' ? kind !== 'block' : kind === 'loop')) continue;
    const { flag, leaves: left } = e.kind === 'return' ? { flag: cx.frame.returned, leaves: cx.frame.targets } : jumpFlag(cx, e.kind, e.label);
    aims.add(flag);
    [flag, ...left.map((target) => target.done)].forEach((f) => crossing.add(f));
  }
  const [only] = aims;
  const target: Target = { kind, labels, done: !own && aims.size === 1 ? only : cx.flag('done') };
  if (continues) target.skipped = cx.flag('skipped');
  return { target, own, crossing: [...crossing] };
}

/** The flag of a jump, and how many targets it leaves on its way. */
function jumpFlag(cx: Lowering, kind: 'break' | 'continue', label: string | undefined): { flag: Variable; leaves: Target[] } {
  const { targets } = cx.frame;
  const index = targets.findLastIndex((target) => (label !== undefined ? target.labels.includes(label)
    : kind === 'break' ? target.kind !== 'block' : target.kind === 'loop'));
  const target = targets[index];
  return { flag: kind === 'continue' ? target.skipped! : target.done, leaves: targets.slice(index + 1) };
}

function jump(cx: Lowering, kind: 'break' | 'continue', label: string | undefined): Status {
  const { flag, leaves: left } = jumpFlag(cx, kind, label);
  return leave(cx, flag, left);
}

function leave(cx: Lowering, flag: Variable, targets: readonly Target[]): Status {
  const on = cx.b.const(true);
  cx.env.set(flag, on);
  for (const target of targets) cx.env.set(target.done, on);
  return { falls: false, exits: new Set([flag]) };
}

function returnStatement(cx: Lowering, node: t.ReturnStatement): Status {
  if (node.argument) returnValue(cx, node.argument);
  if (cx.hasThrown) return NEVER;
  cx.b.at(cx.span(node));
  return leave(cx, cx.frame.returned, cx.frame.targets);
}

/** Puts what is returned into the variables of the function's results. */
export function returnValue(cx: Lowering, node: t.Expression): void {
  const { shape, results } = cx.frame;
  if (shape?.kind === 'void') {
    effect(cx, node);
    return;
  }
  const values = shape ? resultParts(cx, node, shape) : [optionalExpression(cx, node)];
  results.forEach((variable, i) => {
    const value = values[i];
    if (value) cx.assign(variable, value, node);
  });
}

/** The parts of a returned literal, see signature.ts. */
function resultParts(cx: Lowering, expr: t.Expression, shape: Result): Value[] {
  if (shape.kind === 'void') return [];
  if (shape.kind === 'value') return [cx.coerce(expression(cx, expr, shape.type), shape.type, expr)];
  const node = unwrap(expr);
  if (node.type === 'ConditionalExpression') {
    return cx.chooseAll(node, condition(cx, node.test), () => resultParts(cx, node.consequent, shape), () => resultParts(cx, node.alternate, shape));
  }
  if (node.type === 'ArrayExpression') return shape.parts.flatMap((part, i) => resultParts(cx, node.elements[i] as t.Expression, part));
  const { properties } = node as t.ObjectExpression;
  const names = shape.kind === 'record' ? shape.names : [];
  const found = new Map<string, Value[]>();
  for (const property of properties) {
    if (property.type === 'SpreadElement') {
      const object = expression(cx, property.argument);
      for (const key of recordKeys(cx, object, property)) found.set(key, [cx.at(property).field(object, key)]);
    } else if (property.type === 'ObjectProperty') {
      const key = keyOf(property)!;
      found.set(key, resultParts(cx, property.value as t.Expression, shape.parts[names.indexOf(key)] ?? { kind: 'void' }));
    } else unsupported(cx, property, 'A method in an object literal', 'Put the function at the top level of the module.');
  }
  for (const key of found.keys()) if (!names.includes(key)) fail('TL2012', cx.span(node), key, shape.kind === 'record' ? shape.type ?? 'the declared result' : 'the tuple');
  return names.flatMap((name) => found.get(name)!);
}

export function recordKeys(cx: Lowering, object: Value, node: t.Node): string[] {
  if (object.type.kind !== 'record') return unsupported(cx, node, 'Spreading what is not a record', 'Name the fields one by one.');
  return object.type.fields.map((f) => f.name);
}


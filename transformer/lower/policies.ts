/**
 * What the user says about the memory of derivatives: marks of loops, and `checkpoint(f)`. They change nothing of what is
 * computed; what they stand around is kept together in the IR, so that reverse mode finds it (differentiate/outline.ts):
 *
 *   // @checkpoint snapshots=12       →   a loop with a policy
 *   checkpoint(f)(x)                  →   if (true) [policy] { f(x) }
 *   // @reversible inverse=undo       →   a loop with a policy whose body is
 *   state = step(state)                     if (true) [policy] { state = step(state) } else { state = undo(state) }
 */
import * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Op, Policy, Value } from '../ir/ir.ts';
import type { LoopMark } from '../parse/module.ts';
import { unwrap } from '../parse/walk.ts';
import { type Piece } from './assign.ts';
import { callable } from './calls.ts';
import { expression } from './expressions.ts';
import { functionOf, functionValue } from './functions.ts';
import { transformOf } from './transforms.ts';
import type { Lowering } from './lowering.ts';
import { END, statement } from './statements.ts';
import { type Callable, FALLS, NEVER, type Status, Variable } from './scope.ts';

const UNNAMED = new Variable(undefined, undefined, undefined, { ours: true });

/** The mark above a loop of the user's. */
export function loopMark(cx: Lowering, node: t.Node): LoopMark | undefined {
  const mark = cx.scope.module.loopMarks.get(node.start!);
  if (mark) mark.used = true;
  return mark;
}

/** Lowers a call whose arguments are there already, to be computed anew in the reverse sweep. */
export function recomputed(cx: Lowering, node: t.Node, lower: () => Piece | undefined): Piece | undefined {
  const op = kept(cx, node, { kind: 'call' });
  let piece: Piece | undefined;
  const then = cx.branch(op, () => {
    piece = lower();
    return FALLS;
  });
  const otherwise = cx.branch(op, () => NEVER);
  const result = (v: Value): Value => {
    then.region.yields.push(v);
    cx.resume(otherwise, () => otherwise.region.yields.push(cx.b.undef(v.type)));
    return cx.result(op, v.type, UNNAMED);
  };
  const outside = (p: Piece): Piece => ('value' in p ? { value: result(p.value) } : { ...p, parts: p.parts.map(outside) });
  const results = piece && outside(piece);
  cx.close(op, then, otherwise);
  return results;
}

/** The body of a reversible loop, forwards and backwards. */
export function reversibleBody(cx: Lowering, { policy, span }: LoopMark, body: t.Statement): Status {
  const { inverse } = policy as Extract<Policy, { kind: 'reversible' }>;
  const step = onlyStatement(body);
  const undo = step && undone(step, inverse);
  if (!undo) return fail('TL1026', cx.span(body), inverse);
  const op = kept(cx, body, policy!);
  const then = cx.branch(op, () => statement(cx, step, END));
  const otherwise = cx.branch(op, () => {
    const callee = unwrap(undo.call.callee);
    if (callee.type === 'Identifier' && !callable(cx, callee) && !cx.scope.lookup(callee.name)) fail('TL1027', span, inverse);
    return statement(cx, undo.statement, END);
  });
  cx.close(op, then, otherwise);
  return FALLS;
}

function kept(cx: Lowering, node: t.Node, policy: Policy): Op {
  const op = cx.open('if', [cx.at(node).const(true)], node);
  op.attr.policy = policy;
  return op;
}

function onlyStatement(body: t.Statement): t.ExpressionStatement | undefined {
  if (body.type === 'BlockStatement') return body.body.length === 1 ? onlyStatement(body.body[0]) : undefined;
  return body.type === 'ExpressionStatement' ? body : undefined;
}

interface Undone { statement: t.ExpressionStatement; call: t.CallExpression }

const inverses = new WeakMap<t.Node, Undone | undefined>();

/** `state = step(state)` → `state = undo(state)`, `simulation.step()` → `simulation.undo()` */
function undone(step: t.ExpressionStatement, inverse: string): Undone | undefined {
  if (!inverses.has(step)) inverses.set(step, make(step, inverse));
  return inverses.get(step);
}

function make(step: t.ExpressionStatement, inverse: string): Undone | undefined {
  const whole = unwrap(step.expression);
  const assigns = whole.type === 'AssignmentExpression' && whole.operator === '=' ? whole : undefined;
  const call = unwrap(assigns?.right ?? whole);
  if (call.type !== 'CallExpression') return undefined;
  const at = <T extends t.Node>(node: T, like: t.Node): T => Object.assign(node, { start: like.start, end: like.end, loc: like.loc });
  const callee = unwrap(call.callee);
  const identifier = (name: string) => at(t.identifier(name), callee);
  const [first, ...rest] = inverse.split('.');
  const named = callee.type === 'MemberExpression' && rest.length === 0 ? at(t.memberExpression(callee.object, identifier(first)), callee)
    : rest.reduce<t.Expression>((object, key) => at(t.memberExpression(object, identifier(key)), callee), identifier(first));
  const undo = at(t.callExpression(named, call.arguments), call);
  const statement = at(t.expressionStatement(assigns ? at(t.assignmentExpression('=', assigns.left, undo), assigns) : undo), step);
  return { statement, call: undo };
}

/** `checkpoint(f)` as a value. */
export function checkpointedValue(cx: Lowering, node: t.CallExpression): Value {
  const target = checkpointed(cx, node);
  return target ? functionValue(cx, target, node) : expression(cx, node.arguments[0] as t.Expression);
}

/** The function of `checkpoint(f)`; undefined where the expression is no such call. */
export function checkpointed(cx: Lowering, node: t.Node): Callable | undefined {
  if (node.type !== 'CallExpression' || !node.arguments[0] || transformOf(cx, node) !== 'checkpoint') return undefined;
  const target = functionOf(cx, node.arguments[0]);
  return target && (target.kind === 'local' || target.kind === 'module') ? { ...target, checkpoint: true } : target;
}

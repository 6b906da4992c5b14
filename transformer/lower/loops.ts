/**
 * Loops. A loop carries the variables that are assigned in it, and the flags by which it is left.
 * Whatever turns out to be handed on unchanged is dropped again.
 *
 * A test must be free of effects. One that is not becomes a jump:
 *
 *     while (i++ < n) body   →   loop, exit done: { if (i++ < n) body else done = true }
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { LoopInfo, Op, Value } from '../ir/ir.ts';
import { type Type, sameType } from '../ir/types.ts';
import { substitute } from '../ir/walk.ts';
import { type Piece, assignTo, bindPattern, declareVariable } from './assign.ts';
import { hasEffects } from './effects.ts';
import { condition, effect, expression } from './expressions.ts';
import type { Env, Lowering } from './lowering.ts';
import { capturedBesides, holdsFunctions, join, widen } from './functions.ts';
import { assignedVariables } from './scan.ts';
import { loopMark, reversibleBody } from './policies.ts';
import { FALLS, Scope, type Status, type Variable } from './scope.ts';
import { END, after, arrive, inScope, openTarget, statement, unsupported } from './statements.ts';
import { eachIndex, iteration } from './iterate.ts';
import { keysIn } from './objects.ts';

export interface LoopSpec {
  node: t.Node;
  form: LoopInfo['form'];
  /** Where variables may be assigned. */
  scanned: readonly t.Node[];
  /** Variables of ours that the loop assigns. */
  own?: readonly Variable[];
  /** Variables declared in the head. */
  head?: readonly Variable[];
  /** The user's statement in which jumps may leave the loop. */
  jumps?: { labels: readonly string[]; body: t.Node };
  testAfter?: boolean;
  /** Absent: true. */
  test?: () => Value;
  body: () => Status;
  /** After the body, also where that was left by `continue`. */
  update?: () => void;
}

type LoopNode = t.ForStatement | t.ForOfStatement | t.ForInStatement | t.WhileStatement | t.DoWhileStatement;

export function isLoop(node: t.Node): node is LoopNode {
  return node.type === 'ForStatement' || node.type === 'ForOfStatement' || node.type === 'ForInStatement' || node.type === 'WhileStatement' || node.type === 'DoWhileStatement';
}

export function loopStatement(cx: Lowering, node: LoopNode, labels: readonly string[]): Status {
  const outer = cx.scope;
  return inScope(cx, new Scope(outer.module, outer), () => {
    const jumps = { labels, body: node.body };
    switch (node.type) {
      case 'ForStatement': return forLoop(cx, node, jumps);
      case 'ForOfStatement': return forOfLoop(cx, node, jumps);
      case 'ForInStatement': return forInLoop(cx, node, jumps);
      default: return whileLoop(cx, node, jumps);
    }
  });
}

function whileLoop(cx: Lowering, node: t.WhileStatement | t.DoWhileStatement, jumps: LoopSpec['jumps']): Status {
  return emitLoop(cx, {
    node, jumps, form: node.type === 'WhileStatement' ? 'while' : 'do', testAfter: node.type === 'DoWhileStatement',
    scanned: [node],
    ...testOf(cx, node.test),
    body: () => statement(cx, node.body, END),
  });
}

/** `while (true)` has no test. */
function testOf(cx: Lowering, test: t.Expression | null | undefined): Pick<LoopSpec, 'test'> {
  return !test || (test.type === 'BooleanLiteral' && test.value) ? {} : { test: () => condition(cx, test) };
}

function forLoop(cx: Lowering, node: t.ForStatement, jumps: LoopSpec['jumps']): Status {
  const head: Variable[] = [];
  const { init, update } = node;
  if (init?.type === 'VariableDeclaration') {
    for (const d of init.declarations) {
      declareVariable(cx, d, init.kind);
      const variable = d.id.type === 'Identifier' ? cx.scope.lookup(d.id.name) : undefined;
      if (variable?.kind === 'variable' && init.kind !== 'var') head.push(variable);
    }
  } else if (init) effect(cx, init);
  return emitLoop(cx, {
    node, jumps, head, form: 'for',
    scanned: [node.body, ...[node.test, update].filter((n) => n != null)],
    ...testOf(cx, node.test),
    body: () => statement(cx, node.body, END),
    ...(update ? { update: () => void effect(cx, update) } : {}),
  });
}

function forOfLoop(cx: Lowering, node: t.ForOfStatement, jumps: LoopSpec['jumps']): Status {
  if (node.await) unsupported(cx, node, '`for await`', 'Wait for the values first, and pass them as an array.');
  return iteration(cx, node.right, node, { jumps, scanned: [node] }, (element) => eachElement(cx, node, element));
}

function eachElement(cx: Lowering, { left, body }: t.ForOfStatement | t.ForInStatement, element: Piece): Status {
  if (left.type === 'VariableDeclaration') bindPattern(cx, left.declarations[0].id, element);
  else assignTo(cx, left, element);
  return statement(cx, body, END);
}

function forInLoop(cx: Lowering, node: t.ForInStatement, jumps: LoopSpec['jumps']): Status {
  const { length, at } = keysIn(cx, expression(cx, node.right), node.right);
  return eachIndex(cx, length, node, { form: 'forof', jumps, scanned: [node] }, (index) => eachElement(cx, node, at(cx.read(index))));
}

/** Lowers a loop; again with wider types of variables that turn out to hold other functions in later iterations. */
export function emitLoop(cx: Lowering, spec: LoopSpec): Status {
  const wider = new Map<Variable, Type>();
  for (;;) {
    const env = new Map(cx.env);
    const { length } = cx.b.region.ops;
    const status = attempt(cx, spec, wider);
    if (status) return status;
    cx.env = env;
    cx.b.region.ops.length = length;
  }
}

function attempt(cx: Lowering, spec: LoopSpec, wider: Map<Variable, Type>): Status | undefined {
  const { node, jumps } = spec;
  const scope = cx.env;
  const jumpTest = spec.test !== undefined && testHasEffects(cx, spec);
  const opened = jumps && openTarget(cx, 'loop', jumps.labels, [jumps.body], jumpTest);
  const exit = Boolean(opened && (opened.own || opened.crossing.length > 0));
  const flags = new Set<Variable>(opened && exit ? [opened.target.done, ...opened.crossing] : []);
  if (flags.has(cx.frame.returned)) cx.frame.results.forEach((v) => flags.add(v));
  const assigned = [...assignedVariables(cx.scope, spec.scanned)].filter((v) => scope.has(v));
  const carried = [...new Set([...flags, ...spec.own ?? [], ...assigned])];
  // No exit has been taken where an iteration begins.
  const reset = () => flags.forEach((flag) => cx.env.set(flag, undefined));

  reset();
  const info: LoopInfo = { test: spec.testAfter && !jumpTest ? 'after' : 'before', form: spec.form, ...(exit ? { exit } : {}) };
  const initial = carried.map((v) => {
    const value = cx.read(v);
    const type = wider.get(v);
    return type ? widen(cx, value, type) : value;
  });
  const op = cx.open('loop', initial, node, info);
  const mark = jumps && loopMark(cx, node);
  if (mark?.policy) op.attr.policy = mark.policy;
  if (mark?.keeping) info.keeping = mark.keeping;
  op.params = carried.map((v, i) => cx.value(op, wider.get(v) ?? op.args[i].type, v));
  if (spec.head) info.head = spec.head.map((v) => carried.indexOf(v)).filter((i) => i >= 0);
  const entry: Env = new Map(cx.env);
  carried.forEach((v, i) => entry.set(v, op.params[i]));

  let test!: Value;
  const { region } = cx.branch(op, () => {
    test = spec.test && !jumpTest ? spec.test() : cx.at(node).const(true);
    return FALLS;
  }, new Map(entry));
  region.yields = [test];
  const outside = new Set([...entry.keys()].filter((v) => !spec.head?.includes(v)));
  const body = cx.branch(op, () => {
    reset();
    cx.loops.push(outside);
    if (opened) cx.frame.targets.push(opened.target);
    const lowered = mark?.policy?.kind === 'reversible' ? { ...spec, body: () => reversibleBody(cx, mark, jumps!.body as t.Statement) } : spec;
    const status = jumpTest ? testedBody(cx, lowered, opened!.target.done) : iterate(cx, lowered);
    if (opened) cx.frame.targets.pop();
    cx.loops.pop();
    return status;
  }, entry);
  const { size } = wider;
  carried.forEach((v, i) => {
    const { type } = op.params[i];
    const value = body.env.get(v);
    if (!value || !(holdsFunctions(value.type) || holdsFunctions(type))) return;
    const joined = join(type, value.type);
    if (joined && !sameType(joined, type)) wider.set(v, joined);
    const lost = capturedBesides(cx, value.type, (w) => outside.has(w));
    if (lost) fail('TL2013', cx.span(node), lost.target.name, lost.variable.name ?? 'this');
  });
  if (wider.size > size) return undefined;
  cx.resume(body, () => { body.region.yields = carried.map((v, i) => valueAt(cx, v, op.params[i], node)); });

  dropUnchanged(op, carried, exit);
  op.results = carried.map((v, i) => cx.value(op, op.params[i].type, v));
  cx.b.insert(op);
  carried.forEach((v, i) => cx.env.set(v, op.results[i]));
  const exits = new Set(body.status.exits);
  if (opened?.own) exits.delete(opened.target.done);
  return { falls: spec.test !== undefined || Boolean(opened?.own), exits };
}

/** What a carried variable is at the end of the body, with the type it was carried in with. */
function valueAt(cx: Lowering, variable: Variable, param: Value, node: t.Node): Value {
  const value = cx.env.get(variable) ?? (variable.options.initially === undefined ? cx.b.undef(param.type) : cx.read(variable));
  return widen(cx, cx.coerce(value, param.type, node), param.type);
}

/** Body and update of one iteration. */
function iterate(cx: Lowering, spec: LoopSpec): Status {
  const skipped = spec.jumps && cx.frame.targets.at(-1)!.skipped;
  if (skipped) cx.env.set(skipped, undefined);
  const status = arrive(spec.body(), skipped);
  const { update } = spec;
  if (!update || !status.falls) return status;
  if (status.exits.size > 0 && updateIsHarmless(cx, spec, update)) return status;
  return after(cx, status, spec.node, () => {
    update();
    return FALLS;
  });
}

/**
 * Runs the update without a guard if a needless run of it cannot be noticed: it only computes
 * variables of the head, which end with the loop.
 */
function updateIsHarmless(cx: Lowering, { head = [] }: LoopSpec, update: () => void): boolean {
  const { ops } = cx.b.region;
  const length = ops.length;
  const env = new Map(cx.env);
  update();
  const changed = [...cx.env].filter(([v, value]) => env.get(v) !== value).map(([v]) => v);
  const scalar = ops.slice(length).every((op) => op.kind === 'const' || op.kind === 'prim');
  if (scalar && changed.every((v) => head.includes(v))) return true;
  ops.length = length;
  cx.env = env;
  return false;
}

/** An iteration that begins (or ends, after the body) with a test that is itself a part of it. */
function testedBody(cx: Lowering, spec: LoopSpec, done: Variable): Status {
  const { node } = spec;
  const test = (rest: () => Status): Status => {
    const op = cx.open('if', [spec.test!()], node);
    const on = cx.branch(op, rest);
    const off = cx.branch(op, () => {
      cx.env.set(done, cx.b.const(true));
      return FALLS;
    });
    cx.close(op, on, off);
    return on.status;
  };
  if (!spec.testAfter) return test(() => iterate(cx, spec));
  return after(cx, iterate(cx, spec), node, () => test(END));
}

/** Lowers the test to see whether it does more than compute. */
function testHasEffects(cx: Lowering, spec: LoopSpec): boolean {
  const before = new Map(cx.env);
  for (const v of assignedVariables(cx.scope, spec.scanned)) {
    if (cx.env.has(v) && !cx.env.get(v)) cx.env.set(v, cx.read(v));
  }
  const op = cx.open('loop', [], spec.node);
  let changed = false;
  const trial = cx.branch(op, () => {
    const start = new Map(cx.env);
    spec.test!();
    changed = [...start].some(([v, value]) => value && cx.env.get(v) !== value);
    return FALLS;
  });
  cx.env = before;
  return changed || hasEffects(cx.program, trial.region);
}

/** Carried values that no iteration changes are what they were before. */
function dropUnchanged(op: Op, carried: Variable[], exit: boolean): void {
  const body = op.regions[1];
  const { head } = op.attr.loop!;
  const unchanged = new Map<Value, Value>();
  const keep = op.params.map((p, i) => {
    const same = body.yields[i] === p && !(exit && i === 0);
    if (same) unchanged.set(p, op.args[i]);
    return !same;
  });
  if (unchanged.size === 0) return;
  if (head) op.attr.loop!.head = head.filter((i) => keep[i]).map((i) => keep.slice(0, i).filter(Boolean).length);
  op.args = op.args.filter((_, i) => keep[i]);
  op.params = op.params.filter((_, i) => keep[i]);
  body.yields = body.yields.filter((_, i) => keep[i]);
  carried.splice(0, carried.length, ...carried.filter((_, i) => keep[i]));
  op.regions.forEach((r) => substitute(r, unchanged));
}

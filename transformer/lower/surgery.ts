/**
 * `onCotangent(x, (g) => …)`: x, and code that runs in the reverse sweep, on the cotangent of what it gives. In the IR it is
 * the identity, with a rule of its own: forward mode leaves the tangent as it is, and the pullback is the callback.
 *
 *     y = onCotangent(x, (g) => Math.min(g, limit))   →   y = x; …            and backwards   x_bar += Math.min(y_bar, limit)
 *
 * What the callback captures are further arguments, which have no derivative. Of an array or a record it gives a copy, for
 * what is done to x under its other names has a cotangent of its own.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, type Result, Value } from '../ir/ir.ts';
import { BOUNDARY, once } from '../ir/rules.ts';
import { NUMBER, type Type, cotangentType, isDifferentiable, isMemory, sameType, showType } from '../ir/types.ts';
import { allOps, capturedValues, substitute } from '../ir/walk.ts';
import { apply } from './calls.ts';
import { expression } from './expressions.ts';
import { functionOf } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { prune } from './prune.ts';
import { FALLS } from './scope.ts';
import { unsupported } from './statements.ts';
import { fits, isNullish } from './types.ts';

/** Operations that write to memory, or may. */
const WRITES = new Set<Op['kind']>(['store', 'accum', 'setfield', 'accumfield', 'fill', 'push', 'pop', 'shift', 'unshift', 'splice', 'resize', 'addinto', 'clear', 'call']);

export function onCotangent(cx: Lowering, node: t.CallExpression): Value {
  const [argument, callback] = node.arguments;
  const x = expression(cx, argument as t.Expression);
  if (!isDifferentiable(x.type)) fail('TL2003', cx.span(argument), 'a value with a derivative', showType(x.type));
  const { op, bar, cotangent } = lowerCallback(cx, callback, x, node);
  const captured = [...capturedValues(op)].filter((v) => v !== cotangent);
  // What it computes with may be the callback's own result.
  if (!captured.includes(bar) && bar !== cotangent && !(bar.def instanceof Op && bar.def.parent === op.regions[0])) captured.push(bar);
  const written = allOps(op.regions[0]).find((inner) => WRITES.has(inner.kind) && inner.kind !== 'call' && captured.includes(inner.args[0]));
  if (written) unsupported(cx, callback, 'A callback of `onCotangent` that changes an array or object of the function', 'When it runs, the function has returned. Log the cotangent, or let the callback return another.');
  const id = cx.program.fresh(`${cx.func.id}:onCotangent`);
  const types = [x, ...captured].map((v) => v.type);
  cx.program.provide(id, {
    name: 'onCotangent', span: cx.span(node), parameters: () => types,
    vjp: once(() => pullback(id, op, x, captured, cotangent, bar)),
    jvp: once(() => identity(id, op, types)),
  });
  const isNumber = x.type.kind === 'number';
  return cx.at(node).op('extern', [x, ...captured], [x.type], {
    text: isNumber ? '$0' : 'cloneOf', ...(isNumber ? {} : { runtime: true }), pure: true, world: 'none', custom: id, carries: [0], shown: 'onCotangent',
  }).result;
}

/** Lowers the callback where it stands, on the cotangent that it will be given. */
function lowerCallback(cx: Lowering, callback: t.Node | undefined, x: Value, node: t.Node): { op: Op; bar: Value; cotangent: Value } {
  const target = callback && functionOf(cx, callback);
  if (!target) return unsupported(cx, node, '`onCotangent` without a function that is known here', 'Write the function as a literal: `onCotangent(x, (g) => …)`.');
  const type = cotangentType(x.type);
  const [first] = target.kind === 'local' || target.kind === 'module' ? target.node.params : [];
  const cotangent = new Value(type, cx.span(callback), first?.type === 'Identifier' ? first.name : 'g');
  const op = cx.open('if', [], node);
  cotangent.def = op;
  const before = new Map(cx.env);
  let bar = cotangent;
  cx.branch(op, () => {
    const breaks = cx.breakpoints;
    cx.breakpoints = true;
    const given = apply(cx, target, [cotangent], node);
    cx.breakpoints = breaks;
    if (given && !isNullish(given)) bar = replacement(cx, given, cotangent, callback);
    const changed = [...before].find(([variable, v]) => v && cx.env.get(variable) !== v);
    if (changed) unsupported(cx, callback, `A callback of \`onCotangent\` that assigns \`${changed[0].name ?? 'a variable'}\` of the function`, 'When it runs, the function has returned: assign a variable of the module.');
    return FALLS;
  });
  return { op, bar, cotangent };
}

/** What the callback returns goes on as the cotangent; where it returns nothing, what it was given does. */
function replacement(cx: Lowering, given: Value, cotangent: Value, node: t.Node): Value {
  const { type } = cotangent;
  if (given.type.absent) return cx.choose(node, cx.at(node).prim('eq', [given, cx.b.const(undefined)]), () => cotangent, () => given);
  if (sameType(given.type, type)) return given;
  if (isMemory(given.type) && fits(given.type, type)) return cx.coerce(given, type, node);
  return fail('TL1010', cx.span(node), 'onCotangent', `the cotangent as \`${showType(given.type)}\``, `\`${showType(type)}\``);
}

function ruleFunction(id: string, op: Op, types: readonly Type[]): { func: Func; params: Value[]; b: Builder } {
  const func = new Func(id, 'onCotangent', op.span);
  const params = types.map((type, i) => addParam(func, type, op.span, i === 0 ? 'x' : `captured_${i}`));
  return { func, params, b: new Builder(func.body, op.span) };
}

/** (x, …captured, g) → [x | callback(g)] */
function pullback(id: string, op: Op, x: Value, captured: readonly Value[], cotangent: Value, bar: Value): Func {
  const { func, params, b } = ruleFunction(`${id}:vjp`, op, [x, ...captured].map((v) => v.type));
  const map = new Map(captured.map((v, i) => [v, params[1 + i]]));
  captured.forEach((v, i) => { params[1 + i].name = v.name; });
  const value = isMemory(x.type) ? b.clone(params[0]) : params[0];
  b.op('undef', [], [NUMBER], { text: BOUNDARY });
  const g = addParam(func, cotangent.type, op.span, cotangent.name!);
  const { ops } = op.regions[0];
  // The callback may change what it is given, which is not its own.
  const own = isMemory(g.type) && ops.some((o) => [o, ...o.regions.flatMap((r) => allOps(r))].some((inner) => WRITES.has(inner.kind))) ? b.clone(g) : g;
  map.set(cotangent, own);
  for (const inner of ops) b.insert(inner);
  func.body.yields = [value, bar, ...captured.map(() => b.const(undefined))];
  substitute(func.body, map);
  return finished(func);
}

/** (x, …captured, x_dot, …) → [x, x_dot] */
function identity(id: string, op: Op, types: readonly Type[]): Func {
  const { func, params, b } = ruleFunction(`${id}:jvp`, op, types);
  const tangents = types.filter(isDifferentiable).map((type, i) => addParam(func, cotangentType(type), op.span, i === 0 ? 'x_dot' : `captured_${i}_dot`));
  const copy = (v: Value) => (isMemory(v.type) ? b.clone(v) : v);
  func.body.yields = [copy(params[0]), copy(tangents[0])];
  return finished(func);
}

function finished(func: Func): Func {
  func.result = { kind: 'tuple', parts: func.body.yields.map((v): Result => ({ kind: 'value', type: v.type })) };
  prune(func);
  return func;
}

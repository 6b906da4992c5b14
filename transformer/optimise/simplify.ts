/**
 * Local rewrites, each exact for the primal:
 *
 *   2 * 3                            →  6
 *   if (true) { a } else { b }       →  a
 *   if (c) { r = a } else { r = a }  →  r = a
 *   a value carried unchanged        →  its initial value
 *   x * 1, x / 1, -(-x)              →  x            (x + 0 only in derivative code: -0 + 0 is 0)
 *   (shape as Circle)_bar.radius     →  shape_bar.radius
 *   x_bar[i] += 0                    →  nothing
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type OpKind, type Region, type Value, constantOf } from '../ir/ir.ts';
import { type Type, fieldType, sameType } from '../ir/types.ts';
import { keepCarried, keepResults, substitute } from '../ir/walk.ts';

/** Whether anything has changed. */
export function simplify(func: Func): boolean {
  const map = new Map<Value, Value>();
  region(func.body, map);
  substitute(func.body, map);
  return map.size > 0;
}

function region(r: Region, map: Map<Value, Value>): void {
  const get = (v: Value): Value => {
    let w = v;
    for (let next = map.get(w); next; next = map.get(w)) w = next;
    return w;
  };
  const before = r.ops;
  r.ops = [];
  for (const op of before) {
    op.args = op.args.map(get);
    op.parent = r;
    if (op.attr.key !== undefined) throughCast(op);
    for (const inner of op.regions) {
      region(inner, map);
      inner.yields = inner.yields.map(get);
    }
    if (op.kind === 'prim') {
      const b = new Builder(r, op.span, op.attr.loose, undefined, op.attr.terms);
      const better = foldPrim(op, b);
      if (better) map.set(op.result, better);
      else r.ops.push(op);
    } else if ((op.kind === 'accum' || op.kind === 'accumfield') && op.attr.loose && constantOf(op.args[op.args.length - 1]) === 0) continue;
    else if (op.kind === 'cast' && sameFields(op.args[0].type, op.result.type)) map.set(op.result, op.args[0]);
    else if (op.kind === 'if') foldIf(op, r, map);
    else {
      if (op.kind === 'loop') dropUnchanged(op, map);
      r.ops.push(op);
    }
  }
}

/** Only its class is known better, which matters while the program is lowered. */
function sameFields(from: Type, to: Type): boolean {
  return from.kind === 'record' && to.kind === 'record' && (from.fields === to.fields || (from.name === to.name && sameType(from, to)));
}

/** A shadow need not be seen as that of a member of a union. */
function throughCast(op: Op): void {
  const { def, type } = op.args[0];
  if (!(def instanceof Op) || def.kind !== 'cast' || !def.attr.shadow) return;
  const [own, seen] = [def.args[0].type, type].map((t) => fieldType(t, op.attr.key!));
  if (own && seen && sameType(own, seen)) op.args[0] = def.args[0];
}

export const EXACT: Record<string, (x: number, y: number) => number | boolean> = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y, rem: (x, y) => x % y, pow: (x, y) => x ** y,
  neg: (x) => -x, lt: (x, y) => x < y, le: (x, y) => x <= y, gt: (x, y) => x > y, ge: (x, y) => x >= y, eq: (x, y) => x === y, ne: (x, y) => x !== y,
};

function foldPrim(op: Op, b: Builder): Value | undefined {
  const fn = op.attr.fn!;
  const [x, y] = op.args;
  const cx = constantOf(x);
  const cy = y && constantOf(y);
  if (fn === 'not' && x.def instanceof Op && x.def.kind === 'const') return b.const(!x.def.attr.value);
  const equal = fn === 'eq' || fn === 'ne' ? knownEqual(x, y) : undefined;
  if (equal !== undefined) return b.const(equal === (fn === 'eq'));
  // A named constant of the user's stays as it is written: 2 * Math.PI is not 6.283185307179586.
  if (EXACT[fn] && cx !== undefined && (op.args.length === 1 || cy !== undefined) && (op.attr.loose || typeof EXACT[fn](cx, cy!) === 'boolean')) return b.const(EXACT[fn](cx, cy!));
  if (fn === 'mul' && cy === 1) return x;
  if (fn === 'mul' && cx === 1) return y;
  if (fn === 'div' && cy === 1) return x;
  if (fn === 'neg' && x.def instanceof Op && x.def.kind === 'prim' && x.def.attr.fn === 'neg') return x.def.args[0];
  if (!op.attr.loose) return undefined;
  if ((fn === 'add' || fn === 'sub') && cy === 0) return x;
  if (fn === 'add' && cx === 0) return y;
  if (fn === 'sub' && cx === 0) return b.prim('neg', [y]);
  if (fn === 'mul' && (cx === 0 || cy === 0)) return b.const(0);
  if (fn === 'div' && cx === 0) return b.const(0);
  return undefined;
}

/** Of constants, and of what is certainly there (`1 === undefined`). */
function knownEqual(x: Value, y: Value): boolean | undefined {
  const [a, b] = [x, y].map(({ def }) => (def instanceof Op && def.kind === 'const' ? def.attr : undefined));
  if (a && b) return a.value === b.value;
  const other = a && a.value == null ? y : b && b.value == null ? x : undefined;
  return other?.def instanceof Op && MADE.has(other.def.kind) ? false : undefined;
}

const MADE = new Set<OpKind>(['prim', 'literal', 'new', 'copy', 'length']);

function foldIf(op: Op, r: Region, map: Map<Value, Value>): void {
  const condition = op.args[0].def;
  if (condition instanceof Op && condition.kind === 'const' && !op.attr.policy) {
    const taken = op.regions[condition.attr.value ? 0 : 1];
    for (const inner of taken.ops) {
      inner.parent = r;
      r.ops.push(inner);
    }
    op.results.forEach((v, k) => map.set(v, taken.yields[k]));
    return;
  }
  if (!op.attr.policy) op.results.forEach((v, k) => {
    const [a, b] = op.regions.map((inner) => inner.yields[k]);
    if (a === b) map.set(v, a);
    else if (sameConstant(a, b)) map.set(v, new Builder(r, op.span).const((a.def as Op).attr.value));
  });
  keepResults(op, op.results.map((v) => !map.has(v)));
  if (op.results.length === 0 && op.regions.every((inner) => inner.ops.every((o) => o.results.length > 0 && (o.kind === 'const' || o.kind === 'undef')))) return;
  r.ops.push(op);
}

function sameConstant(a: Value, b: Value): boolean {
  return a.def instanceof Op && b.def instanceof Op && a.def.kind === 'const' && b.def.kind === 'const' && Object.is(a.def.attr.value, b.def.attr.value);
}

/** for (…) { s = s } → nothing carried */
function dropUnchanged(op: Op, map: Map<Value, Value>): void {
  const { yields } = op.regions[1];
  const keep = op.params.map((p, k) => (yields[k] !== p && yields[k] !== op.args[k]) || (op.attr.loop!.exit === true && k === 0));
  keep.forEach((kept, k) => {
    if (kept) return;
    map.set(op.params[k], op.args[k]);
    map.set(op.results[k], op.args[k]);
  });
  keepCarried(op, keep);
}

/** Values that are known earlier in the program than where they are computed. */
import { Aliases } from '../analyse/alias.ts';
import type { Functions } from '../analyse/functions.ts';
import { Order, within } from '../analyse/order.ts';
import { Builder } from '../ir/build.ts';
import { Func, Op, type Region, type Value, homeRegion, isInside, outerRegion } from '../ir/ir.ts';

/** Is the value defined before the operation, on every way to it? */
export function isBefore(v: Value, op: Op): boolean {
  if (v.def instanceof Func) return true;
  const home = homeRegion(v);
  if (!isInside(op.parent, home)) return false;
  if (v.def.params.includes(v)) return true;
  return home.ops.indexOf(v.def) < home.ops.indexOf(ancestorIn(home, op));
}

/** The operation of a region in which another one stands, or which it is. */
function ancestorIn(region: Region, op: Op): Op {
  for (let o = op; ; o = outerRegion(o.parent)!.ops.find((other) => other.regions.includes(o.parent))!) if (o.parent === region) return o;
}

/** Do arrays keep from an operation on the length that they have there? */
export type KeepsLength = (array: Value, from: Op) => boolean;

export function keepsLength(func: Func, functions: Functions): KeepsLength {
  const order = new Order(func, new Aliases(func, functions.summaries));
  return (array, from) => array.type.kind === 'typed' || order.resizes(array).every((change) => order.before(change, from) && !commonLoop(change, from));
}

function commonLoop(a: Op, b: Op): boolean {
  for (let r: Region | undefined = a.parent; r; r = outerRegion(r)) if (r.owner instanceof Op && r.owner.kind === 'loop' && within(b, r.owner)) return true;
  return false;
}

/**
 * The value as it can be had just before an operation: itself, or arithmetic on such values, done there; lengths only of
 * arrays that keep them. Undefined: it cannot.
 */
export function rebuildBefore(v: Value, op: Op, keeps: KeepsLength = ({ type }) => type.kind === 'typed'): (() => Value) | undefined {
  if (isBefore(v, op)) return () => v;
  const def = v.def;
  if (!(def instanceof Op) || def.results.length !== 1) return undefined;
  if (!(def.kind === 'prim' || def.kind === 'const' || (def.kind === 'length' && keeps(def.args[0], op)))) return undefined;
  const parts = def.args.map((a) => rebuildBefore(a, op, keeps));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return () => {
    const args = parts.map((part) => part());
    const b = new Builder(op.parent, def.span, false, op.parent.ops.indexOf(op));
    return b.op(def.kind, args, [v.type], { ...def.attr, hint: undefined }, v.name ? { name: v.name } : {}).result;
  };
}

/** Values that are known earlier in the program than where they are computed. */
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

/**
 * The value as it can be had just before an operation: itself, or arithmetic on such values, done there; lengths only of
 * typed arrays, which do not change. Undefined: it cannot.
 */
export function rebuildBefore(v: Value, op: Op): (() => Value) | undefined {
  if (isBefore(v, op)) return () => v;
  const def = v.def;
  if (!(def instanceof Op) || def.results.length !== 1) return undefined;
  if (!(def.kind === 'prim' || def.kind === 'const' || (def.kind === 'length' && def.args[0].type.kind === 'typed'))) return undefined;
  const parts = def.args.map((a) => rebuildBefore(a, op));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return () => {
    const args = parts.map((part) => part());
    const b = new Builder(op.parent, def.span, false, op.parent.ops.indexOf(op));
    return b.op(def.kind, args, [v.type], { ...def.attr, hint: undefined }, v.name ? { name: v.name } : {}).result;
  };
}

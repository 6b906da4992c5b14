/**
 * Loop-invariant loads: what each iteration reads from the same place is read once, before the loop.
 *
 *   for (i…) s += a[k] * b[i]   →   const a_k = a[k]; for (i…) s += a_k * b[i]
 *
 * Arithmetic is left where it is, but for the indexes of such loads: V8 takes it out itself. It does not take out loads
 * of typed arrays. The conditions:
 *
 * (a) the iteration reads it whatever way it takes;
 * (b) the array and the index are the same in every iteration, and nothing in the loop writes elements of that class;
 * (c) the array is known to be there where the loop does not run: reading behind the end of one gives undefined, which
 *     nobody looks at then, but reading from undefined throws.
 */
import { Aliases } from '../analyse/alias.ts';
import type { Functions } from '../analyse/functions.ts';
import { definedOutside } from '../analyse/loops.ts';
import { Func, Op, type Region, type Value } from '../ir/ir.ts';
import { allRegions } from '../ir/walk.ts';
import { Effects } from './effects.ts';

export function hoistLoads(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  // Inner loops first: what leaves them may leave the loop around them, too.
  const visit = (region: Region): void => {
    for (const op of [...region.ops]) {
      op.regions.forEach(visit);
      if (op.kind === 'loop') hoistFrom(op, aliases, functions);
    }
  };
  visit(func.body);
}

function hoistFrom(loop: Op, aliases: Aliases, functions: Functions): void {
  const body = loop.regions[1];
  const outside = (v: Value) => loop.regions.every((r) => definedOutside(v, r));
  let effects: Effects | undefined;
  /** What can be computed before the loop. */
  const movable = new Set<Op>();
  const loads: Op[] = [];
  for (const op of body.ops) {
    if (!op.args.every((a) => outside(a) || movable.has(a.def as Op))) continue;
    if (op.kind === 'prim' || op.kind === 'const') movable.add(op);
    if (op.kind !== 'load' || !isThere(op.args[0], loop)) continue;
    effects ??= new Effects(loop, aliases, functions.touched);
    if (effects.impure || effects.writes(aliases.readCell(op).find())) continue;
    movable.add(op);
    loads.push(op);
  }
  const leaves = new Set<Op>();
  const leave = (op: Op): void => {
    if (leaves.has(op) || op.parent !== body) return;
    op.args.forEach((a) => { if (a.def instanceof Op) leave(a.def); });
    leaves.add(op);
  };
  loads.forEach(leave);
  if (leaves.size === 0) return;
  body.ops = body.ops.filter((op) => !leaves.has(op));
  for (const op of leaves) op.parent = loop.parent;
  loop.parent.ops.splice(loop.parent.ops.indexOf(loop), 0, ...leaves);
}

/** Is this object there before the loop: an argument, one that was made, one that the program has looked into already? */
function isThere(object: Value, loop: Op): boolean {
  const { def, type } = object;
  if (type.absent || !loop.regions.every((r) => definedOutside(object, r))) return false;
  if (def instanceof Func || (def.kind !== 'load' && !def.params.includes(object) && def.kind !== 'if')) return true;
  const { parent } = loop;
  const looks = (op: Op) => LOOKS.has(op.kind) && op.args[0] === object;
  return parent.ops.slice(0, parent.ops.indexOf(loop)).some(looks) || (loop.attr.loop!.test === 'before' && [...allRegions(loop.regions[0])].every((r) => r === loop.regions[0]) && loop.regions[0].ops.some(looks));
}

const LOOKS = new Set(['load', 'length', 'store', 'accum', 'fill']);

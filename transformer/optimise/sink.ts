/**
 * A number that only one side of a branch takes from memory, once, is taken there:
 *
 *   t = w[j]; y = c ? u : f(t)   →   y = c ? u : f(w[j])
 *
 * where nothing between it and the branch writes elements of that class. Arithmetic sinks by itself when it is printed.
 */
import { Aliases } from '../analyse/alias.ts';
import type { Functions } from '../analyse/functions.ts';
import { type Func, Op, type Region, outerRegion } from '../ir/ir.ts';
import { allRegions } from '../ir/walk.ts';
import { Effects } from './effects.ts';
import { usesOf } from './flatten.ts';

export function sinkIntoBranches(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  const users = usesOf(func.body);
  for (const region of allRegions(func.body)) {
    // From the end: what a value is made of follows it.
    for (const op of [...region.ops].reverse()) {
      if (op.kind !== 'load' || op.result.name || op.result.type.kind !== 'number' || op.result.type.absent || op.args[0].type.kind === 'dictionary') continue;
      const [user, ...others] = users.get(op.result) ?? [];
      const side = user instanceof Op && others.length === 0 ? sideOf(user.parent, region) : undefined;
      if (!side) continue;
      const branch = side.owner as Op;
      const between = region.ops.slice(region.ops.indexOf(op) + 1, region.ops.indexOf(branch));
      const cell = aliases.readCell(op).find();
      if (between.some((other) => new Effects(other, aliases, functions.touched).writes(cell))) continue;
      region.ops.splice(region.ops.indexOf(op), 1);
      side.ops.unshift(op);
      op.parent = side;
    }
  }
}

/** The side of a branch of `region` in which the user's region is; it must be computed each time that side is taken. */
function sideOf(user: Region, region: Region): Region | undefined {
  for (let side: Region | undefined = user; side; side = outerRegion(side)) {
    const { owner } = side;
    if (!(owner instanceof Op) || owner.kind !== 'if') return undefined;
    if (owner.parent === region) return side;
  }
  return undefined;
}

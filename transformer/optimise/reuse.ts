/**
 * Buffers that are made once. A buffer that each iteration makes for itself and nobody else knows can be made before the
 * loop, for an iteration overwrites what it reads of it, or it is cleared:
 *
 *   for (…) { t = new Float64Array(n); for (i…) t[i] = …; … t[i] … }  →  t = new Float64Array(n); for (…) { for (i…) t[i] = …; … t[i] … }
 *   for (…) { t = new Float64Array(n); … t[i] += … }                  →  t = new Float64Array(n); for (…) { t.fill(0); … t[i] += … }
 *
 * Done last, for what is printed: derivatives of derivatives know more of an array that each iteration makes for itself.
 */
import { isCovered, isPrivate } from '../analyse/covered.ts';
import { isNonNegative } from '../analyse/integers.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op } from '../ir/ir.ts';
import { allRegions } from '../ir/walk.ts';
import { rebuildBefore } from './rebuild.ts';

/** Takes such buffers out of their loops, and says whether there were any. */
export function reuseBuffers(func: Func): boolean {
  let any = false;
  for (let moved = true; moved;) {
    moved = false;
    for (const region of allRegions(func.body)) {
      const loop = region.owner;
      if (!(loop instanceof Op) || loop.kind !== 'loop' || region !== loop.regions[1]) continue;
      for (const op of [...region.ops]) {
        // With a length below zero it would fail before a loop that does not run.
        if (op.kind !== 'new' || op.result.type.kind !== 'typed' || !isNonNegative(op.args[0]) || !isPrivate(op.result, func.body)) continue;
        const length = rebuildBefore(op.args[0], loop);
        if (!length) continue;
        const at = region.ops.indexOf(op);
        region.ops.splice(at, 1);
        if (!op.attr.saves && !isCovered(op.result, region)) {
          const b = new Builder(region, op.span, true, at);
          b.fill(op.result, b.const(0));
        }
        op.args = [length()];
        op.parent = loop.parent;
        loop.parent.ops.splice(loop.parent.ops.indexOf(loop), 0, op);
        moved = any = true;
      }
    }
  }
  return any;
}

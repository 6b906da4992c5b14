/**
 * Buffers that are made once. What the forward sweep of a loop saves for a reverse sweep in the same iteration of a loop
 * around both is overwritten in the next one, so that one array serves all:
 *
 *   for (…) { saved = new Float64Array(n); for (j…) saved[j] = v; … for (j…) … saved[j] … }
 *     →  saved = new Float64Array(n); for (…) { for (j…) saved[j] = v; … for (j…) … saved[j] … }
 *
 * Done last, for what is printed: derivatives of derivatives know more of an array that each iteration makes for itself.
 */
import { type Func, Op, type Region, type Value } from '../ir/ir.ts';
import { allOps, allRegions } from '../ir/walk.ts';
import { rebuildBefore } from './rebuild.ts';

export function reuseBuffers(func: Func): void {
  for (let moved = true; moved;) {
    moved = false;
    for (const region of [...allRegions(func.body)]) {
      const loop = region.owner;
      if (!(loop instanceof Op) || loop.kind !== 'loop' || region !== loop.regions[1]) continue;
      for (const op of [...region.ops]) {
        if (op.kind !== 'new' || !op.attr.saves || op.result.type.kind !== 'typed' || !staysInside(op.result, region)) continue;
        const length = rebuildBefore(op.args[0], loop);
        if (!length) continue;
        region.ops.splice(region.ops.indexOf(op), 1);
        op.args = [length()];
        op.parent = loop.parent;
        loop.parent.ops.splice(loop.parent.ops.indexOf(loop), 0, op);
        moved = true;
      }
    }
  }
}

/** Are its elements all that the iteration uses? */
function staysInside(array: Value, body: Region): boolean {
  for (const op of allOps(body)) {
    if (op.args.some((a, k) => a === array && !(k === 0 && (op.kind === 'load' || op.kind === 'store')))) return false;
  }
  for (const region of allRegions(body)) if (region.yields.includes(array)) return false;
  return true;
}

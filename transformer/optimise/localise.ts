/**
 * Work arrays that belong to an iteration. A buffer that is made before a loop, used in it alone, and written in every
 * iteration before it is read, might as well be made by each iteration:
 *
 *   t = new Float64Array(n); for (…) { for (i…) t[i] = …; … t[i] … }  →  for (…) { t = new Float64Array(n); for (i…) t[i] = …; … t[i] … }
 *
 * That is how to differentiate it: then no iteration overwrites what another one has computed, so that its elements need
 * not be saved one by one, and no dependence between iterations goes through it. `reuse.ts` takes the buffer out again.
 */
import { innermostLoop, isCovered, isPrivate } from '../analyse/covered.ts';
import { isNonNegative } from '../analyse/integers.ts';
import { type Func, Op } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';

export function localise(func: Func): void {
  for (const op of allOps(func.body)) {
    // With a length below zero it would fail here, and a loop that does not run would not.
    if (op.kind !== 'new' || op.result.type.kind !== 'typed' || !isNonNegative(op.args[0]) || !isPrivate(op.result, func.body)) continue;
    const loop = innermostLoop(op.result, func.body);
    if (!(loop instanceof Op) || !isCovered(op.result, loop.regions[1])) continue;
    op.parent.ops.splice(op.parent.ops.indexOf(op), 1);
    op.parent = loop.regions[1];
    loop.regions[1].ops.unshift(op);
  }
}

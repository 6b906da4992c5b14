/** Effects that are not on arguments: what happens in the world, or to variables and memory of modules. */
import type { Op } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import type { Functions } from './functions.ts';

/** Would running the operation a second time be noticed, or give something else? */
export function hasEffectsOutside(op: Op, functions: Pick<Functions, 'primal'>, asking = new Set<string>()): boolean {
  if (op.kind === 'extern') return !op.attr.pure;
  if (op.kind === 'free') return op.attr.mutable === true;
  if (op.kind !== 'call') return false;
  const { id } = op.attr.callee!;
  if (asking.has(id)) return false;
  asking.add(id);
  return allOps(functions.primal(id).body).some((inner) => hasEffectsOutside(inner, functions, asking));
}

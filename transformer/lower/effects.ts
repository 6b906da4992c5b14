/** Which operations do more than compute their results. */
import { CompileError } from '../diagnostics.ts';
import type { Func, Op, Region, Value } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import type { Program } from './program.ts';

const memo = new WeakMap<Func, boolean>();

/** Does running the region change memory that was there before, or anything outside the program? */
export function hasEffects(program: Program, region: Region): boolean {
  const own = new Set<Value>();
  for (const op of allOps(region)) {
    if (isEffect(program, op, own)) return true;
    if (op.kind === 'new' || op.kind === 'literal' || op.kind === 'copy' || op.kind === 'clone' || op.kind === 'zeros') own.add(op.result);
  }
  return false;
}

function isEffect(program: Program, op: Op, own: Set<Value>): boolean {
  switch (op.kind) {
    case 'store': case 'accum': case 'setfield': case 'accumfield': case 'fill': case 'push': case 'pop': case 'unshift': case 'shift': case 'splice': case 'resize': case 'addinto': case 'clear':
      return !own.has(op.args[0]);
    case 'throw': return true;
    case 'extern': return !op.attr.pure;
    case 'call': return functionHasEffects(program, op.attr.callee!.id);
    default: return false;
  }
}

export function functionHasEffects(program: Program, id: string): boolean {
  // The derivative of a function does what the function does; a linear map no more than compute.
  const composed = program.composed.get(id);
  if (composed) return composed.kind !== 'pullback' && composed.kind !== 'push' && functionHasEffects(program, composed.of.id);
  try {
    const func = program.function(id);
    const known = memo.get(func);
    if (known !== undefined) return known;
    memo.set(func, false);
    const effects = hasEffects(program, func.body);
    memo.set(func, effects);
    return effects;
  } catch (error) {
    if (error instanceof CompileError) return true;
    throw error;
  }
}

/** Did the operations of the current region from `start` on have effects? */
export function hasEffectsSince(cx: { program: Program; b: { region: Region } }, start: number): boolean {
  return cx.b.region.ops.slice(start).some((op) => isEffectDeep(cx.program, op));
}

function isEffectDeep(program: Program, op: Op): boolean {
  return isEffect(program, op, new Set()) || op.regions.some((r) => hasEffects(program, r));
}

/**
 * Ways out of a region: what happens with the values that it yields, and which of its ways are jumps.
 */
import type { Op, Region, Value } from '../ir/ir.ts';
import { isAtom } from './kinds.ts';
import { type Stmt, isConst } from './tree.ts';

export interface Exit {
  finish(yields: readonly Value[]): Stmt[];
  /**
   * The exit jumps where the yielded value with the index `flag` is true, or always; it leaves the function
   * if that is so and the value with the index `returns` is true, too.
   */
  jump?: { flag: number | 'always'; returns?: number | 'always' | undefined } | undefined;
}

/** The exit of the branches of `op`, for a region that ends with `op` and then takes `exit` with these values. */
export function compose(exit: Exit, yields: readonly Value[], op: Op): Exit {
  const position = yields.map((v) => op.results.indexOf(v));
  const within = (flag: number | 'always' | undefined) => {
    if (flag === undefined || flag === 'always') return flag;
    return isConst(yields[flag], true) ? 'always' : position[flag] >= 0 ? position[flag] : undefined;
  };
  const flag = within(exit.jump?.flag);
  return {
    finish: (inner) => exit.finish(yields.map((v, i) => position[i] >= 0 ? inner[position[i]] : v)),
    jump: flag === undefined ? undefined : { flag, returns: within(exit.jump!.returns) },
  };
}

/**
 * What a region yields on each way through it, so far as these values depend on the `if` at its end.
 * Ways that end in `throw` yield nothing.
 */
export function ways(region: Region, indices: readonly number[]): (readonly Value[])[] {
  if (region.ops.some((o) => o.kind === 'throw')) return [];
  const last = region.ops.findLast((o) => !isTrivial(o));
  if (last?.kind !== 'if' || !indices.some((i) => last.results.includes(region.yields[i]))) return [region.yields];
  const position = region.yields.map((v) => last.results.indexOf(v));
  const inner = indices.flatMap((i) => position[i] >= 0 ? [position[i]] : []);
  return last.regions.flatMap((r) => ways(r, inner)).map((way) => region.yields.map((v, i) => position[i] >= 0 ? way[position[i]] : v));
}

/** What a flag is on a way: true, false, or not known. */
export function flagOf(way: readonly Value[], flag: number | 'always'): boolean | undefined {
  if (flag === 'always' || isConst(way[flag], true)) return true;
  return isConst(way[flag], false) ? false : undefined;
}

/** Constants and outer bindings do nothing. */
export function isTrivial(op: Op): boolean {
  return op.kind === 'const' || isAtom(op.results[0]);
}

export function isLast(op: Op, region: Region): boolean {
  const index = region.ops.indexOf(op);
  return index >= 0 && region.ops.slice(index + 1).every(isTrivial);
}

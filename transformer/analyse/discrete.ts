/**
 * Numbers that are discrete although nobody says so: a seed, a set of flags. Whatever the result depends on them by goes
 * through an operator on whole numbers of 32 bits or through a BigInt, never through anything that has a derivative.
 * Such an argument, or such a field of an argument, is data. Only where all that a function is given is of this kind are
 * the operators taken for mistakes, as they are where a number comes that was calculated from an argument.
 *
 *   simulate({ volatility: 0.2, seed: 42 })   →   the cotangent of `seed` is 0
 */
import { type Op, OPERATORS } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { ruleOf } from '../rules/rule.ts';
import { type Activity, PREDICATES } from './activity.ts';
import type { Cell } from './cell.ts';

/** What a function's arguments are used for: by it as it is, and by what has a derivative in it. */
export interface Uses {
  all: Activity;
  smooth: Activity;
}

/** Is it an operation that loses what it is given, because it works on whole numbers? */
export function isDiscreteOperator({ kind, attr, args, results }: Op): boolean {
  if (kind === 'extern') return results[0]?.type.kind === 'opaque' && results[0].type.text === 'bigint';
  return kind === 'prim' && OPERATORS[attr.fn!]?.result !== 'string' && !PREDICATES.has(attr.fn!) && !ruleOf(attr.fn!, args.length);
}

export function isDiscrete({ all, smooth }: Uses, parameter: number): boolean {
  const v = all.func.params[parameter].value;
  return all.isUseful(v) && !smooth.isUseful(v);
}

/** The discrete cells of arguments that have others besides; `argument` gives the class of one in the terms of the function itself or of a caller. */
export function discreteCells({ all, smooth }: Uses, argument: (parameter: number) => Cell): Set<Cell> {
  const found = new Set<Cell>();
  const walk = (a: Cell, b: Cell, ours: Cell, seen: Set<Cell>) => {
    if (seen.has(ours)) return;
    seen.add(ours);
    if (all.usefulCells.has(a) && !smooth.usefulCells.has(b)) found.add(ours);
    for (const [key, cell] of a.entries()) walk(cell, b.at(key), ours.at(key), seen);
  };
  all.func.params.forEach(({ value }, k) => {
    const other = smooth.func.params[k].value;
    if (isMemory(value.type) && smooth.isUseful(other)) walk(all.aliases.of(value), smooth.aliases.of(other), argument(k), new Set());
  });
  return found;
}

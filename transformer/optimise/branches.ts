/**
 * What a branch has computed, the same branch of a later `if` on the same condition need not compute again: forward and
 * reverse sweep go through the same branches. Dear values (analyse/cost.ts) are yielded, for common subexpressions are
 * only looked for where one operation is always run before the other. The condition is one SSA value, so that the same
 * side runs; the other side yields a number that nobody reads.
 *
 *   if (c) { t = exp(x); … } … if (c) { u = exp(x); … }  →  let t = 0; if (c) { t = exp(x); … } … if (c) { … t … }
 */
import { isDear } from '../analyse/cost.ts';
import { Builder } from '../ir/build.ts';
import { type Func, type Op, type Region, Value } from '../ir/ir.ts';
import { NUMBER } from '../ir/types.ts';
import { allRegions, substitute } from '../ir/walk.ts';

/** A side of an `if`, and what is computed there, by what is done with what. */
interface Side { op: Op; place: number; values: Map<string, Value> }

export function shareBranches(func: Func): boolean {
  const replaced = new Map<Value, Value>();
  for (const region of allRegions(func.body)) {
    const sides = new Map<Value, Side[]>();
    for (const op of region.ops) {
      if (op.kind !== 'if') continue;
      const [condition] = op.args;
      const before = sides.get(condition);
      if (before) for (const side of before) share(op.regions[side.place], side, replaced);
      else sides.set(condition, op.regions.map((branch, place) => ({ op, place, values: valuesOf(branch) })));
    }
  }
  substitute(func.body, replaced);
  return replaced.size > 0;
}

function key(op: Op, get: (v: Value) => Value): string { return `${op.attr.fn}:${op.args.map((a) => idOf(get(a))).join()}`; }

/** Constants are the same by their values. */
function idOf(v: Value): string {
  const { def } = v;
  return 'kind' in def && def.kind === 'const' ? `=${String(def.attr.value)}` : String(v.id);
}

function valuesOf(branch: Region): Map<string, Value> {
  return new Map(branch.ops.flatMap((op) => (op.kind === 'prim' ? [[key(op, (v) => v), op.result] as const] : [])));
}

/** Takes what `side` has computed for what the branch computes again. */
function share(branch: Region, { op: first, place, values }: Side, replaced: Map<Value, Value>): void {
  /** Of values of this branch, those of the other. */
  const same = new Map<Value, Value>();
  for (const op of branch.ops) {
    if (op.kind !== 'prim') continue;
    const known = values.get(key(op, (v) => same.get(v) ?? v));
    if (!known) continue;
    same.set(op.result, known);
    if (isDear(op) && op.result.type.kind === 'number') replaced.set(op.result, yielded(first, place, known));
  }
}

/** A value of one side as a result of the `if`. */
function yielded(op: Op, place: number, v: Value): Value {
  const k = op.results.findIndex((_, i) => op.regions[place].yields[i] === v);
  if (k >= 0) return op.results[k];
  const result = new Value(NUMBER, v.span, v.name);
  result.def = op;
  op.results.push(result);
  op.regions.forEach((region, i) => region.yields.push(i === place ? v : new Builder(region, op.span).const(0)));
  return result;
}

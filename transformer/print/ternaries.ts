/**
 * Which `if` can be printed as `c ? a : b`: those with one result, whose branches fit into one expression each,
 * without a name in it. What assigns to a variable that exists already stays a statement.
 */
import type { Op, Region, Value } from '../ir/ir.ts';
import { hasEffect, isAtom, isCheap, isExpression, isPure, isSameVariable, repeatsOperands } from './kinds.ts';
import { Block, type Stmt } from './tree.ts';

export class Ternaries {
  readonly blocks = new Map<Op, [Block, Block]>();

  /** `returned`: the result is what a function returns; a chain of those reads better as statements. */
  accepts(op: Op, returned = false): boolean {
    if (this.blocks.has(op)) return true;
    if (op.results.length !== 1 || op.regions.some((r) => isSameVariable(r.yields[0], op.result))) return false;
    const inner = op.regions.flatMap((r) => r.ops.filter((o) => o.kind === 'if'));
    if (!inner.every((o) => this.accepts(o)) || !op.regions.every((r) => this.isOneExpression(r))) return false;
    // Not `a ? b ? c : d : e`.
    const nested = (r: Region) => r.ops.some((o) => o.kind === 'if' && o.result === r.yields[0] && o.result.type.kind !== 'boolean');
    if (nested(op.regions[0]) || (returned && nested(op.regions[1]))) return false;
    const [then, otherwise] = op.regions.map((r) => new Block([
      ...r.ops.filter((o) => !isAtom(o.results[0])).map((o): Stmt => ({ kind: 'op', op: o })),
      { kind: 'yield', values: r.yields },
    ]));
    this.blocks.set(op, [then, otherwise]);
    return true;
  }

  private isOneExpression(region: Region): boolean {
    const counts = new Map<Value, number>();
    countInside(region, (v) => counts.set(v, (counts.get(v) ?? 0) + 1));
    const effects = region.ops.some(changes);
    const inside = usedInside(region);
    for (const op of region.ops) {
      if (isAtom(op.results[0])) continue;
      if (!(isExpression(op) || this.blocks.has(op)) || op.result.name || (repeatsOperands(op) && op.args.some((a) => !a.name))) return false;
      if (counts.get(op.result) !== 1 && (effects || !isCheap(op.result))) return false;
      // What reads memory is not evaluated in a branch of what comes later, see nest.ts.
      if (inside.has(op.result) && !isCheap(op.result) && !isFree(op)) return false;
    }
    return !effects || sameOrder(region);
  }
}

function countInside(region: Region, use: (v: Value) => void): void {
  for (const op of region.ops) {
    op.args.forEach(use);
    op.regions.forEach((r) => countInside(r, use));
  }
  region.yields.forEach(use);
}

/** Values that would be evaluated in the branches of inner conditional expressions, and those of which they consist. */
function usedInside(region: Region): Set<Value> {
  const inside = new Set<Value>();
  for (const op of region.ops) op.regions.forEach((r) => countInside(r, (v) => inside.add(v)));
  for (const op of region.ops.toReversed()) if (op.results.some((r) => inside.has(r))) op.args.forEach((a) => inside.add(a));
  return inside;
}

function isFree(op: Op): boolean { return isPure(op) || (op.kind === 'if' && op.regions.every((r) => r.ops.every(isFree))); }

function changes(op: Op): boolean {
  return hasEffect(op) || op.regions.some((r) => r.ops.some(changes));
}

/** Does the expression of what a region yields evaluate its operations in the order of the region? */
function sameOrder(region: Region): boolean {
  const order: Op[] = [];
  const visit = (v: Value) => {
    const op = v.def as Op;
    if (!region.ops.includes(op)) return;
    op.args.forEach(visit);
    if (!isPure(op)) order.push(op);
  };
  region.yields.forEach(visit);
  const expected = region.ops.filter((op) => !isPure(op));
  return order.length === expected.length && order.every((op, i) => op === expected[i]);
}

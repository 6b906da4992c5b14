/**
 * Where `pop` and `shift` may find an empty array. They give undefined then, and leave the array as it is, which the
 * reverse sweep must not undo. A program that computes with the result has elements, or else it computes NaN; one that
 * tests the result for undefined, or drops it, may count on either:
 *
 *     while ((x = queue.shift()) !== undefined) …        stack.pop();
 *
 * unless a test of the length around it says that there are elements.
 */
import { Op, type Region, type Value, constantOf, outerRegion } from '../ir/ir.ts';
import { allOps, allRegions } from '../ir/walk.ts';
import type { Aliases } from './alias.ts';

const SHRINKS = new Set(['pop', 'shift', 'splice', 'resize', 'call']);

export function mayBeEmpty(op: Op, body: Region, aliases: Aliases): boolean {
  return !isComputedWith(op.result, body) && !isTestedAround(op, aliases);
}

/** Does the program ask whether there is an element where it reads one? */
export function isTested(v: Value, body: Region): boolean {
  const isMissing = (w: Value) => w.def instanceof Op && w.def.kind === 'const' && w.def.attr.value == null;
  return allOps(body).some((op) => op.kind === 'prim' && (op.attr.fn === 'eq' || op.attr.fn === 'ne') && op.args.includes(v) && op.args.some(isMissing));
}

/** Is the result used, and for nothing but arithmetic and the like? */
function isComputedWith(v: Value, body: Region): boolean {
  if (v.type.absent) return false;
  let used = false;
  for (const region of allRegions(body)) {
    if (region.yields.includes(v)) return false;
    for (const op of region.ops) {
      if (!op.args.includes(v)) continue;
      if (op.kind === 'loop' || (op.kind === 'prim' && ['eq', 'ne', 'not'].includes(op.attr.fn!))) return false;
      used = true;
    }
  }
  return used;
}

/** Does a branch or loop around the operation run only while the array has elements, with nothing taken from it before? */
function isTestedAround(op: Op, aliases: Aliases): boolean {
  const array = aliases.of(op.args[0]);
  for (let r: Region | undefined = op.parent; r; r = outerRegion(r)) {
    const { owner } = r;
    for (const other of allOps(r)) {
      if (other === op) break;
      if (SHRINKS.has(other.kind) && other.args.some((a) => aliases.of(a) === array)) return false;
    }
    if (!(owner instanceof Op)) return false;
    const test = owner.kind === 'if' ? owner.regions[0] === r && owner.args[0]
      : owner.kind === 'loop' && owner.attr.loop!.test === 'before' && owner.regions[1] === r && owner.regions[0].yields[0];
    if (test && saysNonEmpty(test, (v) => v.def instanceof Op && v.def.kind === 'length' && aliases.of(v.def.args[0]) === array)) return true;
  }
  return false;
}

function saysNonEmpty(test: Value, isLength: (v: Value) => boolean): boolean {
  const op = test.def;
  if (!(op instanceof Op) || op.kind !== 'prim') return false;
  const [a, b] = op.args;
  const atLeast = (v: Value, least: number) => (constantOf(v) ?? -1) >= least;
  switch (op.attr.fn) {
    case 'gt': return isLength(a) && atLeast(b, 0);
    case 'ge': return isLength(a) && atLeast(b, 1);
    case 'lt': return isLength(b) && atLeast(a, 0);
    case 'le': return isLength(b) && atLeast(a, 1);
    case 'ne': return isLength(a) && constantOf(b) === 0;
    case 'not': return a.def instanceof Op && a.def.attr.fn === 'not' && isLength(a.def.args[0]);
    default: return false;
  }
}

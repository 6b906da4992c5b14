/**
 * What is known of a loop before it runs.
 *
 * A carried value is an *induction variable* if every iteration that goes on adds the same constant to it: in
 * iteration k it is start + k · step, and the reverse sweep need not save it. Only integers qualify, for only they
 * are exact. A loop is *counted* if, besides, its test compares such a variable with a bound that the loop does
 * not change, and nothing leaves it early: then its trip count is known at entry.
 */
import { Op, type Region, type Value, isInside, homeRegion, constantOf } from '../ir/ir.ts';
import { isInteger } from './integers.ts';
import type { Order } from './order.ts';

export interface Induction {
  param: Value;
  start: Value;
  step: number;
}

export interface Counted {
  induction: Induction;
  /** The loop goes on while `i + offset < bound` (or >, by the sign of the step); `closed`: <= or >=. */
  bound: Value;
  offset: number;
  closed: boolean;
}

/** The induction variables of a loop, by index of the carried value. */
export function inductions(loop: Op): Map<number, Induction> {
  const found = new Map<number, Induction>();
  const [flag] = loop.attr.loop!.exit ? loop.regions[1].yields : [];
  loop.params.forEach((param, k) => {
    const step = stepOf(param, loop.regions[1].yields[k], flag);
    if (step === undefined || step === 'never' || step === 0 || !isInteger(loop.args[k])) return;
    found.set(k, { param, start: loop.args[k], step });
  });
  return found;
}

/** By how much the value grows on every path on which the loop goes on. 'never': no such path. */
function stepOf(param: Value, next: Value, flag: Value | undefined): number | 'never' | undefined {
  if (flag?.def instanceof Op && flag.def.kind === 'const' && flag.def.attr.value === true) return 'never';
  const op = next.def;
  if (!(op instanceof Op)) return undefined;
  if (op.kind === 'prim' && (op.attr.fn === 'add' || op.attr.fn === 'sub')) {
    const [a, b] = op.args;
    const c = constantOf(b);
    if (a === param && c !== undefined && Number.isInteger(c)) return op.attr.fn === 'add' ? c : -c;
    const d = constantOf(a);
    if (op.attr.fn === 'add' && b === param && d !== undefined && Number.isInteger(d)) return d;
    return undefined;
  }
  const k = op.results.indexOf(next);
  if (op.kind === 'if' && k >= 0) {
    const f = flag?.def === op ? op.results.indexOf(flag) : -1;
    const steps = op.regions.map((r) => stepOf(param, r.yields[k], f >= 0 ? r.yields[f] : undefined)).filter((s) => s !== 'never');
    if (steps.length === 0) return 'never';
    return steps.every((s) => s === steps[0]) ? steps[0] : undefined;
  }
  return undefined;
}

const SWAPPED: Record<string, string> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', ne: 'ne' };

/** The loop's count, if it can be known at entry. `invariant` says whether a value of the test does not change in the loop. */
export function counted(loop: Op, invariant: (v: Value) => boolean): Counted | undefined {
  const info = loop.attr.loop!;
  if (info.exit || info.test !== 'before') return undefined;
  const test = loop.regions[0].yields[0].def;
  if (!(test instanceof Op) || test.kind !== 'prim' || !(test.attr.fn! in SWAPPED)) return undefined;
  for (const induction of inductions(loop).values()) {
    for (const flip of [false, true]) {
      const [left, right] = flip ? [test.args[1], test.args[0]] : test.args;
      const fn = flip ? SWAPPED[test.attr.fn!] : test.attr.fn!;
      const offset = offsetFrom(left, induction.param);
      if (offset === undefined || !invariant(right)) continue;
      const up = induction.step > 0;
      const exact = fn === 'ne' && Math.abs(induction.step) === 1 && offset === 0 && endsExactly(induction, right);
      if (!exact && !(up ? fn === 'lt' || fn === 'le' : fn === 'gt' || fn === 'ge')) continue;
      if (offset !== 0 && !isInteger(right)) continue;
      return { induction, bound: right, offset, closed: fn === 'le' || fn === 'ge' };
    }
  }
  return undefined;
}

/** `i !== n` counts only where it cannot miss its end: from 0 up to a length. */
function endsExactly(induction: Induction, bound: Value): boolean {
  return induction.step === 1 && constantOf(induction.start) === 0 && bound.def instanceof Op && bound.def.kind === 'length';
}

/** c, if v is param + c. */
function offsetFrom(v: Value, param: Value): number | undefined {
  if (v === param) return 0;
  const op = v.def;
  if (!(op instanceof Op) || op.kind !== 'prim') return undefined;
  const [a, b] = op.args;
  const c = b && constantOf(b);
  if (op.attr.fn === 'add' && a === param && c !== undefined && Number.isInteger(c)) return c;
  if (op.attr.fn === 'sub' && a === param && c !== undefined && Number.isInteger(c)) return -c;
  return undefined;
}

/** Is the value defined outside this region and all that is in it? */
export function definedOutside(v: Value, region: Region): boolean {
  return !isInside(homeRegion(v), region);
}

/** Can the value, of the loop's test, be computed before the loop and be the same in each iteration? */
export function isInvariant(v: Value, loop: Op, order: Order): boolean {
  if (definedOutside(v, loop.regions[0]) && definedOutside(v, loop.regions[1])) return true;
  const op = v.def;
  if (!(op instanceof Op) || op.params.includes(v)) return false;
  if (op.kind === 'load' || op.kind === 'field' || op.kind === 'length') return !order.overwritten(op) && op.args.every((a) => isInvariant(a, loop, order));
  return (op.kind === 'prim' || op.kind === 'const') && op.args.every((a) => isInvariant(a, loop, order));
}

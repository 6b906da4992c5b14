/**
 * Removes what lowering made and nothing needs: results of branches, carried values of loops, flags.
 *
 * A value is needed if an effect, a test or what the function yields depends on it. A loop's carried
 * value that only feeds itself is not needed. Only results of `if` and `loop`, and scalar operations
 * without effect, are removed; the program's own loads, calls and loops stay.
 */
import type { Func, Op, Region, Value } from '../ir/ir.ts';
import { BOUNDARY } from '../ir/rules.ts';
import { allOps } from '../ir/walk.ts';

const REMOVABLE = new Set<Op['kind']>(['const', 'undef', 'free', 'prim', 'cast', 'if']);

export function prune(func: Func): void {
  const needed = findNeeded(func);
  sweep(func.body, needed);
}

interface Needed {
  values: Set<Value>;
  ops: Set<Op>;
}

function findNeeded(func: Func): Needed {
  const values = new Set<Value>();
  const ops = new Set<Op>();
  const work: Value[] = [];
  const need = (v: Value) => {
    if (values.has(v)) return;
    values.add(v);
    work.push(v);
  };
  /** The operation stays, so what it depends on is needed; of `if` and `loop` only what decides. */
  const keep = (op: Op) => {
    if (ops.has(op)) return;
    ops.add(op);
    if (op.kind === 'loop') {
      op.regions[0].yields.forEach(need);
      if (op.attr.loop!.exit) need(op.params[0]);
    } else op.args.forEach(need);
    const around = op.parent.owner;
    if ('kind' in around) keep(around);
  };
  for (const op of allOps(func.body)) if (!REMOVABLE.has(op.kind) || op.attr.text === BOUNDARY) keep(op);
  func.body.yields.forEach(need);
  for (let v = work.pop(); v; v = work.pop()) {
    const op = v.def;
    if (!('kind' in op)) continue;
    keep(op);
    if (op.kind === 'if') {
      const i = op.results.indexOf(v);
      op.regions.forEach((r) => need(r.yields[i]));
    } else if (op.kind === 'loop') {
      const i = Math.max(op.results.indexOf(v), op.params.indexOf(v));
      [op.args[i], op.params[i], op.regions[1].yields[i]].forEach(need);
    }
  }
  return { values, ops };
}

function sweep(region: Region, needed: Needed): void {
  region.ops = region.ops.filter((op) => needed.ops.has(op));
  for (const op of region.ops) {
    if (op.kind === 'if') {
      const keep = op.results.map((v) => needed.values.has(v));
      op.results = op.results.filter((_, i) => keep[i]);
      for (const r of op.regions) r.yields = r.yields.filter((_, i) => keep[i]);
    } else if (op.kind === 'loop') {
      const keep = op.params.map((v, i) => needed.values.has(v) || needed.values.has(op.results[i]));
      const { head } = op.attr.loop!;
      if (head) op.attr.loop!.head = head.filter((i) => keep[i]).map((i) => keep.slice(0, i).filter(Boolean).length);
      op.args = op.args.filter((_, i) => keep[i]);
      op.params = op.params.filter((_, i) => keep[i]);
      op.results = op.results.filter((_, i) => keep[i]);
      op.regions[1].yields = op.regions[1].yields.filter((_, i) => keep[i]);
    }
    op.regions.forEach((r) => sweep(r, needed));
  }
}

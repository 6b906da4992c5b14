/** Ways to go through IR: all operations, all uses, substitution, cloning. */
import { Func, Op, Region, Value } from './ir.ts';

/** Every operation of a region and of the regions in it, in the order of the program. */
export function allOps(region: Region, found: Op[] = []): Op[] {
  for (const op of region.ops) {
    found.push(op);
    for (const inner of op.regions) allOps(inner, found);
  }
  return found;
}

/** All operations of a function, those of comparators among them. */
export function withComparators(func: Func): Op[] {
  return allOps(func.body).flatMap((op) => (op.attr.compare ? [op, ...withComparators(op.attr.compare)] : op));
}

/** The region and every region in it. */
export function allRegions(region: Region, found: Region[] = []): Region[] {
  found.push(region);
  for (const op of region.ops) for (const inner of op.regions) allRegions(inner, found);
  return found;
}

/** How many times each value is used, as an argument or yielded. */
export function countUses(region: Region, counts = new Map<Value, number>()): Map<Value, number> {
  const use = (v: Value) => counts.set(v, (counts.get(v) ?? 0) + 1);
  for (const r of allRegions(region)) {
    for (const op of r.ops) op.args.forEach(use);
    r.yields.forEach(use);
  }
  return counts;
}

/** Values used in the regions of an operation but defined outside it. */
export function capturedValues(op: Op): Set<Value> {
  const defined = new Set<Value>(op.params);
  const used = new Set<Value>();
  for (const outer of op.regions) {
    for (const region of allRegions(outer)) {
      for (const inner of region.ops) {
        inner.args.forEach((v) => used.add(v));
        [...inner.results, ...inner.params].forEach((v) => defined.add(v));
      }
      region.yields.forEach((v) => used.add(v));
    }
  }
  for (const v of defined) used.delete(v);
  return used;
}

/** Replaces uses of values in a region and in all regions in it, following chains of replacements. */
export function substitute(region: Region, map: Map<Value, Value>): void {
  if (map.size === 0) return;
  const get = (v: Value): Value => {
    let w = v;
    for (let next = map.get(w); next; next = map.get(w)) w = next;
    return w;
  };
  for (const r of allRegions(region)) {
    for (const op of r.ops) op.args = op.args.map(get);
    r.yields = r.yields.map(get);
  }
}

/** Copies an operation with its regions; `map` takes old values to new ones and is filled in. */
export function cloneOp(op: Op, map: Map<Value, Value>, parent: Region): Op {
  const get = (v: Value) => map.get(v) ?? v;
  const copyValue = (v: Value, def: Op) => {
    const copy = new Value(v.type, v.span, v.name, v.variable);
    copy.def = def;
    map.set(v, copy);
    return copy;
  };
  const copy = new Op(op.kind, op.args.map(get), op.span, { ...op.attr });
  copy.parent = parent;
  copy.params = op.params.map((v) => copyValue(v, copy));
  copy.regions = op.regions.map((r) => cloneRegion(r, map, copy));
  copy.results = op.results.map((v) => copyValue(v, copy));
  return copy;
}

export function cloneRegion(region: Region, map: Map<Value, Value>, owner: Op | Func): Region {
  const copy = new Region(owner);
  for (const op of region.ops) copy.ops.push(cloneOp(op, map, copy));
  copy.yields = region.yields.map((v) => map.get(v) ?? v);
  return copy;
}

export function cloneFunc(func: Func): Func {
  const map = new Map<Value, Value>();
  const copy = new Func(func.id, func.name, func.span);
  copy.params = func.params.map((p) => {
    const value = new Value(p.value.type, p.value.span, p.value.name, p.value.variable);
    value.def = copy;
    map.set(p.value, value);
    return { ...p, value };
  });
  for (const p of copy.params) if (p.zeroOf) p.zeroOf = map.get(p.zeroOf)!;
  copy.joints = func.joints.map(([a, b]) => [{ ...a, param: map.get(a.param)! }, { ...b, param: map.get(b.param)! }]);
  copy.result = func.result;
  if (func.doc) copy.doc = func.doc;
  if (func.fast) copy.fast = true;
  for (const op of func.body.ops) copy.body.ops.push(cloneOp(op, map, copy.body));
  copy.body.yields = func.body.yields.map((v) => map.get(v) ?? v);
  return copy;
}

/** Removes results of a branch. */
export function keepResults(op: Op, keep: boolean[]): void {
  op.results = op.results.filter((_, k) => keep[k]);
  for (const r of op.regions) r.yields = r.yields.filter((_, k) => keep[k]);
}

/** Removes carried values of a loop. */
export function keepCarried(op: Op, keep: boolean[]): void {
  const filter = <T>(list: T[]) => list.filter((_, k) => keep[k]);
  const info = op.attr.loop!;
  const head = info.head?.filter((k) => keep[k]).map((k) => keep.slice(0, k).filter(Boolean).length);
  op.attr = { ...op.attr, loop: { ...info, ...(head ? { head } : {}) } };
  op.args = filter(op.args);
  op.params = filter(op.params);
  op.results = filter(op.results);
  op.regions[1].yields = filter(op.regions[1].yields);
}

/**
 * Records and tuples that branches choose between, or that a loop carries, become one value a field. An object may be
 * taken apart where it is chosen if nothing but its fields is ever asked for, on all ways that lead to it and from it:
 * the greatest set of literals, results of branches and carried values that only flow to each other and to reads and
 * writes of fields. Nothing may be written to an object that has two names, since the parts of each would be its own.
 *
 *   const p = c ? [a, b] : [d, e]; return p[0]  →  const p_0 = c ? a : d; return p_0
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, Value } from '../ir/ir.ts';
import { fieldKeys, fieldType } from '../ir/types.ts';
import { slotName } from './promote.ts';
import { allOps, allRegions, substitute } from '../ir/walk.ts';

/** Where a value flows on: what it may be called there, and the region from which it comes. */
interface Flow { to: Value[]; from: Region }

interface Uses {
  flows: Flow[];
  names: Map<string, string>;
  written: boolean;
  /** Something else is done with it. */
  other: boolean;
}

export function splitChosen(func: Func): boolean {
  const uses = usesOf(func);
  const chosen = splittable(func, uses);
  const joins = allOps(func.body).filter((op) => (op.kind === 'if' || op.kind === 'loop') && op.results.some((r) => chosen.has(r)));
  const map = new Map<Value, Value>();
  for (const op of joins) {
    const places = op.results.flatMap((r, k) => (chosen.has(r) ? [k] : []));
    // From the last one on, so that the places of the others stay.
    for (const k of places.reverse()) {
      const names = new Map([...uses.get(op.params[k] ?? op.results[k])?.names ?? [], ...uses.get(op.results[k])?.names ?? []]);
      split(op, k, names, map);
    }
  }
  substitute(func.body, map);
  return joins.length > 0;
}

function usesOf(func: Func): Map<Value, Uses> {
  const uses = new Map<Value, Uses>();
  const of = (v: Value): Uses => {
    const known = uses.get(v) ?? { flows: [], names: new Map<string, string>(), written: false, other: false };
    uses.set(v, known);
    return known;
  };
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) {
      op.args.forEach((v, k) => {
        if (op.kind === 'loop') of(v).flows.push({ to: [op.params[k], op.results[k]], from: region });
        else if (op.kind === 'field' && op.result.name) of(v).names.set(op.attr.key!, op.result.name);
        else if (k === 0 && (op.kind === 'setfield' || op.kind === 'accumfield')) of(v).written = true;
        else if (op.kind !== 'field') of(v).other = true;
      });
    }
    const { owner } = region;
    region.yields.forEach((v, k) => {
      if (!(owner instanceof Op)) of(v).other = true;
      else if (owner.kind === 'if') of(v).flows.push({ to: [owner.results[k]], from: region });
      else if (region === owner.regions[1]) of(v).flows.push({ to: [owner.params[k], owner.results[k]], from: region });
    });
  }
  return uses;
}

function splittable(func: Func, uses: Map<Value, Uses>): Set<Value> {
  const objects = new Set<Value>();
  const sources = new Map<Value, Value[]>();
  for (const op of allOps(func.body)) {
    const whole = op.kind === 'literal' && !op.attr.missing && !op.attr.optional;
    if (whole || op.kind === 'undef' || op.kind === 'if' || op.kind === 'loop') {
      for (const v of [...op.results, ...op.params]) if ((v.type.kind === 'tuple' || v.type.kind === 'record') && !v.type.absent) objects.add(v);
    }
    op.results.forEach((r, k) => {
      if (op.kind === 'if') sources.set(r, op.regions.map((region) => region.yields[k]));
      if (op.kind !== 'loop') return;
      for (const v of [op.params[k], r]) sources.set(v, [op.args[k], op.regions[1].yields[k]]);
    });
  }
  const next = (v: Value): Value[] => uses.get(v)?.flows.flatMap(({ to }) => to) ?? [];
  const written = new Set([...objects].filter((v) => uses.get(v)?.written));
  for (const v of written) for (const w of [...next(v), ...sources.get(v) ?? []]) written.add(w);
  const isPlain = (v: Value): boolean => {
    if (uses.get(v)?.other || next(v).some((w) => !objects.has(w)) || sources.get(v)?.some((w) => !objects.has(w))) return false;
    if (!written.has(v)) return true;
    // Written objects have one name before they are chosen, which ends there, and one behind.
    const { def } = v;
    const [flow, second] = uses.get(v)?.flows ?? [];
    if (!flow) return true;
    return def instanceof Op && def.kind === 'literal' && !second && def.parent === flow.from && flow.to.length === 1;
  };
  for (let before = -1; before !== objects.size;) {
    before = objects.size;
    for (const v of objects) if (!isPlain(v)) objects.delete(v);
  }
  return objects;
}

/** Result k of the branch, or carried value k of the loop, becomes as many as the object has fields. */
function split(op: Op, k: number, names: Map<string, string>, map: Map<Value, Value>): void {
  const whole = op.results[k];
  const type = whole.type;
  const keys = fieldKeys(type);
  const defined = (): Value[] => keys.map((key) => {
    const v = new Value(fieldType(type, key)!, op.span, names.get(key) ?? slotName(whole.name, key, type));
    v.def = op;
    return v;
  });
  const partsOf = (v: Value, region: Region, index?: number): Value[] => {
    const b = new Builder(region, op.span, false, index);
    return keys.map((key) => (v.def instanceof Op && v.def.kind === 'undef' ? b.undef(fieldType(type, key)!) : b.field(v, key)));
  };
  const together = (parts: Value[], region: Region, index: number, old: Value): Value => new Builder(region, op.span, false, index).literal(type, parts, {}, old.name ? { name: old.name } : {});
  const results = defined();
  if (op.kind === 'loop') {
    const params = defined();
    const p = op.params[k];
    op.args.splice(k, 1, ...partsOf(op.args[k], op.parent, op.parent.ops.indexOf(op)));
    op.params.splice(k, 1, ...params);
    for (const region of op.regions) {
      const object = together(params, region, 0, p);
      substitute(region, new Map([[p, object]]));
    }
    const { head } = op.attr.loop!;
    if (head) op.attr = { ...op.attr, loop: { ...op.attr.loop!, head: head.flatMap((i) => (i < k ? [i] : i > k ? [i + keys.length - 1] : [])) } };
  }
  for (const region of op.kind === 'if' ? op.regions : [op.regions[1]]) region.yields.splice(k, 1, ...partsOf(region.yields[k], region));
  op.results.splice(k, 1, ...results);
  map.set(whole, together(results, op.parent, op.parent.ops.indexOf(op) + 1, whole));
}

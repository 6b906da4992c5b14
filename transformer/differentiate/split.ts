/**
 * Two functions out of one: the forward sweep, which hands over what it saved, and the reverse sweep.
 *
 *   whole(x, ȳ) { forward; boundary; reverse }  →  f_fwd(x) { forward; return [y, saved] }
 *                                                  f_bwd(saved, ȳ) { reverse }
 *
 * The reverse sweep may run many times over the same saves: it writes none of them. Shadows that only it uses are
 * created in it; shadows that have to live in the forward sweep are zero again when it ends (see reverse.ts).
 */
import { Aliases } from '../analyse/alias.ts';
import { haveSameShape } from '../analyse/shapes.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Func, Op, type Value } from '../ir/ir.ts';
import { type Saved, elementType, holdsSaved, isMemory } from '../ir/types.ts';
import { allOps, capturedValues, cloneOp, substitute } from '../ir/walk.ts';
import type { Sweeps } from './reverse.ts';
import { nameFor } from './saves.ts';
import type { Library } from './variant.ts';

export interface SplitOptions {
  saved: Saved;
  /** What may be written between the two sweeps, by the user or the caller: all memory from outside, or parts of it. Copies are saved. */
  unstable: 'all' | { wrt: boolean[]; results: boolean[] };
  library: Library;
}

/**
 * Where what the two sweeps share is best made: shadows and views in the reverse sweep, if the forward sweep does without.
 * Gives the operations of both.
 */
export function settle(whole: Func, sweeps: Sweeps): { forward: Op[]; reverse: Op[] } {
  const cut = whole.body.ops.indexOf(sweeps.boundary);
  const forward = whole.body.ops.slice(0, cut);
  const reverse = whole.body.ops.slice(cut + 1);
  sinkShadows(forward, reverse, sweeps);
  repeatViews(forward, reverse, sweeps);
  returnFresh(reverse, sweeps);
  return { forward, reverse };
}

export function split(whole: Func, sweeps: Sweeps, fwd: Func, bwd: Func, options: SplitOptions): void {
  const aliases = new Aliases(whole, options.library.summaries);
  const { forward, reverse } = settle(whole, sweeps);

  const saved = needed(reverse, sweeps).filter((v) => !moveConstant(v, reverse, sweeps));
  options.saved.fields = saved.map((v) => v.type);

  fwd.params = whole.params.filter((p) => !sweeps.reverseParams.includes(p.value));
  for (const p of fwd.params) p.value.def = fwd;
  fwd.body.ops = forward;
  const b = new Builder(fwd.body, whole.span);
  const { unstable } = options;
  const reachable = (values: Value[], of: Aliases) => new Set(values.filter((v) => isMemory(v.type)).flatMap((v) => [...of.of(v).reachable()]));
  const outside = [
    ...fwd.params.filter((_, i) => unstable === 'all' || unstable.wrt[i]).map((p) => p.value),
    ...sweeps.forwardYields.filter((_, k) => unstable === 'all' || unstable.results[k]),
  ];
  const exposed = reachable(outside, aliases);
  const { primal } = sweeps;
  const exposedPrimals = primal && reachable(outside.flatMap((v) => primal.of(v) ?? []), primal.aliases);
  /** May it change between the sweeps? The analysis of the primal knows what a call of the function itself does, while this derivative of it is still being made. */
  const isExposed = (v: Value) => {
    const origin = unstable !== 'all' && primal?.of(v);
    if (origin) return [...primal!.aliases.of(origin).reachable()].some((c) => exposedPrimals!.has(c));
    return [...aliases.of(v).reachable()].some((c) => exposed.has(c) || (unstable === 'all' && c.outside));
  };
  const parts = saved.map((v) => {
    if (!isMemory(v.type) || holdsSaved(v.type) || holdsShadows(v, aliases) || mayBe(v, forward, (w) => sweeps.shadows.has(w))) return v;
    return isExposed(v) ? b.op('clone', [v], [v.type], mayBe(v, forward, isAbsent) ? { absent: true } : {}, { name: `${nameFor(v)}_saved` }).result : v;
  });
  fwd.body.yields = [...sweeps.forwardYields, b.literal(options.saved, parts)];
  const { forwardResult } = sweeps;
  fwd.result = { kind: 'tuple', parts: [...(forwardResult.kind === 'tuple' ? forwardResult.parts : []), { kind: 'value', type: options.saved }] };

  const handle = addParam(bwd, options.saved, whole.span, 'saved');
  const start = new Builder(bwd.body, whole.span);
  const map = new Map<Value, Value>();
  saved.forEach((v, k) => {
    const field = start.field(handle, String(k), { name: nameFor(v) });
    if (v.type.kind === 'nd') (field.def as Op).attr.sameShape = saved.findIndex((w) => w.type.kind === 'nd' && haveSameShape(v, w));
    map.set(v, field);
  });
  for (const p of whole.params) {
    if (!sweeps.reverseParams.includes(p.value)) continue;
    bwd.params.push(p);
    p.value.def = bwd;
  }
  bwd.body.ops.push(...reverse);
  bwd.body.yields = sweeps.reverseYields;
  bwd.result = sweeps.reverseResult;
  substitute(bwd.body, map);
  for (const f of [fwd, bwd]) f.joints = whole.joints.filter((joint) => joint.every(({ param }) => param.def === f));
  for (const f of [fwd, bwd]) for (const op of f.body.ops) op.parent = f.body;
}

/** Does a test hold for one of the values that this one may be, or hold: those of branches, of loops, of an array of saves? */
function mayBe(v: Value, forward: Op[], test: (w: Value) => boolean, seen = new Set<Value>()): boolean {
  if (test(v)) return true;
  const op = v.def;
  if (seen.has(v) || !(op instanceof Op)) return false;
  seen.add(v);
  const ask = (w: Value) => mayBe(w, forward, test, seen);
  switch (op.kind) {
    case 'if': return op.regions.some((r) => ask(r.yields[op.results.indexOf(v)]));
    case 'loop': {
      const k = Math.max(op.results.indexOf(v), op.params.indexOf(v));
      return ask(op.args[k]) || ask(op.regions[1].yields[k]);
    }
    case 'load': return ask(op.args[0]);
    default:
      return Boolean(op.attr.saves) && forward.some((top) => [top, ...top.regions.flatMap((r) => allOps(r))]
        .some((o) => (o.kind === 'store' || o.kind === 'push') && o.args[0] === v && ask(o.args[o.args.length - 1])));
  }
}

/** The value of a branch that was not taken; what other sweeps have saved may hold such values. */
const isAbsent = (v: Value) => v.def instanceof Op && (v.def.kind === 'undef' || (v.def.kind === 'field' && v.def.args[0].type.kind === 'saved'));

/** Values of the forward sweep that the reverse sweep uses, in the order of their definition. */
function needed(reverse: Op[], sweeps: Sweeps): Value[] {
  const used = new Set<Value>(sweeps.reverseYields);
  for (const op of reverse) for (const v of inputs(op)) used.add(v);
  const own = new Set<Value>([...reverse.flatMap((op) => op.results), ...sweeps.reverseParams]);
  return [...used].filter((v) => !own.has(v)).sort((a, b) => a.id - b.id);
}

function inputs(op: Op): Value[] {
  return [...op.args, ...capturedValues(op)];
}

/** Constants are repeated rather than saved. */
function moveConstant(v: Value, reverse: Op[], sweeps: Sweeps): boolean {
  const op = v.def;
  if (!(op instanceof Op) || !(op.kind === 'const' || (op.kind === 'free' && !op.attr.mutable))) return false;
  const map = new Map<Value, Value>();
  const again = cloneOp(op, map, op.parent);
  again.result.name = undefined;
  for (const other of reverse) {
    other.args = other.args.map((a) => map.get(a) ?? a);
    for (const inner of other.regions) substitute(inner, map);
  }
  sweeps.reverseYields = sweeps.reverseYields.map((y) => map.get(y) ?? y);
  reverse.unshift(again);
  return true;
}

/** Views are taken again, of what is saved of the whole: `part = x.subarray(a, b)` in both sweeps. */
function repeatViews(forward: Op[], reverse: Op[], sweeps: Sweeps): void {
  for (let i = forward.length - 1; i >= 0; i--) {
    const op = forward[i];
    if (op.kind !== 'view' || op.attr.shadow || !reverse.some((other) => inputs(other).includes(op.result))) continue;
    const map = new Map<Value, Value>();
    const again = cloneOp(op, map, op.parent);
    for (const other of reverse) {
      other.args = other.args.map((a) => map.get(a) ?? a);
      for (const inner of other.regions) substitute(inner, map);
    }
    sweeps.reverseYields = sweeps.reverseYields.map((y) => map.get(y) ?? y);
    reverse.unshift(again);
  }
}

/** Shadows that nothing in the forward sweep uses move to the start of the reverse sweep. */
function sinkShadows(forward: Op[], reverse: Op[], sweeps: Sweeps): void {
  for (let i = forward.length - 1; i >= 0; i--) {
    const op = forward[i];
    if (!(op.attr.shadow && ['new', 'literal', 'zeros', 'view'].includes(op.kind)) && op.kind !== 'const') continue;
    const usedBefore = sweeps.forwardYields.some((v) => op.results.includes(v))
      || forward.some((other) => other !== op && inputs(other).some((v) => op.results.includes(v)));
    const usedAfter = sweeps.reverseYields.some((v) => op.results.includes(v))
      || reverse.some((other) => inputs(other).some((v) => op.results.includes(v)));
    if (usedBefore || !usedAfter) continue;
    forward.splice(i, 1);
    reverse.unshift(op);
  }
}

/**
 * The cotangent of an argument whose shadow lives in the forward sweep is a copy, and the shadow is cleared; where
 * the shadow was created by the reverse sweep, that is for nothing.
 *
 *   x_bar = new …; …; result = clone(x_bar); clear(x_bar); return result  →  x_bar = new …; …; return x_bar
 */
function returnFresh(reverse: Op[], sweeps: Sweeps): void {
  sweeps.reverseYields = sweeps.reverseYields.map((y) => {
    const copy = y.def;
    if (!(copy instanceof Op) || copy.kind !== 'clone' || !copy.attr.shadow) return y;
    const [shadow] = copy.args;
    if (!isFresh(shadow, reverse)) return y;
    reverse.splice(reverse.indexOf(copy), 1);
    return shadow;
  });
  for (const op of reverse.filter(({ kind, attr, args }) => kind === 'clear' && attr.again && isFresh(args[0], reverse))) reverse.splice(reverse.indexOf(op), 1);
}

/** Did the reverse sweep make all of it? A literal may put together what is older, and get more later. */
function isFresh(shadow: Value, reverse: Op[]): boolean {
  const op = shadow.def;
  const all = reverse.flatMap((top) => [top, ...top.regions.flatMap((r) => allOps(r))]);
  if (!(op instanceof Op) || !all.includes(op)) return false;
  if (op.kind === 'new' || op.kind === 'zeros') return true;
  if (op.kind === 'copy') return !isMemory(elementType(op.result.type));
  const parts = [...op.args, ...all.flatMap((o) => (o.kind === 'push' && o.args[0] === shadow ? [o.args[1]] : []))];
  return op.kind === 'literal' && parts.every((a) => !isMemory(a.type) || isFresh(a, reverse));
}

export function holdsShadows(v: Value, aliases: Aliases): boolean {
  for (const cell of aliases.of(v).reachable()) for (const op of cell.allocations) if (op.attr.shadow) return true;
  return false;
}

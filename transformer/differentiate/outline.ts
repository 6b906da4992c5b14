/**
 * Reverse mode computes the body of a checkpointed loop, or a checkpointed call, more than once: to go on from one
 * iteration to the next, and in the reverse sweep, when the cotangents are there. So the body becomes a function of its
 * own, which has a derivative of its own:
 *
 *   for (…) [policy] { y = y * sin(x * y) }   →   for (…) [policy] { y = f_step(y, x) }
 *
 * The carried values and what the body uses of its surroundings are the parameters. Memory that has changed is either
 * changed in place, where all of its names see it, or, if the loop also changes what refers to what, goes in and comes out
 * like a number, as *state*. Then its other names must not be used after the loop:
 *
 *   [a, b] = [b, a]  →  [a, b] = f_step(a, b)
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { inductions } from '../analyse/loops.ts';
import { hasEffectsOutside } from '../analyse/outside.ts';
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Attributes, Func, type FuncRef, Op, type Place, type Policy, Region, type Result, type Span, Value, homeRegion, isInside, outerRegion } from '../ir/ir.ts';
import { type Type, isMemory } from '../ir/types.ts';
import { isWholeStep } from '../optimise/inline.ts';
import { allOps, allRegions, cloneFunc, cloneRegion, countUses, substitute } from '../ir/walk.ts';
import { CREATES, within } from '../analyse/order.ts';
import { eliminateDeadCode } from '../optimise/dce.ts';
import { replayOf } from './replay.ts';
import { nameFor } from './saves.ts';
import type { Library } from './variant.ts';

/** The function with the bodies of loops and calls that have a policy as calls of functions of their own. */
export function outline(primal: Func, library: Library): Func {
  const marked = (func: Func) => outermost(func.body, (op) => op.attr.policy !== undefined && op.kind !== 'call');
  if (marked(primal).length === 0) return primal;
  const func = cloneFunc(primal);
  marked(func).forEach((op, k) => new Outline(func, op, `${primal.id}:step${k || ''}`, library).run());
  return func;
}

/** Operations for which the test holds and that lie in no other of them. */
function outermost(region: Region, test: (op: Op) => boolean): Op[] {
  return region.ops.flatMap((op) => (test(op) ? [op] : op.regions.flatMap((r) => outermost(r, test))));
}

interface Step {
  callee: FuncRef;
  args: Value[];
  /** Of the results, and which of them the parts of the state are. */
  types: Type[];
  places: number[];
  /** Names of the last results, what the step notes of its effects. */
  notes?: string[];
  attr: Attributes;
}

/** Makes a function of the body of one loop, or of what one call does. */
export class Outline {
  private aliases: Aliases;
  private policy: Policy;
  private body: Region;
  private position = new Map<Op, number>();

  constructor(private func: Func, private op: Op, private id: string, private library: Library) {
    this.aliases = new Aliases(func, library.summaries);
    this.policy = op.attr.policy!;
    this.body = op.kind === 'loop' ? op.regions[1] : op.regions[0];
    for (const o of allOps(func.body)) this.position.set(o, this.position.size);
  }

  run(): void {
    const { op, body } = this;
    const effects = this.policy.kind !== 'truncate' && this.takeOut();
    if (op.kind === 'loop') for (const v of this.rebound()) this.carry(v);
    this.checkNames();
    // Numbers that count iterations are known without the state.
    const counters = op.kind === 'loop' ? new Set([...inductions(op)].filter(([k, { param }]) => adds(body.yields[k], param)).map(([k]) => k)) : new Set<number>();
    const stated = body.yields.filter((_, k) => !counters.has(k));
    const names = op.results.filter((_, k) => !counters.has(k));
    const region = op.kind === 'loop' ? new Region(op) : op.parent;
    const b = new Builder(region, op.span, false, op.kind === 'loop' ? undefined : op.parent.ops.indexOf(op));
    const made = this.whole(b) ?? this.made(stated);
    const { callee, args, types, places, notes = [], attr } = effects ? this.replayed(made) : made;
    const call = b.op('call', args, types, { ...attr, callee, policy: this.policy });
    const results = places.map((place) => call.results[place]);
    results.forEach((r, k) => Object.assign(r, { name: names[k].name ?? stated[k].name, variable: names[k].variable }));
    notes.forEach((name, k) => { call.results[types.length - notes.length + k].name = name; });
    if (op.kind !== 'loop') {
      op.parent.ops.splice(op.parent.ops.indexOf(op), 1);
      substitute(this.func.body, new Map(op.results.map((r, k) => [r, results[k]])));
    } else {
      let next = 0;
      region.yields = body.yields.map((v, k) => (counters.has(k) ? this.count(v.def as Op, region) : results[next++]));
      op.regions[1] = region;
    }
    this.share(call);
  }

  /**
   * Variables of the module, and `this`, are read before, for others may assign them before the reverse sweep. Are there
   * effects, besides those on arguments? Then the step may assign such variables itself, and reads them where it did.
   */
  private takeOut(): boolean {
    const { op, body, library } = this;
    const effect = allOps(body).find((inner) => inner.kind !== 'free' && hasEffectsOutside(inner, library));
    if (effect && this.policy.kind === 'reversible') this.refuse(effect);
    for (const inner of [...allOps(body)]) {
      if (inner.kind !== 'free' || isFixed(inner.result) || (effect && inner.attr.mutable)) continue;
      const { ops } = inner.parent;
      ops.splice(ops.indexOf(inner), 1);
      new Builder(op.parent, inner.span, false, op.parent.ops.indexOf(op)).insert(inner);
    }
    return effect !== undefined;
  }

  private refuse(effect: Op): never { return fail('TL3023', effect.span, this.op.kind === 'loop' ? 'a loop with a mark' : '`checkpoint`'); }

  private replayed({ callee, attr, ...step }: Step): Step {
    const { first, again, noted } = replayOf(this.library.primal(callee.id), this.library, (effect) => this.refuse(effect));
    return { ...step, callee: this.define(first), types: [...step.types, ...noted.map((n) => n.type)], notes: noted.map((n) => n.name), attr: { ...attr, replay: { callee: this.define(again), noted: noted.length } } };
  }

  /** The body as a function that is not there yet. */
  private made(stated: readonly Value[]): Step {
    const { op, body, id, library } = this;
    const inner = this.policy.kind === 'reversible' ? outermost(body, (o) => o.kind === 'if' && o.attr.policy?.kind === 'reversible')[0] : undefined;
    const base = this.func.name.replace(/[^\w$]/g, '_');
    const way = (side: number, name: string) => makeFunction(body, stated, [...op.params], { id: `${id}${side ? ':undo' : ''}`, name: `${base}_${name}`, span: op.span, ...(inner ? { inner, side } : {}) }, library);
    const { func: step, captured } = way(0, op.kind === 'loop' ? 'step' : 'call');
    const undo = inner && way(1, 'undo').func;
    const args = dropUnused([...op.params, ...captured], undo ? [step, undo] : [step]);
    return { callee: this.define(step), args, types: stated.map((v) => v.type), places: stated.map((_, k) => k), attr: undo ? { undo: this.define(undo) } : {} };
  }

  /** The body, if it is a call of a function: that is the step. */
  private whole(b: Builder): Step | undefined {
    const { op, body } = this;
    const call = body.ops.find((o) => o.kind === 'call' && isWholeStep(o));
    if (!call || call.args.some((a) => a.def instanceof Op && a.def.kind !== 'const' && a.def !== op && within(a.def, op))) return undefined;
    const args = call.args.map((a) => (a.def instanceof Op && a.def !== op && within(a.def, op) ? b.op('const', [], [a.type], a.def.attr).result : a));
    return { callee: call.attr.callee!, args, types: call.results.map((r) => r.type), places: body.yields.flatMap((v) => (call.results.includes(v) ? [call.results.indexOf(v)] : [])), attr: call.attr };
  }

  private define(func: Func): FuncRef {
    this.library.add(func, this.func.id);
    return { id: func.id, name: func.name };
  }

  /** What may be one memory in the function may be one in the step. */
  private share(call: Op): void {
    const aliases = new Aliases(this.func, this.library.summaries);
    const joints = aliases.joints(call);
    if (joints.length === 0) return;
    const { callee, replay } = call.attr;
    const [first, again] = [callee!, replay?.callee].map((ref) => ref && this.library.primal(ref.id));
    call.attr = { ...call.attr, callee: this.library.sharing(first!, joints) };
    if (!again) return;
    const place = ({ param, keys }: Place): Place => ({ param: again.params[first!.params.findIndex((p) => p.value === param)].value, keys });
    call.attr.replay = { ...replay!, callee: this.library.sharing(again, joints.map(([a, b]) => [place(a), place(b)] as const)) };
  }

  /** i + 1, outside of the step. */
  private count(update: Op, region: Region): Value {
    const b = new Builder(region, update.span);
    const args = update.args.map((a) => (a.def instanceof Op && a.def.kind === 'const' ? b.const(a.def.attr.value) : a));
    return b.prim(update.attr.fn!, args, { name: update.result.name, variable: update.result.variable });
  }

  // State

  /** Memory around the loop in which the body changes what refers to what. */
  private rebound(): Value[] {
    const { op, body, aliases } = this;
    const cells = new Set([...aliases.rebinds].filter(([write]) => within(write, op)).flatMap(([, rebound]) => [...rebound].map((c) => c.find())));
    if (cells.size === 0) return [];
    return capturedOf(body, op.params, body.yields).filter((v) => isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => cells.has(c)));
  }

  /** const xs = []; for (…) { xs.push(y) }  →  let xs = []; for (…) { xs = f_step(xs, y) } */
  private carry(v: Value): void {
    const { op } = this;
    const make = () => {
      const value = new Value(v.type, v.span, v.name, v.variable);
      value.def = op;
      return value;
    };
    const param = make();
    op.args.push(v);
    op.params.push(param);
    for (const region of op.regions) substitute(region, new Map([[v, param]]));
    op.regions[1].yields.push(param);
    const result = make();
    op.results.push(result);
    const later = (region: Region, from: number) => {
      region.ops.slice(from).forEach((o) => {
        o.args = o.args.map((a) => (a === v ? result : a));
        for (const inner of o.regions) substitute(inner, new Map([[v, result]]));
      });
      region.yields = region.yields.map((y) => (y === v ? result : y));
    };
    later(op.parent, op.parent.ops.indexOf(op) + 1);
    this.aliases = new Aliases(this.func, this.library.summaries);
  }

  /** State goes by value: what else it was called before must not matter afterwards, if it is written. */
  private checkNames(): void {
    const { op, aliases } = this;
    const state = (op.kind === 'loop' ? op.params : op.results).filter((v) => isMemory(v.type));
    const cells = new Set<Cell>(state.flatMap((v) => [...aliases.cells(v)]));
    if (cells.size === 0) return;
    const touches = (v: Value) => isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => cells.has(c));
    const isLater = (o: Op) => within(o, op) || this.isAfter(o);
    // What is made here or later had no name before.
    const own = ({ kind, args: [object] }: Op) => kind !== 'call' && object.def instanceof Op && CREATES.has(object.def.kind) && isLater(object.def);
    const written = [...aliases.writes].some(([write, set]) => isLater(write) && !own(write) && [...set].some((c) => cells.has(c.find())));
    if (!written) return;
    const clash = (v: Value): never => fail('TL3020', op.span, state[0].name ?? 'an object', v.name ?? nameFor(v));
    // The caller has a name for what is an argument.
    for (const { value } of this.func.params) if (touches(value)) clash(value);
    for (const o of allOps(this.func.body)) {
      if (!this.isAfter(o) || within(o, op)) continue;
      for (const v of o.args) if (touches(v) && this.isOld(v, o)) clash(v);
    }
    for (const region of [this.func.body, ...allRegions(this.func.body)]) {
      if (region !== op.parent && !isInside(op.parent, region)) continue;
      for (const v of region.yields) if (touches(v) && this.isOld(v)) clash(v);
    }
  }

  /** Does the operation run after ours, if only in the next iteration of a loop around both? */
  private isAfter(o: Op): boolean {
    return o !== this.op && (this.position.get(o)! > this.position.get(this.op)! || this.around().some((loop) => within(o, loop)));
  }

  /** Was there the value before our operation, as the later one `user` sees it? */
  private isOld(v: Value, user?: Op): boolean {
    if (v.def instanceof Func) return true;
    if (v.def === this.op || within(v.def, this.op)) return false;
    const renewed = user !== undefined && this.position.get(user)! < this.position.get(this.op)! && this.around().some((loop) => isInside(homeRegion(v), loop.regions[1]));
    const isParam = v.def.params.includes(v);
    if (!isParam && within(this.op, v.def)) return false;
    return !renewed && (isParam ? isInside(this.op.parent, homeRegion(v)) : this.position.get(v.def)! < this.position.get(this.op)!);
  }

  private around(): Op[] {
    const loops: Op[] = [];
    for (let r: Region | undefined = this.op.parent; r; r = outerRegion(r)) if (r.owner instanceof Op && r.owner.kind === 'loop') loops.push(r.owner);
    return loops;
  }
}

/** Parameters that none of the functions uses go, and the arguments for them. */
function dropUnused(args: Value[], functions: readonly Func[]): Value[] {
  const uses = functions.map((f) => countUses(f.body));
  const keep = args.map((_, k) => functions.some((f, j) => uses[j].has(f.params[k].value)));
  for (const f of functions) f.params = f.params.filter((_, k) => keep[k]);
  return args.filter((_, k) => keep[k]);
}

function adds(v: Value, param: Value): boolean {
  return v.def instanceof Op && v.def.kind === 'prim' && v.def.args.includes(param);
}

/** Values that a region and its yields use, but that are not defined in it. */
function capturedOf(region: Region, params: readonly Value[], yields: readonly Value[]): Value[] {
  const defined = new Set<Value>(params);
  const used = new Set<Value>(yields);
  for (const r of allRegions(region)) {
    for (const op of r.ops) {
      op.args.forEach((v) => used.add(v));
      [...op.results, ...op.params].forEach((v) => defined.add(v));
    }
    if (r !== region) r.yields.forEach((v) => used.add(v));
  }
  return [...used].filter((v) => !defined.has(v));
}

interface Made {
  id: string;
  name: string;
  span: Span;
  /** An `if` in the region of which the function has one side only. */
  inner?: Op;
  side?: number;
}

/** A function of what the region takes from its surroundings; `params` come first. */
function makeFunction(region: Region, yields: readonly Value[], params: readonly Value[], { id, name, span, inner, side }: Made, functions: Library): { func: Func; captured: Value[] } {
  const func = new Func(id, name, span);
  const map = new Map<Value, Value>();
  const all = capturedOf(region, params, yields);
  const fixed = all.filter(isFixed);
  const captured = all.filter((v) => !isFixed(v));
  for (const v of [...params, ...captured]) map.set(v, addParam(func, v.type, v.span, isThis(v) ? 'self' : nameFor(v)));
  const b = new Builder(func.body, span);
  for (const v of fixed) {
    const def = v.def as Op;
    map.set(v, b.op(def.kind, [], [v.type], def.attr, { name: v.name, variable: v.variable }).result);
  }
  const body = cloneRegion(region, map, func);
  for (const op of body.ops) b.insert(op);
  const twin = inner && body.ops.find((op) => op.kind === 'if' && op.attr.policy === inner.attr.policy);
  const chosen = new Map<Value, Value>();
  if (twin) {
    const taken = twin.regions[side!];
    for (const op of taken.ops) op.parent = func.body;
    func.body.ops.splice(func.body.ops.indexOf(twin), 1, ...taken.ops);
    twin.results.forEach((r, k) => chosen.set(r, taken.yields[k]));
  }
  func.body.yields = yields.map((v) => map.get(v) ?? v);
  substitute(func.body, chosen);
  eliminateDeadCode(func, functions);
  const parts = func.body.yields.map((v): Result => ({ kind: 'value', type: v.type }));
  func.result = parts.length === 0 ? { kind: 'void' } : parts.length === 1 ? parts[0] : { kind: 'tuple', parts };
  return { func, captured };
}

/** A constant, or a binding of a module that is never assigned: the function knows it by itself. */
function isFixed(v: Value): boolean {
  const { def } = v;
  return def instanceof Op && (def.kind === 'const' || (def.kind === 'free' && !def.attr.mutable && !isMemory(v.type) && !isThis(v)));
}

function isThis({ def }: Value): boolean { return def instanceof Op && def.kind === 'free' && def.attr.name === 'this'; }

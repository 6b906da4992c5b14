/**
 * How values of the forward sweep reach the reverse sweep.
 *
 * The reverse sweep of a region runs in a frame of its own: the body of the function, a branch, or one iteration
 * of a loop counted backwards. A value that the frame needs is provided by the first of these that applies:
 *
 * 1. it is still there: the function's body dominates the reverse sweep;
 * 2. it is an induction variable: known from the iteration's number;
 * 3. it can be recomputed from what is at hand, cheaply and without effects: arithmetic, `Math`, loads of memory
 *    that nothing overwrites (see analyse/order.ts), a branch that contains nothing else;
 *    (what is dear to compute and still apart when the sweeps have been fused is saved after all, see optimise/keep.ts);
 * 4. it was kept: a value of a branch is yielded by the branch; a value of a loop is saved in an array indexed by
 *    the iteration, which is itself a value of the region around the loop, and so on outwards.
 */
import { Builder, type Naming } from '../ir/build.ts';
import { Func, Op, type Region, Value, homeRegion, constantOf, isNullish, outerRegion } from '../ir/ir.ts';
import { F64, NUMBER, type Type, elementType, isMemory } from '../ir/types.ts';
import { cloneOp, allOps, capturedValues } from '../ir/walk.ts';
import { isInteger } from '../analyse/integers.ts';
import { type Counted, type Induction, counted, definedOutside, inductions, isInvariant } from '../analyse/loops.ts';
import { add, mul, sub } from '../rules/arithmetic.ts';
import { Region as NewRegion } from '../ir/ir.ts';
import { lastIndex, tripCount } from '../analyse/trips.ts';
import type { Analysis } from './variant.ts';

/** A frame of the reverse sweep. */
export interface Frame {
  /** The primal's region that is reversed. */
  region: Region;
  /** What is recomputed or read back, before the adjoint of the region's operations. */
  prologue: Builder;
  main: Builder;
  memo: Map<Value, Value>;
  /** Cotangents of the primal's scalars. */
  adjoints: Map<Value, Value>;
  loop?: LoopState;
  /** In a loop: the number of the iteration, from 0. */
  iteration?: () => Value;
}

export interface LoopState {
  /** The primal's loop, and its copy in the forward sweep. */
  loop: Op;
  copy: Op;
  inductions: Map<number, Induction>;
  counted?: Counted;
  /** Number of iterations where it is known at entry; a value of the region around the copy. */
  trips?: Value;
  /** The iteration's number in the forward sweep's body. */
  forwardIndex?: Value;
  /** Position of the counter among the carried values of the copy, if there is one. */
  counter?: number;
}

const RECOMPUTED = new Set(['prim', 'const', 'free', 'load', 'field', 'length', 'cast', 'undef', 'view']);

export class Saves {
  readonly frames: Frame[] = [];
  private loops = new Map<Op, LoopState>();
  private buffers = new Map<Value, Value>();
  private exports = new Map<Value, Value>();
  private tested: Set<Value> | undefined;

  constructor(
    private analysis: Analysis,
    /** From the primal's values and regions to the forward sweep's. */
    private copy: Map<Value, Value>,
    private copies: Map<Op, Op>,
    private regions: Map<Region, Region>,
    private body: Region,
  ) {}

  get frame(): Frame {
    return this.frames[this.frames.length - 1];
  }

  open(region: Region, target: Region, span = this.analysis.func.span): Frame {
    const prologue = new Builder(new NewRegion(target.owner), span);
    const frame: Frame = { region, prologue, main: new Builder(target, span, true), memo: new Map(), adjoints: new Map() };
    this.frames.push(frame);
    return frame;
  }

  /** Ends the innermost frame: what it needed goes before what it does. */
  close(): void {
    const frame = this.frames.pop()!;
    const target = frame.main.region;
    const { ops } = frame.prologue.region;
    for (const op of ops) op.parent = target;
    target.ops.unshift(...ops);
  }

  frameOf(region: Region): Frame {
    const frame = this.frames.find((f) => f.region === region);
    if (!frame) throw new Error('a value is asked for outside the frames of its region');
    return frame;
  }

  /** The primal's value `v`, as the current frame can use it. */
  value(v: Value): Value {
    const home = homeRegion(v);
    const frame = this.frameOf(home);
    const known = frame.memo.get(v);
    if (known) return known;
    const made = this.provide(v, home, frame);
    frame.memo.set(v, made);
    return made;
  }

  private provide(v: Value, home: Region, frame: Frame): Value {
    if (home === this.body) return this.copy.get(v)!;
    const op = v.def;
    if (op instanceof Func) return this.copy.get(v)!;
    const k = op.params.indexOf(v);
    if (k >= 0) {
      const induction = frame.loop!.inductions.get(k);
      return induction ? this.inductionValue(induction, frame) : this.kept(this.copy.get(v)!, home);
    }
    // An identity: what it gives is what it was given.
    if (op.kind === 'extern' && op.attr.custom !== undefined && op.attr.text === '$0') return this.value(op.args[0]);
    if (this.recomputable(op) && !this.asked(v, home)) {
      const naming = v.name && op.kind !== 'const' ? { name: v.name } : {};
      const args = op.args.map((a) => this.value(a));
      const again = frame.prologue.at(op.span).op(op.kind, args, [v.type], { ...op.attr, origin: 'recomputed' }, naming).result;
      return again;
    }
    if (op.kind === 'if' && this.cheap(op) && !this.asked(v, home)) return this.repeatBranch(op, frame, v);
    return this.kept(this.copy.get(v)!, home);
  }

  /** `// @store` above a loop: nothing but indexes and conditions is computed again. */
  private asked(v: Value, home: Region): boolean {
    const { kind } = v.def as Op;
    if (!(kind === 'prim' || kind === 'if') || v.type.kind !== 'number' || isInteger(v)) return false;
    for (let r: Region | undefined = home; r; r = outerRegion(r)) {
      const keeping = r.owner instanceof Op ? r.owner.attr.loop?.keeping : undefined;
      if (keeping) return keeping === 'store';
    }
    return false;
  }

  private recomputable(op: Op): boolean {
    if (op.kind === 'extern') return isComputation(op);
    // What a function of the user's costs is not known.
    if (op.attr.primitive) return false;
    if (!RECOMPUTED.has(op.kind)) return false;
    if (op.kind === 'free') return !op.attr.mutable;
    // Saves may be copies, which are other objects.
    if (op.kind === 'prim' && op.args.filter((a) => isMemory(a.type) && !isNullish(a)).length > 1) return false;
    if (op.kind === 'load' || op.kind === 'field' || op.kind === 'length') return !this.analysis.order.overwritten(op);
    return true;
  }

  /** A branch with nothing in it but what can be recomputed. */
  private cheap(op: Op): boolean {
    for (const region of op.regions) {
      for (const inner of allOps(region)) if (!(inner.kind === 'if' || this.recomputable(inner))) return false;
    }
    return true;
  }

  private repeatBranch(op: Op, frame: Frame, v: Value): Value {
    const map = new Map<Value, Value>();
    for (const outer of [...op.args, ...capturedValues(op)]) map.set(outer, this.value(outer));
    const again = cloneOp(op, map, frame.prologue.region);
    for (const inner of [again, ...again.regions.flatMap((r) => allOps(r))]) inner.attr = { ...inner.attr, origin: 'recomputed' };
    frame.prologue.insert(again);
    op.results.forEach((r) => {
      map.get(r)!.variable = undefined;
      frame.memo.set(r, map.get(r)!);
    });
    return map.get(v)!;
  }

  private inductionValue(induction: Induction, frame: Frame): Value {
    const b = new Builder(frame.prologue.region, frame.prologue.span, true);
    const start = this.value(induction.start);
    return add(b, start, mul(b, frame.iteration!(), b.const(induction.step)), { name: induction.param.name });
  }

  /** A value of the forward sweep, defined in the copy of `home`, as the current frame can use it. */
  kept(v: Value, home: Region): Value {
    if (home === this.body) return v;
    const frame = this.frameOf(home);
    const known = frame.memo.get(v);
    if (known) return known;
    const owner = home.owner as Op;
    const made = owner.kind === 'if' ? this.kept(this.exported(v, owner, home), owner.parent) : this.readBack(v, frame);
    frame.memo.set(v, made);
    return made;
  }

  /** if (c) { … v … } → if (c) { …; kept = v } */
  private exported(v: Value, owner: Op, home: Region): Value {
    let out = this.exports.get(v);
    if (out) return out;
    const copy = this.regions.get(home)!.owner as Op;
    for (const region of copy.regions) {
      const inside = region === this.regions.get(home);
      region.yields.push(inside ? v : new Builder(region, owner.span).undef(v.type));
    }
    out = new Value(v.type, v.span, v.name);
    out.def = copy;
    copy.results.push(out);
    this.exports.set(v, out);
    return out;
  }

  /** for (…) { … v … } → saved = new Float64Array(trips); for (…) { saved[k] = v; … } */
  private readBack(v: Value, frame: Frame): Value {
    const state = frame.loop!;
    const array = this.kept(this.saved(v, state), state.loop.parent);
    return frame.prologue.op('load', [array, frame.iteration!()], [elementType(array.type)], { origin: 'saved' }, v.name ? { name: v.name } : {}).result;
  }

  /** The array that keeps the value of each iteration, a value of the forward sweep's region around the loop. */
  saved(v: Value, state: LoopState): Value {
    let buffer = this.buffers.get(v);
    if (!buffer) this.buffers.set(v, (buffer = this.save(v, state)));
    return buffer;
  }

  private save(v: Value, state: LoopState): Value {
    const { copy } = state;
    const outside = new Builder(copy.parent, copy.span, true, copy.parent.ops.indexOf(copy));
    const naming: Naming = { name: `${nameFor(v)}_saved` };
    const body = copy.regions[1];
    const after = (w: Value) => (copy.params.includes(w) ? 0 : body.ops.indexOf(w.def as Op) + 1);
    const trips = this.trips(state);
    if (trips) {
      const type: Type = v.type.kind === 'number' && !this.mayBeAbsent(v) ? F64 : { kind: 'array', element: v.type };
      outside.index = copy.parent.ops.indexOf(copy);
      const buffer = outside.new(type, trips, { saves: true }, naming);
      const index = this.forwardIndex(state);
      new Builder(body, copy.span, true, Math.max(after(v), after(index))).store(buffer, index, v);
      return buffer;
    }
    const buffer = outside.literal({ kind: 'array', element: v.type }, [], { saves: true }, naming);
    new Builder(body, copy.span, true, after(v)).push(buffer, v);
    return buffer;
  }

  /** A typed array cannot hold `undefined`: may the number be none, or does the program ask whether it is? */
  private mayBeAbsent(v: Value): boolean {
    if (v.type.absent) return true;
    this.tested ??= new Set(allOps(this.body).flatMap((op) => (op.kind === 'prim' && (op.attr.fn === 'eq' || op.attr.fn === 'ne') && op.args.some(isNullish)
      ? op.args.map((a) => this.copy.get(a)!) : [])));
    return this.tested.has(v);
  }

  /** The number of the current iteration of the forward sweep; only asked for where the trip count is known at entry. */
  forwardIndex(state: LoopState): Value {
    if (state.forwardIndex) return state.forwardIndex;
    const { induction } = state.counted!;
    const param = this.copy.get(induction.param)!;
    if (constantOf(induction.start) === 0 && induction.step === 1) return (state.forwardIndex = param);
    const b = new Builder(state.copy.regions[1], state.copy.span, true, 0);
    const distance = sub(b, param, this.copy.get(induction.start)!);
    return (state.forwardIndex = b.quotient(distance, induction.step));
  }

  state(loop: Op): LoopState {
    let state = this.loops.get(loop);
    if (!state) {
      const copy = this.copies.get(loop)!;
      const invariant = (v: Value) => isInvariant(v, loop, this.analysis.order);
      this.loops.set(loop, (state = { loop, copy, inductions: inductions(loop), counted: counted(loop, invariant) }));
    }
    return state;
  }

  /** A value of the loop's test, computed in the forward sweep's region around the loop. */
  private hoisted(v: Value, loop: Op, b: Builder): Value {
    if (definedOutside(v, loop.regions[0]) && definedOutside(v, loop.regions[1])) return this.copy.get(v)!;
    const op = v.def as Op;
    return b.op(op.kind, op.args.map((a) => this.hoisted(a, loop, b)), [v.type], op.attr).result;
  }

  /** The induction variable's last value, see trips.ts. */
  last(state: LoopState, b: Builder, bound: Value, start: Value): Value { return lastIndex(state.counted!, b, bound, start); }

  /** The bound of a counted loop, in the current frame. */
  bound(state: LoopState): Value {
    const again = (v: Value): Value => {
      if (definedOutside(v, state.loop.regions[0]) && definedOutside(v, state.loop.regions[1])) return this.value(v);
      const op = v.def as Op;
      return this.frame.main.op(op.kind, op.args.map(again), [v.type], op.attr).result;
    };
    return again(state.counted!.bound);
  }

  /** The trip count, if it is known at entry: at least 0, whatever the bounds are. */
  trips(state: LoopState): Value | undefined {
    if (state.trips || !state.counted) return state.trips;
    const { copy, loop, counted: count } = state;
    const b = new Builder(copy.parent, copy.span, true, copy.parent.ops.indexOf(copy));
    const bound = this.hoisted(count.bound, loop, b);
    return (state.trips = tripCount(count, b, bound, this.copy.get(count.induction.start)!));
  }

  /** How many iterations the forward sweep made, counted by itself; a value of the region around the loop. */
  counter(state: LoopState): Value {
    const { copy } = state;
    if (state.counter === undefined) {
      const before = new Builder(copy.parent, copy.span, true, copy.parent.ops.indexOf(copy));
      copy.args.push(before.const(0));
      const param = new Value(NUMBER, copy.span, 'trips');
      param.def = copy;
      copy.params.push(param);
      const inside = new Builder(copy.regions[1], copy.span, true);
      copy.regions[1].yields.push(inside.prim('add', [param, inside.const(1)], { name: 'trips' }));
      const result = new Value(NUMBER, copy.span, 'trips');
      result.def = copy;
      copy.results.push(result);
      state.counter = copy.params.length - 1;
    }
    return copy.results[state.counter];
  }

  /** The number of the iteration in the forward sweep of a loop that counts itself. */
  counterParam(state: LoopState): Value {
    this.counter(state);
    return state.copy.params[state.counter!];
  }
}

/** A string or number that depends on such values alone: `s.charCodeAt(i)`, `Number(s)`, `/\d/.test(c)`. */
function isComputation({ attr, args, results }: Op): boolean {
  if (!attr.pure) return false;
  const isLiteral = (v: Value) => v.def instanceof Op && v.def.kind === 'extern' && v.def.attr.text!.startsWith('/');
  const isValue = (v: Value) => v.type.kind === 'number' || v.type.kind === 'string' || v.type.kind === 'boolean' || isLiteral(v);
  return results.every(isValue) && args.every(isValue);
}

/** What to call a value that the user has not named. */
export function nameFor(v: Value): string {
  const op = v.def;
  if (v.name || !(op instanceof Op)) return v.name ?? 't';
  const [a, i] = op.args;
  if (op.kind === 'load' && a.name) return i.name ? `${a.name}_${i.name}` : a.name;
  if (op.kind === 'field' && a.name) return `${a.name}_${op.attr.key}`;
  if (op.kind === 'length') return 'n';
  return 't';
}

/**
 * Loops and calls with a policy (see outline.ts): the forward sweep runs the primal and keeps little; the reverse sweep
 * comes to the state before each step in the way of the policy, runs the step once more, now keeping what its reverse
 * needs, and reverses it at once.
 *
 *   for (i) y = f_step(y, x)   →   for (i) { keep a snapshot or not; y = f_step(y, x) }
 *                                  for (i, backwards) { y = the state before step i; [y_bar, …] = f_step_bwd(y, x, y_bar) }
 *
 * What is known of a step's memory decides how it is handed over. The loop may change the contents of memory around it:
 * the reverse sweep works on a copy of its own, and the shadow, which is always the same, is passed along. Memory that is
 * carried, `state = step(state)`, has a cotangent in each iteration, like a number.
 */
import { fail } from '../diagnostics.ts';
import { Builder } from '../ir/build.ts';
import { type FuncRef, Op, type Value, constantOf } from '../ir/ir.ts';
import { VOID, isMemory, partTypes } from '../ir/types.ts';
import { add, mul, sub } from '../rules/arithmetic.ts';
import { Adjoints } from './adjoints.ts';
import { nameFor } from './saves.ts';
import { type Advance, type Part, type Schedule, scheduleOf } from './schedule.ts';
import { type StepRequest, shadowType, zerosLike } from './variant.ts';

/** A loop with a policy, in the forward sweep. */
interface Kept {
  call: Op;
  parts: Part[];
  schedule?: Schedule;
  /** How many steps there were, as a value of the forward sweep. */
  trips: Value;
  /** What the steps have noted for those that run again, by step. */
  notes: Value[];
  /** Of a reversible loop: memory that is changed in place, as it was when the loop had ended. */
  ends: Map<Value, Value>;
}

export class Checkpoints extends Adjoints {
  private kept = new Map<Op, Kept>();
  /** Copies of memory, made before a loop or call that reads it, or changes it. */
  private entries = new Map<Op, Map<Value, Value>>();
  /** Memory that a reversible loop changes, as its reverse sweep takes it back. */
  private working = new Map<Value, Value>();
  /** Calls of steps in the forward sweep. */
  private calls = new Map<Op, Op>();

  protected override forwardOp(op: Op, b: Builder): void {
    if (op.kind === 'call' && op.attr.policy) return this.forwardStep(op, b);
    super.forwardOp(op, b);
  }

  protected override accompanied(v: Value): boolean {
    if (v.def instanceof Op && v.def.attr.policy && !this.request.plain && v.def.kind !== 'if' && (v.def.kind === 'call' ? v.def.attr.policy.kind !== 'call' : v.def.params.includes(v))) return false;
    return super.accompanied(v);
  }

  protected override forwardLoop(op: Op, b: Builder): void {
    if (!op.attr.policy || this.request.plain) return super.forwardLoop(op, b);
    const call = stepOf(op);
    this.keepEntries(op, call.args.filter((a) => isOutside(a, op) && !this.changes(call, a)), b);
    super.forwardLoop(op, b);
    for (const r of op.results) this.newCompanion(r, b);
    if (this.isInactive(op)) return;
    const { saves } = this;
    const state = saves.state(op);
    const trips = saves.trips(state);
    const number = trips ? saves.forwardIndex(state) : saves.counterParam(state);
    const parts = this.partsOf(op, call);
    const { policy } = op.attr;
    const kept: Kept = { call, parts, trips: trips ?? saves.counter(state), notes: notesOf(call).map((v) => saves.saved(this.copy.get(v)!, state)), ends: new Map() };
    this.kept.set(op, kept);
    if (policy.kind === 'reversible') {
      const later = (p: Part) => p.carried < 0 && this.analysis.order.writtenAfter(op, p.value, op);
      this.duplicate(b, parts, parts.map((p) => this.copy.get(p.carried >= 0 ? op.results[p.carried] : p.value)!), later).forEach((v, i) => { if (parts.some(later) && parts[i].carried < 0) kept.ends.set(parts[i].value, v); });
      if (policy.check) this.checkInverse(op, kept, policy.inverse, number);
      return;
    }
    const { copy } = state;
    const [, body] = copy.regions;
    const inside = new Builder(body, op.span, true, number.def === copy ? 0 : body.ops.indexOf(number.def as Op) + 1);
    kept.schedule = scheduleOf(policy, parts, this.shares(parts), copy, trips);
    kept.schedule.forward(inside, number, (part) => this.copy.get(part.value)!);
  }

  /** The primal's call: nothing of it is kept but what it is given. */
  private forwardStep(op: Op, b: Builder): void {
    if (op.attr.policy!.kind === 'call') this.keepEntries(op, op.args, b);
    const copy = b.op('call', op.args.map((a) => this.copy.get(a)!), op.results.map((r) => r.type), { callee: op.attr.callee!, step: this.library.isStep(op.attr.callee!.id) });
    this.calls.set(op, copy);
    this.bind(op.results, copy.results);
    if (op.attr.policy!.kind === 'call') for (const r of op.results) this.newCompanion(r, b);
  }

  /** Memory that comes out of the loop or call has a shadow of its own, whatever it was before. */
  private newCompanion(v: Value, b: Builder): void {
    if (this.accompanied(v)) this.companions.set(v, zerosLike(b, this.copy.get(v)!, this.twins.naming(v)));
  }

  /** Copies what the reverse sweep will read, and what will have changed by then. */
  private keepEntries(op: Op, values: readonly Value[], b: Builder): void {
    const copies = new Map<Value, Value>();
    this.entries.set(op, copies);
    for (const v of values) {
      if (!isMemory(v.type) || copies.has(v) || !(this.analysis.order.writtenAfter(op, v) || this.changes(op, v))) continue;
      copies.set(v, b.clone(this.copy.get(v)!, { name: `${nameFor(v)}_saved` }));
    }
  }

  /** May the call write what can be reached from this argument? */
  private changes(call: Op, v: Value): boolean {
    if (!isMemory(v.type)) return false;
    const written = new Set([...this.analysis.aliases.writes.get(call) ?? []].map((c) => c.find()));
    return [...this.analysis.aliases.of(v).reachable()].some((c) => written.has(c));
  }

  /** The state before a step: carried values that it uses, and memory around the loop that it changes. */
  private partsOf(op: Op, call: Op): Part[] {
    const { inductions, copy } = this.saves.state(op);
    const before = new Builder(copy.parent, op.span, false, copy.parent.ops.indexOf(copy));
    const values = [...new Set(call.args)].filter((a) => (op.params.includes(a) ? !inductions.has(op.params.indexOf(a)) : this.changes(call, a)));
    const names = new Set<string>(['step']);
    return values.map((value) => {
      let name = nameFor(value);
      for (let n = 2; names.has(name); n++) name = `${nameFor(value)}_${n}`;
      names.add(name);
      const changes = this.changes(call, value);
      const { type } = value;
      const stays = changes && op.parent === this.primal.body && !op.params.includes(value) && (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number' && !this.analysis.order.resized(value)));
      return { value, name, carried: op.params.indexOf(value), changes, copied: changes || (isMemory(value.type) && this.analysis.order.writtenAfter(op, value)), ...(stays ? { length: before.length(this.copy.get(value)!) } : {}) };
    });
  }

  /** May parts of the state, of which one changes, be the same memory? */
  private shares(parts: readonly Part[]): boolean {
    const cells = parts.filter((p) => isMemory(p.value.type)).map((p) => ({ ...p, cells: this.analysis.aliases.of(p.value).reachable() }));
    return cells.some((p, i) => cells.slice(0, i).some((q) => (p.changes || q.changes) && [...p.cells].some((c) => q.cells.has(c))));
  }

  private isInactive(op: Op): boolean {
    return !op.params.some((p) => this.analysis.active(p)) && !this.hasAdjoint(op);
  }

  // The reverse sweep

  protected override reverseLoop(op: Op): void {
    const kept = this.kept.get(op);
    if (!op.attr.policy || this.request.plain) return super.reverseLoop(op);
    if (!kept) return;
    const { call, parts, schedule, notes } = kept;
    const { saves } = this;
    const { b } = this;
    const bars = this.barsOf(op, call);
    this.checkShadows(op, call);
    const trips = saves.kept(kept.trips, op.parent);
    const args = this.argumentsOf(op, call);
    const noted = notes.map((v) => saves.kept(v, op.parent));
    const given = (inner: Builder, k: Value, state: readonly Value[]) => [...args(inner, k, state, parts), ...noted.map((v) => inner.load(v, k))];
    const step = (inner: Builder, k: Value, state: readonly Value[], callee = againOf(call)) => {
      const results = inner.call(callee, given(inner, k, state), resultsOf(call).map((r) => r.type), { step: this.library.isStep(callee.id) });
      return nextState(op, call, parts, state, results);
    };
    const reverseOne = (inner: Builder, k: Value, state: readonly Value[], cotangents: readonly Value[]) =>
      this.reverseStep(call, inner, given(inner, k, state), bars, cotangents);
    const advance: Advance = { step, again: this.again, keptOf: (v) => saves.kept(v, op.parent) };
    const ends = schedule ? [] : this.ends(op, kept);
    const reversed = schedule?.backward(b, advance);
    const initial = [...ends, ...bars.map((bar) => bar.start())];
    const { induction } = saves.state(op).counted ?? {};
    const counts = induction && constantOf(induction.start) === 0 && induction.step === 1;
    const index = { name: (counts && induction.param.name) || 'k' };
    const carries = schedule ? [] : parts.filter((p) => p.carried >= 0);
    const loop = b.loop({ test: 'before', form: 'for', head: [0] }, [sub(b, trips, b.const(1)), ...initial], (test, [k]) => test.prim('ge', [k, test.const(0)]), (inner, [k, ...carried]) => {
      let next = 0;
      const state = reversed ? reversed(inner, k) : step(inner, k, parts.map((p) => (p.carried >= 0 ? carried[next++] : this.working.get(p.value)!)), call.attr.undo);
      // A reversible loop goes on from the memory that the step would change again.
      const own = schedule ? state : this.duplicate(inner, parts, state, (p) => p.changes);
      const before = reverseOne(inner, k, own, carried.slice(ends.length));
      return [inner.prim('sub', [k, inner.const(1)], index), ...carries.map((p) => state[parts.indexOf(p)]), ...before];
    }, [index, ...carries.map((p) => ({ name: p.value.name })), ...bars.map((bar) => bar.naming)]);
    // What the loop starts from may be a value that it also uses in each iteration.
    const ended = bars.map((bar, i) => () => bar.end(loop.results[1 + ends.length + i]));
    bars.forEach((bar, i) => { if (bar.sums) ended[i](); });
    bars.forEach((bar, i) => { if (!bar.sums) ended[i](); });
  }

  /** Where a reversible loop ends, from where its inverse leads back. Memory that it changes is a copy. */
  private ends(op: Op, { parts, ends, call }: Kept): Value[] {
    const { b, saves } = this;
    const lasts = parts.map(({ value, carried }) => (carried >= 0 ? saves.value(op.results[carried]) : ends.has(value) ? saves.kept(ends.get(value)!, op.parent) : saves.value(value)));
    const own = this.duplicate(b, parts, lasts, (p) => p.changes || this.changes(call, p.value));
    parts.forEach((p, i) => { if (p.carried < 0) this.working.set(p.value, own[i]); });
    return own.filter((_, i) => parts[i].carried >= 0);
  }

  /** The state, with copies of some of its memory; what parts of it share, the copies share. */
  private duplicate(b: Builder, parts: readonly Part[], state: readonly Value[], copied: (part: Part) => boolean): Value[] {
    if (!parts.some(copied)) return [...state];
    if (!this.shares(parts)) return state.map((v, i) => (copied(parts[i]) ? b.clone(v, { name: parts[i].name }) : v));
    const copy = b.clone(recordOf(b, parts, state), {}, true);
    return parts.map((p) => b.field(copy, p.name, { name: p.name }));
  }

  /** The arguments of step k, given the state before it. */
  private argumentsOf(op: Op, call: Op): (b: Builder, k: Value, state: readonly Value[], parts: readonly Part[]) => Value[] {
    const { inductions } = this.saves.state(op);
    const outside = new Map(call.args.filter((a) => isOutside(a, op) && !this.changes(call, a)).map((a) => [a, this.entry(op, a)]));
    const starts = new Map([...inductions].filter(([k]) => call.args.includes(op.params[k])).map(([k, { start }]) => [k, this.saves.value(start)]));
    return (b, k, state, parts) => call.args.map((a) => {
      const part = parts.findIndex((p) => p.value === a);
      if (part >= 0) return state[part];
      const induction = inductions.get(op.params.indexOf(a));
      if (!induction) return outside.get(a)!;
      const loose = new Builder(b.region, b.span, true, b.index);
      return add(loose, starts.get(op.params.indexOf(a))!, mul(loose, k, loose.const(induction.step)));
    });
  }

  /** What the call is given of memory, as it was then. */
  private entry(op: Op, v: Value): Value {
    const copy = this.entries.get(op)!.get(v);
    return copy ? this.saves.kept(copy, op.parent) : this.saves.value(v);
  }

  /** The cotangents that the reverse loop carries. */
  private barsOf(op: Op, call: Op): Bar[] {
    const { b } = this;
    const bars: Bar[] = [];
    op.params.forEach((param, k) => {
      if (!this.analysis.active(param)) return;
      const [arg, last] = [op.args[k], op.results[k]];
      const naming = this.twins.naming(param);
      const place = call.args.indexOf(param);
      if (!isMemory(param.type)) {
        bars.push({ of: param, place, naming, start: () => this.take(last) ?? this.zero(last), end: (bar) => this.addTo(arg, bar), unused: (inner) => this.zero(param, inner) });
        return;
      }
      bars.push({
        of: param, place, naming: naming.name ? { name: naming.name } : {},
        start: () => this.shadow(last),
        end: (bar) => {
          if (arg.def instanceof Op && (arg.def.kind === 'const' || arg.def.kind === 'undef')) return;
          if (this.analysis.shadowed(arg)) b.addinto(this.shadow(arg), bar);
          if (this.again) b.op('clear', [this.shadow(last)], [], { again: true });
        },
        unused: (inner, bar) => inner.zeros(bar, { shadow: true }),
      });
    });
    for (const v of new Set(call.args)) {
      if (isMemory(v.type) || !isOutside(v, op) || !this.analysis.active(v)) continue;
      bars.push({ of: v, place: call.args.indexOf(v), naming: this.twins.naming(v), sums: true, start: () => this.cotangent(v) ?? this.zero(v), end: (bar) => this.saves.frame.adjoints.set(v, bar), unused: (inner) => this.zero(v, inner) });
    }
    return bars;
  }

  /** Runs one step again, and reverses it: the cotangents before it, from those after it. */
  private reverseStep(call: Op, b: Builder, args: Value[], bars: readonly Bar[], given: readonly Value[]): Value[] {
    const loop = call.parent.owner as Op;
    const { yields } = loop.regions[1];
    const seed = (r: Value): Value | undefined => {
      const i = bars.findIndex((bar) => !bar.sums && yields[loop.params.indexOf(bar.of)] === r);
      return i < 0 ? undefined : given[i];
    };
    const inPlace = call.args.map((a) => isMemory(a.type) && isOutside(a, loop));
    const out = this.callReverse(call, b, args, inPlace, seed);
    return bars.map((bar, i) => {
      const term = bar.place < 0 ? undefined : out.get(bar.place);
      if (bar.sums) return term ? add(new Builder(b.region, b.span, true), given[i], term, bar.naming) : given[i];
      if (term && bar.naming.name) Object.assign(term, bar.naming);
      return term ?? bar.unused(b, given[i]);
    });
  }

  /** [x̄, …] = f_step_bwd(x, …, ȳ, …, shadows): by the place of the argument, the cotangents of those that go by value. */
  private callReverse(call: Op, b: Builder, args: readonly Value[], inPlace: boolean[], seed: (r: Value, k: number) => Value | undefined): Map<number, Value> {
    const seeds = resultsOf(call).map(seed);
    const wrt = call.args.map((a) => this.analysis.active(a));
    const request: StepRequest = { id: againOf(call).id, wrt: [...wrt, ...notesOf(call).map(() => false)], results: seeds.map((s) => s !== undefined), inPlace: [...inPlace, ...notesOf(call).map(() => false)] };
    const { callee, companions, shadows } = this.library.step(request);
    const shadow = (k: number) => this.shadow(call.args[k]);
    const places = call.args.flatMap((a, k) => (request.wrt[k] && !(inPlace[k] && isMemory(a.type)) ? [k] : []));
    const types = places.map((k) => (shadowType(call.args[k])));
    const out = b.call(callee, [...args, ...companions.map(shadow), ...seeds.filter((s) => s !== undefined), ...shadows.map(shadow)], types, { step: true });
    return new Map(places.map((k, i) => [k, out[i]]));
  }

  protected override reverseCall(op: Op): void {
    if (op.attr.policy?.kind !== 'call') return super.reverseCall(op);
    if (!this.analysis.isActiveCall(op)) return;
    const { b } = this;
    this.checkShadows(op, op);
    const args = op.args.map((a) => {
      const given = this.entry(op, a);
      return this.again && this.changes(op, a) ? b.clone(given, { name: a.name }) : given;
    });
    const inPlace = op.args.map((a) => isMemory(a.type));
    const notes = notesOf(op).map((v) => this.saves.kept(this.copy.get(v)!, op.parent));
    const out = this.callReverse(op, b, [...args, ...notes], inPlace, (r) => {
      if (!this.analysis.active(r)) return undefined;
      return isMemory(r.type) ? this.shadow(r) : this.take(r) ?? this.zero(r);
    });
    for (const r of op.results) if (this.again && this.companions.has(r)) b.op('clear', [this.shadow(r)], [], { again: true });
    out.forEach((bar, k) => {
      if (op.args[k].name) bar.name = `${op.args[k].name}_bar`;
      this.addTo(op.args[k], bar);
    });
  }

  /** Shadows are passed as they are now, at the end of the forward sweep: they must be what they were. */
  private checkShadows(op: Op, call: Op): void {
    for (const v of call.args) {
      if (!isMemory(v.type) || !this.analysis.shadowed(v) || (op.kind === 'loop' && !isOutside(v, op))) continue;
      const rebinds = op.kind === 'call' && this.analysis.aliases.rebinds.has(op) && [...this.analysis.aliases.rebinds.get(op)!].some((c) => this.analysis.aliases.of(v).reachable().has(c.find()));
      if (rebinds || (partTypes(v.type).some(isMemory) && this.takenApart(op, v))) fail('TL3021', op.span, v.name ?? 'an object');
    }
  }

  // Reversible loops

  /** Undoes each step of the forward sweep on copies, and compares. */
  private checkInverse(op: Op, { call, parts }: Kept, name: string, number: Value): void {
    const { copy } = this.saves.state(op);
    const [, body] = copy.regions;
    const step = this.calls.get(call)!;
    const before = new Builder(body, op.span, true, body.ops.indexOf(step));
    const olds = this.duplicate(before, parts, parts.map((p) => this.copy.get(p.value)!), (p) => p.changes);
    const after = new Builder(body, op.span, true, body.ops.indexOf(step) + 1);
    const news = parts.map((p) => this.copy.get(p.carried >= 0 ? op.regions[1].yields[p.carried] : p.value)!);
    const state = this.duplicate(after, parts, news, (p) => p.changes);
    const args = call.args.map((a) => {
      const i = parts.findIndex((p) => p.value === a);
      return i >= 0 ? state[i] : this.copy.get(a)!;
    });
    const undone = nextState(op, call, parts, state, after.call(call.attr.undo!, args, call.results.map((r) => r.type), { step: true }));
    after.extern('checkInverse', [recordOf(after, parts, olds), recordOf(after, parts, undone), number, after.const(name)], VOID, { runtime: true, world: 'none' });
  }
}

/** A cotangent that the reverse loop carries. */
interface Bar {
  of: Value;
  /** Which argument of the step it belongs to; -1: the step does not use the value. */
  place: number;
  naming: { name?: string; variable?: number };
  /** The cotangents of all steps add up. */
  sums?: boolean;
  start: () => Value;
  end: (bar: Value) => void;
  unused: (b: Builder, bar: Value) => Value;
}

/** The call of the step, which is all that the body of such a loop does besides counting. */
function stepOf(loop: Op): Op {
  return loop.regions[1].ops.find((op) => op.kind === 'call' && op.attr.policy)!;
}

/** What a step has noted of its effects, its last results. */
function notesOf({ results, attr }: Op): Value[] { return results.slice(results.length - (attr.replay?.noted ?? 0)); }

function resultsOf({ results, attr }: Op): Value[] { return results.slice(0, results.length - (attr.replay?.noted ?? 0)); }

/** The step as it runs again. */
function againOf({ attr }: Op): FuncRef { return attr.replay?.callee ?? attr.callee!; }

function isOutside(v: Value, loop: Op): boolean { return !loop.params.includes(v); }

function recordOf(b: Builder, parts: readonly Part[], values: readonly Value[]): Value {
  return b.literal({ kind: 'record', fields: parts.map((p) => ({ name: p.name, type: p.value.type })) }, [...values]);
}

/** The state after a step: what it returned, and memory that it has changed in place. */
function nextState(loop: Op, call: Op, parts: readonly Part[], state: readonly Value[], results: readonly Value[]): Value[] {
  return parts.map((p, i) => {
    if (p.carried < 0) return state[i];
    const next = results[call.results.indexOf(loop.regions[1].yields[p.carried])];
    Object.assign(next, { name: p.value.name });
    return next;
  });
}

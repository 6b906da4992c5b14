/**
 * Which states are kept, and how the reverse sweep gets from one to the state that it needs.
 *
 * Binomial schedule (A. Griewank, A. Walther: Algorithm 799, Revolve, ACM TOMS 26, 2000): with s snapshots and each step
 * run at most r times, C(s + r, s) steps can be reversed, and no schedule reverses more. To reverse the steps from `a`,
 * where there is a snapshot, up to `b`, go forward to a place in between, keep a snapshot there, and reverse the steps
 * behind it, with one snapshot less; then go on with those before it. Where it lies so that the steps run least often,
 * `nextSnapshot` of the runtime knows. The snapshots are a stack, because the innermost ones go first:
 *
 *   for (k = n - 1; k >= 0; k--) {
 *     if (snapshots.at(-1).step > k) snapshots.pop();
 *     { step: j, state } = snapshots.at(-1);
 *     for (; j < k; j++) { if (j === next) { keep a snapshot of j } state = step(state) }
 *     reverse step k
 *   }
 *
 * Where the number of steps is not known at entry, the forward sweep keeps every d-th state and, when there is no more
 * room, drops every second of them and doubles d.
 *
 * Arrays of numbers that stay as long as they are are kept in one array for all snapshots, and are brought back into the
 * same array each time, so that nothing is allocated on the way:
 *
 *   keep a snapshot   →   xs.set(x, snapshots.length * x.length); snapshots.push({ step, … });
 *
 * √n schedule: the forward sweep keeps every √n-th state (or those of the steps 0, 1, 4, 9, … where n is not known), and
 * the reverse sweep all the states between two of them. Each step runs once more, and about 2√n states are kept.
 */
import { Builder } from '../ir/build.ts';
import { type Op, type Policy, Value } from '../ir/ir.ts';
import { F64, NUMBER, type RecordType } from '../ir/types.ts';
import { add, mul, sub } from '../rules/arithmetic.ts';

/** A part of the state. */
export interface Part {
  /** The loop's parameter, or memory around the loop. */
  value: Value;
  /** Its name in snapshots. */
  name: string;
  /** Which carried value it is; -1: memory that is changed in place. */
  carried: number;
  /** Memory that the step changes. */
  changes: boolean;
  /** Memory of which a snapshot must be a copy. */
  copied: boolean;
  /** Of an array of numbers that the step changes, and that stays what it is and as long as it is: how long. A value of the forward sweep. */
  length?: Value;
}

/** What the reverse sweep can do. */
export interface Advance {
  /** The state after step k. */
  step: (b: Builder, k: Value, state: readonly Value[]) => Value[];
  /** The reverse sweep may run again, and leaves the snapshots of the forward sweep as they are. */
  again: boolean;
  /** A value of the forward sweep. */
  keptOf: (v: Value) => Value;
}

export interface Schedule {
  /** Keeps a snapshot before step `k` of the forward sweep, or not. */
  forward(b: Builder, k: Value, state: (part: Part) => Value): void;
  /** Prepares the reverse sweep; what it returns gives the state before step k. */
  backward(b: Builder, advance: Advance): (b: Builder, k: Value) => Value[];
}

/** `shares`: parts of the state may be the same memory. `trips`: the number of steps, if it is known at entry. */
export function scheduleOf(policy: Policy, parts: Part[], shares: boolean, copy: Op, trips: Value | undefined): Schedule {
  switch (policy.kind) {
    case 'snapshots': return new Binomial(parts, shares, copy, trips, policy.count);
    case 'sqrt': return new Root(parts, shares, copy, trips);
    default: throw new Error(`no schedule for ${policy.kind}`);
  }
}

/** The snapshots, `{ step, … }`, and by part the array that holds the rows of all of them, and the length of a row. */
interface Snapshots {
  list: Value;
  rows: ({ all: Value; length: Value } | undefined)[];
}

/** The stack of snapshots. */
abstract class Stack implements Schedule {
  protected snapshots: Snapshots;
  private record: RecordType;

  /** `capacity`: how many snapshots there are at most, if that is known. */
  constructor(protected parts: Part[], private shares: boolean, protected copy: Op, protected trips: Value | undefined, capacity?: (before: Builder) => Value) {
    const { before } = this;
    const most = capacity && parts.some((p) => this.stays(p)) ? capacity(before) : undefined;
    const rows = parts.map((p) => (most && this.stays(p) ? { all: before.new(p.value.type.kind === 'typed' ? p.value.type : F64, mul(before, most, p.length!), {}, { name: `${p.name}_snapshots` }), length: p.length! } : undefined));
    const others = parts.filter((_, i) => !rows[i]);
    this.record = { kind: 'record', fields: [{ name: 'step', type: NUMBER }, ...others.map((p) => ({ name: p.name, type: p.value.type }))] };
    this.snapshots = { list: before.literal({ kind: 'array', element: this.record }, [], {}, { name: 'snapshots' }), rows };
  }

  private stays(p: Part): boolean { return p.length !== undefined && !this.shares; }

  protected get before(): Builder {
    const { copy } = this;
    return new Builder(copy.parent, copy.span, true, copy.parent.ops.indexOf(copy));
  }

  abstract forward(b: Builder, k: Value, state: (part: Part) => Value): void;
  /** Goes from the snapshot, of step `from`, to the state before step k. */
  protected abstract goOn(b: Builder, snapshots: Snapshots, from: Value, k: Value, state: Value[], advance: Advance): Value[];

  /** A carried value of the forward loop. */
  protected carry(name: string, initial: Value, next: (param: Value) => Value): Value {
    const { copy } = this;
    const make = () => {
      const value = new Value(NUMBER, copy.span, name);
      value.def = copy;
      return value;
    };
    const param = make();
    copy.args.push(initial);
    copy.params.push(param);
    copy.results.push(make());
    copy.regions[1].yields.push(next(param));
    return param;
  }

  protected push(b: Builder, { list, rows }: Snapshots, k: Value, state: readonly Value[]): void {
    rows.forEach((row, i) => {
      if (!row) return;
      const at = mul(b, b.length(list), row.length);
      b.each(state[i], (each, j) => each.store(row.all, add(each, at, j), each.load(state[i], j), { inside: true }), 'j');
    });
    const others = state.flatMap((v, i) => (rows[i] ? [] : [this.parts[i].copied && !this.shares ? b.clone(v) : v]));
    const literal = b.literal(this.record, [k, ...others]);
    b.push(list, this.shares ? b.clone(literal, {}, true) : literal);
  }

  backward(b: Builder, advance: Advance): (b: Builder, k: Value) => Value[] {
    // A reverse sweep that may run again has snapshots of its own.
    const own = (v: Value, name: string) => (advance.again ? b.copy(advance.keptOf(v), v.type, {}, { name }) : advance.keptOf(v));
    const snapshots: Snapshots = {
      list: own(this.snapshots.list, 'snapshots'),
      rows: this.snapshots.rows.map((row, i) => row && { all: own(row.all, `${this.parts[i].name}_snapshots`), length: advance.keptOf(row.length) }),
    };
    const { list } = snapshots;
    // What goes on from a snapshot works in the same arrays each time.
    const places = this.parts.map((p) => (this.stays(p) ? b.new(p.value.type, advance.keptOf(p.length!), {}, { name: `${p.name}_then` }) : undefined));
    const top = (inner: Builder) => sub(inner, inner.length(list), inner.const(1));
    return (inner, k) => {
      const loose = new Builder(inner.region, inner.span, true);
      loose.if(loose.prim('gt', [loose.field(loose.load(list, top(loose)), 'step'), k]), [], (then) => {
        then.pop(list);
        return [];
      }, () => []);
      const kept = loose.load(list, top(loose), this.shares ? {} : { name: 'snapshot' });
      const snapshot = this.shares ? loose.clone(kept, { name: 'snapshot' }, true) : kept;
      const state = this.parts.map((p, i) => {
        const place = places[i];
        if (place) {
          const row = snapshots.rows[i];
          const from = row?.all ?? loose.field(snapshot, p.name);
          const at = row ? mul(loose, top(loose), row.length) : loose.const(0);
          loose.each(place, (each, j) => each.store(place, j, each.load(from, add(each, at, j)), { inside: true }), 'j');
          return place;
        }
        const copies = p.changes && !this.shares;
        const v = loose.field(snapshot, p.name, copies ? {} : { name: p.value.name });
        return copies ? loose.clone(v, { name: p.value.name }) : v;
      });
      return this.goOn(loose, snapshots, loose.field(snapshot, 'step'), k, state, advance);
    };
  }

  /** The parts of the state that a loop has to carry: others are memory that stays where it is. */
  protected carried(state: readonly Value[]): Value[] { return state.filter((_, i) => this.parts[i].carried >= 0); }

  protected whole(carried: readonly Value[], state: readonly Value[]): Value[] {
    let next = 0;
    return state.map((v, i) => (this.parts[i].carried >= 0 ? carried[next++] : v));
  }

  protected namings(): { name?: string }[] { return this.parts.filter((p) => p.carried >= 0).map((p) => ({ name: p.value.name })); }
}

class Binomial extends Stack {
  constructor(parts: Part[], shares: boolean, copy: Op, trips: Value | undefined, private count: number) {
    super(parts, shares, copy, trips, trips && ((before) => before.prim('min', [trips, before.const(count)])));
  }

  private free(b: Builder, { list }: Snapshots): Value { return sub(b, b.const(this.count), b.length(list)); }

  private next(b: Builder, from: Value, to: Value, snapshots: Snapshots): Value {
    return b.extern('nextSnapshot', [from, to, this.free(b, snapshots)], NUMBER, { runtime: true, pure: true, discrete: true })!;
  }

  forward(b: Builder, k: Value, state: (part: Part) => Value): void {
    const { snapshots, trips } = this;
    const values = this.parts.map(state);
    if (this.count === 1) {
      // There is room for the first state only.
      b.if(b.prim('eq', [k, b.const(0)]), [], (then) => {
        this.push(then, snapshots, k, values);
        return [];
      }, () => []);
      return;
    }
    if (trips) {
      this.carry('next', this.before.const(0), (next) => b.if(b.prim('eq', [k, next]), [NUMBER], (then) => {
        this.push(then, snapshots, k, values);
        return [this.next(then, k, trips, snapshots)];
      }, () => [next], [{ name: 'next' }]).result);
      return;
    }
    this.carry('spacing', this.before.const(1), (spacing) => b.if(b.prim('eq', [b.prim('rem', [k, spacing]), b.const(0)]), [NUMBER], (then) => {
      const full = then.if(then.prim('eq', [then.length(snapshots.list), then.const(this.count)]), [NUMBER], (inner) => {
        this.thin(inner);
        return [mul(inner, inner.const(2), spacing)];
      }, () => [spacing], [{ name: 'spacing' }]).result;
      then.if(then.prim('eq', [then.prim('rem', [k, full]), then.const(0)]), [], (inner) => {
        this.push(inner, snapshots, k, values);
        return [];
      }, () => []);
      return [full];
    }, () => [spacing], [{ name: 'spacing' }]).result);
  }

  /** Drops every second snapshot. */
  private thin(b: Builder): void {
    const { list: snapshots } = this.snapshots;
    const half = Math.ceil(this.count / 2);
    b.loop({ test: 'before', form: 'for', head: [0] }, [b.const(1)], (test, [m]) => test.prim('lt', [m, test.const(half)]), (inner, [m]) => {
      inner.store(snapshots, m, inner.load(snapshots, mul(inner, inner.const(2), m)), { inside: true });
      return [inner.prim('add', [m, inner.const(1)], { name: 'm' })];
    }, [{ name: 'm' }]);
    b.resize(snapshots, b.const(half));
  }

  protected goOn(b: Builder, snapshots: Snapshots, from: Value, k: Value, state: Value[], { step }: Advance): Value[] {
    const one = (inner: Builder) => inner.const(1);
    if (this.count === 1) {
      const loop = b.loop({ test: 'before', form: 'for', head: [0] }, [from, ...this.carried(state)], (test, [j]) => test.prim('lt', [j, k]),
        (inner, [j, ...carried]) => [inner.prim('add', [j, one(inner)], { name: 'j' }), ...this.carried(step(inner, j, this.whole(carried, state)))],
        [{ name: 'j' }, ...this.namings()]);
      return this.whole(loop.results.slice(1), state);
    }
    const end = add(b, k, one(b));
    const first = this.next(b, from, end, snapshots);
    const namings = [{ name: 'j' }, { name: 'next' }, ...this.namings()];
    const loop = b.loop({ test: 'before', form: 'for', head: [0] }, [from, first, ...this.carried(state)], (test, [j]) => test.prim('lt', [j, k]), (inner, [j, next, ...carried]) => {
      const now = this.whole(carried, state);
      const after = inner.if(inner.prim('eq', [j, next]), [NUMBER], (then) => {
        this.push(then, snapshots, j, now);
        return [this.next(then, j, end, snapshots)];
      }, () => [next], [{ name: 'next' }]).result;
      const then = step(inner, j, now);
      return [inner.prim('add', [j, one(inner)], { name: 'j' }), after, ...this.carried(then)];
    }, namings);
    return this.whole(loop.results.slice(2), state);
  }
}

class Root extends Stack {
  forward(b: Builder, k: Value, state: (part: Part) => Value): void {
    const { snapshots, trips } = this;
    const values = this.parts.map(state);
    const keep = (then: Builder) => this.push(then, snapshots, k, values);
    if (trips) {
      const { before } = this;
      const spacing = before.prim('ceil', [before.prim('sqrt', [trips])], { name: 'spacing' });
      b.if(b.prim('eq', [b.prim('rem', [k, spacing]), b.const(0)]), [], (then) => {
        keep(then);
        return [];
      }, () => []);
      return;
    }
    this.carry('next', this.before.const(0), (next) => b.if(b.prim('eq', [k, next]), [NUMBER], (then) => {
      keep(then);
      return [add(then, add(then, k, mul(then, then.const(2), then.prim('sqrt', [k]))), then.const(1))];
    }, () => [next], [{ name: 'next' }]).result);
  }

  protected goOn(b: Builder, snapshots: Snapshots, from: Value, k: Value, state: Value[], { step }: Advance): Value[] {
    const loop = b.loop({ test: 'before', form: 'for', head: [0] }, [from, ...this.carried(state)], (test, [j]) => test.prim('lt', [j, k]), (inner, [j, ...carried]) => {
      const then = step(inner, j, this.whole(carried, state));
      const next = inner.prim('add', [j, inner.const(1)], { name: 'j' });
      this.push(inner, snapshots, next, then);
      return [next, ...this.carried(then)];
    }, [{ name: 'j' }, ...this.namings()]);
    return this.whole(loop.results.slice(1), state);
  }
}

/**
 * The reverse sweep: the adjoint of each operation, of branches, loops and calls.
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, Region, Value, constantOf, freshVariable, homeRegion, isInside } from '../ir/ir.ts';
import { NUMBER, type Type, cotangentType, elementType, fieldKeys, fieldType, isIndexed, isMemory, isValueType, present } from '../ir/types.ts';
import { allOps, capturedValues } from '../ir/walk.ts';
import { add, chain, sub } from '../rules/arithmetic.ts';
import { ruleOfOp } from '../rules/rule.ts';
import { boundaryOf, put } from './custom.ts';
import { numpyCotangent } from './numpy.ts';
import { Saves } from './saves.ts';
import { MADE, growTo, isBuffer } from './sweep.ts';
import { Cotangents } from './cotangents.ts';
import { isTested } from '../analyse/empty.ts';
import { ruleOfCallee, holdsMemory, insertedLiteral, isSaves, zeroOfPart } from './variant.ts';

export class Adjoints extends Cotangents {
  protected reverseRegion(region: Region): void {
    for (let i = region.ops.length - 1; i >= 0; i--) this.reverseOp(region.ops[i]);
  }

  protected reverseOp(op: Op): void {
    this.saves.frame.main.at(op.span);
    // What branches, loops and calls hold says so itself.
    this.b.terms = op.regions.length > 0 || op.kind === 'call' ? undefined : [{ op, mode: 'vjp' }];
    this.adjoint(op);
    this.b.terms = undefined;
    if (this.again) for (const r of op.results) if (this.companions.has(r)) this.clearCreated(op, r);
  }

  /** Where the reverse sweep passes the creation of an array, nobody will read its shadow any more: zero, for the next run. */
  protected clearCreated(op: Op, v: Value): void {
    const { b } = this;
    const made = this.companions.get(v)!.def as Op;
    if (op.kind === 'call' || op.attr.custom !== undefined || op.attr.np) {
      // The shadow of a simple result is made here, where it is known under several names; others are the callee's to clear.
      if (made.kind !== 'call') b.op('clear', [this.shadow(v)], [], { again: true });
      return;
    }
    if (!MADE.has(op.kind)) return;
    const { type } = v;
    const again = { again: true };
    if (this.clearedAsWhole(op, v)) b.op('clear', [this.whole(op, v)], [], { ...again, absent: op.attr.absent });
    else if (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number')) b.op('fill', [this.shadow(v), b.const(0)], [], again);
    else if (type.kind === 'array' && type.element.kind === 'nd') b.op('clear', [this.shadow(v)], [], again);
    else for (const key of fieldKeys(type)) if (isValueType(fieldType(type, key)!)) b.op('setfield', [this.shadow(v), zeroOfPart(b, this.shadow(v), key)], [], { ...again, key });
  }

  protected adjoint(op: Op): void {
    if (op.kind === 'if') return this.reverseBranch(op);
    if (op.kind === 'loop') return this.reverseLoop(op);
    if (this.rules.has(op)) return this.reverseRule(op);
    if (op.kind === 'call') return this.reverseCall(op);
    const { analysis, saves, b } = this;
    const [a, i, v] = op.args;
    const result = op.results[0];
    const shadowed = (x: Value) => analysis.shadowed(x);
    switch (op.kind) {
      case 'prim': {
        const bar = this.take(result);
        if (bar) this.chainRule(op, bar);
        return;
      }
      case 'load': case 'field': {
        const bar = this.take(result);
        if (!bar) return;
        const place = { shadow: this.shadow(a), index: op.kind === 'load' ? saves.value(i) : undefined };
        const add = (to: Builder): Value[] => {
          // Where nothing was saved, there is no cotangent.
          if (place.index && result.type.kind === 'nd' && isSaves(a)) to.op('accum', [place.shadow, place.index, bar], [], { absent: true });
          else if (place.index) to.accum(place.shadow, place.index, bar);
          else to.accumfield(place.shadow, op.attr.key!, bar);
          return [];
        };
        // What was not there has no cotangent.
        if (result.type.absent) b.if(b.prim('ne', [saves.value(result), b.const(undefined)]), [], add, () => []);
        else if (place.index && a.type.kind === 'array' && isTested(result, this.primal.body)) {
          // The program asks whether there is such an element.
          b.if(b.prim('ne', [b.load(place.shadow, place.index), b.const(undefined)]), [], add, () => []);
        } else add(b);
        return;
      }
      case 'store':
        if (isMemory(v.type) || !shadowed(a)) return;
        if (analysis.active(v)) this.addTo(v, b.load(this.shadow(a), saves.value(i)));
        if (v.type.kind === 'nd' && isBuffer(a)) return;
        b.store(this.shadow(a), saves.value(i), this.zeroBefore(op));
        // The array was shorter before.
        if (this.lengths.has(op)) b.resize(this.shadow(a), saves.kept(this.lengths.get(op)!, op.parent));
        return;
      case 'setfield':
        if (isMemory(i.type) || !shadowed(a) || !isValueType(i.type)) return;
        if (analysis.active(i)) this.addTo(i, b.field(this.shadow(a), op.attr.key!));
        b.setfield(this.shadow(a), op.attr.key!, this.zeroBefore(op));
        return;
      case 'accum': if (shadowed(a) && analysis.active(v)) this.addTo(v, b.load(this.shadow(a), saves.value(i))); return;
      case 'accumfield': if (shadowed(a) && analysis.active(i)) this.addTo(i, b.field(this.shadow(a), op.attr.key!)); return;
      case 'literal': {
        if (!shadowed(result) || this.spliced.has(op)) return;
        const keys = fieldKeys(result.type);
        op.args.forEach((part, k) => {
          if (isMemory(part.type) || !analysis.active(part)) return;
          this.addTo(part, keys.length ? b.field(this.shadow(result), keys[k]) : b.load(this.shadow(result), b.const(k)));
        });
        return;
      }
      case 'copy':
        if (!shadowed(result) || !shadowed(a) || holdsMemory(result.type)) return;
        if (i) this.addElementwise(this.shadow(a), this.shadow(result), this.lengths.has(op) ? saves.kept(this.lengths.get(op)!, op.parent) : undefined, this.starts.has(op) ? saves.kept(this.starts.get(op)!, op.parent) : saves.value(i));
        else this.addElementwise(this.shadow(a), this.shadow(result), this.copiedLength(op));
        return;
      case 'clone': if (shadowed(result) && shadowed(a) && op.attr.text !== 'stopGradient') this.addDeep(op, a, result); return;
      case 'addinto': if (shadowed(a) && shadowed(i)) this.addDeep(op, i, a); return;
      case 'clear': case 'detach': if (shadowed(a)) b.clear(this.whole(op, a)); return;
      case 'fill':
        if (isMemory(i.type) || !shadowed(a)) return;
        if (analysis.active(i)) this.addTo(i, this.sum(this.shadow(a)));
        b.fill(this.shadow(a), b.const(0));
        return;
      case 'push': {
        if (!shadowed(a)) return;
        if (!this.keepsLength(a)) {
          this.addTo(i, b.pop(this.shadow(a)));
          return;
        }
        if (isMemory(i.type)) return;
        const end = this.lengthBefore(op);
        this.addTo(i, b.load(this.shadow(a), end));
        b.store(this.shadow(a), end, i.type.kind === 'nd' ? b.undef(i.type) : b.const(0));
        return;
      }
      case 'pop': {
        if (!shadowed(a) || isMemory(result.type)) return;
        const bar = this.take(result) ?? this.zero(result);
        const shadow = this.shadow(a);
        this.unlessEmpty(op, () => {
          if (!this.keepsLength(a)) this.b.push(shadow, bar);
          else this.b.store(shadow, this.b.prim('sub', [saves.kept(this.lengths.get(op)!, op.parent), this.b.const(1)]), bar);
        });
        return;
      }
      case 'unshift': case 'shift': case 'splice': case 'resize':
        // Rows take their shadows along in the forward sweep, and the reverse sweep does not look for them in the array.
        if (!shadowed(a)) return;
        if (isMemory(elementType(a.type))) return;
        if (op.kind === 'shift') this.take(op.result);
        this.unlessEmpty(op, () => this.restructure(op));
        return;
      case 'extern': if (op.attr.np) this.ofArrays(op); return;
      case 'new': case 'cast': case 'view': case 'argsort': case 'zeros': case 'links': case 'const': case 'free': case 'undef': case 'length': case 'throw': return;
      default: throw new Error(`no adjoint of ${op.kind}`);
    }
  }

  /**
   * Operations that move elements of an array of numbers: the shadow goes back to where the array came from. A shadow
   * that keeps its length has zeros behind the elements; how many there are does not matter, if there are enough.
   *
   *   x.shift()                    →  x_bar.unshift(bar)
   *   x.unshift(v)                 →  v_bar += x_bar.shift()
   *   r = x.splice(i, n, u, v)     →  [u_bar, v_bar] += x_bar.splice(i, 2, ...r_bar)
   *   x.length = n                 →  while (x_bar.length < before) x_bar.push(0)
   */
  protected restructure(op: Op): void {
    const { saves, b } = this;
    const [a, v, , items] = op.args;
    const shadow = this.shadow(a);
    const keeps = op.kind !== 'resize' && this.keepsLength(a);
    const before = () => saves.kept(this.lengths.get(op)!, op.parent);
    if (op.kind === 'resize') {
      growTo(this.b, shadow, before());
      if (constantOf(v) !== 0 && !this.keepsLength(a)) b.resize(shadow, before());
    } else if (op.kind === 'unshift') {
      this.addTo(v, b.shift(shadow));
      if (keeps) b.push(shadow, b.const(0));
    } else {
      const size = keeps ? b.prim('max', [b.length(shadow), before()]) : undefined;
      if (op.kind === 'shift') b.unshift(shadow, this.take(op.result) ?? this.zero(op.result));
      else this.spliceBack(op, shadow);
      if (!size) return;
      if (op.kind === 'splice' && items.def instanceof Op && !(items.def.kind === 'literal' && items.def.args.length === 0)) growTo(this.b, shadow, size);
      b.resize(shadow, size);
    }
  }

  /** Undoes a `pop` or `shift` only where there was an element to take. */
  protected unlessEmpty(op: Op, undo: () => void): void {
    if (!this.mayBeEmpty(op)) return undo();
    const { saves, b } = this;
    const { frame } = saves;
    this.shadow(op.args[0]);
    const length = saves.kept(this.lengths.get(op)!, op.parent);
    b.if(b.prim('gt', [length, b.const(0)]), [], (inside) => {
      frame.main = inside;
      undo();
      frame.main = b;
      return [];
    }, () => []);
  }

  /** What the splice has inserted leaves, and what it has removed comes back. */
  protected spliceBack(op: Op, shadow: Value): void {
    const { saves, b, analysis } = this;
    const [, start, count, items] = op.args;
    const literal = insertedLiteral(op);
    const inserted = literal ? b.const(literal.args.length) : saves.kept(this.inserted.get(op)!, op.parent);
    const removed = saves.value(count);
    const back = (): Value => {
      if (constantOf(count) === 0) return b.literal(op.result.type, []);
      if (analysis.shadowed(op.result) && !analysis.order.resized(op.result)) return this.shadow(op.result);
      const array = b.new(op.result.type, removed, { shadow: true });
      if (analysis.shadowed(op.result)) this.addElementwise(array, this.shadow(op.result), removed);
      return array;
    };
    const bars = b.splice(shadow, saves.value(start), inserted, back(), { shadow: true });
    if (!analysis.shadowed(items)) return;
    if (literal) {
      this.spliced.add(literal);
      literal.args.forEach((part, k) => { if (analysis.active(part)) this.addTo(part, b.load(bars, b.const(k))); });
    } else this.addElementwise(this.shadow(items), bars, inserted);
  }

  /** Literals whose parts got their cotangents where they were inserted. */
  protected spliced = new Set<Op>();

  /** The shadow of an object that an operation goes through, or the objects of which it consisted then. */
  private whole(op: Op, v: Value): Value {
    const links = this.links.get(op)?.get(v);
    return links ? this.saves.kept(links, op.parent) : this.shadow(v);
  }

  private addDeep(op: Op, to: Value, from: Value): void {
    const length = op.kind === 'clone' && isIndexed(to.type) && !op.attr.absent ? this.copiedLength(op) : undefined;
    if (length && !holdsMemory(to.type)) this.addElementwise(this.shadow(to), this.shadow(from), length);
    else this.b.op('addinto', [this.whole(op, to), this.whole(op, from)], [], op.attr.absent ? { absent: true } : {});
  }

  /** x̄ᵢ += ȳ · ∂y/∂xᵢ */
  protected chainRule(op: Op, bar: Value): void {
    const rule = ruleOfOp(op)!;
    op.args.forEach((a, i) => {
      if (!this.analysis.active(a)) return;
      this.b.terms = [{ op, operand: i, mode: 'vjp' }];
      this.addTo(a, chain(this.b, rule, (j) => this.saves.value(op.args[j]), op.args.length, i, () => this.saves.value(op.result), bar));
    });
  }

  /** An operation on n-d arrays; what it makes of a list goes to the list's shadow. */
  private ofArrays(op: Op): void {
    if (!this.analysis.active(op.result)) return;
    const bar = isMemory(op.result.type) ? this.shadow(op.result) : this.take(op.result);
    if (!bar) return;
    op.args.forEach((a, i) => {
      if (!this.analysis.active(a)) return;
      this.b.terms = [{ op, operand: i, mode: 'vjp' }];
      const term = numpyCotangent(this.b, op, i, (v) => this.saves.value(v), bar);
      if (!isMemory(a.type)) this.addTo(a, term);
      else if (term) this.b.addinto(this.shadow(a), term);
    });
  }

  /** How many elements were copied: shadows of arrays that grow may be longer. */
  protected copiedLength(op: Op): Value | undefined {
    const grows = (v: Value) => this.analysis.order.resized(v);
    if (!grows(op.result)) return undefined;
    return grows(op.args[0]) ? this.saves.kept(this.lengths.get(op)!, op.parent) : this.b.length(this.shadow(op.args[0]));
  }

  /** for (let j = 0; j < source.length; j++) target[start + j] += source[j] */
  protected addElementwise(target: Value, source: Value, length?: Value, start?: Value): void {
    this.b.each(length ?? source, (inner, j) => inner.accum(target, start ? add(inner, start, j) : j, inner.load(source, j)), 'j');
  }

  /** Σⱼ array[j] */
  protected sum(array: Value): Value {
    const { b } = this;
    return b.loop({ test: 'before', form: 'for', head: [1] }, [b.const(0), b.const(0)],
      (inner, [, j]) => inner.prim('lt', [j, inner.length(array)]),
      (inner, [total, j]) => [inner.prim('add', [total, inner.load(array, j)]), inner.prim('add', [j, inner.const(1)], { name: 'j' })],
      [{ name: 'sum' }, { name: 'j' }]).results[0];
  }

  protected reverseBranch(op: Op): void {
    const bars = op.results.map((r) => (this.analysis.active(r) && !isMemory(r.type) ? this.take(r) : undefined));
    if (!bars.some(Boolean) && !this.hasAdjoint(op)) return;
    const condition = this.saves.value(op.args[0]);
    const outer = this.saves.frame;
    const copy = new Op('if', [condition], op.span, { reverses: this.copies.get(op) });
    copy.parent = outer.main.region;
    const changed = new Set<Value>();
    const branches = op.regions.map((region) => {
      const target = new Region(copy);
      copy.regions.push(target);
      const frame = this.saves.open(region, target, op.span);
      region.yields.forEach((v, k) => this.addTo(v, bars[k]));
      this.reverseRegion(region);
      for (const v of frame.adjoints.keys()) if (!isInside(homeRegion(v), region)) changed.add(v);
      this.saves.close();
      return { target, frame };
    });
    for (const v of changed) {
      const before = this.cotangent(v);
      for (const { target, frame } of branches) {
        target.yields.push(frame.adjoints.get(v) ?? before ?? this.zero(v, new Builder(target, op.span, true)));
      }
      const naming = this.twins.naming(v);
      const result = new Value(cotangentType(present(v.type)), v.span, naming.name, naming.variable);
      result.def = copy;
      copy.results.push(result);
    }
    outer.main.insert(copy);
    [...changed].forEach((v, k) => outer.adjoints.set(v, copy.results[k]));
  }

  /** Is there anything in the branches of `op` whose adjoint does something of its own, memory above all? */
  protected hasAdjoint(op: Op): boolean {
    return op.regions.some((region) => region.ops.some((inner) => {
      if (inner.regions.length > 0) return this.hasAdjoint(inner) || inner.results.some((r) => this.analysis.active(r));
      return inner.args.some((a) => isMemory(a.type) && this.analysis.shadowed(a)) || inner.results.some((r) => this.analysis.active(r));
    }));
  }

  protected reverseLoop(op: Op): void {
    const carried = op.params.map((_, k) => k).filter((k) => this.analysis.active(op.params[k]) && !isMemory(op.params[k].type));
    if (carried.length === 0 && !this.hasAdjoint(op)) return;
    const { saves } = this;
    const state = saves.state(op);
    const outer = saves.frame;
    const b = outer.main;
    // Numbers around the loop that it uses: their cotangents are carried, too.
    const outside = [...capturedValues(op)].filter((v) => !isMemory(v.type) && this.analysis.active(v));
    const initial = [...carried.map((k) => this.take(op.results[k]) ?? this.zero(op.results[k])), ...outside.map((v) => this.cotangent(v) ?? this.zero(v))];
    const head = this.reverseHead(state);
    const copy = new Op('loop', [head.limit, ...initial], op.span, { loop: { test: 'before', form: 'for', head: [0] }, reverses: state.copy, index: head.forward });
    copy.parent = b.region;
    const values = [...carried.map((k) => op.params[k]), ...outside];
    const name = (v: Value, into: Value) => Object.assign(into, this.twins.naming(v));
    const make = (type: Type, like: Value, named?: string) => {
      const value = new Value(type, like.span, named);
      value.def = copy;
      return value;
    };
    const index = make(NUMBER, op.params[0] ?? head.limit, head.name);
    index.variable = freshVariable();
    copy.params = [index, ...values.map((v) => name(v, make(cotangentType(present(v.type)), v)))];
    const test = new Region(copy);
    const t = new Builder(test, op.span);
    // The test's limit is a value of the frame around, which is where head.limit comes from.
    test.yields = [t.prim(head.down ? 'ge' : 'le', [index, head.limit])];
    const body = new Region(copy);
    copy.regions = [test, body];
    const frame = saves.open(op.regions[1], body, op.span);
    frame.loop = state;
    if (head.param) frame.memo.set(head.param, index);
    let iteration: Value | undefined;
    frame.iteration = () => (iteration ??= head.iteration(new Builder(frame.prologue.region, op.span, true, 0), index));
    outside.forEach((v, k) => frame.adjoints.set(v, copy.params[1 + carried.length + k]));
    carried.forEach((k, j) => this.addTo(op.regions[1].yields[k], copy.params[1 + j]));
    this.reverseRegion(op.regions[1]);
    const yields = [
      ...carried.map((k) => this.take(op.params[k]) ?? this.zero(op.params[k])),
      ...outside.map((v) => frame.adjoints.get(v)!),
    ];
    saves.close();
    const next = new Builder(body, op.span).prim(head.down ? 'sub' : 'add', [index, new Builder(body, op.span, false, 0).const(head.by)], { name: head.name, variable: index.variable });
    body.yields = [next, ...yields];
    copy.results = [make(NUMBER, index, head.name), ...values.map((v) => name(v, make(cotangentType(present(v.type)), v)))];
    copy.args[0] = head.start();
    b.insert(copy);
    outside.forEach((v, k) => outer.adjoints.set(v, copy.results[1 + carried.length + k]));
    carried.forEach((k, j) => this.addTo(op.args[k], copy.results[1 + j]));
  }

  /**
   * How the reverse loop counts. for (i = a; i < n; i += c) → for (i = last; i >= a; i -= c); a loop whose trip count
   * is not known at entry is counted as it runs: for (k = trips - 1; k >= 0; k--).
   */
  protected reverseHead(state: ReturnType<Saves['state']>): ReverseHead {
    const { saves } = this;
    const outer = saves.frame;
    const loose = new Builder(outer.main.region, state.loop.span, true);
    if (state.counted) {
      const { induction } = state.counted;
      const bound = saves.bound(state);
      const atTop = state.loop.parent === this.primal.body;
      const limit = saves.value(induction.start);
      const zero = limit.def instanceof Op && limit.def.kind === 'const' && limit.def.attr.value === 0;
      return {
        // Where the forward sweep had to know its trip count, that is the simplest to start from.
        start: () => (state.trips && zero && induction.step === 1 && atTop ? sub(loose, state.trips, loose.const(1)) : saves.last(state, loose, bound, limit)),
        limit, down: induction.step > 0, by: Math.abs(induction.step), name: induction.param.name ?? 'i', param: induction.param, forward: this.copy.get(induction.param)!,
        iteration: (b, index) => {
          if (zero && induction.step === 1) return index;
          return b.quotient(b.prim('sub', [index, limit]), induction.step);
        },
      };
    }
    const trips = saves.kept(saves.counter(state), state.loop.parent);
    const zero = loose.const(0);
    return { start: () => loose.prim('sub', [trips, loose.const(1)]), limit: zero, down: true, by: 1, name: 'k', forward: saves.counterParam(state), iteration: (_, index) => index };
  }

  /** The reverse sweep of a rule, with what it uses of the forward sweep. */
  protected reverseRule(op: Op): void {
    const { vjp, map: forward, kept } = this.rules.get(op)!;
    const bar = isMemory(op.result.type) ? this.shadow(op.result) : this.take(op.result);
    if (!bar) return;
    const { saves, b } = this;
    const ops = vjp.body.ops.slice(boundaryOf(vjp) + 1);
    const bars = op.args.map((a, i) => ({ a, i, bar: vjp.body.yields[1 + i] })).filter(({ a, bar: given }) => this.analysis.active(a) && given.type.kind !== 'opaque');
    const params = vjp.params.map((p) => p.value);
    const map = new Map([[params[params.length - 1], bar]]);
    const provide = (v: Value): void => {
      const k = params.indexOf(v);
      const { def } = v;
      if (map.has(v) || (k < 0 && !forward.has(v))) return;
      if (kept.has(v)) map.set(v, saves.kept(kept.get(v)!, op.parent));
      else if (k >= 0) map.set(v, saves.value(op.args[k]));
      else if (def instanceof Op && (def.kind === 'const' || (def.kind === 'free' && !def.attr.mutable))) put([def], map, b, vjp.span.file);
      else map.set(v, saves.kept(forward.get(v)!, op.parent));
    };
    for (const inner of ops) [...inner.args, ...capturedValues(inner)].forEach(provide);
    bars.forEach((c) => provide(c.bar));
    put(ops, map, b, vjp.span.file);
    for (const { a, i, bar: given } of bars) {
      const cotangent = map.get(given)!;
      if (!isMemory(a.type)) {
        this.addTo(a, cotangent);
        continue;
      }
      const shadow = this.shadow(a);
      if (!ruleOfCallee(op, this.analysis, this.library)!.isOurs && !hasLengthOf(given, params[i], vjp) && !this.analysis.order.resized(a)) {
        const name = b.const(op.kind === 'call' ? op.attr.callee!.name : op.attr.shown ?? op.attr.text!);
        b.op('extern', [cotangent, shadow, name, b.const(i)], [], { text: 'ruleCotangent', runtime: true, world: 'none' });
      }
      b.addinto(shadow, cotangent);
    }
  }

  protected reverseCall(op: Op): void {
    const savedInForward = this.savedOf.get(op);
    if (!savedInForward) return;
    const { pair, inReverse, outReverse } = this.conventions(op);
    const { b, saves } = this;
    const saved = saves.kept(savedInForward, op.parent);
    const bars = op.results.filter((r) => this.analysis.active(r) && !isMemory(r.type))
      .map((r) => this.take(r) ?? this.zero(r));
    const memory = new Set(outReverse);
    // Cotangents of results come in the order of the results, then the shadows of arguments.
    let next = 0;
    const results = op.results.filter((r) => this.analysis.active(r) && (!isMemory(r.type) || memory.has(r))).map((r) => (isMemory(r.type) ? this.shadow(r) : bars[next++]));
    const active = op.args.filter((a) => this.analysis.active(a) && !isMemory(a.type));
    const out = b.call(pair.bwd, [saved, ...results, ...inReverse.map((a) => this.shadow(a))], active.map((a) => cotangentType(present(a.type))), { reverses: savedInForward.def as Op });
    active.forEach((a, k) => {
      if (a.name) out[k].name = `${a.name}_bar`;
      this.addTo(a, out[k]);
    });
  }
}

interface ReverseHead {
  /** The first index; asked for once the sweep of the body is known. */
  start: () => Value;
  limit: Value;
  down: boolean;
  by: number;
  name: string;
  /** The induction variable of the primal that this is, and the forward sweep's carried value. */
  param?: Value;
  forward: Value;
  iteration: (b: Builder, index: Value) => Value;
}

/** Is it plain that an array of numbers has the length of another: `new Float64Array(x.length)`, `x.slice()`? A cotangent has that of its value. */
function hasLengthOf(v: Value, like: Value, { params, body }: Func): boolean {
  const cotangent = params[params.length - 1].value;
  const same = (w: Value): boolean => {
    const { def, type } = w;
    if (w === like) return true;
    if (w === cotangent) return same(body.yields[0]);
    if (!(def instanceof Op) || !(type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number'))) return false;
    if (type.kind === 'array' && allOps(body).some((op) => RESIZING.has(op.kind) && op.args[0] === w && !op.attr.inside)) return false;
    const [source] = def.args;
    if (def.kind === 'copy' || def.kind === 'clone') return def.args.length === 1 && same(source);
    return def.kind === 'new' && source.def instanceof Op && source.def.kind === 'length' && same(source.def.args[0]);
  };
  return same(v);
}

const RESIZING = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'resize', 'store']);

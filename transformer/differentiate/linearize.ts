/**
 * Linearisation: the primal runs once and keeps what its tangents will ask for; the linear map ẋ ↦ ẏ = J ẋ that it
 * leaves runs as often as one likes, and never runs the primal again.
 *
 *   y = sin(x * x)   →   f_lin(x) { const t = x * x; return [sin(t), [x, t]]; }
 *                        f_push([x, t], x_dot) { return cos(t) * 2 * x * x_dot; }
 *
 * The first half is the forward sweep of reverse mode. The second, the tangent sweep, goes through the operations in
 * their own order; what it needs of the primal reaches it as it would reach a reverse sweep (saves.ts): it is still
 * there, recomputed, or kept by iteration. All tangents, shadows of memory among them, live in the tangent sweep, which
 * therefore leaves nothing behind and may run again.
 */
import type { Cell } from '../analyse/cell.ts';
import { tangentResult, tangentType } from '../ir/composed.ts';
import { Builder, type Naming, addParam } from '../ir/build.ts';
import { type Func, Op, Region, type Result, Value, freshVariable } from '../ir/ir.ts';
import { NUMBER, type Type, cotangentType, isDifferentiable, isDynamic, isMemory, partTypes } from '../ir/types.ts';
import { capturedValues } from '../ir/walk.ts';
import { definedOutside } from '../analyse/loops.ts';
import { type CustomDerivative, put } from './custom.ts';
import type { Sweeps } from './reverse.ts';
import { type LoopState, Saves } from './saves.ts';
import { Tangents } from './tangents.ts';
import { type Library, type Pair, type Request, jointsOf, ruleOfCallee, shadowType, zerosLike } from './variant.ts';

export function linearize(primal: Func, request: Request, target: Func, library: Library): Sweeps {
  return new Linearization(primal, request, target, library).run();
}

class Linearization extends Tangents {
  /** From the primal's values, branches and loops, and regions to the forward sweep's. */
  private copy = new Map<Value, Value>();
  private copies = new Map<Op, Op>();
  private regions = new Map<Region, Region>();
  private saves = new Saves(this.analysis, this.copy, this.copies, this.regions, this.primal.body);
  private savedOf = new Map<Op, Value>();
  private exposed = new Set<Cell>();
  /** The place in the primal that the tangent sweep has reached: before or after an operation, or at a region's end. */
  private place: { region: Region; before?: Op; after?: Op } = { region: this.primal.body };

  run(): Sweeps {
    const { primal, target, request } = this;
    for (const { value, ...rest } of primal.params) this.copy.set(value, addParam(target, value.type, value.span, value.name ?? 'x', rest));
    this.regions.set(primal.body, target.body);
    this.exposed = this.findExposed();
    const b = new Builder(target.body, primal.span);
    this.forwardRegion(primal.body, b);
    const { yields } = primal.body;
    const boundary = b.op('undef', [], [NUMBER]).result.def as Op;

    const sweep = new Region(target);
    const { main } = this.saves.open(primal.body, sweep);
    const reverseParams: Value[] = [];
    this.place = { region: primal.body, before: primal.body.ops[0] };
    primal.params.forEach(({ value, default: standard }, i) => {
      if (!request.wrt[i]) {
        if (this.analysis.shadowed(value)) this.tangent.set(value, this.zeros(value, main, this.twins.naming(value)));
        return;
      }
      const isNumber = !isMemory(value.type);
      const tangent = addParam(target, shadowType(value), value.span, `${value.name ?? 'x'}_dot`, standard === undefined ? {} : isNumber ? { default: '0' } : { optional: true });
      reverseParams.push(tangent);
      this.tangent.set(value, standard === undefined || isNumber ? tangent : this.orZeros(tangent, value, main));
    });
    target.joints = [...jointsOf(primal, this.copy), ...jointsOf(primal, this.tangent)];
    this.region(primal.body);
    this.place = { region: primal.body };
    const reverseYields = yields.map((v) => this.tangentOrZero(v, main));
    this.saves.close();
    for (const op of sweep.ops) {
      op.parent = target.body;
      target.body.ops.push(op);
    }
    const parts: Result[] = primal.result.kind === 'void' ? [] : [primal.result];
    return {
      boundary, reverseParams, reverseYields,
      forwardYields: yields.map((v) => this.copy.get(v)!),
      forwardResult: { kind: 'tuple', parts },
      reverseResult: tangentResult(primal.result),
      shadows: new Set(), companions: [], also: [],
    };
  }

  /** The argument may have been left out. */
  private orZeros(tangent: Value, param: Value, b: Builder): Value {
    return b.if(b.prim('eq', [tangent, b.const(undefined)]), [tangent.type], (then) => [this.zeros(param, then)], () => [tangent], [this.twins.naming(param)]).result;
  }

  // The forward sweep

  private forwardRegion(region: Region, b: Builder): void {
    for (const op of region.ops) this.copies.set(op, this.forwardOp(op, b.at(op.span)));
  }

  private forwardOp(op: Op, b: Builder): Op {
    const args = op.args.map((a) => this.copy.get(a)!);
    const inside = (region: Region, inner: Builder) => {
      this.regions.set(region, inner.region);
      this.forwardRegion(region, inner);
      return region.yields.map((v) => this.copy.get(v)!);
    };
    if (op.kind === 'if') {
      const [then, otherwise] = op.regions;
      return this.bind(op.results, b.if(args[0], op.results.map((r) => r.type), (inner) => inside(then, inner), (inner) => inside(otherwise, inner)));
    }
    if (op.kind === 'loop') {
      const [test, body] = op.regions;
      return this.bind(op.results, b.loop(op.attr.loop!, args, (inner, params) => {
        this.rename(op.params, params);
        return inside(test, inner)[0];
      }, (inner) => inside(body, inner)));
    }
    if (op.kind === 'call' && this.analysis.isActiveCall(op)) {
      const { fwd, saved } = this.pair(op);
      const results = b.call(fwd, args, [...op.results.map((r) => r.type), saved]);
      results[op.results.length].name = saved.name;
      this.savedOf.set(op, results[op.results.length]);
      return this.bind(op.results, results[0].def as Op);
    }
    const rule = op.kind === 'extern' ? ruleOfCallee(op, this.analysis, this.library) : undefined;
    const parts = rule?.linear;
    if (rule && parts) {
      const map = new Map(args.map((a, i) => [rule.jvp.params[i].value, a]));
      put(parts.first, map, b, rule.jvp.span.file);
      this.rules.set(op, map);
      this.rename(op.results, [map.get(rule.jvp.body.yields[0])!]);
      return b.region.ops.at(-1) ?? b.op('undef', [], [NUMBER]).result.def as Op;
    }
    return this.bind(op.results, b.op(op.kind, args, op.results.map((r) => r.type), op.attr));
  }

  /** From the values of rules that were put in place to those of the forward sweep. */
  private rules = new Map<Op, Map<Value, Value>>();

  /**
   * The tangent that a rule gives, of what it has computed in the forward sweep; where the rule computes all at once, it
   * does so again, but the function itself does not run again.
   */
  private apply(op: Op, rule: CustomDerivative, b: Builder): void {
    const { jvp } = rule;
    const forward = this.rules.get(op);
    const ops = forward ? rule.linear!.second : jvp.body.ops;
    const count = op.args.length;
    const tangents = op.args.filter((a) => isDifferentiable(a.type)).map((a) => this.tangentOrZero(a, b));
    const params = jvp.params.map((p) => p.value);
    const map = new Map(tangents.map((v, k) => [params[count + k], v]));
    const provide = (v: Value): void => {
      const k = params.indexOf(v);
      const { def } = v;
      if (map.has(v)) return;
      if (k >= 0) map.set(v, this.value(op.args[k]));
      else if (forward?.has(v) && def instanceof Op && (def.kind === 'const' || (def.kind === 'free' && !def.attr.mutable))) put([def], map, b, jvp.span.file);
      else if (forward?.has(v)) map.set(v, this.saves.kept(forward.get(v)!, op.parent));
    };
    const [, y_dot] = jvp.body.yields;
    for (const inner of ops) [...inner.args, ...capturedValues(inner)].forEach(provide);
    provide(y_dot);
    put(ops, map, b, jvp.span.file);
    const tangent = map.get(y_dot)!;
    if (tangents.includes(tangent)) this.tangent.set(op.result, tangent);
    else this.setTangent(op.result, tangent);
  }

  private bind(values: Value[], copy: Op): Op {
    this.rename(values, copy.results);
    return copy;
  }

  private rename(values: Value[], copies: Value[]): void {
    values.forEach((v, k) => {
      this.copy.set(v, copies[k]);
      Object.assign(copies[k], { name: v.name, variable: v.variable });
    });
  }

  private pair(op: Op): Pair {
    const unstable = (v: Value) => isMemory(v.type) && (this.analysis.order.writtenAfter(op, v) || [...this.analysis.aliases.of(v).reachable()].some((c) => this.exposed.has(c)));
    return this.library.linear({ ...this.analysis.requestAt(op), unstable: { wrt: op.args.map(unstable), results: op.results.map(unstable) } });
  }

  /** Memory that may be written between the two sweeps, by the user or by the caller. */
  private findExposed(): Set<Cell> {
    const { params, body } = this.primal;
    const { unstable } = this.request;
    const values = [...params.filter((_, i) => !unstable || unstable.wrt[i]).map((p) => p.value), ...body.yields.filter((_, k) => !unstable || unstable.results[k])];
    return new Set(values.filter((v) => isMemory(v.type)).flatMap((v) => [...this.analysis.aliases.of(v).reachable()]));
  }

  // The tangent sweep

  protected value(v: Value): Value { return this.saves.value(v); }

  protected zeros(v: Value, b: Builder, naming: Naming = {}): Value {
    const copy = this.copy.get(v)!;
    const type = cotangentType(v.type);
    const there = copy.def instanceof Op && (copy.def.kind === 'undef' || copy.def.kind === 'const');
    if (type.kind === 'nd') return b.numpy('zerosLike', [this.saves.value(v)], naming);
    if (there || !isMemory(type)) return zerosLike(b, copy, naming);
    // Of a row of numbers only the length matters, and of a record of numbers nothing; other structures are kept.
    const dynamic = isDynamic(v.type);
    if (!dynamic && (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number'))) {
      return b.new(type, this.noted((forward) => forward.length(copy)), { shadow: true }, naming);
    }
    if (!dynamic && type.kind !== 'array' && !partTypes(type).some(isMemory)) return zerosLike(b, copy, naming);
    const zeros = this.noted((forward) => zerosLike(forward, copy, { name: `${v.name ?? 't'}_zeros` }));
    return b.op('clone', [zeros], [zeros.type], { shared: copy.def instanceof Op && copy.def.attr.shared }, naming).result;
  }

  /** Something that the forward sweep makes at the place that the tangent sweep has reached. */
  private noted(make: (b: Builder) => Value): Value {
    const { region, before, after } = this.place;
    const into = this.regions.get(region)!;
    const op = before ?? after;
    // At the end of the body comes the boundary, and the tangent sweep is not there yet.
    const end = region === this.primal.body ? into.ops.length - 1 : into.ops.length;
    const index = op ? into.ops.indexOf(this.copies.get(op)!) + (after ? 1 : 0) : end;
    const b = new Builder(into, this.saves.frame.main.span, false, index);
    const made = make(b);
    // These stay where they are: split.ts moves shadows, which here may have another structure by then.
    for (const own of into.ops.slice(index, b.index)) own.attr = { ...own.attr, shadow: false };
    return this.saves.kept(made, region);
  }

  private region(region: Region): void {
    for (const op of region.ops) {
      const b = this.saves.frame.main.at(op.span);
      this.place = { region, after: op };
      if (op.kind === 'if') this.branch(op);
      else if (op.kind === 'loop') this.loop(op);
      else if (op.kind === 'call' && this.analysis.isActiveCall(op)) this.call(op, b);
      else if (op.attr.custom !== undefined && this.analysis.active(op.result)) this.apply(op, this.library.custom(op.attr.custom)!, b);
      else this.follow(op, b);
    }
  }

  private call(op: Op, b: Builder): void {
    const { bwd } = this.pair(op);
    const saved = this.saves.kept(this.savedOf.get(op)!, op.parent);
    const tangents = op.args.filter((a) => this.analysis.active(a)).map((a) => this.tangentOrZero(a, b));
    const results = b.call(bwd, [saved, ...tangents], op.results.map((r) => tangentType(r.type)));
    op.results.forEach((r, k) => { if (this.analysis.active(r)) this.setTangent(r, results[k]); });
  }

  private setTangent(v: Value, tangent: Value): void {
    Object.assign(tangent, this.twins.naming(v));
    this.tangent.set(v, tangent);
  }

  /** if (c) { … y = … }  →  if (c) { … y_dot = … } */
  private branch(op: Op): void {
    const { saves } = this;
    const { main } = saves.frame;
    const active = this.activeOf(op.results);
    const copy = new Op('if', [], op.span);
    copy.parent = main.region;
    for (const region of op.regions) {
      const target = new Region(copy);
      copy.regions.push(target);
      const frame = saves.open(region, target, op.span);
      this.region(region);
      this.place = { region };
      target.yields = active.map(({ k }) => this.tangentOrZero(region.yields[k], frame.main));
      saves.close();
    }
    if (active.length === 0 && copy.regions.every((r) => r.ops.length === 0)) return;
    copy.args = [saves.value(op.args[0])];
    copy.results = active.map(({ k, type }) => this.result(type, op.results[k], copy));
    main.insert(copy);
    active.forEach(({ k }, j) => this.setTangent(op.results[k], copy.results[j]));
  }

  private result(type: Type, like: Value, def: Op): Value {
    const value = new Value(type, like.span);
    value.def = def;
    return value;
  }

  /** for (i = a; i < n; i++) { … y = … }  →  for (i = a; i < n; i++) { … y_dot = … } */
  private loop(op: Op): void {
    const { saves } = this;
    const outer = saves.frame;
    const { region } = this.place;
    const active = this.activeOf(op.params);
    this.place = { region, before: op };
    const initial = active.map(({ k }) => this.tangentOrZero(op.args[k], outer.main));
    const state = saves.state(op);
    const copy = new Op('loop', [], op.span, { loop: { test: 'before', form: 'for', head: [0] } });
    copy.parent = outer.main.region;
    const induction = state.counted?.induction;
    const index = this.result(NUMBER, induction?.param ?? outer.main.const(0), copy);
    Object.assign(index, { name: induction ? induction.param.name ?? 'i' : 'k', variable: freshVariable() });
    copy.params = [index, ...active.map(({ k, type }) => this.result(type, op.params[k], copy))];
    active.forEach(({ k }, j) => this.setTangent(op.params[k], copy.params[1 + j]));
    const [test, body] = (copy.regions = [new Region(copy), new Region(copy)]);
    const frame = saves.open(op.regions[1], body, op.span);
    frame.loop = state;
    if (induction) frame.memo.set(induction.param, index);
    let iteration: Value | undefined;
    frame.iteration = () => (iteration ??= this.iteration(state, index, new Builder(frame.prologue.region, op.span, true, 0)));
    this.region(op.regions[1]);
    this.place = { region: op.regions[1] };
    const yields = active.map(({ k }) => this.tangentOrZero(op.regions[1].yields[k], frame.main));
    saves.close();
    if (active.length === 0 && body.ops.length === 0) return;
    const b = new Builder(body, op.span);
    const step = induction?.step ?? 1;
    body.yields = [b.prim(step > 0 ? 'add' : 'sub', [index, b.const(Math.abs(step))], { name: index.name, variable: index.variable }), ...yields];
    test.yields = [this.test(state, index, new Builder(test, op.span))];
    copy.args = [induction ? saves.value(induction.start) : outer.main.const(0), ...initial];
    copy.results = copy.params.map((p) => Object.assign(this.result(p.type, p, copy), { name: p.name, variable: p.variable }));
    outer.main.insert(copy);
    active.forEach(({ k }, j) => this.setTangent(op.results[k], copy.results[1 + j]));
  }

  /** The number of the iteration, from 0, in which the index has this value. */
  private iteration(state: LoopState, index: Value, b: Builder): Value {
    if (!state.counted) return index;
    const { start, step } = state.counted.induction;
    const first = this.saves.value(start);
    const distance = first.def instanceof Op && first.def.attr.value === 0 ? index : b.prim('sub', [index, first]);
    return b.quotient(distance, step);
  }

  /** The loop goes on as the primal's did; one that does not count is counted as it runs. */
  private test(state: LoopState, index: Value, b: Builder): Value {
    const { loop, counted } = state;
    if (!counted) return b.prim('lt', [index, this.saves.kept(this.saves.counter(state), loop.parent)]);
    const again = (v: Value): Value => {
      if (v === counted.induction.param) return index;
      if (definedOutside(v, loop.regions[0]) && definedOutside(v, loop.regions[1])) return this.saves.value(v);
      const op = v.def as Op;
      return b.op(op.kind, op.args.map(again), [v.type], op.attr).result;
    };
    return again(loop.regions[0].yields[0]);
  }
}

/**
 * Reverse mode: the VJP (pullback). The forward sweep is the primal, which keeps what the reverse sweep will ask for
 * (saves.ts). The reverse sweep goes through the operations backwards and, for each y = f(x₁ … xₙ), adds ȳ · ∂y/∂xᵢ to
 * the cotangent of xᵢ. Cotangents of numbers are SSA values: a branch yields those that it changes, a loop carries
 * them from the last iteration to the first. Cotangents of arrays are shadows, which loads add to and stores clear.
 *
 * The result is one region, forward sweep and reverse sweep, with a boundary; split.ts makes a pair of functions of
 * it, and the optimiser fuses what can run in one pass.
 */
import type { Cell } from '../analyse/alias.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, Region, type Result, Value, freshVariable, homeRegion, isInside, resultType } from '../ir/ir.ts';
import { NUMBER, type Type, cotangentType, fieldKeys, fieldType, isDifferentiable, isMemory } from '../ir/types.ts';
import { allOps, capturedValues } from '../ir/walk.ts';
import { add, chain, sub } from '../rules/arithmetic.ts';
import { ruleOf } from '../rules/rule.ts';
import { type Original, noteStructure } from './entry.ts';
import { Saves } from './saves.ts';
import { Simple } from './simple.ts';
import { Analysis, type Library, type Pair, type Request, Twins, shadowType, zerosLike } from './variant.ts';

export type ReverseKind =
  /** Value and gradient in one function, seeded by `y_bar = 1`. */
  | 'grad'
  /** For `vjp`: cotangents of memory are created inside, that of the result is given by the user. */
  | 'vjp'
  /** For calls within derivatives: the caller gives the shadows of memory. */
  | 'pair'
  /** A pair whose halves are not split: the reverse sweep runs once, right after the forward sweep. */
  | 'both';

/** Forward and reverse sweep in one function body, before they are split or fused. */
export interface Sweeps {
  /** The operation that ends the forward sweep. */
  boundary: Op;
  /** Parameters that only the reverse sweep has: cotangents of results, shadows. */
  reverseParams: Value[];
  /** What the forward sweep returns: the primal's results (and shadows of results, for pairs). */
  forwardYields: Value[];
  forwardResult: Result;
  /** What the reverse sweep returns. */
  reverseYields: Value[];
  reverseResult: Result;
  /** Shadows that live in the forward sweep. */
  shadows: Set<Value>;
}

export function reverse(primal: Func, request: Request, target: Func, library: Library, simple: Simple, kind: ReverseKind): Sweeps {
  return new Reverse(primal, request, target, library, simple, kind).run();
}

class Reverse {
  private analysis: Analysis;
  private copy = new Map<Value, Value>();
  /** Shadows that move with their memory in the forward sweep. */
  private companions = new Map<Value, Value>();
  /** Shadows that exist in the reverse sweep alone, see simple.ts. */
  private shadows = new Map<Value, Value>();
  /** Shadows of arguments in the structure that they had at entry. */
  private originals = new Map<Value, Original>();
  private exposed = new Set<Cell>();
  /** Shadows of arguments that live in the forward sweep, to be zero for the next run. */
  private used: Value[] = [];
  private savedOf = new Map<Op, Value>();
  /** Lengths of arrays before they grow or shrink, where the reverse sweep goes by them. */
  private lengths = new Map<Op, Value>();
  /** Branches and loops of the primal, and their copies in the forward sweep. */
  private copies = new Map<Op, Op>();
  private regions = new Map<Region, Region>();
  private saves: Saves;
  private twins = new Twins('_bar');

  /** The reverse sweep may run again: shadows of the forward sweep must be left as they were found, zero. */
  private again: boolean;
  private kind: 'grad' | 'vjp' | 'pair';

  constructor(
    private primal: Func, private request: Request, private target: Func,
    private library: Library, private simple: Simple, kind: ReverseKind,
  ) {
    this.again = kind === 'vjp' || kind === 'pair';
    this.kind = kind === 'both' ? 'pair' : kind;
    this.analysis = new Analysis(primal, request, library);
    this.saves = new Saves(this.analysis, this.copy, this.copies, this.regions, primal.body);
  }

  run(): Sweeps {
    const { primal, target, request, kind } = this;
    for (const p of primal.params) {
      const { value, ...rest } = p;
      this.copy.set(value, addParam(target, value.type, value.span, value.name ?? 'x', rest));
    }
    const b = new Builder(target.body, primal.span);
    for (const { value } of primal.params) if (this.copiedAtEntry(value)) this.copy.set(value, b.clone(this.copy.get(value)!, { name: `${value.name ?? 'x'}_saved` }));
    this.exposed = this.findExposed();
    const reverseParams: Value[] = [];
    primal.params.forEach(({ value }, i) => {
      const given = kind === 'pair' && request.wrt[i] && isMemory(value.type);
      if (this.isSimple(value) || !(given || this.analysis.shadowed(value))) return;
      if (given) {
        this.companions.set(value, addParam(target, shadowType(value), value.span, `${value.name ?? 'x'}_bar`));
        return;
      }
      const zeros = zerosLike(b, this.copy.get(value)!, this.twins.naming(value));
      this.companions.set(value, zeros);
      const original = noteStructure(b, value, zeros, this.analysis.aliases);
      if (original) this.originals.set(value, original);
    });
    this.regions.set(primal.body, target.body);
    this.forwardRegion(primal.body, b);
    const { yields } = primal.body;
    const forwardYields = yields.map((v) => this.copy.get(v)!);
    if (kind === 'pair') yields.forEach((v, k) => { if (this.isCompanionResult(v, k)) forwardYields.push(this.companionOrZero(v, b)); });
    const boundary = b.op('undef', [], [NUMBER]).result.def as Op;

    const sweep = new Region(target);
    const frame = this.saves.open(primal.body, sweep);
    this.seed(reverseParams);
    if (kind === 'pair') {
      for (const [i, { value }] of primal.params.entries()) {
        if (!isMemory(value.type) || !request.wrt[i] || !this.isSimple(value)) continue;
        const shadow = this.reverseParam(shadowType(value), value, `${value.name ?? 'x'}_bar`, reverseParams);
        this.shadows.set(value, shadow);
      }
    } else {
      // In the order of the signature, whatever the sweep needs first.
      for (const { value } of primal.params) if (this.analysis.shadowed(value)) this.shadow(value);
    }
    this.reverseRegion(primal.body);
    const reverseYields: Value[] = [];
    const types: Result[] = [];
    primal.params.forEach(({ value }, i) => {
      if (!request.wrt[i] || (kind === 'pair' && isMemory(value.type))) return;
      const bar = isMemory(value.type) ? this.result(value) : this.take(value) ?? frame.main.const(0);
      reverseYields.push(bar);
      types.push({ kind: 'value', type: bar.type });
    });
    // Arguments may have come to share memory, so nothing is cleared before everything is copied.
    for (const shadow of this.used) frame.main.op('clear', [shadow], [], { again: true });
    this.saves.close();
    for (const op of sweep.ops) {
      op.parent = target.body;
      target.body.ops.push(op);
    }
    const parts: Result[] = [...(kind === 'pair' && primal.result.kind === 'void' ? [] : [primal.result]),
      ...forwardYields.slice(yields.length).map((v): Result => ({ kind: 'value', type: v.type }))];
    return {
      boundary, reverseParams, forwardYields, reverseYields,
      forwardResult: { kind: 'tuple', parts },
      reverseResult: { kind: 'tuple', parts: types },
      shadows: new Set(this.companions.values()),
    };
  }

  /** The cotangent of an argument in memory, which is the caller's own from then on. */
  private result(param: Value): Value {
    const { main } = this.saves.frame;
    if (!this.analysis.shadowed(param)) return zerosLike(main, this.copy.get(param)!);
    const original = this.originals.get(param);
    const shadow = original ? original(main) : this.shadow(param);
    if (!this.again || !this.companions.has(param)) return shadow;
    const copy = main.op('clone', [shadow], [shadow.type], { shadow: true }, this.twins.naming(param)).result;
    this.used.push(shadow, ...(original ? [this.companions.get(param)!] : []));
    return copy;
  }

  private isSimple(v: Value): boolean {
    return this.simple.is(this.primal, v);
  }

  /** Does the forward half of a pair hand out the shadow of its k-th result, because it lives in the forward sweep? */
  private isCompanionResult(v: Value, k: number): boolean {
    return isMemory(v.type) && this.request.results[k] && !this.simple.isResult(this.primal, k);
  }

  private reverseParam(type: Type, of: Value, name: string, reverseParams: Value[], extra = {}): Value {
    const value = addParam(this.target, type, of.span, name, extra);
    reverseParams.push(value);
    return value;
  }

  /** Cotangents of the results: parameters of the reverse sweep. */
  private seed(reverseParams: Value[]): void {
    const { primal, kind } = this;
    const { yields } = primal.body;
    const b = this.saves.frame.main;
    const named = yields.length === 1 && yields[0].name && !(yields[0].def instanceof Func) ? yields[0].name : 'y';
    if (kind === 'grad') {
      const seed = this.reverseParam(NUMBER, yields[0], `${named}_bar`, reverseParams, { default: '1' });
      this.addTo(yields[0], seed);
      return;
    }
    if (kind === 'pair') {
      yields.forEach((v, k) => {
        if (!this.request.results[k]) return;
        const name = `${v.name ?? 'y'}_bar`;
        if (!isMemory(v.type)) this.addTo(v, this.reverseParam(NUMBER, v, name, reverseParams));
        else if (!this.isCompanionResult(v, k)) this.shadows.set(v, this.reverseParam(shadowType(v), v, name, reverseParams));
      });
      return;
    }
    if (yields.length === 0) return;
    const whole = this.reverseParam(cotangentType(resultType(primal.result)), yields[0], `${named}_bar`, reverseParams);
    const leaves: { v: Value; path: string[] }[] = [];
    const walk = (r: Result, path: string[], next: { i: number }) => {
      if (r.kind === 'value') leaves.push({ v: yields[next.i++], path });
      if (r.kind === 'tuple') r.parts.forEach((p, i) => walk(p, [...path, String(i)], next));
      if (r.kind === 'record') r.parts.forEach((p, i) => walk(p, [...path, r.names[i]], next));
    };
    walk(primal.result, [], { i: 0 });
    for (const { v, path } of leaves) {
      if (!this.analysis.active(v)) continue;
      const part = path.reduce((object, key) => b.field(object, key), whole);
      if (isMemory(v.type)) b.addinto(this.shadow(v), part);
      else {
        if (path.length > 0 && v.name) Object.assign(part, this.twins.naming(v));
        this.addTo(v, part);
      }
    }
  }

  // ---- Forward sweep: the primal, with companions of memory that is not simple ----

  private forwardRegion(region: Region, b: Builder): void {
    for (const op of region.ops) this.forwardOp(op, b.at(op.span));
  }

  /** Memory whose shadow moves with it. */
  private accompanied(v: Value): boolean {
    return isMemory(v.type) && this.analysis.shadowed(v) && !this.isSimple(v);
  }

  private forwardOp(op: Op, b: Builder): void {
    if (op.kind === 'if') return this.forwardBranch(op, b);
    if (op.kind === 'loop') return this.forwardLoop(op, b);
    if (op.kind === 'call' && this.isActiveCall(op)) return this.forwardCall(op, b);
    const grows = (v: Value) => this.analysis.order.resized(v);
    const growingCopy = op.kind === 'copy' && this.analysis.shadowed(op.result) && grows(op.result) && grows(op.args[0]);
    if (growingCopy || ((op.kind === 'push' || op.kind === 'pop') && this.keepsLength(op.args[0]))) {
      this.lengths.set(op, new Builder(b.region, op.span).length(this.copy.get(op.args[0])!));
    }
    const copy = b.op(op.kind, op.args.map((a) => this.copy.get(a)!), op.results.map((r) => r.type), op.attr);
    this.bind(op.results, copy.results);
    const [a, i, v] = op.args;
    const result = op.results[0];
    const companion = (x: Value) => this.companions.get(x);
    const s = new Builder(b.region, op.span);
    if (result && this.accompanied(result)) {
      const naming = this.twins.naming(result);
      const type = shadowType(result);
      const attr = { shadow: true };
      const make = (): Value => {
        switch (op.kind) {
          case 'new': return s.new(type, this.copy.get(a)!, attr, naming);
          case 'literal': return s.literal(type, op.args.map((part) => this.part(part, s)), attr, naming);
          case 'load': return s.load(companion(a)!, this.copy.get(i)!, naming);
          case 'field': return s.field(companion(a)!, op.attr.key!, naming);
          case 'pop': return s.pop(companion(a)!);
          case 'copy': {
            const source = companion(a);
            // The rows of a shallow copy are shared, and so are the shadows of the rows.
            return source && holdsMemory(type) ? s.copy(source, type, attr, naming) : zerosLike(s, copy.results[0], naming);
          }
          default: return zerosLike(s, copy.results[0], naming);
        }
      };
      this.companions.set(result, make());
      return;
    }
    const target = a && companion(a);
    if (!target) return;
    switch (op.kind) {
      case 'store': if (isMemory(v.type)) s.store(target, this.copy.get(i)!, this.part(v, s)); break;
      case 'setfield': if (isMemory(i.type)) s.setfield(target, op.attr.key!, this.part(i, s)); break;
      case 'fill': if (isMemory(i.type)) s.fill(target, this.part(i, s)); break;
      case 'push': s.push(target, this.part(i, s)); break;
      case 'pop': s.pop(target); break;
    }
  }

  /**
   * Does the shadow of this growing array keep its final length in the reverse sweep? One that lives in the forward
   * sweep, or is given by the caller, must: the reverse sweep may run again. One that is made for the sweep shrinks
   * and grows with it, as the array did.
   */
  private keepsLength(a: Value): boolean {
    if (!this.analysis.shadowed(a)) return false;
    return !this.isSimple(a) || (this.kind === 'pair' && (a.def instanceof Func || this.primal.body.yields.includes(a)));
  }

  /** The length of the array before a push or pop, in the reverse sweep. */
  private lengthBefore(op: Op): Value {
    const { saves } = this;
    const [a] = op.args;
    const loop = op.parent.owner;
    const made = a.def;
    // An array that starts with a literal and gets one element in each iteration has as many as there were iterations.
    if (loop instanceof Op && loop.kind === 'loop' && made instanceof Op && made.kind === 'literal' && made.parent === loop.parent && this.onlyResize(op)) {
      const frame = saves.frameOf(op.parent);
      const b = new Builder(frame.prologue.region, op.span, true);
      return add(b, frame.iteration!(), b.const(made.args.length));
    }
    return saves.kept(this.lengths.get(op)!, op.parent);
  }

  private onlyResize(op: Op): boolean {
    const cell = this.analysis.aliases.of(op.args[0]).at('length');
    for (const [write, cells] of this.analysis.aliases.writes) if (write !== op && [...cells].some((c) => c.find() === cell)) return false;
    return true;
  }

  private part(part: Value, b: Builder): Value {
    if (isMemory(part.type)) return this.companions.get(part) ?? zerosLike(b, this.copy.get(part)!);
    return part.type.kind === 'number' ? b.const(0) : b.const(undefined);
  }

  private bind(values: Value[], copies: Value[]): void {
    values.forEach((v, k) => {
      this.copy.set(v, copies[k]);
      Object.assign(copies[k], { name: v.name, variable: v.variable });
    });
  }

  private bindCompanions(values: Value[], copies: Value[]): void {
    values.forEach((v, k) => {
      Object.assign(copies[k], this.twins.naming(v));
      this.companions.set(v, copies[k]);
    });
  }

  private companionOrZero(v: Value, b: Builder): Value {
    return this.companions.get(v) ?? zerosLike(b, this.copy.get(v)!);
  }

  private forwardBranch(op: Op, b: Builder): void {
    const memory = op.results.map((_, k) => k).filter((k) => this.accompanied(op.results[k]));
    const inside = (region: Region) => (inner: Builder) => {
      this.regions.set(region, inner.region);
      this.forwardRegion(region, inner);
      return [...region.yields.map((v) => this.copy.get(v)!), ...memory.map((k) => this.companionOrZero(region.yields[k], inner))];
    };
    const types = [...op.results.map((r) => r.type), ...memory.map((k) => shadowType(op.results[k]))];
    const copy = b.if(this.copy.get(op.args[0])!, types, inside(op.regions[0]), inside(op.regions[1]));
    this.copies.set(op, copy);
    this.bind(op.results, copy.results);
    this.bindCompanions(memory.map((k) => op.results[k]), copy.results.slice(op.results.length));
  }

  private forwardLoop(op: Op, b: Builder): void {
    const memory = op.params.map((_, k) => k).filter((k) => this.accompanied(op.params[k]));
    const initial = [...op.args.map((a) => this.copy.get(a)!), ...memory.map((k) => this.companionOrZero(op.args[k], b))];
    const copy = b.loop(
      op.attr.loop!, initial,
      (inner, params) => {
        this.bind(op.params, params);
        this.bindCompanions(memory.map((k) => op.params[k]), params.slice(op.params.length));
        this.forwardRegion(op.regions[0], inner);
        return this.copy.get(op.regions[0].yields[0])!;
      },
      (inner) => {
        this.regions.set(op.regions[1], inner.region);
        this.forwardRegion(op.regions[1], inner);
        const { yields } = op.regions[1];
        return [...yields.map((v) => this.copy.get(v)!), ...memory.map((k) => this.companionOrZero(yields[k], inner))];
      },
    );
    this.copies.set(op, copy);
    this.bind(op.results, copy.results);
    this.bindCompanions(memory.map((k) => op.results[k]), copy.results.slice(op.results.length));
  }

  private isActiveCall(op: Op): boolean {
    return op.args.some((a) => this.analysis.active(a)) && (op.results.some((r) => this.analysis.active(r))
      || op.args.some((a) => this.analysis.shadowed(a) && this.analysis.aliases.writes.has(op)));
  }

  /** Which shadows the two halves of a callee's pair take and give. */
  private conventions(op: Op): { pair: Pair; inForward: Value[]; inReverse: Value[]; outForward: Value[]; outReverse: Value[] } {
    const request: Request = { ...this.analysis.requestAt(op), unstable: { wrt: op.args.map((a) => this.unstable(op, a)), results: op.results.map((r) => this.unstable(op, r)) } };
    const callee = this.library.primal(request.id);
    const shadowed = (v: Value, wanted: boolean) => isMemory(v.type) && wanted;
    // By place: one array may be passed for several parameters.
    const args = (simple: boolean) => op.args.filter((a, k) => shadowed(a, request.wrt[k]) && this.simple.is(callee, callee.params[k].value) === simple);
    const results = op.results.filter((r, k) => shadowed(r, request.results[k]));
    return {
      pair: this.library.pair(request),
      inForward: args(false),
      inReverse: args(true),
      outForward: results.filter((r) => !this.simple.isResult(callee, op.results.indexOf(r))),
      outReverse: results.filter((r) => this.simple.isResult(callee, op.results.indexOf(r))),
    };
  }

  /** May memory that goes into a call, or comes from it, be written before the reverse sweep of the call? */
  private unstable(op: Op, v: Value): boolean {
    if (!isMemory(v.type)) return false;
    if (this.analysis.order.writtenAfter(op, v)) return true;
    return [...this.analysis.aliases.of(v).reachable()].some((c) => this.exposed.has(c));
  }

  /** Memory that the caller may write between our two sweeps. */
  private findExposed(): Set<Cell> {
    const { params, body } = this.primal;
    if (this.kind === 'grad' || !this.again) return new Set();
    const { unstable } = this.request;
    const values = [
      ...params.filter((p, i) => (this.kind === 'vjp' ? !this.copiedAtEntry(p.value) : unstable?.wrt[i])).map((p) => p.value),
      ...body.yields.filter((_, k) => this.kind === 'vjp' || unstable?.results[k]),
    ];
    return new Set(values.filter((v) => isMemory(v.type)).flatMap((v) => [...this.analysis.aliases.of(v).reachable()]));
  }

  /**
   * An argument that the function hands on to others and does not write itself: one copy at entry serves all of
   * their pullbacks.
   */
  private copiedAtEntry(param: Value): boolean {
    if (this.kind !== 'vjp' || !isMemory(param.type)) return false;
    const { aliases } = this.analysis;
    const cells = aliases.cells(param);
    const reaches = (v: Value) => isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => cells.has(c));
    const written = [...aliases.writes.values()].some((set) => [...set].some((c) => cells.has(c.find())));
    const handedOn = [...allOps(this.primal.body)].some((op) => op.kind === 'call' && this.isActiveCall(op) && op.args.some(reaches));
    return handedOn && !written && !this.primal.body.yields.some(reaches);
  }

  private forwardCall(op: Op, b: Builder): void {
    const { pair, inForward, outForward } = this.conventions(op);
    const args = [...op.args.map((a) => this.copy.get(a)!), ...inForward.map((a) => this.companionOrZero(a, b))];
    const types = [...op.results.map((r) => r.type), ...outForward.map(shadowType), pair.saved];
    const results = b.call(pair.fwd, args, types);
    this.bind(op.results, results);
    this.bindCompanions(outForward, results.slice(op.results.length));
    // The result of a simple kind may be known under several names here: then its shadow is made here and moves with it.
    for (const r of op.results) if (this.accompanied(r) && !this.companions.has(r)) this.companions.set(r, zerosLike(b, this.copy.get(r)!, this.twins.naming(r)));
    const saved = results[results.length - 1];
    saved.name = `${pair.fwd.name.replace(/_fwd$/, '')}_saved`;
    this.savedOf.set(op, saved);
  }

  // ---- Reverse sweep ----

  private reverseRegion(region: Region): void {
    for (let i = region.ops.length - 1; i >= 0; i--) this.reverseOp(region.ops[i]);
  }

  private get b(): Builder {
    return this.saves.frame.main;
  }

  private cotangent(v: Value): Value | undefined {
    const home = homeRegion(v);
    for (let i = this.saves.frames.length - 1; i >= 0; i--) {
      const frame = this.saves.frames[i];
      const found = frame.adjoints.get(v);
      if (found) return found;
      if (frame.region === home) return undefined;
    }
    return undefined;
  }

  private addTo(v: Value, term: Value | undefined): void {
    if (!term || !this.analysis.active(v)) return;
    const before = this.cotangent(v);
    this.saves.frame.adjoints.set(v, before ? add(this.b, before, term) : term);
  }

  /** The whole cotangent of a value, once all of its uses have been seen; it gets its name now. */
  private take(v: Value): Value | undefined {
    const bar = this.cotangent(v);
    if (bar && !bar.name && bar.def instanceof Op && bar.def.kind !== 'const') Object.assign(bar, this.twins.naming(v));
    return bar;
  }

  /** The shadow of a memory value, in the current frame. */
  private shadow(v: Value): Value {
    const given = this.shadows.get(v);
    if (given) return given;
    const home = homeRegion(v);
    const frame = this.saves.frameOf(home);
    const key = this.companions.get(v) ?? this.shadowKey(v);
    const known = frame.memo.get(key);
    if (known) return known;
    const made = this.provideShadow(v, frame);
    frame.memo.set(key, made);
    return made;
  }

  private shadowKeys = new Map<Value, Value>();
  private shadowKey(v: Value): Value {
    let key = this.shadowKeys.get(v);
    if (!key) this.shadowKeys.set(v, (key = new Value(v.type, v.span)));
    return key;
  }

  private provideShadow(v: Value, frame: ReturnType<Saves['open']>): Value {
    const home = homeRegion(v);
    const companion = this.companions.get(v);
    const naming = this.twins.naming(v);
    delete naming.variable;
    const b = frame.prologue;
    const op = v.def;
    if (!companion) return this.newShadow(v, b, naming);
    if (home === this.primal.body) return companion;
    if (op instanceof Op && (op.kind === 'load' || op.kind === 'field') && !this.analysis.order.overwritten(op)) {
      const object = this.shadow(op.args[0]);
      return op.kind === 'load' ? b.load(object, this.saves.value(op.args[1]), naming) : b.field(object, op.attr.key!, naming);
    }
    return this.saves.kept(companion, home);
  }

  /** The shadow of simple memory: zeros, made where the reverse sweep begins. */
  private newShadow(v: Value, b: Builder, naming: { name?: string }): Value {
    const op = v.def;
    const type = shadowType(v);
    const fixed = !this.analysis.order.resized(v);
    if (op instanceof Op && fixed && op.kind === 'new') return b.new(type, this.saves.value(op.args[0]), { shadow: true }, naming);
    if (op instanceof Op && fixed && op.kind === 'literal') {
      if (type.kind === 'array' || type.kind === 'typed') return b.new(type, b.const(op.args.length), { shadow: true }, naming);
      return b.literal(type, fieldKeys(v.type).map((_, k) => (op.args[k].type.kind === 'number' ? b.const(0) : b.const(undefined))), { shadow: true }, naming);
    }
    if (op instanceof Op && fixed && op.kind === 'copy' && !this.analysis.order.resized(op.args[0])) {
      return b.new(type, b.length(this.saves.value(op.args[0])), { shadow: true }, naming);
    }
    return zerosLike(b, this.saves.value(v), naming);
  }

  private reverseOp(op: Op): void {
    this.saves.frame.main.at(op.span);
    this.adjoint(op);
    if (this.again) for (const r of op.results) if (this.companions.has(r)) this.clearCreated(op, r);
  }

  /** Where the reverse sweep passes the creation of an array, nobody will read its shadow any more: zero, for the next run. */
  private clearCreated(op: Op, v: Value): void {
    const { b } = this;
    if (!['new', 'literal', 'copy', 'clone', 'zeros'].includes(op.kind)) return;
    const made = this.companions.get(v)!.def as Op;
    const { type } = v;
    const again = { again: true };
    if (made.kind === 'zeros') b.op('clear', [this.shadow(v)], [], again);
    else if (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number')) b.op('fill', [this.shadow(v), b.const(0)], [], again);
    else if (type.kind === 'tuple' || type.kind === 'record') {
      for (const key of fieldKeys(type)) {
        if (fieldType(type, key)!.kind === 'number') b.op('setfield', [this.shadow(v), b.const(0)], [], { ...again, key });
      }
    }
  }

  private adjoint(op: Op): void {
    if (op.kind === 'if') return this.reverseBranch(op);
    if (op.kind === 'loop') return this.reverseLoop(op);
    if (op.kind === 'call') return this.reverseCall(op);
    const { analysis, saves, b } = this;
    const [a, i, v] = op.args;
    const result = op.results[0];
    const shadowed = (x: Value) => isMemory(x.type) && analysis.shadowed(x);
    switch (op.kind) {
      case 'prim': {
        if (!analysis.active(result)) return;
        const bar = this.take(result);
        if (bar) this.chainRule(op, bar);
        return;
      }
      case 'load': case 'field': {
        if (!analysis.active(result) || isMemory(result.type)) return;
        const bar = this.take(result);
        if (!bar) return;
        if (op.kind === 'load') b.accum(this.shadow(a), saves.value(i), bar);
        else b.accumfield(this.shadow(a), op.attr.key!, bar);
        return;
      }
      case 'store':
        if (isMemory(v.type) || !shadowed(a)) return;
        if (analysis.active(v)) this.addTo(v, b.load(this.shadow(a), saves.value(i)));
        b.store(this.shadow(a), saves.value(i), b.const(0));
        return;
      case 'setfield':
        if (isMemory(i.type) || !shadowed(a) || i.type.kind !== 'number') return;
        if (analysis.active(i)) this.addTo(i, b.field(this.shadow(a), op.attr.key!));
        b.setfield(this.shadow(a), op.attr.key!, b.const(0));
        return;
      case 'accum': if (shadowed(a) && analysis.active(v)) this.addTo(v, b.load(this.shadow(a), saves.value(i))); return;
      case 'accumfield': if (shadowed(a) && analysis.active(i)) this.addTo(i, b.field(this.shadow(a), op.attr.key!)); return;
      case 'literal': {
        if (!shadowed(result) || result.type.kind === 'saved') return;
        const keys = fieldKeys(result.type);
        op.args.forEach((part, k) => {
          if (isMemory(part.type) || !analysis.active(part)) return;
          this.addTo(part, keys.length ? b.field(this.shadow(result), keys[k]) : b.load(this.shadow(result), b.const(k)));
        });
        return;
      }
      case 'copy':
        if (!shadowed(result) || !shadowed(a) || holdsMemory(result.type)) return;
        this.addElementwise(this.shadow(a), this.shadow(result), this.copiedLength(op));
        return;
      case 'clone': if (shadowed(result) && shadowed(a) && op.attr.text !== 'stopGradient') b.addinto(this.shadow(a), this.shadow(result)); return;
      case 'addinto': if (shadowed(a) && shadowed(i)) b.addinto(this.shadow(i), this.shadow(a)); return;
      case 'clear': if (shadowed(a)) b.clear(this.shadow(a)); return;
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
        b.store(this.shadow(a), end, b.const(0));
        return;
      }
      case 'pop':
        if (!shadowed(a)) return;
        if (this.keepsLength(a)) {
          if (isMemory(result.type)) return;
          const last = b.prim('sub', [saves.kept(this.lengths.get(op)!, op.parent), b.const(1)]);
          b.store(this.shadow(a), last, this.take(result) ?? b.const(0));
          return;
        }
        b.push(this.shadow(a), this.take(result) ?? b.const(0));
        return;
      case 'extern': case 'new': case 'zeros': case 'const': case 'free': case 'undef': case 'length': case 'throw': return;
      default: throw new Error(`no adjoint of ${op.kind}`);
    }
  }

  /** x̄ᵢ += ȳ · ∂y/∂xᵢ */
  private chainRule(op: Op, bar: Value): void {
    const rule = ruleOf(op.attr.fn!, op.args.length)!;
    op.args.forEach((a, i) => {
      if (!this.analysis.active(a)) return;
      this.addTo(a, chain(this.b, rule, (j) => this.saves.value(op.args[j]), op.args.length, i, () => this.saves.value(op.result), bar));
    });
  }

  /** How many elements were copied: shadows of arrays that grow may be longer. */
  private copiedLength(op: Op): Value | undefined {
    const grows = (v: Value) => this.analysis.order.resized(v);
    if (!grows(op.result)) return undefined;
    return grows(op.args[0]) ? this.saves.kept(this.lengths.get(op)!, op.parent) : this.b.length(this.shadow(op.args[0]));
  }

  /** for (let j = 0; j < source.length; j++) target[j] += source[j] */
  private addElementwise(target: Value, source: Value, length?: Value): void {
    const { b } = this;
    b.loop({ test: 'before', form: 'for', head: [0] }, [b.const(0)],
      (inner, [j]) => inner.prim('lt', [j, length ?? inner.length(source)]),
      (inner, [j]) => {
        inner.accum(target, j, inner.load(source, j));
        return [inner.prim('add', [j, inner.const(1)], { name: 'j' })];
      }, [{ name: 'j' }]);
  }

  /** Σⱼ array[j] */
  private sum(array: Value): Value {
    const { b } = this;
    return b.loop({ test: 'before', form: 'for', head: [1] }, [b.const(0), b.const(0)],
      (inner, [, j]) => inner.prim('lt', [j, inner.length(array)]),
      (inner, [total, j]) => [inner.prim('add', [total, inner.load(array, j)]), inner.prim('add', [j, inner.const(1)], { name: 'j' })],
      [{ name: 'sum' }, { name: 'j' }]).results[0];
  }

  private reverseBranch(op: Op): void {
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
        target.yields.push(frame.adjoints.get(v) ?? before ?? new Builder(target, op.span, true).const(0));
      }
      const naming = this.twins.naming(v);
      const result = new Value(NUMBER, v.span, naming.name, naming.variable);
      result.def = copy;
      copy.results.push(result);
    }
    outer.main.insert(copy);
    [...changed].forEach((v, k) => outer.adjoints.set(v, copy.results[k]));
  }

  /** Is there anything in the branches of `op` whose adjoint does something of its own, memory above all? */
  private hasAdjoint(op: Op): boolean {
    return op.regions.some((region) => region.ops.some((inner) => {
      if (inner.regions.length > 0) return this.hasAdjoint(inner) || inner.results.some((r) => this.analysis.active(r));
      return inner.args.some((a) => isMemory(a.type) && this.analysis.shadowed(a)) || inner.results.some((r) => this.analysis.active(r));
    }));
  }

  private reverseLoop(op: Op): void {
    const carried = op.params.map((_, k) => k).filter((k) => this.analysis.active(op.params[k]) && !isMemory(op.params[k].type));
    if (carried.length === 0 && !this.hasAdjoint(op)) return;
    const { saves } = this;
    const state = saves.state(op);
    const outer = saves.frame;
    const b = outer.main;
    // Numbers around the loop that it uses: their cotangents are carried, too.
    const outside = [...capturedValues(op)].filter((v) => !isMemory(v.type) && this.analysis.active(v));
    const initial = [...carried.map((k) => this.take(op.results[k]) ?? b.const(0)), ...outside.map((v) => this.cotangent(v) ?? b.const(0))];
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
    copy.params = [index, ...values.map((v) => name(v, make(NUMBER, v)))];
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
      ...carried.map((k) => this.take(op.params[k]) ?? frame.main.const(0)),
      ...outside.map((v) => frame.adjoints.get(v)!),
    ];
    saves.close();
    const next = new Builder(body, op.span).prim(head.down ? 'sub' : 'add', [index, new Builder(body, op.span, false, 0).const(head.by)], { name: head.name, variable: index.variable });
    body.yields = [next, ...yields];
    copy.results = [make(NUMBER, index, head.name), ...values.map((v) => name(v, make(NUMBER, v)))];
    copy.args[0] = head.start();
    b.insert(copy);
    outside.forEach((v, k) => outer.adjoints.set(v, copy.results[1 + carried.length + k]));
    carried.forEach((k, j) => this.addTo(op.args[k], copy.results[1 + j]));
  }

  /**
   * How the reverse loop counts. for (i = a; i < n; i += c) → for (i = last; i >= a; i -= c); a loop whose trip count
   * is not known at entry is counted as it runs: for (k = trips - 1; k >= 0; k--).
   */
  private reverseHead(state: ReturnType<Saves['state']>): ReverseHead {
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
          const distance = b.prim('sub', [index, limit]);
          const k = induction.step === 1 ? distance : b.prim('div', [distance, b.const(induction.step)]);
          return k;
        },
      };
    }
    const trips = saves.kept(saves.counter(state), state.loop.parent);
    const zero = loose.const(0);
    return { start: () => loose.prim('sub', [trips, loose.const(1)]), limit: zero, down: true, by: 1, name: 'k', forward: saves.counterParam(state), iteration: (_, index) => index };
  }

  private reverseCall(op: Op): void {
    const savedInForward = this.savedOf.get(op);
    if (!savedInForward) return;
    const { pair, inReverse, outReverse } = this.conventions(op);
    const { b, saves } = this;
    const saved = saves.kept(savedInForward, op.parent);
    const bars = op.results.filter((r) => this.analysis.active(r) && !isMemory(r.type)).map((r) => this.take(r) ?? b.const(0));
    const memory = new Set(outReverse);
    // Cotangents of results come in the order of the results, then the shadows of arguments.
    let next = 0;
    const results = op.results.filter((r) => this.analysis.active(r) && (!isMemory(r.type) || memory.has(r))).map((r) => (isMemory(r.type) ? this.shadow(r) : bars[next++]));
    const active = op.args.filter((a) => this.analysis.active(a) && !isMemory(a.type));
    const out = b.call(pair.bwd, [saved, ...results, ...inReverse.map((a) => this.shadow(a))], active.map(() => NUMBER), { reverses: savedInForward.def as Op });
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

function holdsMemory(type: Type): boolean {
  return type.kind === 'array' && isMemory(type.element);
}

/** Can any result of the function have a derivative? */
export function hasDifferentiableResult(func: Func): boolean {
  return isDifferentiable(resultType(func.result));
}


/**
 * Reverse mode: the VJP (pullback). The forward sweep is the primal, which keeps what the reverse sweep will ask for
 * (saves.ts). The reverse sweep goes through the operations backwards and, for each y = f(x₁ … xₙ), adds ȳ · ∂y/∂xᵢ to
 * the cotangent of xᵢ. Cotangents of numbers are SSA values: a branch yields those that it changes, a loop carries
 * them from the last iteration to the first. Cotangents of arrays are shadows, which loads add to and stores clear.
 *
 * The result is one region, forward sweep and reverse sweep, with a boundary; split.ts makes a pair of functions of
 * it, and the optimiser fuses what can run in one pass.
 */
import type { Aliases } from '../analyse/alias.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, Region, type Result, Value, resultType } from '../ir/ir.ts';
import { NUMBER, type Type, cotangentType, isDynamic, isMemory, partTypes, present, withAbsent } from '../ir/types.ts';
import { cutTo, noteStructure } from './entry.ts';
import { Simple } from './simple.ts';
import { type Library, type Request, type StepRequest, jointsOf, shadowType, zerosLike } from './variant.ts';
import { Checkpoints } from './checkpoint.ts';

export type ReverseKind =
  /** Value and gradient in one function, seeded by `y_bar = 1`. */
  | 'grad'
  /** For `vjp`: cotangents of memory are created inside, that of the result is given by the user. */
  | 'vjp'
  /** For calls within derivatives: the caller gives the shadows of memory. */
  | 'pair'
  /** A pair whose halves are not split: the reverse sweep runs once, right after the forward sweep. */
  | 'both'
  /** As for `vjp`, where the reverse sweep runs once, right after the forward sweep. */
  | 'joint'
  /** Of a step that runs again in the reverse sweep: both sweeps, in one function, which returns the cotangents only. */
  | 'step';

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
  /** Of a value of the forward sweep that is a value of the primal, which one; and what the analysis of the primal says of it. */
  primal?: { of(v: Value): Value | undefined; aliases: Aliases };
  /** By yielded value: its shadow, where the forward half of a pair hands it out. */
  companions: (Value | undefined)[];
  /** Other values of the primal, as the forward sweep has them. */
  also: Value[];
}

/** @param also Values of the primal that are wanted of the forward sweep, besides its results. */
export function reverse(primal: Func, request: Request, target: Func, library: Library, simple: Simple, kind: ReverseKind, also: readonly Value[] = []): Sweeps {
  return new Reverse(primal, request, target, library, simple, kind).run(also);
}

class Reverse extends Checkpoints {
  run(also: readonly Value[]): Sweeps {
    const { primal, target, request, kind } = this;
    for (const p of primal.params) {
      const { value, ...rest } = p;
      // A step is given the state to run on.
      this.copy.set(value, addParam(target, value.type, value.span, value.name ?? 'x', kind === 'step' && isMemory(value.type) ? { ...rest, dies: true } : rest));
    }
    const b = new Builder(target.body, primal.span);
    for (const { value } of primal.params) if (this.copiedAtEntry(value)) this.copy.set(value, b.clone(this.copy.get(value)!, { name: `${value.name ?? 'x'}_saved` }));
    this.exposed = this.findExposed();
    const reverseParams: Value[] = [];
    primal.params.forEach(({ value }, i) => {
      // What the caller differentiates with respect to comes with its shadow, whether or not that is used here.
      const given = (kind === 'pair' && request.wrt[i] && isMemory(value.type)) || this.isInPlace(i);
      if (this.isSimple(value) && kind !== 'pair' && this.keepsLength(value)) {
        const length = b.length(this.copy.get(value)!);
        this.originals.set(value, (end) => cutTo(end, this.shadow(value), length));
      }
      if (this.isSimple(value) || !(given || this.analysis.shadowed(value))) return;
      if (given) {
        this.companions.set(value, addParam(target, shadowType(value), value.span, `${value.name ?? 'x'}_bar`));
        return;
      }
      const zeros = zerosLike(b, this.copy.get(value)!, this.twins.naming(value));
      this.companions.set(value, zeros);
      // How it was put together at entry: the cotangent has that structure, and all of it is zero for the next run.
      const { aliases, order } = this.analysis;
      const changes = (order.rebound(value) && (isDynamic(value.type) || partTypes(value.type).some(isMemory))) || order.enlarged(value);
      const links = changes && (this.again || isDynamic(value.type)) ? b.links(zeros, { name: `${value.name ?? 'x'}_links` }) : undefined;
      this.originals.set(value, links && isDynamic(value.type) ? (end) => end.op('clone', [links], [zeros.type], { shadow: true }).result : noteStructure(b, value, zeros, aliases));
      if (this.again) this.used.push(links ?? zeros);
    });
    target.joints = [...jointsOf(primal, this.copy), ...jointsOf(primal, this.companions)];
    this.forwardRegion(primal.body, b);
    const { yields } = primal.body;
    const forwardYields = yields.map((v) => this.copy.get(v)!);
    const companions = yields.map((v, k) => (kind === 'pair' && this.isCompanionResult(v, k) ? this.companionOrZero(v, b) : undefined));
    for (const companion of companions) if (companion) forwardYields.push(companion);
    const boundary = b.op('undef', [], [NUMBER]).result.def as Op;

    const sweep = new Region(target);
    const frame = this.saves.open(primal.body, sweep);
    this.seed(reverseParams);
    if (kind === 'pair') {
      for (const [i, { value }] of primal.params.entries()) {
        if (!request.wrt[i] || !this.isSimple(value)) continue;
        const shadow = this.reverseParam(shadowType(value), value, `${value.name ?? 'x'}_bar`, reverseParams);
        this.shadows.set(value, shadow);
      }
    } else if (kind === 'step') {
      for (const [i, { value }] of primal.params.entries()) {
        if (!isMemory(value.type) || !request.wrt[i]) continue;
        if (!this.isInPlace(i)) this.shadow(value);
        else if (this.isSimple(value)) this.shadows.set(value, this.reverseParam(shadowType(value), value, `${value.name ?? 'x'}_bar`, reverseParams));
      }
    } else {
      // In the order of the signature, whatever the sweep needs first.
      for (const { value } of primal.params) if (this.analysis.shadowed(value)) this.shadow(value);
    }
    this.reverseRegion(primal.body);
    const reverseYields: Value[] = [];
    const types: Result[] = [];
    primal.params.forEach(({ value }, i) => {
      if (!request.wrt[i] || (kind === 'pair' && isMemory(value.type)) || this.isInPlace(i)) return;
      const bar = isMemory(value.type) ? this.result(value) : this.whereGiven(value, this.take(value) ?? this.zero(value));
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
    const origins = new Map([...this.copy].map(([ours, copy]) => [copy, ours]));
    const parts: Result[] = [...(primal.result.kind === 'void' ? [] : [primal.result]),
      ...forwardYields.slice(yields.length).map((v): Result => ({ kind: 'value', type: v.type }))];
    return {
      boundary, reverseParams, forwardYields, reverseYields,
      forwardResult: { kind: 'tuple', parts },
      reverseResult: types.length > 0 ? { kind: 'tuple', parts: types } : { kind: 'void' },
      shadows: new Set(this.companions.values()), companions, also: also.map((v) => this.copy.get(v)!),
      primal: { of: (v) => origins.get(v), aliases: this.analysis.aliases },
    };
  }

  /** Does the caller give the shadow of this argument, to be changed? */
  private isInPlace(i: number): boolean {
    return this.kind === 'step' && this.request.wrt[i] && isMemory(this.primal.params[i].value.type) && (this.request as StepRequest).inPlace[i];
  }

  /** The cotangent of an argument that is not given is not there either. */
  private whereGiven(param: Value, bar: Value): Value {
    if (!param.type.absent) return bar;
    const { main } = this.saves.frame;
    const type = withAbsent(NUMBER, 'undefined');
    return main.if(main.prim('eq', [this.copy.get(param)!, main.const(undefined)]), [type],
      (then) => [then.op('const', [], [type], { value: undefined }).result], () => [bar]).result;
  }

  /** The cotangent of an argument in memory, which is the caller's own from then on. */
  private result(param: Value): Value {
    const { main } = this.saves.frame;
    const original = this.originals.get(param);
    const shadow = original ? original(main) : this.shadow(param);
    if (!this.again || (shadow.def instanceof Op && shadow.def.kind === 'clone')) return shadow;
    return main.op('clone', [shadow], [shadow.type], { shadow: true }, this.twins.naming(param)).result;
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
      const { type } = yields[0];
      this.addTo(yields[0], type.kind === 'nd' ? b.numpy('seed', [this.copy.get(yields[0])!, seed]) : seed);
      return;
    }
    if (kind === 'pair' || kind === 'step') {
      yields.forEach((v, k) => {
        if (!this.request.results[k]) return;
        const name = `${v.name ?? 'y'}_bar`;
        if (!isMemory(v.type)) this.addTo(v, this.reverseParam(cotangentType(present(v.type)), v, name, reverseParams));
        else if (!this.isCompanionResult(v, k) && !(kind === 'step' && this.analysis.order.resized(v))) this.shadows.set(v, this.reverseParam(shadowType(v), v, name, reverseParams));
        else if (kind === 'step') {
          const given = this.reverseParam(shadowType(v), v, name, reverseParams);
          if (this.analysis.shadowed(v)) b.addinto(this.shadow(v), given);
        }
      });
      return;
    }
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
}

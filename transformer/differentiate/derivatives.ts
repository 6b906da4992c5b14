/**
 * The derivatives of a program, made on demand and once each: which function, in which mode, with respect to what.
 * A derivative that is being made is known by name already, so that recursive functions have recursive derivatives.
 * Derivatives are functions like any other, and can be differentiated in turn.
 */
import { Activity } from '../analyse/activity.ts';
import { Aliases, type Summaries } from '../analyse/alias.ts';
import { isDiscrete } from '../analyse/discrete.ts';
import type { LanesRequest, LinearFrom } from '../analyse/lanes.ts';
import { SummaryTable } from '../analyse/summaries.ts';
import { TouchTable } from '../analyse/touches.ts';
import { World } from '../analyse/world.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Composed, type MatrixName, type VmapRequest, tangentResult } from '../ir/composed.ts';
import { fail } from '../diagnostics.ts';
import { Func, type FuncRef, type Op, type Place, type Span, resultTypes } from '../ir/ir.ts';
import { NUMBER, type Saved, isDifferentiable, isMemory, showType } from '../ir/types.ts';
import type { CustomRules } from '../ir/rules.ts';
import { CustomDerivative } from './custom.ts';
import { implicitRules } from './implicit.ts';
import { reductionRules } from './reduction.ts';
import { verify } from '../ir/verify.ts';
import { allOps, cloneFunc } from '../ir/walk.ts';
import { mul } from '../rules/arithmetic.ts';
import { fuseArrays } from '../optimise/arrays.ts';
import { eliminateDeadCode } from '../optimise/dce.ts';
import { type Optimisations, arrange, finish, optimise, prepare } from '../optimise/index.ts';
import { inlineAll, inlineCall, inlineCalls, isRecursive, isSmall } from '../optimise/inline.ts';
import { forward } from './forward.ts';
import { type JacobianLibrary, type JacobianRequest, jacobianFunction } from './jacobian/index.ts';
import { widen } from './lanes.ts';
import { linearize } from './linearize.ts';
import { vmapFunction } from './vmap.ts';
import { outline } from './outline.ts';
import { type ReverseKind, type Sweeps, reverse } from './reverse.ts';
import { Simple } from './simple.ts';
import { split } from './split.ts';
import { systemRules, writeSolutions } from './systems.ts';
import { truncateLoops } from './truncate.ts';
import { compose } from './compose.ts';
import { type Pair, type Request, type StepRequest, type StepReverse, differentiableResults } from './variant.ts';

export class Derivatives implements JacobianLibrary {
  /** Every derivative made so far, callees before callers, except in recursion. */
  readonly functions = new Map<string, Func>();
  readonly savedTypes: Saved[] = [];
  private primals = new Map<string, Func>();
  private sources = new Map<string, Func>();
  private literals = new Map<string, () => Func | Composed>();
  private outlines = new Map<string, Func>();
  /** Derivatives that run steps of a loop or call again, and gradients that save instead, by those. */
  private recomputing = new Set<string>();
  private saving = new Map<string, () => string>();
  /** Steps that were taken out of functions, and of which. */
  private steps = new Map<string, string>();
  private sharers = new Map<string, string>();
  private preparing = new Set<string>();
  private pairs = new Map<string, Pair>();
  private requests = new Map<string, Request>();
  private references = new Map<string, FuncRef>();
  /** Which function each derivative is one of. */
  private origins = new Map<string, string>();
  private linearFrom = new Map<string, LinearFrom>();
  private active = new Map<string, number[]>();
  private simple = new Simple(this);

  private customs = new Map<string, CustomDerivative>();

  /**
   * @param lowered a function of the program, or what transform of another function it is.
   * @param rules The rules by which some functions are differentiated, instead of their source.
   */
  constructor(private lowered: (id: string) => Func | Composed, private options: Optimisations, private rules: (id: string) => CustomRules | undefined = () => undefined) {}

  /** Rules of operations that derivatives need. */
  private provisions = new Map<string, CustomRules>();

  provide(id: string, rules: CustomRules): void { this.provisions.set(id, rules); }

  ruleOf({ attr: { custom } }: Op): CustomRules | undefined { return custom === undefined ? undefined : this.provisions.get(custom) ?? this.rules(custom); }

  hasRule(id: string): boolean { return !this.functions.has(id) && this.rules(id) !== undefined; }

  custom(id: string): CustomDerivative | undefined {
    const known = this.customs.get(id);
    const given = known || this.functions.has(id) ? undefined : this.provisions.get(id) ?? this.rules(id);
    if (!given) return known;
    const rules = given.reduction ? { ...given, ...reductionRules(id, given) } : given.implicit ? { ...given, ...implicitRules(id, given, this) }
      : given.system ? { ...given, ...systemRules(id, given, this) } : given;
    const prepared = (func: Func) => {
      const result = prepare(func, this.options, this);
      verify(result, 'preparation of a rule');
      this.define(result.id, () => result);
      return result;
    };
    const custom = new CustomDerivative(rules, this, prepared, (primal, request, target, kind, also) => reverse(primal, request, target, this, this.simple, kind, also));
    this.customs.set(id, custom);
    return custom;
  }

  /** Is there, in the function or what it calls, a rule for reverse mode, which need not be what forward mode gives? */
  hasPullback(id: string, asking = new Set<string>()): boolean {
    if (asking.has(id)) return false;
    asking.add(id);
    const given = (name: string | undefined) => name !== undefined && this.rules(name)?.vjp !== undefined;
    return given(id) || allOps(this.primal(id).body).some((op) => given(op.attr.custom) || (op.kind === 'call' && this.hasPullback(op.attr.callee!.id, asking)));
  }

  get optimises(): boolean { return this.options.enabled; }

  isSmall(func: Func): boolean { return this.options.enabled && isSmall(func); }

  /** Adds a function that has no name in the program: a literal given to a transform, or a transform of a function. */
  define(id: string, source: () => Func | Composed): void {
    this.literals.set(id, source);
  }

  primal(id: string): Func {
    const derived = this.functions.get(id);
    if (derived) return derived;
    const known = this.primals.get(id);
    if (known) return known;
    const source = this.source(id);
    if (this.preparing.has(id)) return source;
    this.preparing.add(id);
    try {
      const func = prepare(source, this.options, this);
      truncateLoops(func, this);
      verify(func, 'preparation');
      this.primals.set(id, func);
      return func;
    } finally {
      this.preparing.delete(id);
    }
  }

  private table = new SummaryTable((id) => (this.isPending(id) ? undefined : this.source(id)));
  readonly summaries: Summaries = this.table.get;
  private touches = new TouchTable(this.summaries);
  readonly touched = this.touches.get;
  readonly world = new World(this);

  /**
   * The function as reverse mode takes it: steps that will run again are functions of their own. Of a gradient that runs
   * steps again, reverse mode would keep what each run of each step needs; it takes the gradient that saves instead.
   */
  outlined(id: string, plain?: boolean): Func {
    const saving = this.saving.get(id);
    if (saving && this.runsAgain(id)) return this.outlined(saving(), plain);
    if (plain) return this.primal(id);
    let func = this.outlines.get(id);
    if (!func) {
      func = outline(this.primal(id), this);
      verify(func, 'outlining');
      this.outlines.set(id, func);
    }
    return func;
  }

  private runsAgain(id: string, asking = new Set<string>()): boolean {
    if (this.recomputing.has(id)) return true;
    if (asking.has(id)) return false;
    asking.add(id);
    const func = this.functions.get(id);
    return func !== undefined && allOps(func.body).some((op) => op.kind === 'call' && this.runsAgain(op.attr.callee!.id, asking));
  }

  isStep(id: string): boolean { return this.steps.has(this.user(id)); }

  add(func: Func, of: string): void {
    verify(func, 'outlining');
    this.steps.set(func.id, of);
    this.functions.set(func.id, prepare(func, this.options, this));
  }

  source(id: string): Func {
    const derived = this.functions.get(id);
    if (derived) return derived;
    const known = this.sources.get(id);
    if (known) return known;
    const made = this.literals.get(id)?.() ?? this.lowered(id);
    const func = made instanceof Func ? made : this.composed(made);
    this.sources.set(id, func);
    // Derivatives that it calls are made now, for what they are must be known to whoever analyses it.
    for (const op of allOps(func.body)) if (op.kind === 'call' && !this.isPending(op.attr.callee!.id)) this.source(op.attr.callee!.id);
    return func;
  }

  sharing(func: Func, joints: Func['joints']): FuncRef {
    const show = ({ param, keys }: Place) => [func.params.findIndex((p) => p.value === param), ...keys].join('.');
    const id = `${func.id}~${joints.map(([a, b]) => `${show(a)}=${show(b)}`).join()}`;
    if (!this.sources.has(id)) {
      const copy = cloneFunc({ ...func, id, joints: [...func.joints, ...joints] } as Func);
      this.sources.set(id, copy);
      this.sharers.set(id, this.user(func.id));
    }
    return { id, name: func.name };
  }

  /** The function of the program that is called under this id: one for all that is known of its arguments. */
  user(id: string): string { return this.sharers.get(id) ?? id; }

  private composing = new Set<string>();
  private compositions = new Set<string>();

  /** Is the function a transform of another? */
  isComposed(id: string): boolean { return this.compositions.has(id); }

  /** A transform as a function. It cannot be part of itself: that would be derivatives of ever higher order. */
  private composed(spec: Composed): Func {
    if (this.composing.has(spec.id)) fail('TL2015', spec.span, spec.of.name);
    this.composing.add(spec.id);
    this.compositions.add(spec.id);
    try {
      const func = compose(spec, this);
      verify(func, 'composition');
      return func;
    } finally {
      this.composing.delete(spec.id);
    }
  }


  /** Is a call of this function without effects? Recursion is taken to be without until seen otherwise. */
  pure(id: string, asking = new Set<string>()): boolean {
    if (this.isPending(id)) return this.pure(this.origins.get(id)!, asking);
    if (asking.has(id)) return true;
    asking.add(id);
    const impure = (op: Op): boolean => (op.kind === 'extern' && !op.attr.pure) || op.kind === 'throw'
      || (op.kind === 'call' && !this.pure(op.attr.callee!.id, asking))
      || op.regions.some((r) => r.ops.some(impure));
    if (this.primal(id).body.ops.some(impure)) return false;
    const aliases = this.summaries(id);
    if (!aliases || aliases === 'nothing') return false;
    for (const cells of aliases.writes.values()) for (const c of cells) if (c.find().outside) return false;
    return true;
  }

  /** A derivative that is being made: recursive functions have recursive derivatives. */
  private isPending(id: string): boolean {
    return this.origins.has(id) && !this.functions.has(id);
  }

  private begin(id: string, name: string, primal: Func): Func {
    this.origins.set(id, primal.id);
    return new Func(id, name, primal.span);
  }

  /** The derivative of an id; made at the first question, and known by name while it is made. */
  private once(id: string, request: { id: string }, name: (base: string) => string, build: (primal: Func, target: Func) => void, from?: LinearFrom): FuncRef {
    const known = this.references.get(id);
    if (known) return known;
    const primal = this.primal(request.id);
    const target = this.begin(id, name(baseName(primal)), primal);
    this.linearFrom.set(id, from ?? { params: primal.params.length, results: primal.body.yields.length });
    const reference = { id, name: target.name };
    this.references.set(id, reference);
    try {
      build(primal, target);
      this.finish(target);
    } catch (error) {
      // Whoever asks again fails in the same way, instead of calling what does not exist.
      this.references.delete(id);
      this.origins.delete(id);
      throw error;
    }
    return reference;
  }

  isNamed(id: string): boolean { return !id.includes('#literal@'); }

  isDerivative(id: string): boolean { return this.origins.has(this.steps.get(id) ?? id); }

  jvp(request: Request): FuncRef {
    return this.once(key(request, 'jvp'), request, (base) => `${base}_jvp${this.suffix(request)}`, (primal, target) => forward(primal, request, target, this));
  }

  /** The derivative with respect to one number: forward mode with a tangent of 1. */
  slope(request: Request): FuncRef {
    return this.once(key(request, 'slope'), request, (base) => `${base}_derivative${this.suffix(request)}`, (primal, target) => forward(primal, { ...request, unit: true }, target, this));
  }

  /** The tangent without the value: what only the value needs is not computed. */
  tangent(request: Request): FuncRef {
    return this.once(key(request, 'tangent'), request, (base) => `${base}_tangent${this.suffix(request)}`, (primal, target) => {
      const jvp = this.functions.get(this.jvp(request).id)!;
      const args = jvp.params.map(({ value, ...rest }) => addParam(target, value.type, value.span, value.name ?? 'x', rest));
      const [call] = new Builder(target.body, primal.span).call({ id: jvp.id, name: jvp.name }, args, resultTypes(jvp.result)).map((v) => v.def as Op);
      target.body.yields = call.results.slice(primal.body.yields.length);
      target.result = tangentResult(primal.result);
      if (this.options.enabled) inlineCall(call, target, this);
    }, { params: request.wrt.length, results: 0 });
  }

  grad(request: Request): FuncRef {
    const id = key(request, 'grad');
    const name = (base: string) => `${base}_grad${this.suffix(request)}`;
    if (this.isSlope(request)) return this.once(id, request, name, (primal, target) => this.scaledSlope(primal, request, target));
    if (!request.plain) this.saving.set(id, () => this.grad({ ...request, plain: true }).id);
    return this.once(id, request, name, (primal, target) => this.joined(primal, request, target, 'grad'));
  }

  /** Is it the derivative of a derivative with respect to one number? That is taken in forward mode, see compose.ts. */
  private isSlope({ id, wrt }: Request): boolean {
    const { params } = this.primal(id);
    const [only, ...others] = params.filter((_, i) => wrt[i]);
    return this.isComposed(id) && this.primal(id).body.yields[0].type.kind === 'number' && others.length === 0 && only?.value.type.kind === 'number' && !only.value.type.absent;
  }

  /** ȳ · f′(x) */
  private scaledSlope(primal: Func, request: Request, target: Func): void {
    forward(primal, { ...request, unit: true }, target, this);
    const { yields } = target.body;
    const values = yields.slice(0, yields.length / 2);
    const seed = addParam(target, NUMBER, primal.span, 'y_bar', { default: '1' });
    target.body.yields = [...values, mul(new Builder(target.body, primal.span, true), yields[values.length], seed)];
    target.result = { kind: 'tuple', parts: [primal.result, { kind: 'value', type: NUMBER }] };
  }

  /** Both sweeps of a pair in one function, for calls whose cotangents are known before the call. */
  both(fwd: string): FuncRef {
    // Nothing comes between the sweeps, so that nothing has to be copied for the second one.
    const { unstable: _, ...request } = this.requests.get(fwd)!;
    const id = key(request, 'both');
    if (!request.plain) this.saving.set(id, () => this.both(this.pair({ ...this.requests.get(fwd)!, plain: true }).fwd.id).id);
    return this.once(id, request, (base) => `${base}_grad`, (primal, target) => this.joined(primal, request, target, 'both'));
  }

  /** Both sweeps of `vjp` in one function, which takes the cotangent of the result behind the arguments. */
  joint(request: Request): FuncRef {
    return this.once(key(request, 'joint'), request, (base) => `${base}_grad`, (primal, target) => this.joined(primal, request, target, 'joint'));
  }

  /** Forward and reverse sweep with nothing between them. */
  private joined(primal: Func, request: Request, target: Func, kind: 'grad' | 'both' | 'joint'): void {
    const { boundary } = this.sweep(primal, request, target, kind);
    target.body.ops.splice(target.body.ops.indexOf(boundary), 1);
    const { result } = target;
    // What only calls within derivatives see needs no list around one value.
    if (kind === 'both' && result.kind === 'tuple' && result.parts.length === 1) target.result = result.parts[0];
  }

  /** For `vjp` by users: what they may write before the pullback runs is copied, see `unstable` in split.ts. `given`: the type of what is saved, where it is known already. */
  vjp(request: Request, given?: Saved): Pair {
    return this.halves(request, 'vjp', given);
  }

  pair(request: Request): Pair {
    return this.halves(request, 'pair');
  }

  /** Forward sweep and tangent sweep, for the user and for calls within derivatives alike. */
  linear(request: Request, given?: Saved): Pair {
    return this.halves(request, 'linear', given);
  }

  /** A derivative in vector mode, see lanes.ts. */
  lanes(request: LanesRequest): FuncRef {
    const bits = (flags: boolean[]) => flags.map(Number).join('');
    const id = `${request.id}:lanes:${request.lanes}:${bits(request.params)}:${bits(request.results)}`;
    return this.once(id, request, (base) => `${base}_${request.lanes}`, (func, target) => widen(func, request, target, this), this.tangentsFrom(request.id));
  }

  tangentsFrom(id: string): LinearFrom { return this.linearFrom.get(id) ?? { params: 0, results: 0 }; }

  /** A Jacobian as a function, see jacobian.ts. */
  matrix(which: MatrixName, id: string, argnums: number | number[], span: Span): FuncRef {
    switch (which) {
      case 'jacfwd': return this.jacobian({ id, argnums, span, mode: 'forward' }, 'jacfwd');
      case 'jacrev': return this.jacobian({ id, argnums, span, mode: 'reverse' }, 'jacrev');
      case 'jacobian': return this.jacobian({ id, argnums, span, mode: 'cheaper' }, 'jacobian');
      // Of a number's gradient, or of the Jacobian of another result.
      case 'hessian': return this.jacobian({ id: this.jacobian({ id, argnums, span, mode: 'reverse' }, 'jacrev').id, argnums, span, mode: 'forward' }, 'hessian');
    }
  }

  private jacobian(request: JacobianRequest, name: string): FuncRef {
    const { id, argnums } = request;
    return this.once(`${id}:${name}:${JSON.stringify(argnums)}`, request, (base) => `${base.replace(/_jacrev$/, '')}_${name}`,
      (_, target) => {
        const whole = jacobianFunction(target, request, this);
        if (!this.isNamed(id)) inlineAll(target, this, () => {});
        else if (whole && this.options.enabled) inlineCalls(target, this);
      });
  }

  /** A batched function, see vmap.ts. */
  vmap(request: VmapRequest): FuncRef {
    const id = `${request.id}:vmap:${JSON.stringify(request.axes)}:${request.types.map((type) => showType(type)).join()}`;
    return this.once(id, request, (base) => `${base}_vmap`, (_, target) => vmapFunction(target, request, this));
  }

  /** What the sweeps of recursive functions save refers to itself, and shadows of shadows of that are not kept apart for ever. */
  private checkOrder(id: string): void {
    let [order, at] = [1, id];
    for (let of = this.origins.get(at); of !== undefined; of = this.origins.get(at)) {
      if (/:(fwd|bwd|grad|both)\b[^:]*$/.test(at) || /:(grad|both):[^:]*:[^:]*$/.test(at)) order++;
      at = of;
    }
    if (order > 3 && isRecursive(this.primal(at), this)) fail('TL2016', this.primal(at).span, this.primal(at).name, order);
  }

  private halves(request: Request, kind: 'vjp' | 'pair' | 'linear', given?: Saved): Pair {
    const id = key(request, kind) + (given ? `:${given.name}` : '');
    const known = this.pairs.get(id);
    if (known) return known;
    const primal = this.primal(request.id);
    const base = baseName(primal);
    if (kind !== 'linear') this.checkOrder(request.id);
    const tail = kind === 'pair' || (kind === 'linear' && request.unstable) ? '' : this.suffix(request);
    const [first, second, record] = kind === 'linear' ? ['lin', 'push', 'linear'] : ['fwd', 'bwd', 'saved'];
    const fwd = this.begin(`${id}:fwd`, `${base}_${first}${tail}`, primal);
    const bwd = this.begin(`${id}:bwd`, `${base}_${second}${tail}`, primal);
    const count = this.savedTypes.filter((t) => t.name.startsWith(`${base}_${record}`)).length;
    const saved: Saved = given ? Object.assign(given, { forward: fwd.id, reverse: bwd.id }) : { kind: 'saved', name: `${base}_${record}${tail}${count ? `_${count + 1}` : ''}`, fields: [], forward: fwd.id, reverse: bwd.id };
    const pair: Pair = { fwd: { id: fwd.id, name: fwd.name }, bwd: { id: bwd.id, name: bwd.name }, saved };
    this.pairs.set(id, pair);
    this.savedTypes.push(saved);
    this.linearFrom.set(bwd.id, { params: 0, results: 0 });
    this.requests.set(fwd.id, request);
    const whole = new Func(id, base, primal.span);
    const sweeps = kind === 'linear' ? together(linearize(primal, request, whole, this), whole) : this.sweep(primal, request, whole, kind);
    Object.assign(sweeps.boundary.attr, { text: 'boundary', value: sweeps.forwardYields.length });
    optimise(whole, { ...this.options, fuse: false }, this);
    arrange(whole, this.options, this);
    verify(whole, 'reverse mode');
    const { yields } = whole.body;
    sweeps.forwardYields = yields.slice(0, sweeps.forwardYields.length);
    sweeps.reverseYields = yields.slice(sweeps.forwardYields.length);
    split(whole, sweeps, fwd, bwd, { saved, unstable: request.unstable ?? 'all', library: this });
    this.finish(fwd);
    this.finish(bwd);
    return pair;
  }

  step(request: StepRequest): StepReverse {
    const { params } = this.outlined(request.id);
    const inPlace = params.flatMap(({ value }, k) => (request.wrt[k] && request.inPlace[k] && isMemory(value.type) ? [k] : []));
    const isSimple = (k: number) => this.simple.is(this.outlined(request.id), params[k].value);
    const id = `${key(request, 'step')}:${request.inPlace.map(Number).join('')}`;
    const callee = this.once(id, request, (base) => `${base}_bwd`, (primal, target) => {
      const sweeps = this.sweep(primal, request, target, 'step');
      target.body.ops.splice(target.body.ops.indexOf(sweeps.boundary), 1);
      target.body.yields = sweeps.reverseYields;
      target.result = sweeps.reverseYields.length === 1 ? { kind: 'value', type: sweeps.reverseYields[0].type } : sweeps.reverseResult;
    }, { params: params.length, results: 0 });
    return { callee, companions: inPlace.filter((k) => !isSimple(k)), shadows: inPlace.filter(isSimple) };
  }

  /** Both sweeps in one function. */
  private sweep(primal: Func, request: Request, target: Func, kind: ReverseKind): Sweeps {
    const outlined = this.outlined(primal.id, request.plain);
    if (!request.plain && allOps(outlined.body).some((op) => op.kind === 'call' && op.attr.policy)) {
      for (const id of [target.id, `${target.id}:fwd`, `${target.id}:bwd`]) this.recomputing.add(id);
    }
    return together(reverse(outlined, request, target, this, this.simple, kind), target);
  }

  private finish(target: Func): void {
    verify(target, 'differentiation');
    optimise(target, this.options, this);
    verify(target, 'optimisation');
    this.functions.set(target.id, target);
    this.table.renew();
    this.touches.renew();
  }

  /** Is there something of a solver that is only written out where it is printed? */
  hasSolutions(func: Func): boolean {
    return allOps(func.body).some((op) => {
      const rule = op.kind === 'extern' ? this.ruleOf(op) : undefined;
      return rule?.system ?? rule?.implicit;
    });
  }

  /** Does it work on n-d arrays, so that some of its loops are functions of their own where it is printed? */
  hasArrays(func: Func): boolean { return allOps(func.body).some((op) => op.attr.np); }

  private asPrinted = new Map<Func, Func>();

  /** The function as it is printed: arranged for people, with what would be in the way of differentiating it again. */
  printed(func: Func): Func {
    const known = this.asPrinted.get(func);
    if (known) return known;
    if (!this.functions.has(func.id) || !(this.options.enabled || this.hasSolutions(func))) return func;
    const last = cloneFunc(func);
    if (writeSolutions(last, this)) optimise(last, this.options, this);
    if (!this.options.enabled) return last;
    arrange(last, this.options, this);
    verify(last, 'arrangement');
    if (this.hasArrays(last)) {
      for (const kernel of fuseArrays(last)) {
        arrange(kernel, this.options, this);
        verify(kernel, 'fusion of arrays');
        this.functions.set(kernel.id, kernel);
      }
      eliminateDeadCode(last, this);
      verify(last, 'fusion of arrays');
    }
    finish(last, this);
    this.asPrinted.set(func, last);
    return last;
  }

  /** The request of a derivative by the user: with respect to these parameters, of everything that has a derivative. */
  request(id: string, wrt: number[]): Request {
    const primal = this.primal(id);
    return { id, wrt: primal.params.map((_, i) => wrt.includes(i)), results: differentiableResults(primal) };
  }

  /**
   * Parameters that the function's result, or its first few results, depend on in a differentiable way; without those that
   * are discrete, unless all are.
   */
  activeParameters(id: string, first = Infinity): number[] {
    const asked = `${id}:${first}`;
    let active = this.active.get(asked);
    if (!active) {
      const primal = this.primal(id);
      const candidates = primal.params.flatMap((p, i) => (isDifferentiable(p.value.type) ? [i] : []));
      const { wrt, results } = this.request(id, candidates);
      const activity = new Activity(primal, new Aliases(primal, this.summaries), this.world, wrt, results.map((is, k) => is && k < first));
      const uses = this.world.discrete(id);
      const all = candidates.filter((i) => activity.active(primal.params[i].value));
      const smooth = all.filter((i) => !uses || !isDiscrete(uses, i));
      this.active.set(asked, (active = smooth.length > 0 ? smooth : all));
    }
    return active;
  }

  /** `_wrt_x` where the derivative leaves out parameters that have one. */
  private suffix(request: Request): string {
    const primal = this.primal(request.id);
    const left = this.activeParameters(primal.id).filter((i) => !request.wrt[i]);
    return left.length === 0 || !request.wrt.some(Boolean) ? '' : `_wrt_${primal.params.filter((_, i) => request.wrt[i]).map((p) => p.value.name).join('_')}`;
  }
}

function key(request: Request, mode: string): string {
  const bits = (flags: boolean[]) => flags.map((f) => (f ? 1 : 0)).join('');
  const unstable = request.unstable ? `:${bits(request.unstable.wrt)}:${bits(request.unstable.results)}` : '';
  const written = request.written?.some(Boolean) ? `:${bits(request.written)}` : '';
  return `${request.id}:${mode}:${bits(request.wrt)}:${bits(request.results)}${written}${unstable}${request.plain ? ':plain' : ''}`;
}

/** Both sweeps are the body of one function. */
function together(sweeps: Sweeps, target: Func): Sweeps {
  target.body.yields = [...sweeps.forwardYields, ...sweeps.reverseYields];
  const parts = [sweeps.forwardResult, sweeps.reverseResult].flatMap((r) => (r.kind === 'tuple' ? r.parts : r.kind === 'void' ? [] : [r]));
  target.result = { kind: 'tuple', parts };
  verify(target, 'differentiation');
  return sweeps;
}

function baseName(func: Func): string {
  return func.name.replace(/[^\w$]/g, '_');
}



/**
 * The forward sweep of reverse mode: the primal, which takes along the shadows of memory that is not simple (see
 * simple.ts), and calls the forward halves of its callees' pairs.
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { Builder, type Naming } from '../ir/build.ts';
import { mayBeEmpty } from '../analyse/empty.ts';
import { isInteger, isNonNegative } from '../analyse/integers.ts';
import { Func, Op, Region, Value, constantOf } from '../ir/ir.ts';
import { NUMBER, elementType, fieldType, isIndexed, isMemory, partTypes } from '../ir/types.ts';
import { allOps, capturedValues } from '../ir/walk.ts';
import { add } from '../rules/arithmetic.ts';
import { type Original } from './entry.ts';
import { boundaryOf, put } from './custom.ts';
import { Saves } from './saves.ts';
import { holdsShadows } from './split.ts';
import { Simple } from './simple.ts';
import { Analysis, type Library, type Pair, type Request, Twins, holdsMemory, insertedLiteral, ruleOfCallee, shadowOfLiteral, shadowType, zerosLike, zerosOfItems } from './variant.ts';
import type { ReverseKind } from './reverse.ts';

/** Operations whose shadow is made with their result, besides calls. */
export const MADE = new Set(['new', 'literal', 'copy', 'clone', 'zeros', 'splice']);

export class ForwardSweep {
  protected analysis: Analysis;
  protected copy = new Map<Value, Value>();
  /** Shadows that move with their memory in the forward sweep. */
  protected companions = new Map<Value, Value>();
  /** Shadows that exist in the reverse sweep alone, see simple.ts. */
  protected shadows = new Map<Value, Value>();
  /** Shadows of arguments in the structure that they had at entry. */
  protected originals = new Map<Value, Original | undefined>();
  protected exposed = new Set<Cell>();
  /** Shadows of arguments that are made here, or how they were put together, to be zero for the next run. */
  protected used: Value[] = [];
  protected savedOf = new Map<Op, Value>();
  /** How shadows were put together where an operation goes through the whole of them. */
  protected links = new Map<Op, Map<Value, Value>>();
  /** Lengths of arrays before they grow or shrink, where the reverse sweep goes by them. */
  protected lengths = new Map<Op, Value>();
  /** How many elements a splice inserts, where that is not known from a literal. */
  protected inserted = new Map<Op, Value>();
  /** What was where an array is put, in memory whose shadow has zeros of the same shapes. */
  protected before = new Map<Op, Value>();
  /** Where copied parts begin, where that is not what the program says: `x.slice(-3)`. */
  protected starts = new Map<Op, Value>();
  /** Branches and loops of the primal, and their copies in the forward sweep. */
  protected copies = new Map<Op, Op>();
  protected regions = new Map<Region, Region>();
  protected saves: Saves;
  protected twins = new Twins('_bar');

  /** The reverse sweep may run again: shadows of the forward sweep must be left as they were found, zero. */
  protected again: boolean;
  protected kind: 'grad' | 'vjp' | 'pair' | 'step';

  constructor(
    protected primal: Func, protected request: Request, protected target: Func,
    protected library: Library, protected simple: Simple, kind: ReverseKind,
  ) {
    this.again = kind === 'vjp' || kind === 'pair';
    this.kind = kind === 'both' ? 'pair' : kind === 'joint' ? 'vjp' : kind;
    this.analysis = new Analysis(primal, request, library);
    this.saves = new Saves(this.analysis, this.copy, this.copies, this.regions, primal.body);
  }

  protected isSimple(v: Value): boolean {
    return this.simple.is(this.primal, v);
  }

  /** Does the forward half of a pair hand out the shadow of its k-th result, because it lives in the forward sweep? */
  protected isCompanionResult(v: Value, k: number): boolean {
    return isMemory(v.type) && this.request.results[k] && !this.simple.isResult(this.primal, k);
  }

  protected forwardRegion(region: Region, b: Builder): void {
    for (const op of region.ops) this.forwardOp(op, b.at(op.span));
  }

  /** Memory whose shadow moves with it. */
  protected accompanied(v: Value): boolean {
    return isMemory(v.type) && this.analysis.shadowed(v) && !this.isSimple(v);
  }

  protected forwardOp(op: Op, b: Builder): void {
    if (op.kind === 'if') return this.forwardBranch(op, b);
    if (op.kind === 'loop') return this.forwardLoop(op, b);
    const rule = ruleOfCallee(op, this.analysis, this.library);
    if (rule && (op.kind === 'extern' || this.library.isSmall(rule.vjp))) return this.forwardRule(op, rule.vjp, b);
    if (op.kind === 'call' && this.analysis.isActiveCall(op)) return this.forwardCall(op, b);
    const grows = (v: Value) => this.analysis.order.resized(v);
    const growingCopy = ((op.kind === 'copy' && op.args.length === 1) || (op.kind === 'clone' && !op.attr.absent && isIndexed(op.result.type) && !holdsMemory(op.result.type))) && this.analysis.shadowed(op.result) && grows(op.result) && grows(op.args[0]);
    const resized = op.kind === 'resize' ? this.analysis.shadowed(op.args[0])
      : this.analysis.aliases.extends(op) ? this.analysis.shadowed(op.args[0]) && !this.keepsLength(op.args[0])
      : ['push', 'pop', 'shift', 'splice'].includes(op.kind) && !isMemory(elementType(op.args[0].type)) && (this.keepsLength(op.args[0]) || this.mayBeEmpty(op));
    if (growingCopy || resized) this.lengths.set(op, new Builder(b.region, op.span).length(this.copy.get(op.args[0])!));
    if (op.kind === 'splice' && this.analysis.shadowed(op.args[0]) && !insertedLiteral(op)) this.inserted.set(op, new Builder(b.region, op.span).length(this.copy.get(op.args[3])!));
    this.noteBefore(op, b);
    const copy = b.op(op.kind, op.args.map((a) => this.copy.get(a)!), op.results.map((r) => r.type), op.attr);
    this.bind(op.results, copy.results);
    if (op.kind === 'copy' && op.args.length > 1 && this.analysis.shadowed(op.result)) this.notePart(op, copy, b);
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
          case 'literal': return shadowOfLiteral(s, op, (part) => this.part(part, s), naming);
          case 'load': return s.load(companion(a)!, this.copy.get(i)!, naming);
          case 'field': return s.field(companion(a)!, op.attr.key!, naming);
          case 'pop': return s.pop(companion(a)!);
          case 'cast': return companion(a) ? s.cast(companion(a)!, type, attr, naming) : zerosLike(s, copy.results[0], naming);
          case 'shift': return s.shift(companion(a)!);
          case 'links': return s.links(companion(a)!);
          case 'view': return s.view(companion(a)!, op.args.slice(1).map((w) => this.copy.get(w)!), attr, naming);
          case 'splice': {
            // Rows take their shadows along; numbers leave the array with a cotangent of zero.
            if (!companion(a)) return zerosLike(s, copy.results[0], naming);
            const removed = this.splice(op, s, holdsMemory(type) ? naming : {});
            return holdsMemory(type) ? removed : zerosLike(s, copy.results[0], naming);
          }
          case 'copy': {
            const source = companion(a);
            // The rows of a shallow copy are shared, and so are the shadows of the rows.
            return source && holdsMemory(type) ? s.slice(source, op.args.slice(1).map((w) => this.copy.get(w)!), type, attr, naming) : zerosLike(s, copy.results[0], naming);
          }
          default: return zerosLike(s, copy.results[0], naming);
        }
      };
      this.companions.set(result, make());
      this.noteLinks(op, s);
      return;
    }
    const target = a && companion(a);
    if (!target) return;
    this.noteLinks(op, s);
    switch (op.kind) {
      // A dictionary's shadow has the same keys.
      case 'store': if (isMemory(v.type) || v.type.kind === 'nd' || a.type.kind === 'dictionary' || this.analysis.aliases.extends(op)) s.store(target, this.copy.get(i)!, this.part(v, s)); break;
      case 'setfield': if (isMemory(i.type) || i.type.kind === 'nd' || this.comesLater(op)) s.setfield(target, op.attr.key!, this.part(i, s)); break;
      case 'fill': if (isMemory(i.type) || i.type.kind === 'nd') s.fill(target, this.part(i, s)); break;
      case 'push': s.push(target, this.part(i, s)); break;
      case 'pop': s.pop(target); break;
      case 'unshift': s.unshift(target, this.part(i, s)); break;
      case 'shift': s.shift(target); break;
      case 'splice': this.splice(op, s); break;
      case 'resize': s.resize(target, this.copy.get(i)!); break;
    }
  }

  /** x[i] = y  →  x_i = x[i]; x[i] = y */
  private noteBefore(op: Op, b: Builder): void {
    const v = op.args[op.args.length - 1];
    if ((op.kind !== 'store' && op.kind !== 'setfield') || v.type.kind !== 'nd' || !this.analysis.shadowed(op.args[0]) || isBuffer(op.args[0])) return;
    const [object, index] = op.args.map((a) => this.copy.get(a)!);
    const here = new Builder(b.region, op.span);
    this.before.set(op, op.kind === 'store' ? here.load(object, index) : here.field(object, op.attr.key!));
  }

  /** May a `pop` or `shift` of an active array find nothing to take away? */
  protected mayBeEmpty(op: Op): boolean {
    return (op.kind === 'pop' || op.kind === 'shift') && this.analysis.shadowed(op.args[0]) && mayBeEmpty(op, this.primal.body, this.analysis.aliases);
  }

  /** What the reverse sweep must know of a copied part: how long it was, and where in the array it began. */
  private notePart(op: Op, copy: Op, b: Builder): void {
    const [, start] = op.args;
    const here = new Builder(b.region, op.span);
    const { order } = this.analysis;
    if (order.resized(op.result)) this.lengths.set(op, here.length(copy.result));
    if (isInteger(start) && isNonNegative(start)) return;
    const from = isInteger(start) ? copy.args[1] : here.prim('trunc', [copy.args[1]]);
    const known = constantOf(start);
    const fromEnd = (inner: Builder) => {
      const length = inner.length(copy.args[0]);
      return inner.prim('max', [known !== undefined ? inner.prim('sub', [length, inner.const(-known)]) : inner.prim('add', [length, from]), inner.const(0)]);
    };
    this.starts.set(op, known !== undefined ? known < 0 ? fromEnd(here) : from : here.if(here.prim('lt', [from, here.const(0)]), [NUMBER], (inner) => [fromEnd(inner)], () => [from]).result);
  }

  /** Puts the shadow into the new order; of numbers, what goes in is zero. */
  private splice(op: Op, s: Builder, naming: Naming = {}): Value {
    const [array, start, count, items] = op.args;
    const shadows = holdsMemory(array.type) ? this.companionOrZero(items, s) : zerosOfItems(s, op, () => zerosLike(s, this.copy.get(items)!));
    return s.splice(this.companions.get(array)!, this.copy.get(start)!, this.copy.get(count)!, shadows, { shadow: true }, naming);
  }

  /**
   * Does the shadow of this growing array keep its final length in the reverse sweep? One that lives in the forward
   * sweep, or is given by the caller, must: the reverse sweep may run again. So must one that is given to a callee
   * that lets the array grow or shrink. Others shrink and grow with the sweep, as the array did.
   */
  protected keepsLength(a: Value): boolean {
    if (!this.analysis.shadowed(a)) return false;
    return !this.isSimple(a) || (this.kind === 'pair' && (a.def instanceof Func || this.primal.body.yields.includes(a))) || this.resizedByCall(a);
  }

  private resizedByCall(a: Value): boolean { return a.type.kind === 'array' && this.analysis.order.resizes(a).some((op) => op.kind === 'call'); }

  private resizes(call: Op, a: Value): boolean { return a.type.kind === 'array' && this.analysis.order.resizes(a).includes(call); }

  /** The length of the array before a push or pop, in the reverse sweep. */
  protected lengthBefore(op: Op): Value {
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

  protected onlyResize(op: Op): boolean {
    const cell = this.analysis.aliases.of(op.args[0]).at('length');
    for (const [write, cells] of this.analysis.aliases.writes) if (write !== op && [...cells].some((c) => c.find() === cell)) return false;
    return true;
  }

  /**
   * Does this give an object a number that it may not have had, as far as its type tells? Its shadow, made like it, has no
   * cotangent for it then, other than that of a literal, which has it from the start.
   *
   *   p.d = x;   →   p.d = x;  p_bar.d = 0;
   */
  private comesLater({ args: [object, value], attr }: Op): boolean {
    if (value.type.kind !== 'number' || fieldType(object.type, attr.key!)?.absent === undefined) return false;
    const { outside, allocations } = this.analysis.aliases.of(object);
    return outside || [...allocations].some((made) => made.kind !== 'literal');
  }

  protected part(part: Value, b: Builder): Value {
    if (isMemory(part.type) || part.type.kind === 'nd') return this.companions.get(part) ?? zerosLike(b, this.copy.get(part)!);
    return part.type.kind === 'number' ? b.const(0) : b.const(undefined);
  }

  protected bind(values: Value[], copies: Value[]): void {
    values.forEach((v, k) => {
      this.copy.set(v, copies[k]);
      Object.assign(copies[k], { name: v.name, variable: v.variable });
    });
  }

  protected bindCompanions(values: Value[], copies: Value[]): void {
    values.forEach((v, k) => {
      Object.assign(copies[k], this.twins.naming(v));
      this.companions.set(v, copies[k]);
    });
  }

  protected companionOrZero(v: Value, b: Builder): Value {
    return this.companions.get(v) ?? zerosLike(b, this.copy.get(v)!);
  }

  protected forwardBranch(op: Op, b: Builder): void {
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

  protected forwardLoop(op: Op, b: Builder): void {
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

  /** Which shadows the two halves of a callee's pair take and give. */
  protected conventions(op: Op): { pair: Pair; inForward: Value[]; inReverse: Value[]; outForward: Value[]; outReverse: Value[] } {
    const request: Request = { ...this.analysis.requestAt(op), unstable: { wrt: op.args.map((a) => this.unstable(op, a)), results: op.results.map((r) => this.unstable(op, r)) } };
    const callee = this.library.outlined(request.id, request.plain);
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
  protected unstable(op: Op, v: Value): boolean {
    if (!isMemory(v.type)) return false;
    if (this.analysis.order.writtenAfter(op, v)) return true;
    return this.reachesExposed(v);
  }

  /** May the caller write what can be reached from a value before our reverse sweep? */
  private reachesExposed(v: Value): boolean { return [...this.analysis.aliases.of(v).reachable()].some((c) => this.exposed.has(c)); }

  /** May parts of what can be reached from a value be exchanged for others after the operation, here or by the caller? */
  protected takenApart(op: Op, v: Value): boolean { return this.analysis.order.reboundAfter(op, v) || (this.kind === 'pair' && this.reachesExposed(v)); }

  /** Does clearing a shadow for the next run, where its object was made, go through all of it? What a literal holds is cleared where it was made. */
  protected clearedAsWhole(op: Op, v: Value): boolean {
    const made = this.companions.get(v)?.def as Op | undefined;
    return made !== undefined && MADE.has(op.kind) && (op.kind === 'clone' || v.type.kind === 'dictionary' || made.kind === 'zeros');
  }

  /**
   * What the reverse sweep does to whole shadows (sums of deep copies, zeros for the next run) goes along the references
   * from object to object as they are here. Where parts are exchanged for others later, the forward sweep notes them.
   *
   *   const c = structuredClone(o); o.p = q;   →   o_links = linksOf(o_bar); c_links = linksOf(c_bar); o_bar.p = q_bar; … addInto(o_links, c_links)
   */
  private noteLinks(op: Op, s: Builder): void {
    const whole = op.kind === 'addinto' || op.kind === 'clear' ? op.args : op.kind === 'clone' ? [...op.args, op.result] : op.results.filter((r) => this.again && this.clearedAsWhole(op, r));
    const isOf = (v: Value) => this.companions.has(v) && partTypes(v.type).some(isMemory) && v.type.kind !== 'links';
    if (whole.every(isOf) && whole.some((v) => op.attr.shared || this.takenApart(op, v))) this.links.set(op, new Map(whole.map((v) => [v, s.links(this.companions.get(v)!, v.name ? { name: `${v.name}_links` } : {})])));
  }

  /** May the user do anything between the two sweeps? */
  private get isUsers(): boolean { return this.kind === 'vjp' && !this.request.unstable; }

  /** Memory that the caller may write between our two sweeps. */
  protected findExposed(): Set<Cell> {
    const { params, body } = this.primal;
    if (this.kind === 'grad' || !this.again) return new Set();
    const { unstable } = this.request;
    const values = [
      ...params.filter((p, i) => (this.isUsers ? !this.copiedAtEntry(p.value) : unstable?.wrt[i])).map((p) => p.value),
      ...body.yields.filter((_, k) => this.isUsers || unstable?.results[k]),
    ];
    return new Set(values.filter((v) => isMemory(v.type)).flatMap((v) => [...this.analysis.aliases.of(v).reachable()]));
  }

  /**
   * An argument that the function hands on to others and does not write itself: one copy at entry serves all of
   * their pullbacks.
   */
  protected copiedAtEntry(param: Value): boolean {
    if (!this.isUsers || !isMemory(param.type)) return false;
    const { aliases } = this.analysis;
    const cells = aliases.cells(param);
    const reaches = (v: Value) => isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => cells.has(c));
    const written = [...aliases.writes.values()].some((set) => [...set].some((c) => cells.has(c.find())));
    const handedOn = allOps(this.primal.body).some((op) => op.kind === 'call' && this.analysis.isActiveCall(op) && op.args.some(reaches));
    return handedOn && !written && !this.primal.body.yields.some(reaches);
  }

  /** Rules that were put in place: their functions, from their values to those of the forward sweep, and to copies of these. */
  protected rules = new Map<Op, { vjp: Func; map: Map<Value, Value>; kept: Map<Value, Value> }>();

  /** The forward sweep of a rule: what it does before its boundary. */
  protected forwardRule(op: Op, vjp: Func, b: Builder): void {
    const map = new Map(op.args.map((a, i) => [vjp.params[i].value, this.copy.get(a)!]));
    const cut = boundaryOf(vjp);
    put(vjp.body.ops.slice(0, cut), map, b, vjp.span.file);
    // What may be written before the pullback runs is kept as it is.
    const needed = new Set([...vjp.body.ops.slice(cut + 1).flatMap((inner) => [...inner.args, ...capturedValues(inner)]), ...vjp.body.yields.slice(1)]);
    const kept = new Map<Value, Value>();
    const isUnstable = (v: Value) => (this.unstable(op, op.args[vjp.params.findIndex((p) => p.value === v)] ?? op.result));
    const aliases = new Aliases(vjp, this.library.summaries);
    for (const [v, copy] of map) if (isMemory(v.type) && needed.has(v) && isUnstable(v) && !holdsShadows(v, aliases)) kept.set(v, b.clone(copy, copy.name ? { name: `${copy.name}_saved` } : {}));
    this.rules.set(op, { vjp, map, kept });
    const { result } = op;
    const y = map.get(vjp.body.yields[0])!;
    if (result.name && !op.args.some((a) => this.copy.get(a) === y)) Object.assign(y, { name: result.name, variable: result.variable });
    this.copy.set(result, y);
    if (this.accompanied(result)) this.companions.set(result, zerosLike(b, y, this.twins.naming(result)));
  }

  protected forwardCall(op: Op, b: Builder): void {
    const { pair, inForward, outForward } = this.conventions(op);
    const args = [...op.args.map((a) => this.copy.get(a)!), ...inForward.map((a) => this.companionOrZero(a, b))];
    const types = [...op.results.map((r) => r.type), ...outForward.map(shadowType), pair.saved];
    const results = b.call(pair.fwd, args, types);
    this.bind(op.results, results);
    this.bindCompanions(outForward, results.slice(op.results.length));
    // The result of a simple kind may be known under several names here: then its shadow is made here and moves with it.
    for (const r of op.results) if (this.accompanied(r) && !this.companions.has(r)) this.companions.set(r, zerosLike(b, this.copy.get(r)!, this.twins.naming(r)));
    // A callee that is given the shadow in its reverse sweep alone leaves it as long as it was.
    for (const a of new Set(op.args)) {
      const shadow = this.companions.get(a);
      if (!shadow || inForward.includes(a) || !this.resizes(op, a)) continue;
      const length = b.length(this.copy.get(a)!);
      growTo(b, shadow, length);
      b.resize(shadow, length);
    }
    const saved = results[results.length - 1];
    saved.name = `${pair.fwd.name.replace(/_fwd$/, '')}_saved`;
    this.savedOf.set(op, saved);
  }
}

/** Is it an array of saves, each element of which is written once? */
export function isBuffer({ def }: Value): boolean { return def instanceof Op && def.attr.saves === true; }

/** while (array.length < length) array.push(0) */
export function growTo(b: Builder, array: Value, length: Value): void {
  b.loop({ test: 'before', form: 'while' }, [], (inner) => inner.prim('lt', [inner.length(array), length]), (inner) => {
    inner.push(array, inner.const(0));
    return [];
  });
}

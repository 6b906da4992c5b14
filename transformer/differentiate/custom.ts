/**
 * Derivatives of functions that were given a rule. The rule is a function of the IR: for reverse mode W, which runs the
 * function and then, behind a boundary, takes a cotangent ȳ to the cotangents of the arguments; for forward mode J, which
 * takes tangents to the tangent of the value. A call of the function is differentiated by putting the rule in its place.
 *
 * Each mode comes from a rule for the other by transposition, for both are linear. The reverse derivative of a tangent
 * ẏ = J ẋ with respect to ẋ is the map ȳ ↦ Jᵀ ȳ; that of a pullback x̄ = Jᵀ ȳ with respect to ȳ is ẋ ↦ J ẋ:
 *
 *     (x, x_dot) => [y, p * x_dot]           →   (x, y_bar) => [y, p * y_bar]
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { nonlinear } from '../analyse/linear.ts';
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, Op, type Param, Value, freshVariable } from '../ir/ir.ts';
import { BOUNDARY, type CustomRules } from '../ir/rules.ts';
import { isDifferentiable, isMemory } from '../ir/types.ts';
import { allOps, capturedValues, cloneFunc, cloneOp, substitute } from '../ir/walk.ts';
import { removeDeadStores } from '../optimise/stores.ts';
import type { ReverseKind, Sweeps } from './reverse.ts';
import { settle } from './split.ts';
import { type Library, type Request, shadowType, zerosLike } from './variant.ts';

/** The reverse derivative of a function, see reverse.ts; `also` are values of it that are wanted of the forward sweep. */
type Reverse = (primal: Func, request: Request, target: Func, kind: ReverseKind, also: readonly Value[]) => Sweeps;

/** A rule in both modes. */
export class CustomDerivative {
  private known: { vjp?: Func; jvp?: Func } = {};
  /** The places of the arguments that have a derivative. */
  private places: number[];
  /** How many arguments there are. */
  private count: number;

  constructor(
    private rules: CustomRules, private library: Library, private prepare: (func: Func) => Func, private reverse: Reverse,
  ) {
    const types = rules.parameters();
    this.count = types.length;
    this.places = types.flatMap((type, i) => (isDifferentiable(type) ? [i] : []));
  }

  /** It was not written by the user. */
  get isOurs(): boolean { return Boolean(this.rules.implicit ?? this.rules.system); }

  /** W: (…x, ȳ) → [y, …x̄] with a boundary; a cotangent that is zero is the constant `undefined`. */
  get vjp(): Func {
    return (this.known.vjp ??= this.rules.vjp ? this.checked(this.rules.vjp()) : this.transposedTangent());
  }

  /** J: (…x, …ẋ of those that have a derivative) → [y, ẏ] */
  get jvp(): Func {
    return (this.known.jvp ??= this.rules.jvp ? this.checked(this.rules.jvp()) : this.transposedPullback());
  }

  /** A rule leaves what it is given alone, and gives a value that is new: callers rely on it. */
  private checked(source: Func): Func {
    this.checkWrites(source);
    const func = this.prepare(source);
    const { name } = this.rules;
    const cells = reaching(new Aliases(func, this.library.summaries));
    const [value, ...derivatives] = func.body.yields;
    const given = new Map(func.params.flatMap((p) => cells(p.value).map((c) => [c, p.value] as const)));
    const shared = cells(value).map((c) => given.get(c)).find(Boolean);
    if (shared) fail('TL1012', value.span, name, `returns what it is given, \`${shared.name}\`, as the value`);
    if (boundaryOf(func) >= 0) return func;
    // The shadow of the value is its own.
    const b = new Builder(func.body, func.span);
    func.body.yields = [value, ...derivatives.map((v) => (cells(v).some((c) => given.has(c)) ? b.clone(v) : v))];
    return func;
  }

  /** As it was written: state that an optimisation makes a value of would be new with each call of the pullback. */
  private checkWrites(func: Func): void {
    const { name } = this.rules;
    const aliases = new Aliases(func, this.library.summaries);
    const cells = reaching(aliases);
    const holds = (list: readonly Cell[], cell: Cell) => list.some((c) => c === cell || c.entries().some(([, part]) => part === cell));
    const cut = boundaryOf(func);
    const pullback = new Set(cut < 0 ? [] : deep(func.body.ops.slice(cut + 1)));
    for (const [op, written] of aliases.writes) {
      for (const cell of [...written].map((c) => c.find())) {
        const param = func.params.find((p) => holds(cells(p.value), cell));
        if (param) fail('TL1012', op.span, name, `changes what it is given, \`${param.value.name}\``);
        const older = deep(func.body.ops.slice(0, Math.max(cut, 0))).find((made) => made.results.some((r) => holds(cells(r), cell)));
        if (pullback.has(op) && older && !cell.outside) fail('TL1012', op.span, name, 'changes, in its pullback, an array or object that was there before');
      }
    }
  }

  /** W of J: its reverse derivative with respect to the tangents, at tangents that are zero. */
  private transposedTangent(): Func {
    const source = this.jvp;
    const isTangent = source.params.map((_, i) => i >= this.count);
    this.checkLinear(source, isTangent, 'reverse');
    const map = cloneFunc(source);
    const [value, tangent] = map.body.yields;
    map.body.yields = [tangent];
    map.result = { kind: 'value', type: tangent.type };
    // What is made of a tangent is called after the argument, or the value.
    this.places.forEach((place, k) => { map.params[this.count + k].value.name = map.params[place].value.name; });
    tangent.name = value.name ?? 'y';
    const func = new Func(`${source.id}:transposed`, source.name, source.span);
    const sweeps = this.reverse(map, { id: source.id, wrt: isTangent, results: [true] }, func, 'vjp', [value]);
    const given = func.params.filter((p) => !sweeps.reverseParams.includes(p.value));
    const b = new Builder(func.body, source.span, false, 0);
    const zeros = new Map(this.places.map((place, k) => [given[this.count + k].value, zerosLike(b, given[place].value)]));
    // The copies that a pullback makes of its results are for those who may write to them.
    const { forward, reverse } = settle(func, sweeps);
    func.body.ops = [...forward, sweeps.boundary, ...reverse];
    sweeps.boundary.attr = { ...sweeps.boundary.attr, text: BOUNDARY };
    const bars = Array.from({ length: this.count }, (_, i) => (this.places.includes(i) ? sweeps.reverseYields[this.places.indexOf(i)] : undefined));
    const end = new Builder(func.body, source.span);
    return this.finished(func, [...given.slice(0, this.count), ...paramsOf(func, sweeps.reverseParams)], [sweeps.also[0], ...bars.map((bar) => bar ?? end.const(undefined))], zeros);
  }

  /** J of W: the reverse derivative of its pullback with respect to ȳ. The sweeps of both follow each other. */
  private transposedPullback(): Func {
    const source = this.vjp;
    const isCotangent = source.params.map((_, i) => i === this.count);
    this.checkLinear(source, isCotangent, 'forward');
    const map = cloneFunc(source);
    const [value, ...bars] = map.body.yields;
    const places = this.places.filter((i) => bars[i].type.kind !== 'opaque');
    map.body.yields = places.map((i) => bars[i]);
    map.result = { kind: 'tuple', parts: map.body.yields.map((v) => ({ kind: 'value', type: v.type })) };
    const func = new Func(`${source.id}:transposed`, source.name, source.span);
    const sweeps = this.reverse(map, { id: source.id, wrt: isCotangent, results: places.map(() => true) }, func, 'both', [value]);

    const given = func.params.filter((p) => !sweeps.reverseParams.includes(p.value));
    const primals = given.slice(0, this.count);
    const dots = new Map(this.places.map((i) => [i, addParam(func, shadowType(primals[i].value), primals[i].value.span, `${primals[i].value.name}_dot`)]));
    // ȳ begins where the value is known, and so does the shadow of ȳ, which becomes the tangent.
    const [y] = sweeps.also;
    const begin = new Builder(func.body, source.span, false, boundaryOf(func));
    const isNumber = map.params[this.count].value.type.kind === 'number';
    const zeros = new Map<Value, Value>();
    for (const { value: v } of given.slice(this.count)) zeros.set(v, isNumber ? begin.const(0) : zerosLike(begin, y));
    const back = new Builder(func.body, source.span, false, func.body.ops.indexOf(sweeps.boundary));
    const shadows = [...sweeps.reverseParams];
    places.forEach((i, k) => {
      const dot = dots.get(i)!;
      const companion = sweeps.companions[k];
      if (companion) back.addinto(companion, dot);
      // The sweep may write to the shadows of what it goes back through.
      else zeros.set(shadows.shift()!, isMemory(dot.type) ? back.clone(dot) : dot);
    });
    for (const shadow of shadows) zeros.set(shadow, zerosLike(back, y));
    const tangent = isNumber ? sweeps.reverseYields[0] : zeros.get(shadows[0] ?? given[this.count + 1].value)!;
    // It is called after the value, where the rule is put in place.
    if (tangent.def instanceof Op) Object.assign(tangent, { name: undefined, variable: undefined });
    func.body.ops = func.body.ops.filter((op) => op !== sweeps.boundary && !isBoundary(op));
    return this.finished(func, [...primals, ...paramsOf(func, [...dots.values()])], [y, tangent], zeros);
  }

  /**
   * J in two parts: what does not depend on the tangents, and the rest. Undefined where the value is only to be had
   * together with its tangent.
   */
  get linear(): { first: Op[]; second: Op[] } | undefined {
    const { jvp } = this;
    const aliases = new Aliases(jvp, this.library.summaries);
    const late = new Set<Value>(jvp.params.slice(this.count).map((p) => p.value));
    const cells = new Set<Cell>([...late].flatMap((v) => (isMemory(v.type) ? [...aliases.of(v).reachable()] : [])));
    const touches = (op: Op) => [...op.args, ...op.results, ...capturedValues(op)].some((v) => late.has(v) || (isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => cells.has(c))));
    for (let size = -1; size !== late.size + cells.size;) {
      size = late.size + cells.size;
      for (const op of jvp.body.ops) {
        if (!touches(op)) continue;
        for (const v of op.results) late.add(v);
        for (const inner of deep([op])) for (const cell of aliases.writes.get(inner) ?? []) cells.add(cell.find());
        for (const v of op.results) if (isMemory(v.type)) for (const cell of aliases.of(v).reachable()) if (op.kind !== 'field' && op.kind !== 'load') cells.add(cell);
      }
    }
    const [value] = jvp.body.yields;
    if (late.has(value) || (isMemory(value.type) && [...aliases.of(value).reachable()].some((c) => cells.has(c)))) return undefined;
    const second = jvp.body.ops.filter(touches);
    return { first: jvp.body.ops.filter((op) => !second.includes(op)), second };
  }

  private finished(func: Func, params: Param[], yields: Value[], map: Map<Value, Value>): Func {
    func.params = params;
    func.body.yields = yields;
    substitute(func.body, map);
    for (const p of func.params) p.value.def = func;
    for (const op of func.body.ops) op.parent = func.body;
    func.result = { kind: 'tuple', parts: func.body.yields.map((v) => ({ kind: 'value', type: v.type })) };
    removeDeadStores(func, this.library);
    this.shareTangents(func);
    substitute(func.body, lengths(func));
    return this.prepare(func);
  }

  /** Copies of tangents that nothing writes to are those tangents. */
  private shareTangents(func: Func): void {
    const aliases = new Aliases(func, this.library.summaries);
    const written = new Set([...aliases.writes.values()].flatMap((cells) => [...cells].map((c) => c.find())));
    const isWritten = (v: Value) => [...aliases.of(v).reachable()].some((c) => c.entries().some(([, part]) => written.has(part)) || written.has(c));
    const shared = func.body.ops.filter((op) => op.kind === 'clone' && func.params.slice(this.count).some((p) => p.value === op.args[0]) && !isWritten(op.result) && !func.body.yields.includes(op.result));
    substitute(func.body, new Map(shared.map((op) => [op.result, op.args[0]])));
  }

  private checkLinear(func: Func, params: boolean[], mode: 'forward' | 'reverse'): void {
    const op = nonlinear(func, params, this.library);
    const what = func.params.flatMap((p, i) => (params[i] ? [p.value.name ?? '…'] : [])).join(', ');
    if (op) fail('TL1011', op.span, this.rules.name, what, mode, mode === 'forward' ? 'customJvp' : 'customVjp');
  }
}

/** Arrays of zeros that stood for tangents and cotangents are there for their lengths alone: new Float64Array(n).length → n */
function lengths(func: Func): Map<Value, Value> {
  const map = new Map<Value, Value>();
  for (const op of allOps(func.body)) {
    const made = op.kind === 'length' ? op.args[0].def : undefined;
    if (made instanceof Op && made.kind === 'new' && made.attr.shadow && op.args[0].type.kind === 'typed') map.set(op.result, made.args[0]);
  }
  return map;
}

export function isBoundary(op: Op): boolean { return op.kind === 'undef' && op.attr.text === BOUNDARY; }

/** Where the reverse sweep of a rule begins; -1 in one for forward mode. */
export function boundaryOf(func: Func): number { return func.body.ops.findIndex(isBoundary); }

/** The classes of memory that can be reached from a value. */
const reaching = (aliases: Aliases) => (v: Value) => (isMemory(v.type) ? [...aliases.of(v).reachable()] : []);

function deep(ops: readonly Op[]): Op[] { return ops.flatMap((op) => [op, ...op.regions.flatMap((r) => allOps(r))]); }

function paramsOf(func: Func, values: readonly Value[]): Param[] { return values.map((v) => func.params.find((p) => p.value === v)!); }

/** Puts operations of a rule where a builder is; `map` takes the rule's values to those there, and is filled in. */
export function put(ops: readonly Op[], map: Map<Value, Value>, b: Builder, file: string): void {
  const fresh = new Map<number, number>();
  for (const op of ops) {
    const copy = cloneOp(op, map, b.region);
    for (const inner of deep([copy])) {
      // Free names are those of the module that gives the rule.
      if (inner.kind === 'free' && inner.attr.name !== 'this' && file !== b.span.file && !inner.attr.module) inner.attr = { ...inner.attr, module: file };
      for (const v of [...inner.results, ...inner.params]) {
        if (v.variable === undefined) continue;
        if (!fresh.has(v.variable)) fresh.set(v.variable, freshVariable());
        v.variable = fresh.get(v.variable);
      }
    }
    b.insert(copy);
  }
}

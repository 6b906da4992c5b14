/**
 * What both modes share: which derivative of which function is asked for, and the analysis of a primal.
 */
import { type Attributes, Func, type FuncRef, Op, type Region, type Value, freshVariable, resultTypes } from '../ir/ir.ts';
import { type Saved, type Type, cotangentType, fieldKeys, fieldType, isDifferentiable, isDynamic, isMemory, partTypes } from '../ir/types.ts';
import type { Builder, Naming } from '../ir/build.ts';
import { Activity } from '../analyse/activity.ts';
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { discreteCells } from '../analyse/discrete.ts';
import type { Functions } from '../analyse/functions.ts';
import { Order } from '../analyse/order.ts';
import type { CustomDerivative } from './custom.ts';

/** A derivative of a function: with respect to which parameters, for which results. */
export interface Request {
  id: string;
  /** By parameter. */
  wrt: boolean[];
  /** By yielded value. */
  results: boolean[];
  /** With respect to one number, whose tangent is 1. */
  unit?: boolean;
  /** By yielded value: memory that the caller writes active numbers into, so that its shadow has to be there from the start. */
  written?: boolean[];
  /** Save all that the reverse sweep needs, whatever marks of loops say. */
  plain?: boolean;
  /** Of a pair: memory, by parameter and by result, that may be written between its two halves. */
  unstable?: { wrt: boolean[]; results: boolean[] };
}

/** A forward sweep and what runs from its saves, as a caller needs them before the functions themselves exist (recursion). */
export interface Pair {
  fwd: { id: string; name: string };
  bwd: { id: string; name: string };
  saved: Saved;
}

/** Both sweeps of a step that a loop or a checkpointed call runs again in the reverse sweep. */
export interface StepRequest extends Request {
  /** By parameter: memory that stays where it is, whose shadow is given and changed. Other cotangents go by value. */
  inPlace: boolean[];
}

export interface StepReverse {
  callee: FuncRef;
  /** Parameters whose shadows follow the arguments, and those whose shadows come last, after the cotangents of the results. */
  companions: number[];
  shadows: number[];
}

/** Other derivatives that a derivative calls. */
export interface Library extends Functions {
  jvp(request: Request): FuncRef;
  pair(request: Request): Pair;
  step(request: StepRequest): StepReverse;
  /** Adds a function that reverse mode has taken out of another one. */
  add(func: Func, of: string): void;
  /** Is it such a function? */
  isStep(id: string): boolean;
  /** The function as reverse mode takes it: steps that will run again are functions of their own, unless all is to be plain. */
  outlined(id: string, plain?: boolean): Func;
  /** Forward sweep and tangent sweep, see linearize.ts. */
  linear(request: Request): Pair;
  /** The rules of a function whose derivative is given. */
  custom(id: string): CustomDerivative | undefined;
  /** Is it small enough to be put where it is called? */
  isSmall(func: Func): boolean;
  /** Is the function a derivative itself? */
  isDerivative(id: string): boolean;
}

export class Analysis {
  readonly aliases: Aliases;
  readonly activity: Activity;
  readonly order: Order;

  constructor(readonly func: Func, private request: Request, library: Library) {
    this.aliases = new Aliases(func, library.summaries);
    const uses = library.world.discrete(func.id);
    const discrete = uses && discreteCells(uses, (k) => this.aliases.of(func.params[k].value));
    this.activity = new Activity(func, this.aliases, library.world, request.wrt, request.results, request.written, 'derivative', discrete);
    this.activity.check();
    this.order = new Order(func, this.aliases);
  }

  active(v: Value): boolean { return this.activity.active(v); }

  /** An active memory value: it has a shadow. */
  shadowed(v: Value): boolean { return isMemory(v.type) && this.activity.active(v); }

  /** Does a call need its derivative, for its results or for what it does to its arguments? */
  isActiveCall(op: Op): boolean {
    return !op.attr.discrete && (this.composes(op) || (op.args.some((a) => this.active(a)) && (op.results.some((r) => this.active(r))
      || op.args.some((a) => this.shadowed(a) && this.aliases.writes.has(op)))));
  }

  /** The request of a callee's derivative at a call. */
  requestAt(op: Op): Request {
    return { id: op.attr.callee!.id, wrt: op.args.map((a) => this.active(a)), results: op.results.map((r) => this.active(r)), written: op.results.map((r) => this.composed(op, r) && this.written(r)), ...(this.request.plain ? { plain: true } : {}) };
  }

  /** May active memory be written here, or by a caller, after it was made? */
  private written(v: Value): boolean {
    const { aliases, func, request } = this;
    const cells = aliases.of(v).reachable();
    const reaches = (c: Cell) => cells.has(c.find());
    return [...cells].some((c) => c.outside) || [...aliases.writes.values()].some((written) => [...written].some(reaches))
      || func.body.yields.some((y, k) => request.written?.[k] && [...aliases.of(y).reachable()].some(reaches));
  }

  /**
   * Does a call put memory together in a way that only the callee knows, rows of rows or one array under two names? The
   * shadows must be put together alike, also where none of the arguments is active.
   *
   *   const rows = grid(n); rows[0][0] = x;   →   const [rows, rows_dot] = grid_jvp(n); rows[0][0] = x; rows_dot[0][0] = x_dot;
   */
  composes(call: Op): boolean {
    return call.results.some((r) => this.composed(call, r));
  }

  private composed(call: Op, result: Value): boolean {
    const { aliases } = this;
    return this.shadowed(result) && (result.type.kind === 'saved' || partTypes(result.type).some(isMemory)
      || call.results.some((r) => r !== result && this.shadowed(r) && aliases.of(r).reachable().has(aliases.of(result))));
  }
}

/** The rule of an operation that stands for a function with a rule. */
export function ruleOfCallee(op: Op, analysis: Analysis, library: Library): CustomDerivative | undefined {
  if (op.kind === 'extern') return op.attr.custom !== undefined && analysis.active(op.result) ? library.custom(op.attr.custom) : undefined;
  return op.kind === 'call' && analysis.isActiveCall(op) ? library.custom(op.attr.callee!.id) : undefined;
}

/** What a function says of its parameters, said of their copies or of their shadows, where both are parameters, too. */
export function jointsOf({ joints }: Func, map: Map<Value, Value>): Func['joints'] {
  return joints.flatMap(([a, b]) => {
    const [x, y] = [map.get(a.param), map.get(b.param)];
    return x?.def instanceof Func && y?.def instanceof Func ? [[{ ...a, param: x }, { ...b, param: y }]] : [];
  });
}

export function differentiableResults(func: Func): boolean[] {
  return resultTypes(func.result).map(isDifferentiable);
}

/** Is it an array of rows? */
export function holdsMemory(type: Type): boolean {
  return type.kind === 'array' && isMemory(type.element);
}

/** The kind of an array's shadow: typed arrays stay what they are. */
export function shadowType(v: Value): Type {
  return cotangentType(v.type);
}

/**
 * Zeros in the structure of a value's cotangent, without reading more of the value than needed: the length of a
 * typed array or of an array of numbers, nothing of a record of numbers.
 */
export function zerosLike(b: Builder, v: Value, naming: Naming = {}): Value {
  const type = cotangentType(v.type);
  if (v.def instanceof Op && v.def.kind === 'undef') return b.undef(type);
  const { shared, absent } = v.def instanceof Op ? v.def.attr : {} as Attributes;
  if (isMemory(v.type) && (shared || absent)) return b.zeros(v, { shadow: true, shared, absent }, naming);
  // Not there: nor is its shadow.
  if (isMemory(v.type) && v.def instanceof Op && v.def.kind === 'const') return b.op('const', [], [type], { value: undefined }, naming).result;
  if (isMemory(v.type) && mayBeUndefined(v)) return b.zeros(v, { shadow: true, absent: true }, naming);
  switch (v.type.kind) {
    case 'number': return b.const(0);
    case 'nd': return mayBeUndefined(v) ? zerosIfThere(b, v) : b.numpy('zerosLike', [v], naming);
    case 'typed': case 'array':
      if (type.kind === 'opaque') return b.const(undefined);
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      // Iterations that did not come to it have saved nothing.
      if (v.type.kind === 'array' && v.type.element.kind !== 'number' && v.def instanceof Op && v.def.attr.saves) return b.zeros(v, { shadow: true, absent: true }, naming);
      if (v.type.kind === 'typed' || v.type.element.kind === 'number') return b.new(type, b.length(v), { shadow: true }, naming);
      return b.zeros(v, { shadow: true }, naming);
    case 'dictionary': case 'union': return b.zeros(v, { shadow: true }, naming);
    case 'tuple':
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      return b.literal(type, v.type.elements.map((_, i) => zerosOfPart(b, v, String(i))), { shadow: true }, naming);
    case 'record':
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      return b.literal(type, v.type.fields.map((f) => zerosOfPart(b, v, f.name)), { shadow: true }, naming);
    // It may hold itself, and values of branches that were not taken.
    case 'saved': return b.zeros(v, { shadow: true, shared: true }, naming);
    default: return b.const(undefined);
  }
}

/** Zeros like an array that may not be there; then nor are they. */
export function zerosIfThere(b: Builder, v: Value): Value {
  return b.extern('zerosLike', [v], v.type, { runtime: true, pure: true, world: 'none', discrete: true })!;
}

/** Is it an array of saves, or of what another sweep has saved? */
export function isSaves({ def }: Value): boolean { return def instanceof Op && (def.attr.saves === true || (def.kind === 'field' && def.args[0].type.kind === 'saved')); }

/** May it be the value of a branch that was not taken? What other sweeps have saved may hold such values, too. */
function mayBeUndefined(v: Value, seen = new Set<Value>()): boolean {
  const op = v.def;
  if (!(op instanceof Op) || seen.has(v)) return false;
  seen.add(v);
  switch (op.kind) {
    case 'undef': return true;
    case 'field': return op.args[0].type.kind === 'saved';
    case 'load': return v.type.kind === 'nd' && (op.attr.origin === 'saved' || isSaves(op.args[0]));
    case 'if': return op.regions.some((r) => mayBeUndefined(r.yields[op.results.indexOf(v)], seen));
    case 'loop': {
      const k = Math.max(op.results.indexOf(v), op.params.indexOf(v));
      return mayBeUndefined(op.args[k], seen) || mayBeUndefined(op.regions[1].yields[k], seen);
    }
    default: return false;
  }
}

/** Zero, in the place of a part of a shadow. */
export function zeroOfPart(b: Builder, shadow: Value, key: string): Value {
  return fieldType(shadow.type, key)!.kind === 'nd' ? b.numpy('zerosLike', [b.field(shadow, key)]) : b.const(0);
}

function zerosOfPart(b: Builder, v: Value, key: string): Value {
  const type = fieldType(v.type, key)!;
  if (type.kind === 'number') return b.const(0);
  if (cotangentType(type).kind === 'opaque') return b.const(undefined);
  return zerosLike(b, b.field(v, key));
}

/**
 * The shadow of a literal in reverse mode. A number that is not there yet may come, so its cotangent is there from
 * the start.
 *
 *   const p: { x?: number } = {};  p.x = a;   →   const p_bar = { x: 0 };  …
 */
export function shadowOfLiteral(b: Builder, literal: Op, part: (v: Value) => Value, naming: Naming): Value {
  const { type } = literal.result;
  const keys = fieldKeys(type);
  const isNumber = (key: string) => fieldType(type, key)!.kind === 'number';
  const parts = literal.args.map((v, k) => (keys[k] !== undefined && isNumber(keys[k]) ? b.const(0) : part(v)));
  const [missing, optional] = [literal.attr.missing, literal.attr.optional].map((of) => of?.filter((key) => !isNumber(key)));
  return b.literal(cotangentType(type), parts, { shadow: true, ...(missing?.length ? { missing } : {}), ...(optional?.length ? { optional } : {}) }, naming);
}

/** The literal of which a splice inserts the elements, if it is there for nothing else. */
export function insertedLiteral(splice: Op): Op | undefined {
  const literal = splice.args[3].def;
  if (!(literal instanceof Op) || literal.kind !== 'literal' || literal.parent !== splice.parent) return undefined;
  const used = (region: Region): boolean => region.yields.includes(literal.result)
    || region.ops.some((op) => (op !== splice && op.args.includes(literal.result)) || op.regions.some(used));
  return used(literal.parent) ? undefined : literal;
}

/** Zeros beside the elements that a splice inserts. */
export function zerosOfItems(b: Builder, splice: Op, zeros: () => Value): Value {
  const literal = insertedLiteral(splice);
  if (!literal || literal.args.some((part) => part.type.kind !== 'number')) return zeros();
  return b.literal(cotangentType(literal.result.type), literal.args.map(() => b.const(0)), { shadow: true });
}

/** Shadows and tangents of the versions of one variable belong to one variable, too. */
export class Twins {
  private ids = new Map<number | Value, number>();
  constructor(private suffix: string) {}

  naming(v: Value): Naming {
    if (!v.name) return {};
    const naming: Naming = { name: `${v.name}${this.suffix}` };
    const key = v.variable ?? v;
    let id = this.ids.get(key);
    if (id === undefined) this.ids.set(key, (id = freshVariable()));
    naming.variable = id;
    return naming;
  }
}

/**
 * What both modes share: which derivative of which function is asked for, and the analysis of a primal.
 */
import { type Func, type FuncRef, Op, type Region, type Value, freshVariable, resultTypes } from '../ir/ir.ts';
import { type Type, cotangentType, isDifferentiable, isDynamic, isMemory } from '../ir/types.ts';
import type { Builder, Naming } from '../ir/build.ts';
import { Activity } from '../analyse/activity.ts';
import { Aliases } from '../analyse/alias.ts';
import type { Functions } from '../analyse/functions.ts';
import { Order } from '../analyse/order.ts';

/** A derivative of a function: with respect to which parameters, for which results. */
export interface Request {
  id: string;
  /** By parameter. */
  wrt: boolean[];
  /** By yielded value. */
  results: boolean[];
  /** Of a pair: memory, by parameter and by result, that may be written between its two halves. */
  unstable?: { wrt: boolean[]; results: boolean[] };
}

/** A backward sweep's pair, as a caller needs it before the functions themselves exist (recursion). */
export interface Pair {
  fwd: { id: string; name: string };
  bwd: { id: string; name: string };
  saved: Type & { kind: 'saved' };
}

/** Other derivatives that a derivative calls. */
export interface Library extends Functions {
  jvp(request: Request): FuncRef;
  pair(request: Request): Pair;
}

export class Analysis {
  readonly aliases: Aliases;
  readonly activity: Activity;
  readonly order: Order;

  constructor(readonly func: Func, request: Request, library: Library) {
    this.aliases = new Aliases(func, library.summaries);
    this.activity = new Activity(func, this.aliases, library.world, request.wrt, request.results);
    this.order = new Order(func, this.aliases);
  }

  active(v: Value): boolean { return this.activity.active(v); }

  /** An active memory value: it has a shadow. */
  shadowed(v: Value): boolean { return isMemory(v.type) && this.activity.active(v); }

  /** The request of a callee's derivative at a call. */
  requestAt(op: Op): Request {
    return { id: op.attr.callee!.id, wrt: op.args.map((a) => this.active(a)), results: op.results.map((r) => this.active(r)) };
  }
}

export function differentiableResults(func: Func): boolean[] {
  return resultTypes(func.result).map(isDifferentiable);
}

/** The kind of an array's shadow: typed arrays stay what they are. */
export function shadowType(v: Value): Type {
  return v.type.kind === 'saved' ? v.type : cotangentType(v.type);
}

/**
 * Zeros in the structure of a value's cotangent, without reading more of the value than needed: the length of a
 * typed array or of an array of numbers, nothing of a record of numbers.
 */
export function zerosLike(b: Builder, v: Value, naming: Naming = {}): Value {
  const type = cotangentType(v.type);
  if (v.def instanceof Op && v.def.kind === 'undef') return b.undef(type);
  // Not there: nor is its shadow.
  if (isMemory(v.type) && v.def instanceof Op && v.def.kind === 'const') return b.op('const', [], [type], { value: undefined }, naming).result;
  switch (v.type.kind) {
    case 'number': return b.const(0);
    case 'typed': case 'array':
      if (type.kind === 'opaque') return b.const(undefined);
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      if (v.type.kind === 'typed' || v.type.element.kind === 'number') return b.new(type, b.length(v), { shadow: true }, naming);
      return b.zeros(v, { shadow: true }, naming);
    case 'dictionary': return b.zeros(v, { shadow: true }, naming);
    case 'tuple':
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      return b.literal(type, v.type.elements.map((_, i) => zerosOfPart(b, v, String(i))), { shadow: true }, naming);
    case 'record':
      if (isDynamic(v.type)) return b.zeros(v, { shadow: true }, naming);
      return b.literal(type, v.type.fields.map((f) => zerosOfPart(b, v, f.name)), { shadow: true }, naming);
    default: return b.const(undefined);
  }
}

function zerosOfPart(b: Builder, v: Value, key: string): Value {
  const type = v.type.kind === 'tuple' ? v.type.elements[Number(key)] : v.type.kind === 'record' ? v.type.fields.find((f) => f.name === key)!.type : v.type;
  if (type.kind === 'number') return b.const(0);
  if (cotangentType(type).kind === 'opaque') return b.const(undefined);
  return zerosLike(b, b.field(v, key));
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
export function zerosOfItems(b: Builder, splice: Op, items: Value): Value {
  const literal = insertedLiteral(splice);
  if (!literal || literal.args.some((part) => part.type.kind !== 'number')) return zerosLike(b, items);
  return b.literal(cotangentType(items.type), literal.args.map(() => b.const(0)), { shadow: true });
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

/**
 * Records and tuples that do not escape become plain values, one a field. An object escapes if it is used for
 * anything but reading and writing fields known at compile time: passed to a function, stored, chosen by a branch.
 * Branches and loops that write a field yield or carry its value, which is what makes SSA of it.
 *
 *   p = { x: a, y: b }; p.x = p.x + 1; return p.x  →  x = a; x_2 = x + 1; return x_2
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, Value } from '../ir/ir.ts';
import { type Type, fieldKeys, fieldType, isMemory, isValueType } from '../ir/types.ts';
import { allOps, allRegions, substitute } from '../ir/walk.ts';

interface Slot {
  object: Value;
  key: string;
  type: Type;
  name?: string;
}

export function promoteRecords(func: Func): boolean {
  const objects = promotable(func);
  if (objects.size === 0) return false;
  new Promotion(objects).region(func.body, new Map());
  return true;
}

function promotable(func: Func): Map<Value, Slot[]> {
  const objects = new Map<Value, Slot[]>();
  for (const op of allOps(func.body)) {
    const type = op.kind === 'literal' ? op.result.type : undefined;
    if (type?.kind !== 'record' && type?.kind !== 'tuple' && type?.kind !== 'saved') continue;
    objects.set(op.result, fieldKeys(type).map((key) => ({
      object: op.result, key, type: fieldType(type, key)!, name: slotName(op.result.name, key, type),
    })));
  }
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) {
      op.args.forEach((a, k) => {
        const access = k === 0 && (op.kind === 'field' || op.kind === 'setfield' || op.kind === 'accumfield' || (op.kind === 'clear' && a.type.kind === 'saved'));
        if (!access) objects.delete(a);
      });
    }
    region.yields.forEach((v) => objects.delete(v));
  }
  return objects;
}

/** The variable for field x of p is called p_x, of an unnamed object x. */
export function slotName(object: string | undefined, key: string, { kind }: Type): string | undefined {
  if (kind === 'saved') return undefined;
  if (kind === 'record') return object ? `${object}_${key}` : key;
  return object ? `${object}_${key}` : undefined;
}

/** The shadow of the part `ends` of `spring_bar`, which has no name while the object holds it, is `ends_bar`. */
function nameShadow({ attr, result }: Op, key: string, part: Value): void {
  const suffix = attr.shadow && result.type.kind === 'record' && /_(bar|dot)$/.exec(result.name ?? '')?.[0];
  if (suffix && !part.name && isMemory(part.type) && part.def instanceof Op && part.def.attr.shadow) part.name = `${key}${suffix}`;
}

type Environment = Map<Slot, Value>;

class Promotion {
  private slots = new Map<Value, Map<string, Slot>>();
  private map = new Map<Value, Value>();

  constructor(private objects: Map<Value, Slot[]>) {
    for (const [object, slots] of objects) this.slots.set(object, new Map(slots.map((s) => [s.key, s])));
  }

  region(body: Region, environment: Environment): void {
    this.visit(body, environment);
    substitute(body, this.map);
  }

  private visit(region: Region, env: Environment): void {
    const before = region.ops;
    region.ops = [];
    for (const op of before) {
      const [object] = op.args;
      const slot = object && op.attr.key !== undefined ? this.slots.get(object)?.get(op.attr.key) : undefined;
      if (op.kind === 'literal' && this.objects.has(op.result)) {
        this.objects.get(op.result)!.forEach((s, k) => {
          env.set(s, op.args[k]);
          nameShadow(op, s.key, op.args[k]);
        });
      } else if (slot && op.kind === 'field') this.map.set(op.result, env.get(slot)!);
      else if (slot && op.kind === 'setfield') env.set(slot, op.args[1]);
      else if (slot && op.kind === 'accumfield') {
        const b = new Builder(region, op.span, op.attr.loose);
        env.set(slot, b.prim('add', [env.get(slot)!, op.args[1]]));
      } else if (op.kind === 'clear' && this.objects.has(object)) this.clear(region, op, env);
      else {
        if (op.kind === 'if') this.branch(op, env);
        if (op.kind === 'loop') this.loop(op, env);
        region.ops.push(op);
      }
    }
  }

  /** Numbers become 0, memory is cleared. */
  private clear(region: Region, op: Op, env: Environment): void {
    const b = new Builder(region, op.span, op.attr.loose);
    for (const slot of this.objects.get(op.args[0])!) {
      if (slot.type.kind === 'number') env.set(slot, b.const(0));
      else if (slot.type.kind === 'nd') env.set(slot, b.numpy('zerosLike', [env.get(slot)!]));
      else if (isMemory(slot.type)) b.op('clear', [env.get(slot)!], [], op.attr);
    }
  }

  /** Slots that exist before the operation and that it writes. */
  private written(op: Op, env: Environment): Slot[] {
    const found = new Set<Slot>();
    for (const region of op.regions) {
      for (const inner of allOps(region)) {
        const slots = this.slots.get(inner.args[0]);
        const changed = inner.kind === 'clear' ? this.objects.get(inner.args[0])?.filter((s) => isValueType(s.type)) ?? []
          : inner.kind === 'setfield' || inner.kind === 'accumfield' ? [slots?.get(inner.attr.key!)] : [];
        for (const slot of changed) if (slot && env.has(slot)) found.add(slot);
      }
    }
    return [...found];
  }

  private value(slot: Slot, op: Op): Value {
    const value = new Value(slot.type, op.span, slot.name);
    value.def = op;
    return value;
  }

  private branch(op: Op, env: Environment): void {
    const slots = this.written(op, env);
    for (const region of op.regions) {
      const inner = new Map(env);
      this.visit(region, inner);
      region.yields.push(...slots.map((s) => inner.get(s)!));
    }
    for (const s of slots) {
      const result = this.value(s, op);
      op.results.push(result);
      env.set(s, result);
    }
  }

  private loop(op: Op, env: Environment): void {
    const slots = this.written(op, env);
    const params = slots.map((s) => this.value(s, op));
    op.args.push(...slots.map((s) => env.get(s)!));
    op.params.push(...params);
    const inner = new Map(env);
    slots.forEach((s, k) => inner.set(s, params[k]));
    this.visit(op.regions[0], new Map(inner));
    this.visit(op.regions[1], inner);
    op.regions[1].yields.push(...slots.map((s) => inner.get(s)!));
    for (const s of slots) {
      const result = this.value(s, op);
      op.results.push(result);
      env.set(s, result);
    }
  }
}

/**
 * Shadows that only leave the function when it returns are plain values, too, put together at the end.
 *
 *   p_bar = { x: 0 }; p_bar.x += a; return p_bar  →  p_x_bar = a; return { x: p_x_bar }
 */
export function promoteReturned(func: Func): void {
  // What the forward sweep of a pair returns is put together before the reverse sweep, where nothing may be added.
  const boundary = func.body.ops.find((op) => op.kind === 'undef' && op.attr.text === 'boundary');
  for (const [k, v] of func.body.yields.entries()) {
    if (boundary && k < (boundary.attr.value as number)) continue;
    const op = v.def;
    if (!(op instanceof Op) || op.kind !== 'literal' || op.parent !== func.body || func.body.yields.filter((y) => y === v).length > 1) continue;
    if (v.type.kind !== 'record' && v.type.kind !== 'tuple') continue;
    // A property that comes later is there from then on.
    const later = [...op.attr.missing ?? [], ...op.attr.optional ?? []];
    if (later.length > 0 && allOps(func.body).some((o) => o.kind === 'setfield' && o.args[0] === v && later.includes(o.attr.key!))) continue;
    const onlyFields = allRegions(func.body).every((r) => (r === func.body || !r.yields.includes(v))
      && r.ops.every((o) => o.args.every((a, i) => a !== v || (i === 0 && (o.kind === 'field' || o.kind === 'setfield' || o.kind === 'accumfield')))));
    if (!onlyFields) continue;
    const b = new Builder(func.body, op.span);
    const parts = fieldKeys(v.type).map((key) => b.field(v, key));
    func.body.yields[k] = b.literal(v.type, parts, op.attr);
  }
}


/**
 * Vector mode: several tangents, or cotangents, in one sweep. What does not depend on them, all of the primal, is
 * computed once; what does, once for each lane. This rewrites a derivative that is there already, whatever its mode.
 *
 * Numbers become as many numbers as there are lanes. Memory keeps its structure: an array holds the lanes of an element
 * next to each other, where one line of the processor's cache has them all, and a record has a field for each lane.
 *
 *   y_dot += c * x_dot[i]   →   y_dot_0 += c * x_dot[4 * i]; y_dot_1 += c * x_dot[4 * i + 1]; …
 */
import { Aliases } from '../analyse/alias.ts';
import { Laned, type LanesRequest, type LinearFrom, Unlanable } from '../analyse/lanes.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Func, type FuncRef, Op, type Region, type Result, type Value, freshVariable } from '../ir/ir.ts';
import { NUMBER, type Type, elementType, fieldKeys, fieldType, holdsRecursion, isMemory } from '../ir/types.ts';
import { cloneOp } from '../ir/walk.ts';
import { add, mul } from '../rules/arithmetic.ts';
import type { Functions } from '../analyse/functions.ts';

export interface LanesLibrary extends Functions {
  lanes(request: LanesRequest): FuncRef;
  tangentsFrom(id: string): LinearFrom;
}

export function widen(func: Func, request: LanesRequest, target: Func, library: LanesLibrary): void {
  new Widening(func, request, target, library).run();
}

class Widening {
  private laned: Laned;
  /** Values without lanes, and memory. */
  private single = new Map<Value, Value>();
  private several = new Map<Value, Value[]>();
  private variables = new Map<string, number>();
  private count: number;

  constructor(private func: Func, private request: LanesRequest, private target: Func, private library: LanesLibrary) {
    this.count = request.lanes;
    this.laned = new Laned(func, new Aliases(func, library.summaries), request, (id) => library.tangentsFrom(id));
  }

  run(): void {
    const { func, target, request } = this;
    for (const { value, zeroOf, ...rest } of func.params) {
      const name = value.name ?? 'x';
      if (this.laned.has(value)) this.several.set(value, this.lanes().map((k) => addParam(target, NUMBER, value.span, `${name}_${k}`, rest)));
      else this.single.set(value, addParam(target, this.type(value), value.span, name, rest));
    }
    target.joints = func.joints.map(([p, q]) => [{ ...p, param: this.get(p.param) }, { ...q, param: this.get(q.param) }]);
    const b = new Builder(target.body, func.span);
    this.region(func.body, b);
    target.body.yields = func.body.yields.flatMap((v, i) => (request.results[i] && v.type.kind === 'number' ? this.lanes().map((k) => this.lane(v, k)) : [this.get(v)]));
    let next = 0;
    const widened = (result: Result): Result => {
      switch (result.kind) {
        case 'void': return result;
        case 'value': {
          const v = func.body.yields[next];
          const wide = request.results[next++];
          if (!wide || v.type.kind !== 'number') return { kind: 'value', type: this.type(v) };
          return { kind: 'tuple', parts: this.lanes().map((): Result => ({ kind: 'value', type: NUMBER })) };
        }
        case 'tuple': return { kind: 'tuple', parts: result.parts.map(widened) };
        case 'record': return { kind: 'record', names: result.names, parts: result.parts.map(widened) };
      }
    };
    target.result = widened(func.result);
  }

  private lanes(): number[] { return Array.from({ length: this.count }, (_, k) => k); }
  private type(v: Value): Type { return isMemory(v.type) && this.laned.isWide(v) ? widenType(v.type, this.count) : v.type; }

  private get(v: Value): Value {
    const w = this.single.get(v);
    if (!w) throw new Error('a number with lanes is used as one number');
    return w;
  }

  private lane(v: Value, k: number): Value { return this.several.get(v)?.[k] ?? this.get(v); }

  private key(object: Value, key: string, k = 0): string { return laneKey(object.type, key, this.count, k); }

  /** Variables of lanes have names of their own. */
  private name(of: Value, lane: Value, k: number): Value {
    if (of.name && !lane.name && !(lane.def instanceof Op && lane.def.kind === 'const')) {
      lane.name = `${of.name}_${k}`;
      if (of.variable !== undefined) {
        const key = `${of.variable} ${k}`;
        if (!this.variables.has(key)) this.variables.set(key, freshVariable());
        lane.variable = this.variables.get(key);
      }
    }
    return lane;
  }

  private setLanes(v: Value, make: (k: number) => Value): void {
    this.several.set(v, this.lanes().map((k) => this.name(v, make(k), k)));
  }

  private setSingle(v: Value, made: Value): void {
    made.name ??= v.name;
    made.variable ??= v.variable;
    this.single.set(v, made);
  }

  private region(region: Region, b: Builder): void {
    for (const op of region.ops) this.op(op, b.at(op.span));
  }

  private op(op: Op, b: Builder): void {
    const { laned } = this;
    if (op.kind === 'if') return laned.has(op.args[0]) ? this.branches(op, b) : this.branch(op, b);
    if (op.kind === 'loop') return this.loop(op, b);
    const wide = (v: Value) => laned.has(v) || (isMemory(v.type) && laned.isWide(v));
    if (!op.args.some(wide) && !op.results.some(wide)) {
      const copy = b.op(op.kind, op.args.map((a) => this.get(a)), op.results.map((r) => r.type), op.attr);
      op.results.forEach((r, i) => this.setSingle(r, copy.results[i]));
      return;
    }
    if (op.kind === 'call') return this.call(op, b);
    this.wide(op, new Builder(b.region, op.span, true));
  }

  /** An operation on numbers with lanes, or on memory that holds them. */
  private wide(op: Op, b: Builder): void {
    const { laned, count } = this;
    const [a, i, v] = op.args;
    const [result] = op.results;
    const isNumber = result?.type.kind === 'number';
    const scaled = (x: Value) => laneAt(b, this.get(x), count);
    const place = (k: number) => laneAt(b, this.get(i), count, k);
    const part = (v: Value, k: number) => (a.name ? hinted(v, `${a.name}_${k}`) : v);
    const same = (args: Value[]) => b.op(op.kind, args, op.results.map((r) => this.type(r)), strip(op));
    switch (op.kind) {
      case 'prim': {
        const inner = new Builder(b.region, op.span, op.attr.loose);
        if (isNumber || result.type.kind === 'boolean') return this.setLanes(result, (k) => inner.op('prim', op.args.map((x) => this.lane(x, k)), [result.type], op.attr).result);
        break;
      }
      case 'undef': return isNumber ? this.setLanes(result, () => b.undef(NUMBER)) : this.setSingle(result, b.undef(this.type(result)));
      case 'load':
        if (isNumber) return this.setLanes(result, (k) => part(b.load(this.get(a), place(k)), k));
        return this.setSingle(result, same([this.get(a), this.get(i)]).result);
      case 'field':
        if (isNumber) return this.setLanes(result, (k) => b.field(this.get(a), this.key(a, op.attr.key!, k)));
        return this.setSingle(result, b.field(this.get(a), this.key(a, op.attr.key!)));
      case 'store': case 'accum':
        if (v.type.kind !== 'number') return void same([this.get(a), this.get(i), this.get(v)]);
        for (const k of this.lanes()) b.op(op.kind, [this.get(a), place(k), this.lane(v, k)], [], op.attr);
        return;
      case 'setfield': case 'accumfield':
        if (i.type.kind !== 'number') return void b.op(op.kind, [this.get(a), this.get(i)], [], { ...op.attr, key: this.key(a, op.attr.key!) });
        for (const k of this.lanes()) b.op(op.kind, [this.get(a), this.lane(i, k)], [], { ...op.attr, key: this.key(a, op.attr.key!, k) });
        return;
      case 'length': return this.setSingle(result, holdsNumbers(a.type) ? b.quotient(b.length(this.get(a)), count) : b.length(this.get(a)));
      case 'new': return this.setSingle(result, same([holdsNumbers(result.type) ? scaled(a) : this.get(a)]).result);
      case 'literal': {
        const parts = op.args.flatMap((part) => (part.type.kind === 'number' ? this.lanes().map((k) => this.lane(part, k)) : [this.get(part)]));
        return this.setSingle(result, same(parts).result);
      }
      case 'copy': case 'view': {
        const range = op.args.slice(1).map((x) => (holdsNumbers(a.type) ? scaled(x) : this.get(x)));
        return this.setSingle(result, same([this.get(a), ...range]).result);
      }
      case 'cast': case 'clone': return this.setSingle(result, same([this.get(a)]).result);
      case 'zeros': return this.setSingle(result, laned.isWide(a) ? same([this.get(a)]).result : this.zeros(b, this.get(a), result.type));
      case 'addinto': return void same([this.get(a), this.get(i)]);
      case 'clear': case 'detach': return void same([this.get(a)]);
      case 'fill':
        if (laned.has(i)) return this.fill(this.get(a), i, b);
        return void same([this.get(a), this.get(i)]);
      case 'push':
        if (!holdsNumbers(a.type)) return void same([this.get(a), this.get(i)]);
        return this.lanes().forEach((k) => b.push(this.get(a), this.lane(i, k)));
      case 'unshift':
        if (!holdsNumbers(a.type)) return void same([this.get(a), this.get(i)]);
        return this.lanes().reverse().forEach((k) => b.unshift(this.get(a), this.lane(i, k)));
      case 'pop': case 'shift': {
        if (!isNumber) return this.setSingle(result, same([this.get(a)]).result);
        const take = op.kind === 'shift' ? this.lanes() : this.lanes().reverse();
        const values = new Map(take.map((k) => [k, op.kind === 'shift' ? b.shift(this.get(a)) : b.pop(this.get(a))]));
        return this.setLanes(result, (k) => values.get(k)!);
      }
      case 'splice': {
        const [, start, size, items] = op.args;
        const flat = holdsNumbers(a.type);
        return this.setSingle(result, same([this.get(a), flat ? scaled(start) : this.get(start), flat ? scaled(size) : this.get(size), this.get(items)]).result);
      }
      case 'resize': return void same([this.get(a), holdsNumbers(a.type) ? scaled(i) : this.get(i)]);
    }
    throw new Unlanable(op.kind);
  }

  /** Zeros with lanes in the structure of a value without. */
  private zeros(b: Builder, of: Value, type: Type): Value {
    const attr = { shadow: true };
    if (!isMemory(type)) return b.const(undefined);
    if (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number')) return b.new(type, mul(b, b.const(this.count), b.length(of)), attr);
    if (type.kind === 'array') {
      const rows = b.literal({ kind: 'array', element: widenType(type.element, this.count) }, [], attr);
      b.each(of, (inner, j) => inner.push(rows, this.zeros(inner, inner.load(of, j), elementType(type))), 'j');
      return rows;
    }
    const parts = fieldKeys(type).flatMap((key) => {
      const part = fieldType(type, key)!;
      if (part.kind === 'number') return this.lanes().map(() => b.const(0));
      return [this.zeros(b, isMemory(part) ? b.field(of, key) : of, part)];
    });
    return b.literal(widenType(type, this.count), parts, attr);
  }

  /** for (let j = 0; j < a.length; j += 2) { a[j] = v_0; a[j + 1] = v_1; } */
  private fill(array: Value, v: Value, b: Builder): void {
    b.each(array, (inner, j) => {
      for (const k of this.lanes()) inner.store(array, add(inner, j, inner.const(k)), this.lane(v, k), { inside: true });
    }, 'j', this.count);
  }

  private call(op: Op, b: Builder): void {
    const { id } = op.attr.callee!;
    const has = (v: Value) => (isMemory(v.type) ? this.laned.isWide(v) : this.laned.has(v));
    const request: LanesRequest = { id, lanes: this.count, params: op.args.map(has), results: op.results.map(has) };
    const args = op.args.flatMap((a) => (this.laned.has(a) ? this.lanes().map((k) => this.lane(a, k)) : [this.get(a)]));
    const types = op.results.flatMap((r) => (this.laned.has(r) ? this.lanes().map(() => NUMBER) : [this.type(r)]));
    const results = b.call(this.library.lanes(request), args, types);
    let next = 0;
    for (const r of op.results) {
      if (this.laned.has(r)) this.setLanes(r, () => results[next++]);
      else this.setSingle(r, results[next++]);
    }
  }

  /** Values that branches yield or loops carry: numbers with lanes are several. */
  private spread(values: Value[], like: Value[], b: Builder): Value[] {
    return values.flatMap((v, i) => (this.laned.has(like[i]) ? this.lanes().map((k) => this.lane(v, k)) : [this.memoryLike(v, like[i], b)]));
  }

  /** Memory that is not there has the type of what it might be. */
  private memoryLike(v: Value, like: Value, b: Builder): Value {
    if (!isMemory(like.type) || !this.laned.isWide(like) || this.laned.isWide(v)) return this.get(v);
    if (!(v.def instanceof Op) || (v.def.kind !== 'const' && v.def.kind !== 'undef')) throw new Unlanable('memory with lanes and without');
    return b.op(v.def.kind, [], [this.type(like)], v.def.attr).result;
  }

  private typesOf(values: Value[]): Type[] {
    return values.flatMap((v) => (this.laned.has(v) ? this.lanes().map(() => v.type) : [this.type(v)]));
  }

  private bind(values: Value[], made: Value[]): void {
    let next = 0;
    for (const v of values) {
      if (this.laned.has(v)) this.setLanes(v, () => made[next++]);
      else this.setSingle(v, made[next++]);
    }
  }

  private branch(op: Op, b: Builder): void {
    const inside = (region: Region) => (inner: Builder) => {
      this.region(region, inner);
      return this.spread(region.yields, op.results, inner);
    };
    const copy = b.if(this.get(op.args[0]), this.typesOf(op.results), inside(op.regions[0]), inside(op.regions[1]));
    this.bind(op.results, copy.results);
  }

  /** A branch that the lanes may take differently: `x_dot === 0 ? 0 : …`. */
  private branches(op: Op, b: Builder): void {
    const each = this.lanes().map((k) => this.branchOf(op, k, b, new Map()));
    op.results.forEach((r, i) => this.setLanes(r, (k) => each[k][i]));
  }

  /** The branch of one lane. `map` has the values that are defined inside of such branches. */
  private branchOf(op: Op, k: number, b: Builder, map: Map<Value, Value>): Value[] {
    const get = (v: Value) => map.get(v) ?? this.lane(v, k);
    const inside = (region: Region) => (inner: Builder) => {
      for (const o of region.ops) {
        if (o.kind === 'if') this.branchOf(o, k, inner, map).forEach((v, i) => map.set(o.results[i], v));
        else if (o.kind === 'load' && this.laned.has(o.result)) map.set(o.result, inner.load(get(o.args[0]), laneAt(inner, get(o.args[1]), this.count, k)));
        else if (o.kind === 'prim' || o.kind === 'const' || o.kind === 'load') {
          for (const v of o.args) map.set(v, get(v));
          inner.insert(cloneOp(o, map, inner.region));
          for (const r of o.results) Object.assign(map.get(r)!, { variable: undefined, ...(r.name ? { name: `${r.name}_${k}` } : {}) });
        } else throw new Unlanable(o.kind);
      }
      return region.yields.map(get);
    };
    return b.if(get(op.args[0]), op.results.map((r) => r.type), inside(op.regions[0]), inside(op.regions[1])).results;
  }

  private loop(op: Op, b: Builder): void {
    const position = op.params.map((_, j) => this.typesOf(op.params.slice(0, j)).length);
    const head = op.attr.loop!.head?.map((j) => position[j]);
    const info = { ...op.attr.loop!, ...(head ? { head } : {}) };
    const copy = b.loop(info, this.spread(op.args, op.params, b), (inner, params) => {
      this.bind(op.params, params);
      this.region(op.regions[0], inner);
      return this.get(op.regions[0].yields[0]);
    }, (inner) => {
      this.region(op.regions[1], inner);
      return this.spread(op.regions[1].yields, op.params, inner);
    });
    this.bind(op.results, copy.results);
  }
}

/** Where a lane of an element is. This is exact, and stays as it is: `4 * i + 1`. */
export function laneAt(b: Builder, index: Value, count: number, k = 0): Value {
  const exact = new Builder(b.region, b.span, false, b.index);
  const at = hinted(mul(exact, exact.const(count), index), 'at');
  const place = k === 0 ? at : hinted(add(exact, at, exact.const(k)), 'at');
  b.index = exact.index;
  return place;
}

/** What to call the value if it needs a name. */
function hinted(v: Value, hint: string): Value {
  if (v.def instanceof Op && v.def.kind !== 'const' && !v.name) v.def.attr = { ...v.def.attr, hint };
  return v;
}

/** Attributes that name operations of the function that was there before. */
function strip(op: Op): Op['attr'] {
  const { reverses, index, ...rest } = op.attr;
  return rest;
}

/** Does the memory hold nothing but numbers in a row? */
function holdsNumbers(type: Type): boolean { return type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number'); }

/** The type of memory all of whose numbers have lanes. */
export function widenType(type: Type, count: number): Type {
  if (holdsRecursion(type)) throw new Unlanable('a type that contains itself');
  switch (type.kind) {
    case 'array': return type.element.kind === 'number' ? type : { ...type, element: widenType(type.element, count) };
    case 'tuple': return { kind: 'tuple', elements: type.elements.flatMap((t) => (t.kind === 'number' ? Array.from({ length: count }, () => NUMBER) : [widenType(t, count)])) };
    case 'record': return {
      kind: 'record',
      fields: type.fields.flatMap((f) => (f.type.kind === 'number' ? Array.from({ length: count }, (_, k) => ({ ...f, name: `${f.name}_${k}` })) : [{ ...f, type: widenType(f.type, count) }])),
    };
    default: return type;
  }
}

/** Which field of an object with lanes a field has become. */
export function laneKey(type: Type, key: string, count: number, k = 0): string {
  const isNumber = (part: string) => fieldType(type, part)!.kind === 'number';
  if (type.kind === 'record') return isNumber(key) ? `${key}_${k}` : key;
  const before = fieldKeys(type).slice(0, Number(key)).map((part) => (isNumber(part) ? count : 1));
  return String(before.reduce((sum, n) => sum + n, 0) + k);
}

/** Builds IR: a cursor in a region, and one method an operation. */
import { type ChainTerm, type FuncRef, Func, type Literal, type LoopInfo, Op, type Param, OPERATORS, Region, type Span, Value, type Attributes, type OpKind, constantOf } from './ir.ts';
import { METHODS, numpyOfScalar, numpyResult } from './numpy.ts';
import { BOOLEAN, NUMBER, STRING, VOID, type Type, elementType, fieldType, cotangentType } from './types.ts';

export interface Naming {
  name?: string;
  variable?: number;
}

export class Builder {
  constructor(
    public region: Region,
    public span: Span,
    /** Mark arithmetic as the derivative's own, see `Attributes.loose`. */
    public loose = false,
    /** Where the next operation goes; the end of the region unless set. */
    public index?: number,
    /** What the next operations are part of. */
    public terms?: readonly ChainTerm[],
  ) {}

  op(kind: OpKind, args: Value[], types: Type[], attr: Attributes = {}, naming: Naming = {}): Op {
    const op = new Op(kind, args, this.span, this.terms && kind !== 'const' ? { ...attr, terms: this.terms } : attr);
    op.results = types.map((type) => this.define(new Value(type, this.span, naming.name, naming.variable), op));
    this.insert(op);
    return op;
  }

  insert(op: Op): void {
    op.parent = this.region;
    if (this.index === undefined) this.region.ops.push(op);
    else this.region.ops.splice(this.index++, 0, op);
  }

  private define(value: Value, op: Op): Value {
    value.def = op;
    return value;
  }

  const(value: Literal): Value {
    const type: Type = typeof value === 'number' ? NUMBER : typeof value === 'boolean' ? BOOLEAN
      : typeof value === 'string' ? STRING : { kind: 'opaque', text: String(value) };
    return this.op('const', [], [type], { value }).result;
  }
  undef(type: Type): Value { return this.op('undef', [], [type]).result; }
  free(name: string, type: Type, mutable = false): Value { return this.op('free', [], [type], { name, mutable }).result; }

  /** Arithmetic; of arrays, element by element. */
  prim(fn: string, args: Value[], naming?: Naming): Value {
    if (args.some((a) => a.type.kind === 'nd')) return this.numpy(numpyOfScalar(fn), args, naming);
    const kind = OPERATORS[fn]?.result;
    const type = kind === 'boolean' || /^is[A-Z]/.test(fn) ? BOOLEAN : kind === 'string' ? STRING : NUMBER;
    return this.op('prim', args, [type], this.loose ? { fn, loose: true } : { fn }, naming).result;
  }
  /** x / by, where that is a whole number or is rounded to one. A loose quotient may become x * (1 / by), which is not exact: 49 * (1 / 49) < 1. */
  quotient(x: Value, by: number): Value {
    const c = constantOf(x);
    if (c !== undefined) return this.const(c / by);
    const { def } = x;
    if (by === -1) return 'kind' in def && def.kind === 'prim' && def.attr.fn === 'sub' ? this.prim('sub', [def.args[1], def.args[0]]) : this.prim('neg', [x]);
    return by === 1 ? x : this.op('prim', [x, this.const(by)], [NUMBER], { fn: 'div' }).result;
  }
  /** An operation on n-d arrays. */
  numpy(fn: string, args: Value[], naming?: Naming): Value {
    // A sum or product begins with the array.
    if ((fn === 'add' || fn === 'mul') && args[0].type.kind === 'number' && args[1].type.kind === 'nd') args = [args[1], args[0]];
    const form = METHODS.has(fn) && args[0].type.kind === 'nd' ? 'method' : 'function';
    return this.op('extern', args, [numpyResult(fn)], { text: `np.${fn}`, pure: true, world: 'none', np: { fn, form } }, naming).result;
  }
  load(array: Value, index: Value, naming?: Naming): Value {
    return this.op('load', [array, index], [elementType(array.type)], {}, naming).result;
  }
  store(array: Value, index: Value, value: Value, attr: Attributes = {}): void { this.op('store', [array, index, value], [], attr); }
  accum(array: Value, index: Value, value: Value): void { this.op('accum', [array, index, value], [], this.loose ? { loose: true } : {}); }
  field(object: Value, key: string, naming?: Naming): Value {
    const type = fieldType(object.type, key);
    if (!type) throw new Error(`no field ${key}`);
    return this.op('field', [object], [type], { key }, naming).result;
  }
  setfield(object: Value, key: string, value: Value): void { this.op('setfield', [object, value], [], { key }); }
  accumfield(object: Value, key: string, value: Value): void {
    this.op('accumfield', [object, value], [], this.loose ? { key, loose: true } : { key });
  }
  length(array: Value): Value { return this.op('length', [array], [NUMBER]).result; }
  new(type: Type, length: Value, attr: Attributes = {}, naming?: Naming): Value { return this.op('new', [length], [type], attr, naming).result; }
  literal(type: Type, parts: Value[], attr: Attributes = {}, naming?: Naming): Value { return this.op('literal', parts, [type], attr, naming).result; }
  copy(array: Value, type: Type = array.type, attr: Attributes = {}, naming?: Naming): Value { return this.op('copy', [array], [type], attr, naming).result; }
  slice(array: Value, range: Value[], type: Type = array.type, attr: Attributes = {}, naming?: Naming): Value { return this.op('copy', [array, ...range], [type], attr, naming).result; }
  fill(array: Value, value: Value): void { this.op('fill', [array, value], []); }
  push(array: Value, value: Value): void { this.op('push', [array, value], []); }
  pop(array: Value): Value { return this.op('pop', [array], [elementType(array.type)]).result; }
  cast(object: Value, type: Type, attr: Attributes = {}, naming?: Naming): Value { return this.op('cast', [object], [type], attr, naming).result; }
  unshift(array: Value, value: Value): void { this.op('unshift', [array, value], []); }
  shift(array: Value): Value { return this.op('shift', [array], [elementType(array.type)]).result; }
  splice(array: Value, start: Value, count: Value, items: Value, attr: Attributes = {}, naming?: Naming): Value {
    return this.op('splice', [array, start, count, items], [{ kind: 'array', element: elementType(array.type) }], attr, naming).result;
  }
  resize(array: Value, length: Value): void { this.op('resize', [array, length], []); }
  view(array: Value, range: Value[], attr: Attributes = {}, naming?: Naming): Value {
    return this.op('view', [array, ...range], [array.type], attr, naming).result;
  }
  zeros(object: Value, attr: Attributes = {}, naming?: Naming): Value {
    return this.op('zeros', [object], [cotangentType(object.type)], attr, naming).result;
  }
  clone(object: Value, naming?: Naming, shared?: boolean): Value { return this.op('clone', [object], [object.type], shared ? { shared } : {}, naming).result; }
  links(object: Value, naming?: Naming): Value { return this.op('links', [object], [{ kind: 'links', of: object.type }], {}, naming).result; }
  addinto(target: Value, source: Value): void { this.op('addinto', [target, source], []); }
  clear(object: Value): void { this.op('clear', [object], []); }
  call(callee: FuncRef, args: Value[], types: Type[], attr: Attributes = {}): Value[] { return this.op('call', args, types, { ...attr, callee }).results; }
  extern(text: string, args: Value[], type: Type, attr: Attributes = {}): Value | undefined {
    return this.op('extern', args, type.kind === VOID.kind ? [] : [type], { text, ...attr }).results[0];
  }
  throw(error: Value): void { this.op('throw', [error], []); }

  /** An `if` whose branches are built by the two functions, which return what they yield. */
  if(condition: Value, types: Type[], then: (b: Builder) => Value[], otherwise: (b: Builder) => Value[], namings: Naming[] = []): Op {
    const op = new Op('if', [condition], this.span, this.terms ? { terms: this.terms } : {});
    for (const branch of [then, otherwise]) {
      const region = new Region(op);
      op.regions.push(region);
      op.parent = this.region;
      region.yields = branch(this.inside(region));
    }
    op.results = types.map((type, i) => this.define(new Value(type, this.span, namings[i]?.name, namings[i]?.variable), op));
    this.insert(op);
    return op;
  }

  loop(
    info: LoopInfo, initial: Value[],
    test: (b: Builder, params: Value[]) => Value,
    body: (b: Builder, params: Value[]) => Value[],
    namings: Naming[] = [],
  ): Op {
    const op = new Op('loop', initial, this.span, { loop: info });
    op.parent = this.region;
    const carried = () => initial.map((v, i) => this.define(new Value(v.type, this.span, namings[i]?.name, namings[i]?.variable), op));
    op.params = carried();
    op.regions = [new Region(op), new Region(op)];
    op.regions[0].yields = [test(this.inside(op.regions[0]), op.params)];
    op.regions[1].yields = body(this.inside(op.regions[1]), op.params);
    op.results = carried();
    this.insert(op);
    return op;
  }

  /** for (let i = 0; i < n; i += step) { … }; of an array, n is its length. */
  each(over: Value, body: (b: Builder, i: Value) => void, name: string, step = 1): void {
    this.loop({ test: 'before', form: 'for', head: [0] }, [this.const(0)],
      (test, [i]) => test.prim('lt', [i, over.type.kind === 'number' ? over : test.length(over)]),
      (inner, [i]) => {
        body(inner, i);
        return [inner.prim('add', [i, inner.const(step)], { name })];
      }, [{ name }]);
  }

  inside(region: Region): Builder { return new Builder(region, this.span, this.loose, undefined, this.terms); }

  at(span: Span): Builder {
    this.span = span;
    return this;
  }
}

export function addParam(func: Func, type: Type, span: Span, name: string, extra: Omit<Param, 'value'> = {}): Value {
  const value = new Value(type, span, name);
  value.def = func;
  func.params.push({ value, ...extra });
  return value;
}

/** What Jacobians by all modes have in common: seeds, lanes of numbers, and how a structure is gone through. */
import { Unlanable } from '../../analyse/lanes.ts';
import { fail } from '../../diagnostics.ts';
import { Builder, addParam } from '../../ir/build.ts';
import { type Func, type FuncRef, type Result, type Span, type Value } from '../../ir/ir.ts';
import { type Type, cotangentType, fieldKeys, fieldType, holdsRecursion, isDynamic, isFloatArray, isMemory, someType } from '../../ir/types.ts';
import { mul } from '../../rules/arithmetic.ts';
import { type LanesLibrary, laneAt, laneKey, widenType } from '../lanes.ts';
import { type Library, type Request, zerosLike } from '../variant.ts';

export interface JacobianRequest {
  id: string;
  argnums: number | number[];
  mode: 'forward' | 'reverse' | 'cheaper';
  /** The call, for messages. */
  span: Span;
}

export interface JacobianLibrary extends Library, LanesLibrary {
  grad(request: Request): FuncRef;
  /** Both sweeps in one function, which takes the cotangent of the result behind the arguments. */
  joint(request: Request): FuncRef;
  optimises: boolean;
  vjp(request: Request): { fwd: FuncRef; bwd: FuncRef; saved: Type };
  request(id: string, wrt: number[]): Request;
  /** Can the function be called from anywhere in its module? */
  isNamed(id: string): boolean;
  matrix(which: 'jacfwd' | 'jacrev', id: string, argnums: number | number[], span: Span): FuncRef;
}

/** Where a number is in some structure. */
export type Step = { key: string } | { index: Value };
export type Path = Step[];

/** The lanes of a number, or memory that holds lanes. */
export type Lanes = Value[];

/** How many sweeps go together where their number is known at run time only, and at most where it is known. */
export const CHUNK = 4;
export const FEW = 8;

export abstract class Jacobian {
  protected primal: Func;
  protected args: Value[] = [];
  /** The arguments asked for, in the order of `argnums`, and in that of the derivatives. */
  protected asked: number[];
  protected wrt: number[];
  protected inner: Type;

  constructor(protected target: Func, protected request: JacobianRequest, protected library: JacobianLibrary, protected lanes: number) {
    this.primal = library.primal(request.id);
    const { argnums } = request;
    this.asked = typeof argnums === 'number' ? [argnums] : argnums;
    this.wrt = [...new Set(this.asked)].sort((a, b) => a - b);
    const types = this.asked.map((i) => cotangentType(this.primal.params[i].value.type));
    this.inner = typeof argnums === 'number' ? types[0] : { kind: 'tuple', elements: types };
  }

  abstract run(): void;

  /** What to call it in the function. */
  protected get title(): string { return this.target.name.includes('_hessian') ? 'hessian' : 'jacobian'; }

  protected begin(): Builder {
    const { primal, target } = this;
    this.args = primal.params.map(({ value, ...rest }) => addParam(target, value.type, value.span, value.name ?? 'x', rest));
    const place = (p: { param: Value; keys: readonly string[] }) => ({ ...p, param: this.args[primal.params.findIndex((q) => q.value === p.param)] });
    target.joints = primal.joints.map(([p, q]) => [place(p), place(q)]);
    return new Builder(target.body, primal.span);
  }

  protected end(jacobians: Value[]): void {
    const { primal, target } = this;
    let next = 0;
    const shape = (result: Result): Result => {
      switch (result.kind) {
        case 'void': return result;
        case 'value': return { kind: 'value', type: jacobians[next++].type };
        case 'tuple': return { kind: 'tuple', parts: result.parts.map(shape) };
        case 'record': return { kind: 'record', names: result.names, parts: result.parts.map(shape) };
      }
    };
    target.result = shape(primal.result);
    target.body.yields = jacobians;
  }

  protected ks(): number[] { return Array.from({ length: this.lanes }, (_, k) => k); }

  protected derivativeRequest(): Request { return this.library.request(this.primal.id, this.wrt); }

  /** With one lane a derivative is what it was. */
  protected laned(id: string, func: FuncRef, params: boolean[], results: boolean[]): FuncRef {
    return this.lanes === 1 ? func : this.library.lanes({ id, lanes: this.lanes, params, results });
  }

  protected widened(type: Type): Type { return this.lanes === 1 ? type : widenType(type, this.lanes); }

  /** A number, or memory, with as many lanes as there are, all zero. */
  protected zeros(b: Builder, like: Value, name?: string): Lanes {
    if (like.type.kind === 'number') return this.ks().map(() => b.const(0));
    if (!isMemory(cotangentType(like.type))) return [b.const(undefined)];
    return [this.zerosOf(b, like, name ? { name } : {})];
  }

  private zerosOf(b: Builder, like: Value, naming = {}): Value {
    const { type } = like;
    const own = cotangentType(type);
    if (this.lanes === 1) return zerosLike(b, like, naming);
    if (type.absent || isDynamic(type) || holdsRecursion(type)) throw new Unlanable('a structure that only the object knows');
    const attr = { shadow: true };
    if (isRow(own)) return b.new(own, mul(b, b.const(this.lanes), b.length(like)), attr, naming);
    if (own.kind === 'array') return eachRow(b, like, this.widened(own), (inner, row) => this.zeros(inner, row)[0], naming);
    return b.literal(this.widened(own), this.parts(b, like).flatMap((part) => this.zeros(b, part)), attr, naming);
  }

  private parts(b: Builder, of: Value): Value[] { return fieldKeys(of.type).map((key) => b.field(of, key)); }

  /** The number of a lane in memory. */
  protected load(b: Builder, memory: Value, step: Step, k: number): Value {
    if ('key' in step) return b.field(memory, this.lanes === 1 ? step.key : this.laneKeyOf(memory, step.key, k));
    return b.load(memory, this.place(b, step.index, k));
  }

  protected store(b: Builder, memory: Value, step: Step, k: number, v: Value): void {
    if ('key' in step) b.setfield(memory, this.lanes === 1 ? step.key : this.laneKeyOf(memory, step.key, k), v);
    else b.store(memory, this.place(b, step.index, k), v, { inside: true });
  }

  private place(b: Builder, index: Value, k: number): Value { return laneAt(b, index, this.lanes, k); }

  private laneKeyOf(memory: Value, key: string, k: number): string {
    return memory.type.kind === 'record' ? `${key}_${k}` : laneKey(this.narrow(memory.type), key, this.lanes, k);
  }

  /** The tuple of which this is the one with lanes; numbers of one element are neighbours. */
  private narrow(type: Type): Type {
    if (type.kind !== 'tuple') return type;
    const elements: Type[] = [];
    for (let i = 0; i < type.elements.length; i += type.elements[i].kind === 'number' ? this.lanes : 1) elements.push(type.elements[i]);
    return { kind: 'tuple', elements };
  }

  /** A part of memory that is memory. */
  protected part(b: Builder, memory: Value, step: Step): Value {
    if ('index' in step) return b.load(memory, step.index);
    return b.field(memory, this.lanes === 1 || memory.type.kind === 'record' ? step.key : laneKey(this.narrow(memory.type), step.key, this.lanes));
  }

  /**
   * Runs something for each number of some structure, in chunks of as many as there are lanes. Rows of numbers are gone
   * through at run time, in loops; numbers that have names of their own, one chunk after the other.
   */
  protected chunks(b: Builder, roots: { like: Value; path: Path }[], run: (b: Builder, paths: Path[]) => void): void {
    const named: Path[] = [];
    const visit = (inner: Builder, like: Value, path: Path, numbers: Path[]): void => {
      const type = like.type;
      if (type.kind === 'number') return void numbers.push(path);
      if (cotangentType(type).kind === 'opaque') return;
      if (type.absent || type.kind === 'dictionary' || type.kind === 'union' || type.kind === 'saved' || holdsRecursion(type)) fail('TL3017', this.request.span, this.primal.name);
      if (type.kind === 'typed' || type.kind === 'array') {
        const n = inner.length(like);
        const row = isRow(cotangentType(type));
        const by = row ? this.lanes : 1;
        inner.each(n, (body, i) => {
          if (row) {
            const last = this.lanes > 1 ? body.prim('sub', [n, body.const(1)]) : n;
            run(body, this.ks().map((k) => [...path, { index: k === 0 ? i : body.prim('min', [body.prim('add', [i, body.const(k)]), last], { name: `i_${k}` }) }]));
          } else {
            const own: Path[] = [];
            visit(body, body.load(like, i), [...path, { index: i }], own);
            this.inChunks(own, (paths) => run(body, paths));
          }
        }, 'i', by);
        return;
      }
      for (const key of fieldKeys(type)) visit(inner, this.fieldOf(inner, like, key), [...path, { key }], numbers);
    };
    for (const { like, path } of roots) visit(b, like, path, named);
    this.inChunks(named, (paths) => run(b, paths));
  }

  private fieldOf(b: Builder, of: Value, key: string): Value {
    if (fieldType(of.type, key)!.absent) fail('TL3017', this.request.span, this.primal.name);
    return b.field(of, key);
  }

  private inChunks(paths: Path[], run: (paths: Path[]) => void): void {
    for (let i = 0; i < paths.length; i += this.lanes) run(this.ks().map((k) => paths[Math.min(i + k, paths.length - 1)]));
  }
}

/** Nobody writes anything between the sweeps: what is saved need not be copied. */
export function untouched({ wrt, results }: Request): Request['unstable'] { return { wrt: wrt.map(() => false), results: results.map(() => false) }; }

export function plus(a: number | undefined, b: number | undefined): number | undefined { return a === undefined || b === undefined ? undefined : a + b; }

/** How many numbers there are in a value of the type, if it is always the same. */
export function sizeOf(type: Type): number | undefined {
  if (type.kind === 'number') return type.absent ? undefined : 1;
  if (cotangentType(type).kind === 'opaque') return 0;
  if (isOpen(type) || (type.kind !== 'tuple' && type.kind !== 'record')) return undefined;
  return fieldKeys(type).reduce<number | undefined>((sum, key) => plus(sum, sizeOf(fieldType(type, key)!)), 0);
}

/** Do only objects of the type know which numbers they have? */
export function isOpen(type: Type): boolean {
  const mayMiss = (t: Type) => t.absent !== undefined && (t.kind === 'number' || isMemory(t));
  return holdsRecursion(type) || someType(type, (t) => mayMiss(t) || t.kind === 'dictionary' || t.kind === 'saved' || t.kind === 'nd' || (t.kind === 'record' && t.fields.some((f) => f.optional)));
}

/** Numbers in a row, known by their indices. */
export function isRow(type: Type): boolean { return isFloatArray(type) || (type.kind === 'array' && type.element.kind === 'number'); }

/** for (const row of rows) made.push(make(row)) */
export function eachRow(b: Builder, rows: Value, type: Type, make: (b: Builder, row: Value) => Value, naming = {}): Value {
  const made = b.literal(type, [], { shadow: true }, naming);
  b.each(rows, (body, j) => body.push(made, make(body, body.load(rows, j))), 'j');
  return made;
}

export function setAt(b: Builder, whole: Value, path: Path, v: Value): Value {
  if (path.length === 0) return v;
  const holder = path.slice(0, -1).reduce((m, step) => ('key' in step ? b.field(m, step.key) : b.load(m, step.index)), whole);
  const last = path[path.length - 1];
  if ('key' in last) b.setfield(holder, last.key, v);
  else b.store(holder, last.index, v, { inside: true });
  return whole;
}

export function show(path: Path): string { return path.map((step) => ('key' in step ? step.key : '?')).join('.'); }

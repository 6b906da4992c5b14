/**
 * Jacobians as functions. The result has the structure of the function's result outside and that of the argument
 * inside: ∂y[j]/∂x[i] is `jacobian[j][i]`. One sweep of forward mode gives a column, one of reverse mode a row; sweeps
 * go in chunks of some lanes (lanes.ts), and the primal runs once:
 *
 *   forward   [y, linear] = f_lin(x);  for (i = 0; i < n; i += 4)  columns i … i + 3 from f_push_4(linear, e_i … e_i+3)
 *   reverse   [y, saved] = f_fwd(x);   for (j = 0; j < m; j += 4)  rows j … j + 3 from f_bwd_4(saved, e_j … e_j+3)
 *
 * The last chunk may reach over the end; there it has the last column, or row, several times.
 */
import { Unlanable } from '../analyse/lanes.ts';
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { jacobianType } from '../ir/composed.ts';
import { type Func, type FuncRef, type Op, type Result, type Span, type Value, resultType, resultTypes } from '../ir/ir.ts';
import { NUMBER, type Type, cotangentType, elementType, fieldKeys, fieldType, holdsRecursion, isDynamic, isFloatArray, isMemory, someType } from '../ir/types.ts';
import { inlineCall } from '../optimise/inline.ts';
import { add, mul } from '../rules/arithmetic.ts';
import { type LanesLibrary, laneAt, laneKey, widenType } from './lanes.ts';
import { type Library, type Request, zerosLike } from './variant.ts';

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

/** How many sweeps go together where their number is known at run time only, and at most where it is known. */
const CHUNK = 4;
const FEW = 8;

/** A row by reverse mode costs as much as so many columns by forward mode: docs/cost.md. */
const ROW = 2;

/** Builds the function; `target` has its name. False if all that it does is to choose between two others. */
export function jacobianFunction(target: Func, request: JacobianRequest, library: JacobianLibrary): boolean {
  const make = (Kind: typeof Columns | typeof Rows | typeof FewColumns, lanes: number) => () => {
    target.params = [];
    target.body.ops = [];
    new Kind(target, request, library, lanes).run();
  };
  if (request.mode === 'forward') return firstOf([make(FewColumns, 0), make(Columns, CHUNK), make(Columns, 1)]);
  if (request.mode === 'reverse') return firstOf([make(Rows, CHUNK), make(Rows, 1)]);
  const either = new Either(target, request, library, CHUNK);
  either.run();
  return either.decided;
}

/** Not everything can be done in lanes. */
function firstOf([way, ...others]: (() => void)[]): true {
  try {
    way();
    return true;
  } catch (error) {
    if (!(error instanceof Unlanable) || others.length === 0) throw error;
    return firstOf(others);
  }
}

/** Where a number is in some structure. */
type Step = { key: string } | { index: Value };
type Path = Step[];

/** The lanes of a number, or memory that holds lanes. */
type Lanes = Value[];

abstract class Jacobian {
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

/** The Jacobian by forward mode: linearised once, then column by column. */
class Columns extends Jacobian {
  run(): void {
    const { primal, library } = this;
    const b = this.begin();
    const request = this.derivativeRequest();
    const pair = library.linear({ ...request, unstable: untouched(request) });
    const push = this.laned(pair.bwd.id, pair.bwd, [false, ...this.wrt.map(() => true)], request.results.map(() => true));
    const like = this.asked.map((i) => this.template(b, i));
    const out = b.call(pair.fwd, this.args, [...resultTypes(primal.result), pair.saved]);
    const linear = out[out.length - 1];
    linear.name = 'linear';
    const ys = out.slice(0, -1);
    primal.body.yields.forEach((v, i) => { ys[i].name = v.name ?? 'y'; });
    const single = typeof this.request.argnums === 'number';
    const zero = (inner: Builder, name?: string) => {
      const naming = (v: Value) => (!name ? {} : { name: single && ys.length === 1 ? this.title : `${name}_by_${v.name ?? 'x'}` });
      const parts = like.map((v) => (isMemory(cotangentType(v.type)) ? zerosLike(inner, v, naming(v)) : v.type.kind === 'number' ? inner.const(0) : inner.const(undefined)));
      return single ? parts[0] : inner.literal(this.inner, parts);
    };
    const jacobians = ys.map((y) => this.empty(b, y, zero, ys.length === 1 ? this.title : `${y.name}_${this.title}`));
    // The tangents are zero but for one number in each lane, which is set before a sweep and cleared behind it.
    const writes = this.wrt.map((i) => this.isWritten(i));
    const seeds = this.wrt.map((i) => this.zeros(b, like[this.asked.indexOf(i)], `${primal.params[i].value.name ?? 'x'}_dot`));
    const roots = this.asked.map((i, k) => ({ like: like[k], path: (typeof this.request.argnums === 'number' ? [] : [{ key: String(k) }]) as Path }));
    this.chunks(b, roots, (inner, paths) => {
      const fresh = this.wrt.map((i, w) => (writes[w] && isMemory(seeds[w][0].type) ? this.zeros(inner, like[this.asked.indexOf(i)]) : [...seeds[w]]));
      const set = (to: number) => paths.forEach((path, k) => {
        const [at, rest] = this.argumentOf(path);
        const w = this.wrt.indexOf(at);
        if (rest.length === 0) fresh[w][k] = inner.const(to);
        else this.store(inner, rest.slice(0, -1).reduce((m, step) => this.part(inner, m, step), fresh[w][0]), rest[rest.length - 1], k, inner.const(to));
      });
      set(1);
      const types = resultTypes(primal.result).flatMap((t) => this.tangentTypes(t));
      const results = inner.call(push, [linear, ...fresh.flat()], types);
      let next = 0;
      primal.body.yields.forEach((v, j) => {
        const count = v.type.kind === 'number' ? this.lanes : 1;
        const lanes = results.slice(next, (next += count));
        lanes.forEach((t, k) => { t.name = `${ys[j].name}_dot${count > 1 ? `_${k}` : ''}`; });
        if (!this.isConstant(v.type)) jacobians[j] = this.scatter(inner, jacobians[j], lanes, v.type, paths);
      });
      if (!this.wrt.every((_, w) => writes[w] || !isMemory(seeds[w][0].type))) set(0);
    });
    this.end(jacobians);
  }

  private isConstant(type: Type): boolean { return type.kind !== 'number' && !isMemory(cotangentType(type)); }

  private tangentTypes(type: Type): Type[] {
    if (type.kind === 'number') return this.ks().map(() => NUMBER);
    const own = cotangentType(type);
    return [isMemory(own) ? this.widened(own) : own];
  }

  /** Of which argument is the number, and where in it? */
  private argumentOf(path: Path): [number, Path] {
    if (typeof this.request.argnums === 'number') return [this.request.argnums, path];
    return [this.asked[Number((path[0] as { key: string }).key)], path.slice(1)];
  }

  private isWritten(i: number): boolean {
    const aliases = this.library.summaries(this.primal.id);
    if (!aliases || aliases === 'nothing') return true;
    const { value } = aliases.func.params[i];
    if (!isMemory(value.type)) return false;
    const cells = aliases.of(value).reachable();
    return [...aliases.writes.values()].some((written) => [...written].some((c) => cells.has(c.find())));
  }

  /** The argument, for its structure at entry: the function may change its length. */
  private template(b: Builder, i: number): Value {
    const arg = this.args[i];
    if (!this.isWritten(i) || arg.type.kind === 'typed') return arg;
    return b.clone(arg, { name: `${arg.name}_before` });
  }

  /** A Jacobian without its numbers yet. */
  private empty(b: Builder, y: Value, zero: (b: Builder, name?: string) => Value, name?: string): Value {
    const { type } = y;
    const naming = name ? { name } : {};
    if (type.kind === 'number') return zero(b, name && y.name);
    const own = cotangentType(type);
    if (!isMemory(own)) return b.const(undefined);
    if (isOpen(type)) fail('TL3017', this.request.span, this.primal.name);
    if (isRow(own)) {
      if (this.inner.kind === 'number') return b.new(jacobianType(own, this.inner), b.length(y), { shadow: true }, naming);
      return eachRow(b, y, { kind: 'array', element: this.inner }, (inner) => zero(inner), naming);
    }
    if (own.kind === 'array') {
      const element = jacobianType(own.element, this.inner);
      return eachRow(b, y, { kind: 'array', element }, (inner, row) => this.empty(inner, row, zero), naming);
    }
    const parts = fieldKeys(type).map((key) => this.empty(b, b.field(y, key), zero));
    return b.literal(jacobianType(own, this.inner), parts, { shadow: true }, naming);
  }

  /** Puts the lanes of a tangent where they belong; gives the Jacobian, which is new where it is one number. */
  private scatter(b: Builder, jacobian: Value, lanes: Lanes, type: Type, paths: Path[]): Value {
    if (type.kind === 'number') {
      let whole = jacobian;
      paths.forEach((path, k) => { whole = setAt(b, whole, path, lanes[k]); });
      return whole;
    }
    const [tangent] = lanes;
    if (type.kind === 'typed' || type.kind === 'array') {
      const row = isRow(cotangentType(type));
      b.each(jacobian, (body, j) => {
        if (!row) this.scatter(body, body.load(jacobian, j), [body.load(tangent, j)], elementType(type), paths);
        else if (this.inner.kind === 'number') body.store(jacobian, j, this.load(body, tangent, { index: j }, 0), { inside: true });
        else {
          const gradient = body.load(jacobian, j);
          paths.forEach((path, k) => setAt(body, gradient, path, this.load(body, tangent, { index: j }, k)));
        }
      }, 'j');
      return jacobian;
    }
    for (const key of fieldKeys(type)) {
      const part = fieldType(type, key)!;
      if (this.isConstant(part)) continue;
      const here = part.kind === 'number' ? this.ks().map((k) => this.load(b, tangent, { key }, k)) : [this.part(b, tangent, { key })];
      const whole = this.scatter(b, b.field(jacobian, key), here, part, paths);
      if (part.kind === 'number' && this.inner.kind === 'number') b.setfield(jacobian, key, whole);
    }
    return jacobian;
  }
}

/** The Jacobian with respect to a few numbers, known by name: value and all tangents in one sweep. */
class FewColumns extends Jacobian {
  run(): void {
    const { primal, library } = this;
    const b = this.begin();
    const paths: Path[] = [];
    const visit = (type: Type, path: Path): void => {
      if (type.kind === 'number') return void paths.push(path);
      if (cotangentType(type).kind === 'opaque') return;
      if (type.absent || (type.kind !== 'tuple' && type.kind !== 'record') || isDynamic(type)) throw new Unlanable('numbers that are not known by name');
      for (const key of fieldKeys(type)) visit(fieldType(type, key)!, [...path, { key }]);
    };
    this.wrt.forEach((i) => visit(primal.params[i].value.type, [{ key: String(i) }]));
    if (paths.length > FEW) throw new Unlanable('more numbers than a few');
    this.lanes = paths.length;
    const request = this.derivativeRequest();
    const jvp = library.jvp(request);
    const count = primal.body.yields.length;
    const run = this.laned(jvp.id, jvp, [...primal.params.map(() => false), ...this.wrt.map(() => true)], [...request.results.map(() => false), ...request.results.map(() => true)]);
    const lane = new Map(paths.map((path, k) => [show(path), k]));
    const seed = (type: Type, path: Path): Value[] => {
      if (type.kind === 'number') return this.ks().map((k) => b.const(lane.get(show(path)) === k ? 1 : 0));
      if (cotangentType(type).kind === 'opaque') return [b.const(undefined)];
      const parts = fieldKeys(type).flatMap((key) => seed(fieldType(type, key)!, [...path, { key }]));
      return [b.literal(this.widened(cotangentType(type)), parts, { shadow: true })];
    };
    const seeds = this.wrt.flatMap((i) => seed(primal.params[i].value.type, [{ key: String(i) }]));
    const types = resultTypes(primal.result);
    const out = b.call(run, [...this.args, ...seeds], [...types, ...types.flatMap((t): Type[] => {
      const own = cotangentType(t);
      return t.kind === 'number' ? this.ks().map(() => NUMBER) : [isMemory(own) ? this.widened(own) : own];
    })]);
    let next = count;
    const jacobians = primal.body.yields.map((v) => {
      const lanes = out.slice(next, (next += v.type.kind === 'number' ? this.lanes : 1));
      return this.gather(b, lanes, v.type, lane);
    });
    this.end(jacobians);
  }

  /** The structure of the arguments around the lanes of one number. */
  private around(b: Builder, number: (k: number) => Value, lane: Map<string, number>): Value {
    const build = (type: Type, path: Path): Value => {
      if (type.kind === 'number') return number(lane.get(show(path))!);
      if (type.kind === 'opaque') return b.const(undefined);
      return b.literal(type, fieldKeys(type).map((key) => build(fieldType(type, key)!, [...path, { key }])), { shadow: true });
    };
    const parts = this.asked.map((i) => build(cotangentType(this.primal.params[i].value.type), [{ key: String(i) }]));
    return typeof this.request.argnums === 'number' ? parts[0] : b.literal(this.inner, parts);
  }

  private gather(b: Builder, lanes: Lanes, type: Type, lane: Map<string, number>): Value {
    if (type.kind === 'number') return this.around(b, (k) => lanes[k], lane);
    const own = cotangentType(type);
    const [tangent] = lanes;
    if (!isMemory(own)) return b.const(undefined);
    // The Jacobian with respect to one number is its tangent.
    if (this.inner.kind === 'number') return tangent;
    if (type.kind === 'typed' || type.kind === 'array') {
      const row = isRow(own);
      const element = row ? this.inner : jacobianType(elementType(own), this.inner);
      const n = row && this.lanes > 1 ? b.quotient(b.length(tangent), this.lanes) : b.length(tangent);
      const rows = b.literal({ kind: 'array', element }, [], { shadow: true }, { name: this.title });
      b.each(n, (body, j) => {
        body.push(rows, row ? this.around(body, (k) => this.load(body, tangent, { index: j }, k), lane) : this.gather(body, [body.load(tangent, j)], elementType(type), lane));
      }, 'j');
      return rows;
    }
    const parts = fieldKeys(type).map((key) => {
      const part = fieldType(type, key)!;
      const here = part.kind === 'number' ? this.ks().map((k) => this.load(b, tangent, { key }, k)) : isMemory(cotangentType(part)) ? [this.part(b, tangent, { key })] : [b.const(undefined)];
      return this.gather(b, here, part, lane);
    });
    return b.literal(jacobianType(own, this.inner), parts, { shadow: true });
  }
}

/** The Jacobian by reverse mode, row by row; the gradient where the result is one number. */
class Rows extends Jacobian {
  run(): void {
    const { primal, library } = this;
    const b = this.begin();
    const request = this.derivativeRequest();
    const whole = resultType(primal.result);
    const pick = (at: Builder, bars: Value[]): Value => {
      const chosen = this.asked.map((i) => bars[this.wrt.indexOf(i)]);
      return typeof this.request.argnums === 'number' ? chosen[0] : at.literal(this.inner, chosen);
    };
    if (whole.kind === 'number') {
      const grad = library.grad(request);
      const out = b.call(grad, [...this.args, b.const(1)], [NUMBER, ...this.wrt.map((i) => cotangentType(primal.params[i].value.type))]);
      return this.end([pick(b, out.slice(1))]);
    }
    const m = primal.body.yields.reduce<number | undefined>((sum, v) => plus(sum, sizeOf(v.type)), 0);
    if (this.lanes > 1 && m !== undefined && m <= FEW) {
      this.lanes = m;
      if (primal.body.yields.every((v) => v.type.kind === 'number')) return this.few(b, request, pick);
    }
    const pair = library.vjp({ ...request, unstable: untouched(request) });
    const bwd = this.laned(pair.bwd.id, pair.bwd, [false, true], this.wrt.map(() => true));
    const out = b.call(pair.fwd, this.args, [...resultTypes(primal.result), pair.saved]);
    const saved = out[out.length - 1];
    saved.name = 'saved';
    const ys = out.slice(0, -1);
    primal.body.yields.forEach((v, i) => { ys[i].name = v.name ?? 'y'; });
    const jacobians = ys.map((y) => this.empty(b, y, ys.length === 1 ? this.title : `${y.name}_${this.title}`));
    const single = primal.result.kind === 'value';
    // The cotangents of all results, zero but for one number in each lane.
    const bars = ys.map((y) => this.zeros(b, y, `${y.name}_bar`));
    const roots = ys.map((like, j) => ({ like, path: [{ key: String(j) }] as Path }));
    this.chunks(b, roots, (at, paths) => {
      const own = bars.map((lanes) => [...lanes]);
      const set = (to: number) => paths.forEach((path, k) => {
        const j = Number((path[0] as { key: string }).key);
        const rest = path.slice(1);
        if (rest.length === 0) own[j][k] = at.const(to);
        else this.store(at, rest.slice(0, -1).reduce((m, step) => this.part(at, m, step), own[j][0]), rest[rest.length - 1], k, at.const(to));
      });
      set(1);
      const seed = single ? own[0] : [this.together(at, primal.result, own)];
      const types = this.wrt.flatMap((i) => {
        const type = cotangentType(primal.params[i].value.type);
        return type.kind === 'number' ? this.ks().map((): Type => NUMBER) : [this.widened(type)];
      });
      const results = at.call(bwd, [saved, ...seed], types);
      let next = 0;
      const lanes = this.wrt.map((i) => {
        const { type, name } = primal.params[i].value;
        const found = results.slice(next, (next += type.kind === 'number' ? this.lanes : 1));
        found.forEach((v, k) => { v.name = `${name ?? 'x'}_bar${found.length > 1 ? `_${k}` : ''}`; });
        return this.apart(at, found, cotangentType(type));
      });
      paths.forEach((path, k) => {
        // A lane that repeats another has nothing of its own.
        if (paths.indexOf(path) < k) return;
        const j = Number((path[0] as { key: string }).key);
        jacobians[j] = setAt(at, jacobians[j], path.slice(1), pick(at, lanes.map((l) => l[k])));
      });
      set(0);
    });
    this.end(jacobians);
  }

  /** Of a few numbers, all rows are one sweep, and the forward sweep need not keep anything for it. */
  private few(b: Builder, request: Request, pick: (at: Builder, bars: Value[]) => Value): void {
    const { primal, library, lanes } = this;
    const { yields } = primal.body;
    const both = library.joint({ ...request, unstable: untouched(request) });
    const run = this.laned(both.id, both, [...primal.params.map(() => false), true], [...yields.map(() => false), ...this.wrt.map(() => true)]);
    const unit = yields.map((_, j) => this.ks().map((k) => b.const(j === k ? 1 : 0)));
    const seed = primal.result.kind === 'value' ? unit[0] : [this.together(b, primal.result, unit)];
    const bars = this.wrt.map((i) => cotangentType(primal.params[i].value.type));
    const out = b.call(run, [...this.args, ...seed], [...yields.map((v) => v.type), ...bars.flatMap((type) => (type.kind === 'number' ? this.ks().map((): Type => NUMBER) : [this.widened(type)]))]);
    const call = out[0].def as Op;
    let next = yields.length;
    const rows = this.wrt.map((i, w) => {
      const found = out.slice(next, (next += bars[w].kind === 'number' ? lanes : 1));
      found.forEach((v, k) => { v.name = `${primal.params[i].value.name ?? 'x'}_bar${found.length > 1 ? `_${k}` : ''}`; });
      return this.apart(b, found, bars[w]);
    });
    this.end(this.ks().map((k) => pick(b, rows.map((row) => row[k]))));
    if (library.optimises) inlineCall(call, this.target, library);
  }

  /** A Jacobian without its rows yet. */
  private empty(b: Builder, y: Value, name?: string): Value {
    const { type } = y;
    const own = cotangentType(type);
    const naming = name ? { name } : {};
    if (type.kind === 'number' || !isMemory(own)) return type.kind === 'number' ? b.undef(this.inner) : b.const(undefined);
    if (isOpen(type)) fail('TL3017', this.request.span, this.primal.name);
    if (isRow(own)) return b.new(jacobianType(own, this.inner), b.length(y), { shadow: true }, naming);
    if (own.kind === 'array') return eachRow(b, y, jacobianType(own, this.inner), (inner, row) => this.empty(inner, row), naming);
    return b.literal(jacobianType(own, this.inner), fieldKeys(type).map((key) => this.empty(b, b.field(y, key))), { shadow: true }, naming);
  }

  /** The cotangent of the result as one value. */
  private together(b: Builder, result: Result, bars: Lanes[]): Value {
    let next = 0;
    const build = (r: Result): Value[] => {
      if (r.kind === 'value') return bars[next++];
      if (r.kind === 'void') return [];
      const parts = r.parts.flatMap(build);
      return [b.literal(this.widened(cotangentType(resultType(r))), parts, { shadow: true })];
    };
    return build(result)[0];
  }

  /** One structure for each lane. */
  private apart(b: Builder, lanes: Lanes, type: Type): Value[] {
    if (type.kind === 'number' || this.lanes === 1) return lanes;
    if (!isMemory(type)) return this.ks().map(() => b.const(undefined));
    const [wide] = lanes;
    const attr = { shadow: true };
    const naming = (k: number) => (wide.name ? { name: `${wide.name}_${k}` } : {});
    if (type.kind === 'typed' || type.kind === 'array') {
      const row = isRow(type);
      const n = row ? b.quotient(b.length(wide), this.lanes) : b.length(wide);
      const each = this.ks().map((k) => (row ? b.new(type, n, attr, naming(k)) : b.literal(type, [], attr, naming(k))));
      b.each(n, (body, i) => {
        if (row) each.forEach((target, k) => body.store(target, i, this.load(body, wide, { index: i }, k), { inside: true }));
        else this.apart(body, [body.load(wide, i)], elementType(type)).forEach((v, k) => body.push(each[k], v));
      }, 'i');
      return each;
    }
    const keys = fieldKeys(type);
    const parts = keys.map((key) => {
      const part = fieldType(type, key)!;
      if (part.kind === 'number') return this.ks().map((k) => this.load(b, wide, { key }, k));
      return this.apart(b, [isMemory(part) ? this.part(b, wide, { key }) : b.const(undefined)], part);
    });
    return this.ks().map((k) => b.literal(type, parts.map((p) => p[k]), attr, naming(k)));
  }
}

/**
 * Forward or reverse mode, by how many numbers go in and come out. What comes out is known when it has run: then it runs
 * a second time for forward mode, unless that can be seen from outside.
 *
 *   n = x.length; if (n <= 2 * 3) return f_jacfwd(x); return f_jacrev(x);
 */
class Either extends Jacobian {
  /** It is known now which of them is cheaper. */
  decided = true;

  run(): void {
    const { primal, library, request } = this;
    const b = this.begin();
    const call = (at: Builder, which: 'jacfwd' | 'jacrev') => {
      const ref = library.matrix(which, request.id, request.argnums, request.span);
      return at.call(ref, this.args, resultTypes(library.primal(ref.id).result));
    };
    const known = (values: Value[]) => values.reduce<number | undefined>((sum, v) => plus(sum, sizeOf(v.type)), 0);
    const inputs = this.wrt.map((i) => this.args[i]);
    const n = known(inputs);
    const m = known(primal.body.yields);
    const one = resultType(primal.result).kind === 'number' && n !== 1;
    if (one || (n !== undefined && (m !== undefined || n <= FEW))) return this.end(call(b, one || (m !== undefined && ROW * m < n!) ? 'jacrev' : 'jacfwd'));
    this.decided = false;
    const count = this.wrt.length === 1 ? this.size(b, inputs[0]) : inputs.map((v) => this.size(b, v)).reduce((sum, v) => add(b, sum, v));
    const types = resultTypes(library.primal(library.matrix('jacfwd', request.id, request.argnums, request.span).id).result);
    // Few columns are one sweep, whatever comes out.
    const few = b.prim('le', [count, b.const(m === undefined ? CHUNK : Math.max(CHUNK, ROW * m))]);
    const whole = b.if(few, types, (then) => call(then, 'jacfwd'), (otherwise) => {
      if (m !== undefined || !library.isNamed(request.id) || !library.pure(request.id)) return call(otherwise, 'jacrev');
      const ys = otherwise.call({ id: request.id, name: primal.name }, this.args, resultTypes(primal.result));
      const rows = ys.map((y) => this.size(otherwise, y)).reduce((sum, v) => add(otherwise, sum, v));
      const tall = otherwise.prim('le', [count, mul(otherwise, otherwise.const(ROW), rows)]);
      return otherwise.if(tall, types, (then) => call(then, 'jacfwd'), (last) => call(last, 'jacrev')).results;
    });
    this.end(whole.results);
  }

  /** How many numbers there are. */
  private size(b: Builder, v: Value): Value {
    const { type } = v;
    const own = cotangentType(type);
    const known = sizeOf(type);
    if (known !== undefined) return b.const(known);
    if (isOpen(type)) fail('TL3017', this.request.span, this.primal.name);
    if (isRow(own)) return b.length(v);
    if (own.kind !== 'array') return fieldKeys(type).map((key) => this.size(b, b.field(v, key))).reduce((sum, n) => add(b, sum, n));
    return b.loop({ test: 'before', form: 'for', head: [1] }, [b.const(0), b.const(0)], (test, [, j]) => test.prim('lt', [j, test.length(v)]), (body, [sum, j]) => [
      body.prim('add', [sum, this.size(body, body.load(v, j))]), body.prim('add', [j, body.const(1)], { name: 'j' }),
    ], [{ name: 'size' }, { name: 'j' }]).results[0];
  }
}

/** Nobody writes anything between the sweeps: what is saved need not be copied. */
function untouched({ wrt, results }: Request): Request['unstable'] { return { wrt: wrt.map(() => false), results: results.map(() => false) }; }

function plus(a: number | undefined, b: number | undefined): number | undefined { return a === undefined || b === undefined ? undefined : a + b; }

/** How many numbers there are in a value of the type, if it is always the same. */
function sizeOf(type: Type): number | undefined {
  if (type.kind === 'number') return type.absent ? undefined : 1;
  if (cotangentType(type).kind === 'opaque') return 0;
  if (isOpen(type) || (type.kind !== 'tuple' && type.kind !== 'record')) return undefined;
  return fieldKeys(type).reduce<number | undefined>((sum, key) => plus(sum, sizeOf(fieldType(type, key)!)), 0);
}

/** Do only objects of the type know which numbers they have? */
function isOpen(type: Type): boolean {
  const mayMiss = (t: Type) => t.absent !== undefined && (t.kind === 'number' || isMemory(t));
  return holdsRecursion(type) || someType(type, (t) => mayMiss(t) || t.kind === 'dictionary' || t.kind === 'saved' || (t.kind === 'record' && t.fields.some((f) => f.optional)));
}

/** Numbers in a row, known by their indices. */
function isRow(type: Type): boolean { return isFloatArray(type) || (type.kind === 'array' && type.element.kind === 'number'); }

/** for (const row of rows) made.push(make(row)) */
function eachRow(b: Builder, rows: Value, type: Type, make: (b: Builder, row: Value) => Value, naming = {}): Value {
  const made = b.literal(type, [], { shadow: true }, naming);
  b.each(rows, (body, j) => body.push(made, make(body, body.load(rows, j))), 'j');
  return made;
}

function setAt(b: Builder, whole: Value, path: Path, v: Value): Value {
  if (path.length === 0) return v;
  const holder = path.slice(0, -1).reduce((m, step) => ('key' in step ? b.field(m, step.key) : b.load(m, step.index)), whole);
  const last = path[path.length - 1];
  if ('key' in last) b.setfield(holder, last.key, v);
  else b.store(holder, last.index, v, { inside: true });
  return whole;
}

function show(path: Path): string { return path.map((step) => ('key' in step ? step.key : '?')).join('.'); }

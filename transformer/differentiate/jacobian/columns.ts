/** Jacobians by forward mode, column by column. */
import { Unlanable } from '../../analyse/lanes.ts';
import { fail } from '../../diagnostics.ts';
import { Builder } from '../../ir/build.ts';
import { jacobianType } from '../../ir/composed.ts';
import { type Value, resultTypes } from '../../ir/ir.ts';
import { NUMBER, type Type, cotangentType, elementType, fieldKeys, fieldType, isDynamic, isMemory } from '../../ir/types.ts';
import { zerosLike } from '../variant.ts';
import { eachRow, FEW, isOpen, isRow, Jacobian, type Lanes, type Path, setAt, show, untouched } from './jacobian.ts';

/** The Jacobian by forward mode: linearised once, then column by column. */
export class Columns extends Jacobian {
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
export class FewColumns extends Jacobian {
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

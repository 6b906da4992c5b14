/** Jacobians by reverse mode, row by row. */
import { fail } from '../../diagnostics.ts';
import { Builder } from '../../ir/build.ts';
import { jacobianType } from '../../ir/composed.ts';
import { type Op, type Result, type Value, resultType, resultTypes } from '../../ir/ir.ts';
import { NUMBER, type Type, cotangentType, elementType, fieldKeys, fieldType, isMemory } from '../../ir/types.ts';
import { inlineCall } from '../../optimise/inline.ts';
import type { Request } from '../variant.ts';
import { eachRow, FEW, isOpen, isRow, Jacobian, type Lanes, type Path, plus, setAt, sizeOf, untouched } from './jacobian.ts';

/** The Jacobian by reverse mode, row by row; the gradient where the result is one number. */
export class Rows extends Jacobian {
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

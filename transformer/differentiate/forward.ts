/**
 * Forward mode: the JVP (pushforward). The tangent of each active value is computed right after the value (see
 * tangents.ts). Control flow stays as it is.
 */
import { tangentResult, tangentType } from '../ir/composed.ts';
import { Builder, type Naming, addParam } from '../ir/build.ts';
import { type Func, type Op, type Region, type Value } from '../ir/ir.ts';
import { isDifferentiable } from '../ir/types.ts';
import { put } from './custom.ts';
import { Tangents } from './tangents.ts';
import { type Library, type Request, jointsOf, ruleOfCallee, shadowType, zerosLike } from './variant.ts';

export function forward(primal: Func, request: Request, target: Func, library: Library): void {
  new Forward(primal, request, target, library).run();
}

class Forward extends Tangents {
  /** From values of the primal to their copies. */
  private copy = new Map<Value, Value>();

  run(): void {
    const { primal, target, request } = this;
    for (const p of primal.params) {
      const { value, ...rest } = p;
      this.copy.set(value, addParam(target, value.type, value.span, value.name ?? 'x', rest));
    }
    const b = new Builder(target.body, primal.span);
    primal.params.forEach(({ value }, i) => {
      if (request.wrt[i] && request.unit) this.tangent.set(value, b.const(1));
      else if (request.wrt[i]) this.tangent.set(value, addParam(target, shadowType(value), value.span, `${value.name ?? 'x'}_dot`,
        // An argument that is left out is its default, and its tangent zero.
        primal.params[i].default === undefined ? {} : { zeroOf: this.value(value) }));
      else if (this.analysis.shadowed(value)) this.tangent.set(value, zerosLike(b, this.value(value), this.twins.naming(value)));
    });
    target.joints = [...jointsOf(primal, this.copy), ...jointsOf(primal, this.tangent)];
    this.region(primal.body, b);
    const yields = primal.body.yields;
    target.body.yields = [...yields.map((v) => this.value(v)), ...yields.map((v) => this.tangentOrZero(v, b))];
    target.result = { kind: 'tuple', parts: [primal.result, tangentResult(primal.result)] };
  }

  protected value(v: Value): Value { return this.copy.get(v)!; }

  protected zeros(v: Value, b: Builder, naming?: Naming): Value { return zerosLike(b, this.value(v), naming); }

  private region(region: Region, b: Builder): void {
    for (const op of region.ops) this.op(op, b.at(op.span));
  }

  private op(op: Op, b: Builder): void {
    if (op.kind === 'if') return this.branch(op, b);
    if (op.kind === 'loop') return this.loop(op, b);
    const rule = ruleOfCallee(op, this.analysis, this.library);
    if (rule && (op.kind === 'extern' || this.library.isSmall(rule.jvp))) return this.apply(op, rule.jvp, b);
    if (op.kind === 'call' && this.analysis.isActiveCall(op)) return this.call(op, b);
    const copy = b.op(op.kind, op.args.map((a) => this.value(a)), op.results.map((r) => r.type), op.attr);
    op.results.forEach((r, i) => {
      copy.results[i].name = r.name;
      copy.results[i].variable = r.variable;
      this.copy.set(r, copy.results[i]);
    });
    this.follow(op, new Builder(b.region, op.span, true));
  }

  private call(op: Op, b: Builder): void {
    const request = this.analysis.requestAt(op);
    const callee = this.library.jvp(request);
    const active = op.args.filter((_, i) => request.wrt[i]);
    const args = [...op.args.map((a) => this.value(a)), ...active.map((a) => this.tangentOrZero(a, b))];
    const types = [...op.results.map((r) => r.type), ...op.results.map((r) => tangentType(r.type))];
    const results = b.call(callee, args, types);
    op.results.forEach((r, i) => {
      this.copy.set(r, results[i]);
      Object.assign(results[i], { name: r.name, variable: r.variable });
      if (!this.analysis.active(r)) return;
      const tangent = results[op.results.length + i];
      Object.assign(tangent, this.twins.naming(r));
      this.tangent.set(r, tangent);
    });
  }

  /** Puts a rule in the place of the function that it is for. */
  private apply(op: Op, jvp: Func, b: Builder): void {
    const tangents = op.args.filter((a) => isDifferentiable(a.type)).map((a) => this.tangentOrZero(a, b));
    const map = new Map([...op.args.map((a) => this.value(a)), ...tangents].map((v, i) => [jvp.params[i].value, v]));
    put(jvp.body.ops, map, b, jvp.span.file);
    const [y, y_dot] = jvp.body.yields.map((v) => map.get(v)!);
    const { result } = op;
    if (result.name && !op.args.some((a) => this.value(a) === y)) Object.assign(y, { name: result.name, variable: result.variable });
    this.copy.set(result, y);
    if (!tangents.includes(y_dot)) this.name(y_dot, result);
    this.tangent.set(result, y_dot);
  }

  private branch(op: Op, b: Builder): void {
    const active = this.activeOf(op.results);
    const inside = (region: Region) => (inner: Builder) => {
      this.region(region, inner);
      return [...region.yields.map((v) => this.value(v)), ...active.map(({ k }) => this.tangentOrZero(region.yields[k], inner))];
    };
    const copy = b.if(this.value(op.args[0]), [...op.results.map((r) => r.type), ...active.map((t) => t.type)], inside(op.regions[0]), inside(op.regions[1]));
    this.bind(op.results, active, copy.results);
  }

  private loop(op: Op, b: Builder): void {
    const active = this.activeOf(op.params);
    const initial = [...op.args.map((a) => this.value(a)), ...active.map(({ k }) => this.tangentOrZero(op.args[k], b))];
    const copy = b.at(op.span).loop(
      op.attr.loop!, initial,
      (inner, params) => {
        this.bind(op.params, active, params);
        this.region(op.regions[0], inner);
        return this.value(op.regions[0].yields[0]);
      },
      (inner) => {
        const { yields } = op.regions[1];
        this.region(op.regions[1], inner);
        return [...yields.map((v) => this.value(v)), ...active.map(({ k }) => this.tangentOrZero(yields[k], inner))];
      },
    );
    if (op.attr.policy) copy.attr.policy = op.attr.policy;
    this.bind(op.results, active, copy.results);
  }

  /** Names and registers copies, followed by the tangents of the active ones. */
  private bind(values: Value[], active: { k: number }[], copies: Value[]): void {
    values.forEach((v, k) => {
      this.copy.set(v, copies[k]);
      Object.assign(copies[k], { name: v.name, variable: v.variable });
    });
    active.forEach(({ k }, j) => {
      const tangent = copies[values.length + j];
      Object.assign(tangent, this.twins.naming(values[k]));
      this.tangent.set(values[k], tangent);
    });
  }
}

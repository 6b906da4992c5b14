/**
 * Forward mode: the JVP (pushforward). Every active value v gets a tangent v_dot beside it, computed by the chain
 * rule ẏ = Σ ∂y/∂xᵢ · ẋᵢ right after v; every active array gets a shadow of the same layout that holds the tangents
 * of its elements and that is moved, stored and passed wherever the array is. Control flow stays as it is.
 */
import { Builder, type Naming, addParam } from '../ir/build.ts';
import { type Attributes, Func, Op, Region, type Result, Value } from '../ir/ir.ts';
import { type Type, NUMBER, cotangentType, isMemory } from '../ir/types.ts';
import { add, chain } from '../rules/arithmetic.ts';
import { ruleOf } from '../rules/rule.ts';
import { Analysis, type Library, type Request, Twins, shadowType, zerosLike, zerosOfItems } from './variant.ts';

export function forward(primal: Func, request: Request, target: Func, library: Library): void {
  new Forward(primal, request, target, library).run();
}

class Forward {
  private analysis: Analysis;
  /** From values of the primal to their copies, and to their tangents (numbers) or shadows (memory). */
  private copy = new Map<Value, Value>();
  private tangent = new Map<Value, Value>();
  private twins = new Twins('_dot');

  constructor(private primal: Func, private request: Request, private target: Func, private library: Library) {
    this.analysis = new Analysis(primal, request, library);
  }

  run(): void {
    const { primal, target, request } = this;
    for (const p of primal.params) {
      const { value, ...rest } = p;
      this.copy.set(value, addParam(target, value.type, value.span, value.name ?? 'x', rest));
    }
    const b = new Builder(target.body, primal.span);
    primal.params.forEach(({ value }, i) => {
      if (request.wrt[i]) this.tangent.set(value, addParam(target, shadowType(value), value.span, `${value.name ?? 'x'}_dot`,
        // An argument that is left out is its default, and its tangent zero.
        primal.params[i].default === undefined ? {} : { zeroOf: this.get(value) }));
      else if (this.analysis.shadowed(value)) this.tangent.set(value, zerosLike(b, this.get(value), this.twins.naming(value)));
    });
    this.region(primal.body, b);
    const yields = primal.body.yields;
    target.body.yields = [...yields.map((v) => this.get(v)), ...yields.map((v) => this.tangentOrZero(v, b))];
    target.result = { kind: 'tuple', parts: [primal.result, tangentResult(primal.result)] };
  }

  private get(v: Value): Value {
    return this.copy.get(v)!;
  }

  private tangentOrZero(v: Value, b: Builder): Value {
    return this.tangent.get(v) ?? zerosLike(b.at(v.span), this.get(v));
  }

  private region(region: Region, b: Builder): void {
    for (const op of region.ops) this.op(op, b.at(op.span));
  }

  private op(op: Op, b: Builder): void {
    if (op.kind === 'if') return this.branch(op, b);
    if (op.kind === 'loop') return this.loop(op, b);
    if (op.kind === 'call' && this.analysis.isActiveCall(op)) return this.call(op, b);
    const copy = b.op(op.kind, op.args.map((a) => this.get(a)), op.results.map((r) => r.type), op.attr);
    op.results.forEach((r, i) => {
      copy.results[i].name = r.name;
      copy.results[i].variable = r.variable;
      this.copy.set(r, copy.results[i]);
    });
    const loose = new Builder(b.region, op.span, true);
    const result = op.results[0];
    if (result?.type.kind === 'number' && this.analysis.active(result)) this.scalar(op, loose);
    else if (result && this.analysis.shadowed(result)) this.shadow(op, loose);
    else this.write(op, loose);
  }

  /** The tangent of a number. */
  private scalar(op: Op, b: Builder): void {
    const [a, i] = op.args;
    let tangent: Value | undefined;
    const naming = this.twins.naming(op.result);
    switch (op.kind) {
      case 'prim': tangent = this.chainRule(op, b); break;
      case 'load': tangent = b.load(this.tangent.get(a)!, this.get(i), naming); break;
      case 'field': tangent = b.field(this.tangent.get(a)!, op.attr.key!, naming); break;
      case 'pop': tangent = b.pop(this.tangent.get(a)!); break;
      case 'shift': tangent = b.shift(this.tangent.get(a)!); break;
      default: throw new Error(`no tangent of ${op.kind}`);
    }
    if (!tangent) return;
    this.name(tangent, op.result);
    this.tangent.set(op.result, tangent);
  }

  /** ẏ = Σ ∂y/∂xᵢ · ẋᵢ */
  private chainRule(op: Op, b: Builder): Value | undefined {
    const rule = ruleOf(op.attr.fn!, op.args.length)!;
    let sum: Value | undefined;
    op.args.forEach((a, i) => {
      const t = this.tangent.get(a);
      if (!t) return;
      const term = chain(b, rule, (j) => this.get(op.args[j]), op.args.length, i, () => this.get(op.result), t);
      if (term) sum = sum ? add(b, sum, term) : term;
    });
    return sum;
  }

  private name(tangent: Value, primal: Value): void {
    if (tangent.name || !(tangent.def instanceof Op) || tangent.def.kind === 'const') return;
    Object.assign(tangent, this.twins.naming(primal));
  }

  /** The shadow of new memory. */
  private shadow(op: Op, b: Builder): void {
    const [a, i] = op.args;
    const type = shadowType(op.result);
    const naming = this.twins.naming(op.result);
    const attr = { shadow: true };
    const make = (): Value => {
      switch (op.kind) {
        case 'new': return b.new(type, this.get(a), attr, naming);
        case 'literal': return b.literal(type, op.args.map((part) => this.part(part, b)), { ...attr, missing: op.attr.missing }, naming);
        case 'load': return b.load(this.tangent.get(a)!, this.get(i), naming);
        case 'field': return b.field(this.tangent.get(a)!, op.attr.key!, naming);
        case 'pop': return b.pop(this.tangent.get(a)!);
        // An object without numbers, seen as one of a type that has some: its shadow has none either.
        case 'cast': return this.tangent.has(a) ? b.cast(this.tangent.get(a)!, type, attr, naming) : zerosLike(b, this.get(op.result), naming);
        case 'shift': return b.shift(this.tangent.get(a)!);
        case 'view': return b.view(this.tangent.get(a)!, op.args.slice(1).map((v) => this.get(v)), attr, naming);
        case 'splice': return this.tangent.has(a) ? this.splice(op, b, attr, naming) : zerosLike(b, this.get(op.result), naming);
        case 'copy': case 'clone': {
          const source = this.tangent.get(a);
          if (!source || op.attr.text === 'stopGradient') return zerosLike(b, this.get(op.result), naming);
          return op.kind === 'copy' ? b.slice(source, op.args.slice(1).map((v) => this.get(v)), type, attr, naming) : b.clone(source, naming);
        }
        default: return zerosLike(b, this.get(op.result), naming);
      }
    };
    this.tangent.set(op.result, make());
  }

  private splice(op: Op, b: Builder, attr: Attributes = {}, naming: Naming = {}): Value {
    const [array, start, count, items] = op.args;
    return b.splice(this.tangent.get(array)!, this.get(start), this.get(count), this.tangent.get(items) ?? zerosOfItems(b, op, this.get(items)), attr, naming);
  }

  /** What a literal's shadow holds for a part. */
  private part(part: Value, b: Builder): Value {
    if (isMemory(part.type)) return this.tangent.get(part) ?? zerosLike(b, this.get(part));
    if (part.type.kind !== 'number') return b.const(undefined);
    return this.tangent.get(part) ?? b.const(0);
  }

  /** Writes to active memory are done to the shadow as well. */
  private write(op: Op, b: Builder): void {
    const [a, i, v] = op.args;
    const target = a && this.tangent.get(a);
    if (!target || !isMemory(a.type)) return;
    switch (op.kind) {
      case 'store': b.store(target, this.get(i), this.part(v, b)); break;
      case 'accum': if (this.tangent.has(v)) b.accum(target, this.get(i), this.tangent.get(v)!); break;
      case 'setfield': b.setfield(target, op.attr.key!, this.part(i, b)); break;
      case 'accumfield': if (this.tangent.has(i)) b.accumfield(target, op.attr.key!, this.tangent.get(i)!); break;
      case 'fill': b.fill(target, this.part(i, b)); break;
      case 'push': b.push(target, this.part(i, b)); break;
      case 'pop': b.pop(target); break;
      case 'unshift': b.unshift(target, this.part(i, b)); break;
      case 'shift': b.shift(target); break;
      case 'splice': this.splice(op, b); break;
      case 'resize': b.resize(target, this.get(i)); break;
      case 'addinto': if (this.tangent.has(i)) b.addinto(target, this.tangent.get(i)!); break;
      case 'clear': b.clear(target); break;
    }
  }

  private call(op: Op, b: Builder): void {
    const request = this.analysis.requestAt(op);
    const callee = this.library.jvp(request);
    const active = op.args.filter((_, i) => request.wrt[i]);
    const args = [...op.args.map((a) => this.get(a)), ...active.map((a) => this.tangent.get(a) ?? b.const(0))];
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

  /** The results that have a tangent, with its type. */
  private activeOf(values: Value[]): { k: number; type: Type }[] {
    return values.flatMap((v, k) => (this.analysis.active(v) ? [{ k, type: isMemory(v.type) ? shadowType(v) : NUMBER }] : []));
  }

  private branch(op: Op, b: Builder): void {
    const active = this.activeOf(op.results);
    const inside = (region: Region) => (inner: Builder) => {
      this.region(region, inner);
      return [...region.yields.map((v) => this.get(v)), ...active.map(({ k }) => this.tangentOrZero(region.yields[k], inner))];
    };
    const copy = b.if(this.get(op.args[0]), [...op.results.map((r) => r.type), ...active.map((t) => t.type)], inside(op.regions[0]), inside(op.regions[1]));
    this.bind(op.results, active, copy.results);
  }

  private loop(op: Op, b: Builder): void {
    const active = this.activeOf(op.params);
    const initial = [...op.args.map((a) => this.get(a)), ...active.map(({ k }) => this.tangentOrZero(op.args[k], b))];
    const copy = b.loop(
      op.attr.loop!, initial,
      (inner, params) => {
        this.bind(op.params, active, params);
        this.region(op.regions[0], inner);
        return this.get(op.regions[0].yields[0]);
      },
      (inner) => {
        const { yields } = op.regions[1];
        this.region(op.regions[1], inner);
        return [...yields.map((v) => this.get(v)), ...active.map(({ k }) => this.tangentOrZero(yields[k], inner))];
      },
    );
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

function tangentType(type: Type): Type {
  return type.kind === 'number' ? NUMBER : cotangentType(type);
}

/** Ṙ has the structure of R; leaves without derivative are undefined. */
export function tangentResult(result: Result): Result {
  switch (result.kind) {
    case 'void': return result;
    case 'value': return { kind: 'value', type: tangentType(result.type) };
    case 'tuple': return { kind: 'tuple', parts: result.parts.map(tangentResult) };
    case 'record': return { kind: 'record', names: result.names, parts: result.parts.map(tangentResult) };
  }
}

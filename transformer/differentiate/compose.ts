/**
 * The bodies of transforms as functions, see ir/composed.ts:
 *
 *   grad(f)                  →  f_gradient(x)  { [, x_bar] = f_grad(x, 1); return x_bar; }
 *   jvp(f, [x], [v])         →  f_jvp_of(x, v) { return f_jvp(x, v); }
 *   [y, pull] = vjp(f, [x])  →  f_forward(x)   { [y, saved] = f_fwd(x); return [y, saved]; }
 *   pull(u)                  →  f_pullback(saved, u) { return f_bwd(saved, u); }
 *
 * `linearize` gives two halves in the same way, f_linear(x) and f_push(saved, v).
 *
 *   jacobian(f)              →  f_jacobian_of(x) { return f_jacobian(x); }
 *
 * They are small, and inlined wherever they are called. The derivative with respect to one number is taken in forward mode,
 * which then costs no more than reverse mode, keeps nothing, and grows slowly over the orders: with a tangent of 1, the
 * tangents of one order are those of the order before, and only one value is new for each operation and order.
 */
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { type Asked, type Axis, type Composed, type MatrixName, gradientResult, tangentResult, tangentType, withWritten } from '../ir/composed.ts';
import { Func, type Result, type Value, resultTypes, resultType } from '../ir/ir.ts';
import { type Saved, type Type, isDifferentiable, isMemory } from '../ir/types.ts';
import type { Derivatives } from './derivatives.ts';
import { type Pair, type Request, zerosLike } from './variant.ts';

export function compose(spec: Composed, derivatives: Derivatives): Func {
  return new Composition(spec, derivatives).make();
}

class Composition {
  private primal: Func;
  private func: Func;
  private b: Builder;
  private own: Result;
  private written: Type[];

  constructor(private spec: Composed, private derivatives: Derivatives) {
    const primal = (this.primal = derivatives.primal(spec.of.id));
    this.func = new Func(spec.id, spec.name, primal.span);
    this.b = new Builder(this.func.body, primal.span);
    this.written = primal.body.yields.slice(spec.results).map((v) => v.type);
    this.own = this.written.length === 0 ? primal.result : ownResult(primal.result, this.written.length);
  }

  make(): Func {
    const { spec } = this;
    switch (spec.kind) {
      case 'gradient': this.gradient(spec.asked, spec.withValue); break;
      case 'jvp': this.jvp(spec.wrt); break;
      case 'forward': this.forward(spec.saved); break;
      case 'pullback': this.pullback(spec.saved); break;
      case 'linear': this.linear(spec.saved); break;
      case 'push': this.push(spec.saved); break;
      case 'matrix': this.matrix(spec.which, spec.asked); break;
      case 'vmap': this.vmap(spec.axes, spec.types); break;
    }
    return this.func;
  }

  private get isActive(): boolean[] {
    const active = this.derivatives.activeParameters(this.spec.of.id, this.spec.results);
    return this.primal.params.map((_, i) => active.includes(i));
  }

  /** The derivative with respect to these parameters, of what the function returns. */
  private request(wrt: boolean[]): Request {
    const { results } = this.derivatives.request(this.spec.of.id, []);
    return { id: this.spec.of.id, wrt, results: results.map((is, k) => is && k < this.spec.results) };
  }

  private parameters(): Value[] {
    return this.primal.params.map(({ value, ...rest }) => addParam(this.func, value.type, value.span, value.name ?? 'x', rest));
  }

  private gradient(asked: Asked | Asked[], withValue: boolean): void {
    const { primal, spec, b, derivatives } = this;
    const all = Array.isArray(asked) ? asked : [asked];
    const { isActive } = this;
    // A derivative does not depend on everything on which its function does; its own is zero there.
    const isDerived = derivatives.isComposed(spec.of.id);
    for (const { place } of all) if (!isActive[place] && !isDerived) fail('TL3005', spec.span, primal.name, primal.params[place].value.name ?? String(place));
    const wrt = primal.params.map((_, i) => all.some((a) => a.place === i));
    const args = this.parameters();
    const types = primal.params.map((p) => p.value.type);
    // What happens to cotangents, forward mode does not know.
    const isScalar = !Array.isArray(asked) && types[asked.place].kind === 'number' && primal.body.yields[0].type.kind === 'number' && !derivatives.hasPullback(spec.of.id);
    const reference = isScalar ? derivatives.slope(this.request(wrt)) : derivatives.grad(this.request(wrt));
    const out = b.call(reference, isScalar ? args : [...args, b.const(1)], resultTypes(derivatives.primal(reference.id).result));
    const values = out.slice(0, primal.body.yields.length);
    const bars = new Map<number, Value>();
    wrt.forEach((is, i) => { if (is) bars.set(i, out[values.length + bars.size]); });
    const chosen = all.map(({ place, element }) => (element === undefined ? bars.get(place)! : b.load(bars.get(place)!, b.const(element))));
    this.finish([...(withValue ? values.slice(0, spec.results) : []), ...chosen], values.slice(spec.results), gradientResult(this.own, types, asked, withValue));
  }

  private jvp(asked: number[]): void {
    const { primal, spec, b, derivatives } = this;
    const args = this.parameters();
    const tangents = asked.map((i) => {
      const { value } = primal.params[i];
      return addParam(this.func, tangentType(value.type), value.span, `${value.name ?? 'x'}_dot`);
    });
    const { isActive } = this;
    const wrt = primal.params.map((_, i) => isActive[i] && asked.includes(i));
    const types = primal.body.yields.map((v) => v.type);
    const result: Result = { kind: 'tuple', parts: [this.own, tangentResult(this.own)] };
    if (!wrt.includes(true)) {
      const values = b.call(spec.of, args, types);
      const own = values.slice(0, spec.results);
      return this.finish([...own, ...own.map((v) => zerosLike(b, v))], values.slice(spec.results), result);
    }
    const reference = derivatives.jvp(this.request(wrt));
    const given = tangents.filter((_, k) => isActive[asked[k]]);
    // The derivative takes them in the order of the parameters.
    const inOrder = primal.params.flatMap((_, i) => (wrt[i] ? [given[asked.filter((j) => isActive[j]).indexOf(i)]] : []));
    const out = b.call(reference, [...args, ...inOrder], [...types, ...types.map(tangentType)]);
    const dots = out.slice(types.length, types.length + spec.results);
    this.finish([...out.slice(0, spec.results), ...dots], out.slice(spec.results, types.length), result);
  }

  private matrix(which: MatrixName, asked: number | number[]): void {
    const { primal, spec, b, derivatives, isActive } = this;
    for (const place of [asked].flat()) if (!isActive[place] && !derivatives.isComposed(spec.of.id)) fail('TL3005', spec.span, primal.name, primal.params[place].value.name ?? String(place));
    if (this.written.length > 0) fail('TL2014', spec.span, primal.name, which);
    const reference = derivatives.matrix(which, spec.of.id, asked, spec.span);
    const { result } = derivatives.primal(reference.id);
    this.finish(b.call(reference, this.parameters(), resultTypes(result)), [], result);
  }

  private vmap(axes: Axis[], types: Type[]): void {
    const { primal, spec, b, derivatives } = this;
    if (this.written.length > 0) fail('TL2014', spec.span, primal.name, 'vmap');
    const reference = derivatives.vmap({ id: spec.of.id, axes, types, span: spec.span });
    const batched = derivatives.primal(reference.id);
    const args = batched.params.map(({ value, ...rest }) => addParam(this.func, value.type, value.span, value.name ?? 'x', rest));
    this.finish(b.call(reference, args, resultTypes(batched.result)), [], batched.result);
  }

  private forward(saved: Saved): void {
    const { primal, spec, b } = this;
    const args = this.parameters();
    const types = primal.body.yields.map((v) => v.type);
    const { pair, zeros } = this.halves(saved);
    const out = pair ? b.call(pair.fwd, args, [...types, pair.saved]) : b.call(spec.of, args, types);
    let record = out[types.length];
    if (!pair || zeros.length > 0) record = b.literal(saved, [...(pair ? [record] : []), ...zeros.map((i) => zerosLike(b, args[i]))]);
    const own = this.own.kind === 'void' ? [] : [this.own];
    this.finish(out.slice(0, spec.results), [...out.slice(spec.results, types.length), record], { kind: 'tuple', parts: own }, true);
  }

  private pullback(saved: Saved): void {
    const { primal, spec, b } = this;
    const { pair, zeros, wrt } = this.halves(saved);
    const record = addParam(this.func, saved, primal.span, 'saved');
    const bar = addParam(this.func, tangentType(resultType(this.own)), primal.span, 'y_bar');
    const handed = pair && zeros.length > 0 ? b.field(record, '0') : record;
    // Captured variables that the function writes have no cotangent here.
    const whole = this.written.length === 0 ? bar
      : b.literal({ kind: 'tuple', elements: [bar.type, ...this.written.map(tangentType)] }, [bar, ...this.written.map((type) => b.const(type.kind === 'number' ? 0 : undefined))]);
    const types = primal.params.map((p) => tangentType(p.value.type));
    const out = pair ? b.call(pair.bwd, [handed, whole], types.filter((_, i) => wrt[i])) : [];
    const bars = spec.places.map((i): Value => {
      if (wrt[i]) return out[wrt.slice(0, i).filter(Boolean).length];
      const at = zeros.indexOf(i);
      if (at >= 0 && types[i].kind === 'nd') return b.field(record, String(at + (pair ? 1 : 0)));
      if (at >= 0) return b.clone(b.field(record, String(at + (pair ? 1 : 0))));
      return b.const(primal.params[i].value.type.kind === 'number' ? 0 : undefined);
    });
    this.finish(bars, [], { kind: 'tuple', parts: bars.map((v): Result => ({ kind: 'value', type: v.type })) });
  }

  /** The two sweeps, and the parameters in memory whose cotangent is zero, so that its structure must be kept. */
  private halves(saved: Saved): { pair?: Pair; wrt: boolean[]; zeros: number[] } {
    const { spec, primal, derivatives, isActive } = this;
    const wrt = isActive.map((is, i) => is && spec.places.includes(i));
    const zeros = primal.params.flatMap(({ value: { type } }, i) => (spec.places.includes(i) && !wrt[i] && (isMemory(type) || type.kind === 'nd') && isDifferentiable(type) ? [i] : []));
    if (this.written.some(isMemory)) fail('TL2014', spec.span, primal.name, 'vjp');
    const pair = wrt.includes(true) ? derivatives.vjp(this.request(wrt), zeros.length === 0 ? saved : undefined) : undefined;
    if (pair?.saved !== saved && saved.fields.length === 0) {
      saved.fields = [...(pair ? [pair.saved] : []), ...zeros.map((i) => tangentType(primal.params[i].value.type))];
      derivatives.savedTypes.push(saved);
    }
    return { pair, wrt, zeros };
  }

  private linear(saved: Saved): void {
    const { primal, spec, b } = this;
    const args = this.parameters();
    const types = primal.body.yields.map((v) => v.type);
    const pair = this.linearHalves(saved);
    const out = b.call(pair?.fwd ?? spec.of, args, pair ? [...types, pair.saved] : types);
    // Where nothing is active, the tangent is zero, and the map keeps its structure.
    const record = pair ? out[types.length] : b.literal(saved, out.filter((v) => isMemory(v.type)).map((v) => zerosLike(b, v)));
    this.finish([...out.slice(0, types.length), record], [], { kind: 'tuple', parts: [...(this.own.kind === 'void' ? [] : [this.own]), { kind: 'value', type: saved }] });
  }

  private push(saved: Saved): void {
    const { primal, spec, b, isActive } = this;
    const pair = this.linearHalves(saved);
    const record = addParam(this.func, saved, primal.span, 'saved');
    const tangents = spec.places.filter((i) => isDifferentiable(primal.params[i].value.type)).map((i) => {
      const { value } = primal.params[i];
      return { i, dot: addParam(this.func, tangentType(value.type), value.span, `${value.name ?? 'x'}_dot`) };
    });
    const types = primal.body.yields.map((v) => tangentType(v.type));
    // The derivative takes them in the order of the parameters.
    const given = tangents.filter(({ i }) => isActive[i]).sort((p, q) => p.i - q.i).map(({ dot }) => dot);
    let next = 0;
    const dots = pair ? b.call(pair.bwd, [record, ...given], types) : primal.body.yields.map(({ type }) => {
      if (isMemory(type)) return b.clone(b.field(record, String(next++)));
      return b.const(type.kind === 'number' ? 0 : undefined);
    });
    this.finish(dots, [], tangentResult(this.own));
  }

  /** Both halves, if anything depends on the arguments. */
  private linearHalves(saved: Saved): Pair | undefined {
    const { spec, primal, derivatives, isActive } = this;
    const wrt = isActive.map((is, i) => is && spec.places.includes(i));
    if (wrt.includes(true)) return derivatives.linear(this.request(wrt), saved);
    if (saved.fields.length === 0) {
      saved.fields = primal.body.yields.flatMap((v) => (isMemory(v.type) ? [tangentType(v.type)] : []));
      derivatives.savedTypes.push(saved);
    }
    return undefined;
  }

  private finish(values: Value[], others: Value[], own: Result, spread = false): void {
    this.func.body.yields = [...values, ...others];
    const types = others.map((v) => v.type);
    this.func.result = spread && own.kind === 'tuple' ? { kind: 'tuple', parts: [...own.parts, ...types.map((type): Result => ({ kind: 'value', type }))] } : withWritten(own, types);
  }
}

/** The result without the captured variables behind it. */
function ownResult(result: Result, written: number): Result {
  if (result.kind !== 'tuple') return result;
  const parts = result.parts.slice(0, result.parts.length - written);
  return parts[0] ?? { kind: 'void' };
}

/**
 * Linear systems of the implicit function theorem: ∂f/∂x(c) u = −b, or with the transpose. In IR a solution is an operation
 * on b and c that knows f, so that it can be differentiated like any other; with P(c, u) the product ∂f/∂x(c) u,
 *
 *   u̇ = S(ḃ + ∂P/∂c ċ)          w = Sᵀ(ū),  b̄ = w,  c̄ = (∂P/∂c)ᵀ w
 *
 * Only where it is printed it becomes a call of the runtime with the function that gives products:
 *
 *   const saved = f_lin(c); solveLinear((v) => f_push(saved, v), b, …)
 */
import { Builder, addParam } from '../ir/build.ts';
import { Func, type FuncRef, type Op, type Result, type Value, resultType } from '../ir/ir.ts';
import { BOUNDARY, type CustomRules, type System } from '../ir/rules.ts';
import { NUMBER, isDifferentiable, isMemory } from '../ir/types.ts';
import { allOps, substitute } from '../ir/walk.ts';
import { tangentResult, tangentType } from '../ir/composed.ts';
import { inlineCall } from '../optimise/inline.ts';
import { add } from '../rules/arithmetic.ts';
import type { Derivatives } from './derivatives.ts';
import type { Request } from './variant.ts';

export function transposed(system: System): System { return system.symmetric ? system : { ...system, transposed: !system.transposed }; }

/** The operation, at the point that the arguments of f are. */
export function solve(b: Builder, system: System, right: Value, point: readonly Value[], derivatives: Derivatives): Value {
  const args = [right, ...point];
  const id = `solve:${system.of.id}:${system.transposed}:${system.options}`;
  const types = args.map((v) => v.type);
  derivatives.provide(id, { name: 'solveLinear', span: b.span, parameters: () => types, system });
  const type = system.transposed ? tangentType(resultType(derivatives.primal(system.of.id).result)) : tangentType(point[0].type);
  return b.op('extern', args, [type], { text: 'solveLinear', runtime: true, pure: true, world: 'none', custom: id, shown: system.options }).result;
}

export function systemRules(id: string, { system, parameters, span, name }: CustomRules, derivatives: Derivatives): Pick<CustomRules, 'vjp' | 'jvp'> {
  const types = parameters();
  const product = productOf(system!, derivatives);
  const active = derivatives.activeParameters(product.id);
  const others = types.slice(1).map((_, i) => active.includes(i));
  const start = (form: string) => {
    const func = new Func(`${id}:${form}`, name, span);
    const params = types.map((type, i) => addParam(func, type, span, i === 0 ? 'b' : `c${i}`));
    const b = new Builder(func.body, span, true);
    return { func, params, b, u: solve(b, system!, params[0], params.slice(1), derivatives) };
  };
  return {
    vjp: () => {
      const { func, params: [, ...point], b, u } = start('vjp');
      b.op('undef', [], [NUMBER], { text: BOUNDARY });
      const u_bar = addParam(func, u.type, span, 'u_bar');
      const w = solve(b, transposed(system!), u_bar, point, derivatives);
      const bars = pullback(b, derivatives, product, [...point, u], [...others, false], w);
      return finish(func, [u, w, ...point.map((_, i) => bars[i] ?? b.const(undefined))]);
    },
    jvp: () => {
      const { func, params: [right, ...point], b, u } = start('jvp');
      const [right_dot, ...dots] = [right, ...point].map((p) => (isDifferentiable(p.type) ? addParam(func, tangentType(p.type), span, `${p.name}_dot`) : undefined));
      const change = tangent(b, derivatives, product, [...point, u], [...others, false], [...dots, undefined]);
      return finish(func, [u, solve(b, system!, sum(b, right_dot!, change), point, derivatives)]);
    },
  };
}

/** Products with the matrix as a function: of what f takes and of a vector. */
function productOf({ of, transposed: isTransposed }: System, derivatives: Derivatives): FuncRef {
  if (!isTransposed) return derivatives.tangent(derivatives.request(of.id, [0]));
  const id = `${of.id}:transposed`;
  const { params, result, name, span } = derivatives.primal(of.id);
  derivatives.define(id, () => {
    const func = new Func(id, `${name}_transposed`, span);
    const b = new Builder(func.body, span);
    const point = params.map((p) => addParam(func, p.value.type, span, p.value.name ?? 'x'));
    const y_bar = addParam(func, tangentType(resultType(result)), span, 'y_bar');
    const [bar] = pullback(b, derivatives, of, point, point.map((_, i) => i === 0), y_bar);
    func.body.yields = [bar!];
    func.result = { kind: 'value', type: bar!.type };
    return func;
  });
  return { id, name: `${name}_transposed` };
}

/** Puts calls in the place of solutions of systems, and what was found in the place of solutions, where nobody differentiates any more. */
export function writeSolutions(func: Func, derivatives: Derivatives): boolean {
  const found = allOps(func.body).filter((op) => op.attr.text === '$0' && derivatives.ruleOf(op)?.implicit);
  substitute(func.body, new Map(found.map((op) => [op.result, op.args[0]])));
  for (const op of found) op.parent.ops.splice(op.parent.ops.indexOf(op), 1);
  const solutions = allOps(func.body).flatMap((op) => {
    const system = derivatives.ruleOf(op)?.system;
    return system ? [{ op, system }] : [];
  });
  for (const { op, system } of solutions) {
    const [right, ...point] = op.args;
    const region = op.parent;
    const b = new Builder(region, op.span, false, region.ops.indexOf(op));
    const request = inOneGo(derivatives.request(system.of.id, [0]));
    const { fwd, bwd, saved } = system.transposed ? derivatives.vjp(request) : derivatives.linear(request);
    const kept = b.call(fwd, point, [...derivatives.primal(system.of.id).body.yields.map((v) => v.type), saved]).at(-1)!;
    const forward = kept.def as Op;
    const { custom: _, ...attr } = op.attr;
    const call = b.op('extern', [right, kept], [op.result.type], { ...attr, product: { of: bwd, part: system.transposed } });
    substitute(func.body, new Map([[op.result, call.result]]));
    region.ops.splice(region.ops.indexOf(op), 1);
    if (derivatives.optimises) inlineCall(forward, func, derivatives);
  }
  return solutions.length + found.length > 0;
}

/** (∂f/∂args)ᵀ ȳ with respect to some of the arguments. */
export function pullback(b: Builder, derivatives: Derivatives, f: FuncRef, args: readonly Value[], wrt: readonly boolean[], y_bar: Value): (Value | undefined)[] {
  if (!wrt.includes(true)) return [];
  const primal = derivatives.primal(f.id);
  const { fwd, bwd, saved } = derivatives.vjp(inOneGo(derivatives.request(f.id, places(wrt))));
  const kept = b.call(fwd, [...args], [...primal.body.yields.map((v) => v.type), saved]).at(-1)!;
  const asked = primal.params.filter((_, i) => wrt[i]);
  const bars = b.call(bwd, [kept, y_bar], asked.map((p) => tangentType(p.value.type)));
  let next = 0;
  return wrt.map((is) => (is ? bars[next++] : undefined));
}

/** ∂f/∂args ȧ with respect to some of the arguments. */
export function tangent(b: Builder, derivatives: Derivatives, f: FuncRef, args: readonly Value[], wrt: readonly boolean[], dots: readonly (Value | undefined)[]): Value | undefined {
  const asked = wrt.map((is, i) => is && dots[i] !== undefined);
  if (!asked.includes(true)) return undefined;
  const { body, result } = derivatives.primal(f.id);
  const given = dots.filter((d, i): d is Value => asked[i]);
  const tangents = b.call(derivatives.tangent(derivatives.request(f.id, places(asked))), [...args, ...given], body.yields.map((v) => tangentType(v.type)));
  return whole(b, result, tangents);
}

function places(wrt: readonly boolean[]): number[] { return wrt.flatMap((is, i) => (is ? [i] : [])); }

/** Nothing is written between the two sweeps. */
function inOneGo(request: Request): Request { return { ...request, unstable: { wrt: request.wrt.map(() => false), results: request.results.map(() => false) } }; }

/** Several tangents as the one that the result has. */
function whole(b: Builder, result: Result, parts: readonly Value[]): Value {
  const rest = [...parts];
  const build = (r: Result): Value => (r.kind === 'tuple' || r.kind === 'record' ? b.literal(resultType(tangentResult(r)), r.parts.map(build)) : rest.shift()!);
  return build(result);
}

function sum(b: Builder, x: Value, y: Value | undefined): Value {
  if (!y) return x;
  if (!isMemory(x.type)) return add(b, x, y);
  const total = b.clone(x);
  b.addinto(total, y);
  return total;
}

export function finish(func: Func, yields: Value[]): Func {
  func.body.yields = yields;
  func.result = { kind: 'tuple', parts: yields.map((v): Result => ({ kind: 'value', type: v.type })) };
  return func;
}

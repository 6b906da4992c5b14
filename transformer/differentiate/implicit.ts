/**
 * Derivatives by the implicit function theorem. The solution x of G(x, θ) = 0 is a function of θ:
 *
 *   ẋ = S(∂G/∂θ θ̇)                θ̄ = (∂G/∂θ)ᵀ Sᵀ(x̄)         with S(b) the solution u of ∂G/∂x u = −b
 *
 * Neither the solver that found x is differentiated nor a matrix formed: S is an operation of its own, see systems.ts.
 */
import { fail } from '../diagnostics.ts';
import { Builder, addParam } from '../ir/build.ts';
import { Func, type FuncRef, type Value } from '../ir/ir.ts';
import { BOUNDARY, type CustomRules, type System } from '../ir/rules.ts';
import { NUMBER, type Type, isDifferentiable } from '../ir/types.ts';
import { tangentType } from '../ir/composed.ts';
import type { Derivatives } from './derivatives.ts';
import { finish, pullback, solve, tangent, transposed } from './systems.ts';

type Rules = Pick<CustomRules, 'vjp' | 'jvp'>;

/** The rules of an operation that gives what a solver has found. */
export function implicitRules(id: string, rules: CustomRules, derivatives: Derivatives): Rules {
  const { implicit, parameters, span, name } = rules;
  const { form, of } = implicit!;
  const types = parameters();
  const make = new Equation(id, name, types, rules, derivatives);
  if (form === 'minimum') return make.envelope();
  const symmetric = form === 'argmin';
  const equation = symmetric ? gradientOf(of, span, derivatives) : of;
  if (!derivatives.activeParameters(equation.id).includes(0)) fail('TL3005', span, of.name, derivatives.primal(of.id).params[0].value.name ?? 'x');
  return make.theorem(equation, symmetric);
}

/** ∂E/∂x as a function of its own. */
function gradientOf(of: FuncRef, span: CustomRules['span'], derivatives: Derivatives): FuncRef {
  const id = `${of.id}:gradient`;
  const name = `${of.name.replace(/\W/g, '_')}_gradient`;
  const { params, body } = derivatives.primal(of.id);
  derivatives.define(id, () => ({ kind: 'gradient', id, name, of, places: params.map((_, i) => i), results: body.yields.length, asked: { place: 0 }, withValue: false, span }));
  return { id, name };
}

class Equation {
  constructor(private id: string, private name: string, private types: Type[], private rules: CustomRules, private derivatives: Derivatives) {}

  /** Of x0, which the solver has found, and θ. */
  theorem(equation: FuncRef, symmetric: boolean): Rules {
    const { derivatives } = this;
    const { form, options } = this.rules.implicit!;
    const texts = [`name: '${form}'`, ...(symmetric ? ['symmetric: true'] : []), ...(form === 'fixedPoint' ? ['lessIdentity: true'] : [])];
    const system: System = { of: equation, symmetric, transposed: false, options: `{ ${texts.join(', ')} }${options === undefined ? '' : `, ${options}`}` };
    const active = derivatives.activeParameters(equation.id);
    const others = this.types.map((_, i) => i > 0 && active.includes(i));
    return {
      vjp: () => {
        const { func, params, b } = this.start('vjp', this.types);
        const x = this.solution(b, params, params[0]);
        b.op('undef', [], [NUMBER], { text: BOUNDARY });
        const x_bar = addParam(func, tangentType(this.types[0]), func.span, 'x_bar');
        const args = [x, ...params.slice(1)];
        const u = solve(b, transposed(system), x_bar, args, derivatives);
        const bars = pullback(b, derivatives, equation, args, others, u);
        return finish(func, [x, ...this.types.map((_, i) => bars[i] ?? b.const(undefined))]);
      },
      jvp: () => {
        const { func, params, b } = this.start('jvp', this.types);
        const dots = this.tangents(func, params);
        const x = this.solution(b, params, params[0]);
        const args = [x, ...params.slice(1)];
        const right = tangent(b, derivatives, equation, args, others, dots);
        return finish(func, [x, right ? solve(b, system, right, args, derivatives) : b.zeros(x)]);
      },
    };
  }

  /** Of the least value, of x0 and θ: E(x, θ) with x held fixed, which in derivatives of this derivative it is not. */
  envelope(): Rules {
    const { derivatives } = this;
    const { of, options } = this.rules.implicit!;
    const inner = `${this.id}:argmin`;
    const types = this.types.slice(1);
    derivatives.provide(inner, { name: 'argmin', span: this.rules.span, parameters: () => types, implicit: { form: 'argmin', of, ...(options === undefined ? {} : { options }) } });
    const active = derivatives.activeParameters(of.id);
    const others = types.map((_, i) => i > 0 && active.includes(i));
    const point = (b: Builder, params: readonly Value[]) => [identity(b, inner, params.slice(1), [...types.keys()].slice(1)), ...params.slice(2)];
    return {
      vjp: () => {
        const { func, params, b } = this.start('vjp', this.types);
        const y = this.solution(b, params, params[0]);
        const args = point(b, params);
        b.op('undef', [], [NUMBER], { text: BOUNDARY });
        const y_bar = addParam(func, NUMBER, func.span, 'y_bar');
        const bars = pullback(b, derivatives, of, args, others, y_bar);
        return finish(func, [y, b.const(undefined), ...types.map((_, i) => bars[i] ?? b.const(undefined))]);
      },
      jvp: () => {
        const { func, params, b } = this.start('jvp', this.types);
        const dots = this.tangents(func, params);
        const y = this.solution(b, params, params[0]);
        return finish(func, [y, tangent(b, derivatives, of, point(b, params), others, dots.slice(1)) ?? b.const(0)]);
      },
    };
  }

  private start(form: string, types: readonly Type[]): { func: Func; params: Value[]; b: Builder } {
    const { span } = this.rules;
    const func = new Func(`${this.id}:${form}`, this.name, span);
    const names = this.derivatives.primal(this.rules.implicit!.of.id).params.map((p) => p.value.name);
    const params = types.map((type, i) => addParam(func, type, span, names[i - (types.length - names.length)] ?? 'y'));
    return { func, params, b: new Builder(func.body, span) };
  }

  /** A tangent for each parameter that has one. */
  private tangents(func: Func, params: readonly Value[]): (Value | undefined)[] {
    return params.map((p) => (isDifferentiable(p.type) ? addParam(func, tangentType(p.type), func.span, `${p.name}_dot`) : undefined));
  }

  /** What was found, as a function of θ in derivatives of what is written here. */
  private solution(b: Builder, params: readonly Value[], found: Value): Value {
    const first = this.rules.implicit!.form === 'minimum' ? 2 : 1;
    return identity(b, this.id, [found, ...params.slice(1)], [...params.keys()].slice(first));
  }
}

/** The same value, with a rule of its own: it depends on these of its arguments. */
function identity(b: Builder, id: string, args: readonly Value[], carries: number[]): Value {
  const { type } = args[0];
  const isNumber = type.kind === 'number';
  return b.op('extern', [...args], [type], { text: isNumber ? '$0' : 'cloneOf', ...(isNumber ? {} : { runtime: true }), pure: true, world: 'none', custom: id, carries }).result;
}

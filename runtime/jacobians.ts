/**
 * Jacobians and linear maps. The compiler has written a function for each of them; here is what checks what the caller
 * passes, and a Jacobian of functions that are known at run time only, from their pullback.
 */
import { derivativesOf, nameOf } from './registry.ts';
import { checkStructure, copyTangent, kindOf, mapParts, zerosLike } from './structure.ts';
import { derivativesOfGradient } from './second.ts';
import { checkDisjoint, checkPrimal, checkPrimals, gather, placeOf, unavailable } from './transforms.ts';
import type { AnyFunction, Argnums, Cotangent, Derivatives, GradOptions, HessianOf, JacobianOf, Tangents } from './types.ts';

/**
 * Value and linear map: `const [y, push] = linearize(f, primals)`.
 *
 * `push(...tangents)` takes one tangent for each argument, `undefined` for zero, and gives ẏ = Σ ∂y/∂x · ẋ in the structure
 * of `y`, as `jvp` does. `f` runs once, in `linearize`; the map may be called many times, and later, at the cost of the
 * derivative's arithmetic alone.
 *
 * @param derivatives Inserted by the compiler.
 * @throws Error if `f` was not compiled, or is known at run time only.
 * @throws TypeError, RangeError if a primal or a tangent is of the wrong kind or length.
 */
export function linearize<F extends AnyFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'linearize'),
): [value: ReturnType<F>, push: (...tangents: Partial<Tangents<Parameters<F>>>) => Cotangent<ReturnType<F>>] {
  const { wrt, lin, push } = derivatives;
  if (!lin || !push) throw unavailable(f, 'linearize');
  if (derivatives.rest) {
    const { params } = derivatives;
    const [value, map] = linearize.call(this, f, gather(primals, params), { ...derivatives, rest: false });
    const zeros = primals.map((x, i) => (i < params - 1 ? undefined : zerosLike(x)));
    return [value, ((...tangents: unknown[]) => map(...gather(zeros.map((zero, i) => tangents[i] ?? zero), params))) as never];
  }
  checkPrimals(f, primals, derivatives, 'linearize');
  // The caller may change the arguments later, so their structure is taken down now.
  const zeros = wrt.map((i) => zerosLike(primals[i]));
  const [value, linear] = lin.apply(this, primals);
  return [value, ((...tangents: unknown[]) => {
    if (tangents.length > primals.length) throw new RangeError(`tapeless: linearize: ${tangents.length} tangents for ${primals.length} arguments of ${nameOf(f)}`);
    return push(linear, ...wrt.map((i, k) => {
      const tangent = tangents[i];
      if (tangent === undefined) return copyTangent(zeros[k]);
      checkStructure(tangent, zeros[k], `tapeless: linearize: tangent of argument ${i}`);
      return copyTangent(tangent, zeros[k]);
    }));
  }) as never];
}

/**
 * The Jacobian by forward mode, for functions with more results than arguments.
 *
 * `jacfwd(f)(...args)` has the structure of the result outside and that of the argument inside: `∂y[j]/∂x[i]` is
 * `jacobian[j][i]`, that of a record `{ a, b }` with respect to a `Float64Array` is `{ a: Float64Array, b: Float64Array }`.
 * `argnums` as in `grad`. `f` runs once.
 *
 * @param derivatives Inserted by the compiler.
 * @throws As `grad`.
 */
export function jacfwd<F extends AnyFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'jacfwd'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => JacobianOf<F, A> {
  return matrix(f, options, derivatives, 'jacfwd');
}

/** The Jacobian by reverse mode, for functions with more arguments than results. As `jacfwd`. */
export function jacrev<F extends AnyFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'jacrev'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => JacobianOf<F, A> {
  return matrix(f, options, derivatives, 'jacrev');
}

/** The Jacobian by whichever mode is cheaper for the numbers of arguments and of results. As `jacfwd`. */
export function jacobian<F extends AnyFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'jacobian'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => JacobianOf<F, A> {
  return matrix(f, options, derivatives, 'jacobian');
}

/**
 * The Hessian, forward mode over reverse mode: the Jacobian of the gradient, `∂²y/∂x[i]∂x[j]` is `hessian[i][j]`. Of
 * records it is a record of records. `argnums` as in `grad`; for a list it is a tuple of tuples.
 *
 * @param derivatives Inserted by the compiler.
 * @throws As `grad`.
 */
export function hessian<F extends AnyFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'hessian'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => HessianOf<F, A> {
  return matrix(f, options, derivatives, 'hessian');
}

type Matrix = 'jacfwd' | 'jacrev' | 'jacobian' | 'hessian';

function matrix(f: AnyFunction, options: GradOptions | undefined, derivatives: Derivatives, transform: Matrix): (this: any, ...args: any[]) => any {
  const { params, disjoint } = derivatives;
  const run = derivatives[transform];
  const argnums = options?.argnums ?? 0;
  const asked = typeof argnums === 'number' ? [argnums] : argnums;
  for (const i of asked) placeOf(f, i, derivatives, transform);
  const sweeps = transform === 'hessian' ? derivatives.gradient && derivativesOfGradient(f, derivatives, argnums) : derivatives;
  if (!run && (!sweeps?.fwd || !sweeps.bwd || derivatives.rest)) throw unavailable(f, transform);
  return function (this: unknown, ...args: unknown[]) {
    for (const i of asked) checkPrimal(f, i, args[i], transform);
    if (disjoint) checkDisjoint(f, args, disjoint, transform);
    const own = args.length > params ? args.slice(0, params) : args;
    if (run) return run.apply(this, own);
    const zeros = asked.map((i) => (sweeps!.wrt.includes(i) ? undefined : zerosLike(args[i])));
    const [value, saved] = sweeps!.fwd!.apply(this, own);
    return rows(value, (cotangent) => {
      const bars = sweeps!.bwd!(saved, cotangent);
      const chosen = asked.map((i, k) => copyTangent(zeros[k] ?? bars[sweeps!.wrt.indexOf(i)]));
      return typeof argnums === 'number' ? chosen[0] : chosen;
    });
  };
}

/** The pullback of each number of the result, in its place: of a cotangent that is 1 there and 0 elsewhere. */
function rows(value: any, pullback: (cotangent: unknown) => any): unknown {
  const cotangent = { y: zerosLike(value) };
  const row = (holder: any, key: any) => {
    holder[key] = 1;
    const gradient = pullback(cotangent.y);
    holder[key] = 0;
    return gradient;
  };
  const visit = (part: any, holder: any, key: any): unknown => {
    switch (kindOf(part)) {
      case 'number': return row(holder, key);
      case 'floats': {
        const all = Array.from(part, (_, i) => row(holder[key], i));
        return typeof all[0] === 'number' ? part.constructor.from(all) : all;
      }
      case 'discrete': return undefined;
      case 'map': throw new TypeError('tapeless: the Jacobian of a Map; use vjp');
      default: return mapParts(part, (inner, name) => visit(inner, holder[key], name));
    }
  };
  return visit(value, cotangent, 'y');
}

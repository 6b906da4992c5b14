/** Where a function is least: `argmin`, and how much it is there: `minimum`. */
import { nameOf, register } from '../registry.ts';
import { grad, jvp, vjp } from '../transforms.ts';
import type { AnyFunction } from '../types.ts';
import { solution } from './solution.ts';
import type { SolveOptions } from './solve.ts';

/**
 * A solver that finds where E(x, …θ) is least in x, as a function of θ with derivatives: `root` for the equation ∂E/∂x = 0,
 * of which the Jacobian is symmetric, so that large systems are solved by conjugate gradients.
 *
 *     const fit = argmin((w: Float64Array, lambda: number) => loss(w) + lambda * dot(w, w))(descend);
 *
 * The minimum must be one at which the Hessian of E with respect to x is positive definite. Derivatives of E are needed up
 * to the second order; where E is only known at run time, mark it `// @differentiate order=2`.
 *
 * @throws As `root`.
 */
export function argmin<X, P extends any[]>(E: (x: X, ...theta: P) => number, options?: SolveOptions): (solver: (...theta: P) => X) => (...theta: P) => X {
  return (solver) => solution(solver, () => grad(E as AnyFunction), Math.max(E.length - 1, solver.length), { name: 'argmin', symmetric: true }, options);
}

/**
 * The least value of E(x, …θ) over x as a function of θ with derivatives: `minimum(E)(solver)(…θ)` is E(solver(…θ), …θ). By
 * the envelope theorem (J. M. Danskin, The Theory of Max-Min, 1967) the solution counts as constant in its derivative, which
 * takes no linear system. Higher derivatives follow the solution, as those of `argmin` do.
 */
export function minimum<X, P extends any[]>(E: (x: X, ...theta: P) => number, options?: SolveOptions): (solver: (...theta: P) => X) => (...theta: P) => number {
  void options;
  return (solver) => {
    const params = Math.max(E.length - 1, solver.length);
    const value = (...theta: P): number => E(solver(...theta), ...theta);
    const pull = (theta: P) => vjp(E as AnyFunction, [solver(...theta), ...theta]) as unknown as [number, (bar: number) => unknown[]];
    register(value, {
      wrt: Array.from({ length: params }, (_, i) => i), params,
      jvp(...args: any[]) {
        const theta = args.slice(0, params) as P;
        return jvp(E as AnyFunction, [solver(...theta), ...theta], [undefined, ...args.slice(params)]);
      },
      fwd: (...theta: P) => pull(theta),
      bwd: (pullback: (bar: number) => unknown[], bar: number) => pullback(bar).slice(1),
      grad(...args: any[]) {
        const [least, pullback] = pull(args.slice(0, params) as P);
        return [least, ...pullback(args.length > params ? args[params] : 1).slice(1)];
      },
    });
    // What the compiler asks for: the solution, beside the value.
    return Object.assign(Object.defineProperty(value, 'name', { value: nameOf(solver) }), { solution: solver }) as typeof value;
  };
}

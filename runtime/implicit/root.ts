/** Solutions of equations: `root`. */
import type { Tangent } from '../types.ts';
import { solution } from './solution.ts';
import type { SolveOptions } from './solve.ts';

/**
 * A solver of F(x, …θ) = 0 as a function of θ with derivatives: `root(F)(solver)(…θ)` is `solver(…θ)`, and its derivative that
 * of the implicit function theorem. F takes the unknown x first, a number, an array or a record, and gives something of its
 * structure. The solver may be any function, compiled or not; it is not differentiated, and must solve the equation well.
 *
 *     const cubeRoot = root((x: number, a: number) => x ** 3 - a)((a) => Math.cbrt(a));
 *
 * The linear system is solved by products with the Jacobian ∂F/∂x or its transpose, which is never formed unless it is
 * small (see `SolveOptions`).
 *
 * @throws Error with the residual, when a derivative is taken where the system is singular or the solver of it does not converge.
 */
export function root<X, P extends any[]>(F: (x: X, ...theta: P) => Tangent<X>, options?: SolveOptions): (solver: (...theta: P) => X) => (...theta: P) => X {
  return (solver) => solution(solver, () => F, Math.max(F.length - 1, solver.length), { name: 'root' }, options);
}

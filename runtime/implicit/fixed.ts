/** Fixed points: `fixedPoint`. */
import type { Tangent } from '../types.ts';
import { solution } from './solution.ts';
import type { SolveOptions } from './solve.ts';

/**
 * A solver of x = g(x, …θ) as a function of θ with derivatives: `root` for the equation g(x, …θ) − x = 0.
 *
 *     const cosine = fixedPoint((x: number, k: number) => Math.cos(k * x))(iterate);
 *
 * @throws As `root`.
 */
export function fixedPoint<X, P extends any[]>(g: (x: X, ...theta: P) => Tangent<X>, options?: SolveOptions): (solver: (...theta: P) => X) => (...theta: P) => X {
  return (solver) => solution(solver, () => g, Math.max(g.length - 1, solver.length), { name: 'fixedPoint', lessIdentity: true }, options);
}

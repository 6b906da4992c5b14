/**
 * The conjugate gradient method for symmetric positive definite systems: M. R. Hestenes and E. Stiefel, "Methods of conjugate
 * gradients for solving linear systems", Journal of Research of the National Bureau of Standards 49 (1952), 409–436.
 */
import type { Product } from './solve.ts';
import { axpy, dot, norm } from './vectors.ts';

export function conjugateGradients(product: Product, b: Float64Array, tolerance: number, maxIterations: number): { x: Float64Array; iterations: number } {
  const x = new Float64Array(b.length);
  const r = b.slice();
  const p = b.slice();
  const limit = tolerance * norm(b);
  let rr = dot(r, r);
  let iterations = 0;
  while (iterations < maxIterations && norm(r) > limit) {
    iterations++;
    const ap = product(p);
    const curvature = dot(p, ap);
    // Not positive definite: the residual will say so.
    if (!(curvature > 0)) break;
    const step = rr / curvature;
    axpy(step, p, x);
    axpy(-step, ap, r);
    const next = dot(r, r);
    for (let i = 0; i < p.length; i++) p[i] = r[i] + (next / rr) * p[i];
    rr = next;
  }
  return { x, iterations };
}

/**
 * GMRES with restarts, for systems that are not symmetric: Y. Saad and M. H. Schultz, "GMRES: a generalized minimal residual
 * algorithm for solving nonsymmetric linear systems", SIAM Journal on Scientific and Statistical Computing 7 (1986), 856–869.
 * The basis is orthogonalised by the modified Gram–Schmidt process, the small least-squares problem solved by Givens rotations.
 */
import type { Product } from './solve.ts';
import { axpy, dot, norm } from './vectors.ts';

/** So many directions are kept before it starts again from what it has. */
const RESTART = 60;

export function gmres(product: Product, b: Float64Array, tolerance: number, maxIterations: number): { x: Float64Array; iterations: number } {
  const n = b.length;
  const x = new Float64Array(n);
  const limit = tolerance * norm(b);
  let iterations = 0;
  for (let before = Infinity; iterations < maxIterations;) {
    const r = b.slice();
    if (iterations > 0) axpy(-1, product(x), r);
    const beta = norm(r);
    // Another start that gains nothing is the last.
    if (!(beta > limit) || beta > 0.99 * before) break;
    before = beta;
    const m = Math.min(RESTART, n, maxIterations - iterations);
    const basis = [r.map((e) => e / beta)];
    const columns: Float64Array[] = [];
    const rotations: [cos: number, sin: number][] = [];
    const g = new Float64Array(m + 1);
    g[0] = beta;
    let k = 0;
    for (; k < m && Math.abs(g[k]) > limit; k++) {
      iterations++;
      const w = product(basis[k]).slice();
      const size = norm(w);
      const h = new Float64Array(m + 1);
      for (let i = 0; i <= k; i++) {
        h[i] = dot(w, basis[i]);
        axpy(-h[i], basis[i], w);
      }
      const length = norm(w);
      h[k + 1] = length;
      rotations.forEach(([c, s], i) => { [h[i], h[i + 1]] = [c * h[i] + s * h[i + 1], c * h[i + 1] - s * h[i]]; });
      const rho = Math.hypot(h[k], h[k + 1]);
      // Nothing new, where the matrix is singular.
      if (!(rho > 1e-14 * size)) break;
      const [c, s] = [h[k] / rho, h[k + 1] / rho];
      rotations.push([c, s]);
      h[k] = rho;
      h[k + 1] = 0;
      [g[k], g[k + 1]] = [c * g[k], -s * g[k]];
      columns.push(h);
      if (length === 0) {
        k++;
        break;
      }
      basis.push(w.map((e) => e / length));
    }
    const y = new Float64Array(k);
    for (let i = k - 1; i >= 0; i--) {
      y[i] = g[i];
      for (let j = i + 1; j < k; j++) y[i] -= columns[j][i] * y[j];
      y[i] /= columns[i][i];
    }
    for (let i = 0; i < k; i++) axpy(y[i], basis[i], x);
  }
  return { x, iterations };
}

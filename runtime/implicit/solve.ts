/**
 * The linear system of the implicit function theorem, known by products with its matrix alone. Small systems are solved
 * directly, symmetric ones by conjugate gradients, others by GMRES. What has been found is checked against the system.
 */
import { conjugateGradients } from './cg.ts';
import { dense } from './dense.ts';
import { gmres } from './gmres.ts';
import { axpy, fromVector, norm, toVector } from './vectors.ts';

export type Product = (v: Float64Array) => Float64Array;

export interface SolveOptions {
  /** The residual that is aimed at, relative to the right-hand side. Default: 1e-12. */
  readonly tolerance?: number;
  /** Products with the matrix, at most. Default: 10 for each unknown number, at least 200. */
  readonly maxIterations?: number;
  /** Systems of at most so many unknown numbers are solved directly. Default: 32. */
  readonly dense?: number;
}

/** What the compiler knows of a system. */
export interface System {
  /** What it is for, in messages. */
  readonly name: string;
  readonly symmetric?: boolean;
  /** The matrix less the identity is meant. */
  readonly lessIdentity?: boolean;
}

/** A residual that is larger, relative to the right-hand side, is an error. */
const ACCEPTED = 1e-6;

/**
 * u with M u = −b, or (M − 1) u = −b; `product` gives M v. Everything has the structure of `b`.
 *
 * @throws Error with the residual, where the system is singular or the solver does not converge.
 * @internal
 */
export function solveLinear<T>(product: (v: T) => unknown, b: T, { name, symmetric, lessIdentity }: System, options: SolveOptions = {}): T {
  const right = toVector(b).map((x) => -x);
  const n = right.length;
  const { tolerance = 1e-12, maxIterations = Math.max(200, 10 * n), dense: small = 32 } = options;
  const size = norm(right);
  if (size === 0) return fromVector(new Float64Array(n), b);
  if (!Number.isFinite(size)) throw new RangeError(`tapeless: ${name}: the right-hand side of the linear system of the implicit derivative (${n} unknowns) is not finite`);
  const matrix: Product = (v) => {
    const w = toVector(product(fromVector(v, b)));
    if (w.length !== n) throw new TypeError(`tapeless: ${name}: what is to be zero has another number of numbers than the unknown: ${w.length} and ${n}`);
    if (lessIdentity) axpy(-1, v, w);
    return w;
  };
  const { x, iterations } = n <= small ? { x: dense(matrix, right), iterations: n }
    : symmetric ? conjugateGradients(matrix, right, tolerance, maxIterations) : gmres(matrix, right, tolerance, maxIterations);
  const residual = matrix(x);
  axpy(-1, right, residual);
  const error = norm(residual) / size;
  if (!(error <= Math.max(ACCEPTED, tolerance))) {
    throw new Error(`tapeless: ${name}: the linear system of the implicit derivative (${n} unknowns) ${n <= small ? 'is singular' : 'did not converge'}: `
      + `relative residual ${error} after ${iterations} products, expected at most ${Math.max(ACCEPTED, tolerance)}`);
  }
  return fromVector(x, b);
}

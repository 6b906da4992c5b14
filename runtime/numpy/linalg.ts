/** Linear algebra, of matrices and of batches of them (all axes but the last two). Computed in float64, whatever the dtype. */
import { type NDArray, filled } from './array.ts';
import { where } from './compare.ts';
import { astype, eye } from './create.ts';
import { type DType, floating, promote } from './dtype.ts';
import { fail, show } from './errors.ts';
import { determinant, factorCholesky, logDeterminant, solveDense, solveTriangle } from './kernels/dense.ts';
import { broadcastTo, reshape, swapaxes } from './layout.ts';
import { type Shape, broadcastShapes } from './shape.ts';

/**
 * The lower triangular L with L Lᵀ = A, of a symmetric positive definite matrix, of which only the lower triangle is read.
 * @throws NumpyError where the matrix is not positive definite.
 */
export function cholesky(a: NDArray): NDArray { return factorCholesky(real(square('cholesky', a))); }

export interface Triangular {
  /** Whether A is lower triangular: true if not given. The other triangle is not read. */
  lower?: boolean;
  /** Whether to solve Aᵀ x = b. */
  transposed?: boolean;
  /** Whether A's diagonal is taken as ones. */
  unitDiagonal?: boolean;
}
/** The solution x of A x = b for a triangular A; b is a vector, or a matrix whose columns are. @throws NumpyError for a 0 on the diagonal. */
export function triangularSolve(a: NDArray, b: NDArray, { lower = true, transposed = false, unitDiagonal = false }: Triangular = {}): NDArray {
  return solving('triangularSolve', a, b, (m, x) => solveTriangle(m, x, lower, transposed, unitDiagonal));
}

/** The solution x of A x = b; b is a vector, or a matrix whose columns are. @throws NumpyError where A is singular. */
export function solve(a: NDArray, b: NDArray): NDArray { return solving('solve', a, b, (m, x) => solveDense(m, x, 'solve')); }

/** The inverse matrix. @throws NumpyError where there is none. */
export function inv(a: NDArray): NDArray {
  const m = real(square('inv', a));
  return solveDense(m, broadcastTo(eye(m.shape.at(-1)!, undefined, 0, m.dtype), m.shape), 'inv');
}

/** The determinant; 0 of a singular matrix. */
export function det(a: NDArray): NDArray { return determinant(real(square('det', a))); }

/** The determinant as [sign, log |det|]; [0, −∞] of a singular matrix. */
export function slogdet(a: NDArray): [sign: NDArray, logdet: NDArray] { return logDeterminant(real(square('slogdet', a))); }

/** The lower triangle, up to the k-th diagonal above the main one; zeros elsewhere. */
export function tril(a: NDArray, k = 0): NDArray { return triangle('tril', a, k, (i, j) => j <= i + k); }
/** The upper triangle, from the k-th diagonal above the main one on; zeros elsewhere. */
export function triu(a: NDArray, k = 0): NDArray { return triangle('triu', a, k, (i, j) => j >= i + k); }

/** Matrices transposed: the last two axes swapped. */
export function matrixTranspose(a: NDArray): NDArray { return swapaxes(a, -1, -2); }

function triangle(op: string, a: NDArray, k: number, keep: (i: number, j: number) => boolean): NDArray {
  if (a.ndim < 2) fail(op, `of an array of shape ${show(a.shape)}`);
  const [m, n] = a.shape.slice(-2);
  return where(filled([m, n], 'bool', (out) => { for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] = +keep(i, j); }), a, 0);
}

function square(op: string, a: NDArray): NDArray {
  const [m, n] = a.shape.slice(-2);
  return a.ndim >= 2 && m === n ? a : fail(op, `needs square matrices; the shape is ${show(a.shape)}`);
}

function real(a: NDArray): NDArray { return astype(a, floating(a.dtype)); }

function solving(op: string, given: NDArray, b: NDArray, solver: (a: NDArray, b: NDArray) => NDArray): NDArray {
  const dtype: DType = floating(promote(given.dtype, b.dtype));
  const a = astype(square(op, given), dtype);
  const n = a.shape.at(-1)!;
  const vector = b.ndim === 1;
  const x = astype(vector ? reshape(b, [b.size, 1]) : b, dtype);
  if (b.ndim === 0 || x.shape.at(-2) !== n) fail(op, `shapes ${show(given.shape)} and ${show(b.shape)} do not fit`);
  const batch = broadcastShapes(op, a.shape.slice(0, -2), x.shape.slice(0, -2));
  const result = solver(broadcastTo(a, [...batch, n, n]), broadcastTo(x, [...batch, n, x.shape.at(-1)!]));
  return vector ? reshape(result, [...batch, n] as Shape) : result;
}

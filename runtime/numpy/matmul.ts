/**
 * Products of matrices and vectors, and their cotangents, which take the operands transposed without moving an element:
 *   C = A B,   Ā = C̄ Bᵀ,   B̄ = Aᵀ C̄
 */
import { type NDArray, type Operand, isArray } from './array.ts';
import { type DType, promote } from './dtype.ts';
import { lift, mul } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { products } from './kernels/contract.ts';
import { ravel, reshape } from './layout.ts';
import { type Shape, broadcastShapes, broadcastStrides, sizeOf } from './shape.ts';
import { reshapeLike, sumTo, sumToShape } from './adjoints.ts';

export interface Transposed { ta?: boolean; tb?: boolean }

/** NumPy's matmul: of matrices, of batches of them (leading axes are broadcast), of vectors. @throws NumpyError where inner sizes differ. */
export function matmul(x: NDArray, y: NDArray): NDArray {
  const [a, b] = [asMatrix(x, 'row'), asMatrix(y, 'column')];
  if (x.ndim === 0 || y.ndim === 0) fail('matmul', `needs arrays of one axis at least; shapes are ${show(x.shape)} and ${show(y.shape)}`);
  if (a.shape.at(-1) !== b.shape.at(-2)) fail('matmul', `shapes ${show(x.shape)} and ${show(y.shape)} do not fit: ${a.shape.at(-1)} columns, ${b.shape.at(-2)} rows`);
  const c = contract(a, b);
  if (x.ndim > 1 && y.ndim > 1) return c;
  return reshape(c, c.shape.filter((_, i) => !(x.ndim === 1 && i === c.ndim - 2) && !(y.ndim === 1 && i === c.ndim - 1)));
}

/** The cotangent of x in matmul(x, y); x only says which shape it has. */
export function matmulLhs(g: NDArray, y: NDArray, x: NDArray): NDArray {
  const product = contract(resultMatrix(g, x, y), asMatrix(y, 'column'), { tb: true });
  return reshape(sumToShape(product, asMatrix(x, 'row').shape), x.shape);
}

/** The cotangent of y in matmul(x, y); y only says which shape it has. */
export function matmulRhs(g: NDArray, x: NDArray, y: NDArray): NDArray {
  const product = contract(asMatrix(x, 'row'), resultMatrix(g, x, y), { ta: true });
  return reshape(sumToShape(product, asMatrix(y, 'column').shape), y.shape);
}

/** A vector is a matrix of one row, or of one column. */
function asMatrix(x: NDArray, vector: 'row' | 'column'): NDArray {
  return x.ndim > 1 ? x : reshape(x, vector === 'row' ? [1, x.size] : [x.size, 1]);
}

/** The product's cotangent with the axes that it lost to vectors. */
function resultMatrix(g: NDArray, x: NDArray, y: NDArray): NDArray {
  const shape = [...g.shape];
  if (y.ndim === 1) shape.push(1);
  if (x.ndim === 1) shape.splice(shape.length - 1, 0, 1);
  return reshape(g, shape);
}

/** Products of batches of matrices, the last two axes of each; `ta`, `tb`: with the matrices of x, of y, transposed. */
export function contract(x: NDArray, y: NDArray, { ta = false, tb = false }: Transposed = {}): NDArray {
  const [p, q] = x.shape.slice(-2);
  const [r, s] = y.shape.slice(-2);
  const [m, k, n] = [ta ? q : p, ta ? p : q, tb ? r : s];
  if (x.ndim < 2 || y.ndim < 2 || k !== (tb ? s : r)) {
    fail('contract', `shapes ${show(x.shape)}${ta ? ' transposed' : ''} and ${show(y.shape)}${tb ? ' transposed' : ''} do not fit`);
  }
  const batch = broadcastShapes('matmul', x.shape.slice(0, -2), y.shape.slice(0, -2));
  const dtype = multiplied(x, y);
  const as = starts(x.shape.slice(0, -2), batch, p * q);
  const bs = starts(y.shape.slice(0, -2), batch, r * s);
  // One matrix for all batches of rows is one product of all the rows.
  if (!ta && y.ndim === 2 && batch.length) return products(x, y, { m: m * sizeOf(batch), n, k, ta, tb, as: [0], bs: [0] }, [...batch, m, n], dtype);
  return products(x, y, { m, n, k, ta, tb, as, bs }, [...batch, m, n], dtype);
}

/** Where the matrices of each batch begin. */
function starts(from: Shape, batch: Shape, size: number): number[] {
  let at = [0];
  broadcastStrides(from, batch).forEach((stride, axis) => { at = at.flatMap((start) => Array.from({ length: batch[axis] }, (_, i) => start + i * stride)); });
  return at.map((i) => i * size);
}

function multiplied(x: NDArray, y: NDArray): DType {
  const dtype = promote(x.dtype, y.dtype);
  return dtype === 'bool' ? 'int32' : dtype;
}

/** NumPy's dot of operands of at most two axes (x may have more): products of numbers and arrays, of vectors, of matrices. */
export function dot(x: Operand, y: Operand): NDArray {
  if (!isArray(x) || !isArray(y) || x.ndim === 0 || y.ndim === 0) return mul(x, y);
  if (y.ndim > 2) fail('dot', `of shapes ${show(x.shape)} and ${show(y.shape)}: np.matmul or np.einsum say which axes are meant`);
  return matmul(x, y);
}

/** The cotangent of x in dot(x, y). */
export function dotLhs(g: NDArray, y: Operand, x: Operand): Operand { return isArray(x) && isArray(y) && x.ndim && y.ndim ? matmulLhs(g, y, x) : sumTo(mul(g, y), x); }
/** The cotangent of y in dot(x, y). */
export function dotRhs(g: NDArray, x: Operand, y: Operand): Operand { return isArray(x) && isArray(y) && x.ndim && y.ndim ? matmulRhs(g, x, y) : sumTo(mul(x, g), y); }

/** All products of an element of x with one of y, both flattened. */
export function outer(x: Operand, y: Operand): NDArray {
  const [a, b] = [lift(x), lift(y)];
  return contract(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
}
/** The cotangent of x in outer(x, y). */
export function outerLhs(g: NDArray, y: Operand, x: Operand): Operand { return sumTo(reshapeLike(matmul(g, ravel(y)), x), x); }
/** The cotangent of y in outer(x, y). */
export function outerRhs(g: NDArray, x: Operand, y: Operand): Operand { return sumTo(reshapeLike(matmul(ravel(x), g), y), y); }

/** Large products and functions of many numbers, by WebAssembly. */
import type { TypedArray } from '../dtype.ts';
import { type Kernels, room, wasm } from '../wasm.ts';
import type { Product } from './contract.ts';

/** From this many multiplications on, packing and copying pay. */
const LEAST = 32768;
/** From this many on, without packing. */
const LEAST_THIN = 8192;
/** Rows of one piece: what is packed of A, and C, are a few megabytes. */
const PIECE = 2 ** 20;
const ROWS = 4;

/** A product in WebAssembly, if it is one for it. @internal */
export function productSimd(a: TypedArray, at: number, b: TypedArray, bt: number, out: TypedArray, to: number, p: Product): boolean {
  const { m, n, k } = p;
  const thin = m < ROWS || k < ROWS;
  if (m * n * k < (thin ? LEAST_THIN : LEAST) || n < ROWS || !(out instanceof Float32Array || out instanceof Float64Array)) return false;
  const w = wasm();
  if (!w) return false;
  if (thin) thinProduct(w, a, at, b, bt, out, to, p);
  else packedProduct(w, a, at, b, bt, out, to, p);
  return true;
}

/** Operands are copied as they are; of a few rows that lie as columns, element by element. */
function thinProduct(w: Kernels, a: TypedArray, at: number, b: TypedArray, bt: number, out: Float32Array | Float64Array, to: number, { m, n, k, ta, tb }: Product): void {
  const start = room(w, out.BYTES_PER_ELEMENT * (m * k + n * k + m * n + 8));
  const x = view(w, out, start, m * k);
  const y = view(w, out, start + align(x.byteLength), n * k);
  const c = view(w, out, y.byteOffset + align(y.byteLength), m * n);
  if (ta && m > 1 && k > 1) for (let i = 0; i < m; i++) for (let l = 0; l < k; l++) x[i * k + l] = a[at + l * m + i];
  else x.set(a.subarray(at, at + m * k));
  y.set(b.subarray(bt, bt + n * k));
  const single = out instanceof Float32Array;
  // With one row of B, or one column, both ways to lie in memory are the same.
  const multiply = tb && k > 1 ? (single ? w.dots32 : w.dots64) : single ? w.rows32 : w.rows64;
  multiply(x.byteOffset, y.byteOffset, c.byteOffset, m, n, k);
  out.set(c, to);
}

/** Operands are copied and packed in panels, rows of A piece by piece. */
function packedProduct(w: Kernels, a: TypedArray, at: number, b: TypedArray, bt: number, out: Float32Array | Float64Array, to: number, { m, n, k, ta, tb }: Product): void {
  const size = out.BYTES_PER_ELEMENT;
  const [pack, multiply, width] = size === 4 ? [w.pack32, w.multiply32, 8] : [w.pack64, w.multiply64, 4];
  const columns = Math.ceil(n / width) * width;
  const height = Math.min(Math.max(Math.ceil(PIECE / Math.max(k, n) / ROWS) * ROWS, ROWS), Math.ceil(m / ROWS) * ROWS);
  const raw = Math.max((ta ? m : height) * k, k * n);
  const start = room(w, size * (raw + height * k + columns * k + height * columns + 8));
  const given = view(w, out, start, raw);
  const packedB = start + align(size * raw);
  const packedA = packedB + size * columns * k;
  const c = view(w, out, packedA + size * height * k, height * columns);
  given.set(b.subarray(bt, bt + n * k));
  pack(start, packedB, n, k, tb ? k : 1, tb ? 1 : n, width);
  if (ta) given.set(a.subarray(at, at + m * k));
  for (let i = 0; i < m; i += height) {
    const rows = Math.min(height, m - i);
    if (!ta) given.set(a.subarray(at + i * k, at + (i + rows) * k));
    pack(ta ? start + size * i : start, packedA, rows, k, ta ? 1 : k, ta ? m : 1, ROWS);
    multiply(packedA, packedB, c.byteOffset, rows, n, k, columns);
    if (columns === n) out.set(c.subarray(0, rows * n), to + i * n);
    else for (let r = 0; r < rows; r++) out.set(c.subarray(r * columns, r * columns + n), to + (i + r) * n);
  }
}

/** Memory of the kernels as an array of the same kind as another. */
function view({ memory }: Kernels, like: Float32Array | Float64Array, start: number, length: number): Float32Array | Float64Array {
  return like instanceof Float32Array ? new Float32Array(memory.buffer, start, length) : new Float64Array(memory.buffer, start, length);
}

function align(bytes: number): number { return (bytes + 15) & ~15; }

/** Numbers of a block: in the first cache, with the result. */
const BLOCK = 2048;

const FUNCTIONS = { exp: 'exp32', log: 'log32', tanh: 'tanh32', sigmoid: 'sigmoid32' } as const;

/** A function of many float32 numbers in WebAssembly, if it has it. Bounds of its errors: 2 ulp for exp, log and tanh, 3 for sigmoid. @internal */
export function functionSimd(op: string, a: TypedArray, out: TypedArray): boolean {
  if (out.length < BLOCK || !(a instanceof Float32Array) || !(out instanceof Float32Array) || !Object.hasOwn(FUNCTIONS, op)) return false;
  const w = wasm();
  if (!w) return false;
  const start = room(w, 8 * BLOCK);
  const f = w[FUNCTIONS[op as keyof typeof FUNCTIONS]];
  const [from, result] = [new Float32Array(w.memory.buffer, start, BLOCK), new Float32Array(w.memory.buffer, start + 4 * BLOCK, BLOCK)];
  for (let i = 0; i < out.length; i += BLOCK) {
    const n = Math.min(BLOCK, out.length - i);
    from.set(a.subarray(i, i + n));
    f(start + 4 * BLOCK, start, (n + 3) & ~3);
    out.set(n === BLOCK ? result : result.subarray(0, n), i);
  }
  return true;
}

/** Large products and functions of many numbers, by WebAssembly. */
import type { TypedArray } from '../dtype.ts';
import { room, wasm } from '../wasm.ts';
import type { Product } from './contract.ts';

/** From this many multiplications on, packing and copying pay. */
const LEAST_PRODUCT = 32768;
/** Rows of one piece: what is packed of A, and C, are a few megabytes. */
const PIECE = 2 ** 20;
const ROWS = 4;

/**
 * A product in WebAssembly, if it is one for it. Operands are copied and packed in panels, rows of A piece by piece.
 * @internal
 */
export function productSimd(a: TypedArray, at: number, b: TypedArray, bt: number, out: TypedArray, to: number, { m, n, k, ta, tb }: Product): boolean {
  if (m < ROWS || n < ROWS || k < ROWS || m * n * k < LEAST_PRODUCT) return false;
  const single = out instanceof Float32Array;
  const w = single || out instanceof Float64Array ? wasm() : null;
  if (!w) return false;
  const [pack, multiply, size, width] = single ? [w.pack32, w.multiply32, 4, 8] : [w.pack64, w.multiply64, 8, 4];
  const columns = Math.ceil(n / width) * width;
  const height = Math.min(Math.max(Math.ceil(PIECE / Math.max(k, n) / ROWS) * ROWS, ROWS), Math.ceil(m / ROWS) * ROWS);
  const whole = ta ? m : height;
  const start = room(w, size * (Math.max(whole * k, k * n) + height * k + columns * k + height * columns));
  const raw = (single ? new Float32Array(w.memory.buffer, start, Math.max(whole * k, k * n)) : new Float64Array(w.memory.buffer, start, Math.max(whole * k, k * n))) as Float64Array;
  const packedB = start + size * raw.length;
  const packedA = packedB + size * columns * k;
  const result = packedA + size * height * k;
  raw.set(b.subarray(bt, bt + n * k));
  pack(start, packedB, n, k, tb ? k : 1, tb ? 1 : n, width);
  const c = (single ? new Float32Array(w.memory.buffer, result, height * columns) : new Float64Array(w.memory.buffer, result, height * columns)) as Float64Array;
  if (ta) raw.set(a.subarray(at, at + m * k));
  for (let i = 0; i < m; i += height) {
    const rows = Math.min(height, m - i);
    if (!ta) raw.set(a.subarray(at + i * k, at + (i + rows) * k));
    pack(ta ? start + size * i : start, packedA, rows, k, ta ? 1 : k, ta ? m : 1, ROWS);
    multiply(packedA, packedB, result, rows, n, k, columns);
    if (columns === n) out.set(c.subarray(0, rows * n), to + i * n);
    else for (let r = 0; r < rows; r++) out.set(c.subarray(r * columns, r * columns + n), to + (i + r) * n);
  }
  return true;
}

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

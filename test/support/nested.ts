/** A plain reference for n-d arrays: a shape and a function of the index. Nothing of it is fast. */
import fc from 'fast-check';
import { np } from './kernels.ts';

export type Index = number[];
export interface Plain { shape: number[]; at: (index: Index) => number }

export function indices(shape: readonly number[]): Index[] {
  return shape.reduce<Index[]>((all, n) => all.flatMap((index) => Array.from({ length: n }, (_, i) => [...index, i])), [[]]);
}

export function plain(x: np.NDArray): Plain {
  const data = x.dataSync();
  return { shape: [...x.shape], at: (index) => data[index.reduce((sum, i, axis) => sum * x.shape[axis] + i, 0)] };
}

/** The elements, in row-major order. */
export function flat(x: Plain): number[] { return indices(x.shape).map(x.at); }

/** Broadcasting, by its definition. */
export function broadcast(x: Plain, shape: readonly number[]): Plain {
  const lead = shape.length - x.shape.length;
  return { shape: [...shape], at: (index) => x.at(x.shape.map((n, i) => (n === 1 ? 0 : index[i + lead]))) };
}

export function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    return m === 1 ? n : m;
  });
}

/** Shapes of up to four axes, sizes 0 and 1 among them. */
export const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** Two or three shapes that can be broadcast together. */
export const broadcastable = (count: number): fc.Arbitrary<number[][]> => shapes.chain((shape) => fc.tuple(...Array.from({ length: count }, () => (
  fc.tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })).map(([drop, ones]) => shape.map((n, i) => (ones[i] ? 1 : n)).slice(drop))))));

export const dtypes = ['bool', 'int32', 'float32', 'float64'] as const;

const SPECIAL = [0, -0, 1, -1, 0.5, -2.5, 3, 1e-3, 40, -700, NaN, Infinity, -Infinity];

/** An array of this shape and dtype with numbers that a seed gives; every third is a special one, if asked for. */
export function filledWith(shape: readonly number[], dtype: np.DType, seed: number, special = false): np.NDArray {
  let state = (seed * 2654435761) >>> 0;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const size = shape.reduce((p, n) => p * n, 1);
  const values = Array.from({ length: size }, (): number => {
    const r = next();
    if (dtype === 'bool') return +(r < 0.5);
    if (dtype === 'int32') return Math.floor(r * 21) - 10;
    return special && next() < 0.3 ? SPECIAL[Math.floor(r * SPECIAL.length)] : (r - 0.5) * 6;
  });
  return np.array(Float64Array.from(values), { dtype, shape });
}

/** Rounded as an array of this dtype holds it. */
export function rounded(x: number, dtype: np.DType): number {
  return dtype === 'float32' ? Math.fround(x) : dtype === 'int32' ? x | 0 : dtype === 'bool' ? +(x !== 0) : x;
}

/** The first difference of an array from its reference, or nothing; `close` is a relative tolerance. */
export function difference(x: np.NDArray, want: Plain, close = 0): string | undefined {
  if (x.shape.join() !== want.shape.join()) return `shape ${x.shape}, expected ${want.shape}`;
  const got = plain(x);
  for (const index of indices(want.shape)) {
    const [a, b] = [got.at(index), want.at(index)];
    if (!(Object.is(a, b) || a === b || Math.abs(a - b) <= close * Math.max(1, Math.abs(b)))) return `at [${index}]: ${a}, expected ${b}`;
  }
  return undefined;
}

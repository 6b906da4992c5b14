/**
 * Trees of parameters: np arrays, numbers and typed arrays of floating-point numbers, in records and lists of any depth.
 * Gradients have the structure of their parameters; parts without a derivative (`undefined` in a gradient) stay as they are.
 */
import type { NDArray } from '../numpy/array.ts';
import { Memory, use } from '../numpy/device.ts';
import { isFloat, typedArray } from '../numpy/dtype.ts';
import { show } from '../numpy/errors.ts';
import { borrow } from '../numpy/pool.ts';

type Floats = Float64Array | Float32Array;

/** By its brand, so that programs without arrays do not load them. */
function isArray(x: unknown): x is NDArray { return typeof x === 'object' && x !== null && 'isNDArray' in x; }

function elements(x: NDArray): Floats {
  if (!(x.storage instanceof Memory)) throw new TypeError(`optim: parameters are on ${x.device}; read them back first`);
  return use(x.storage) as Floats;
}

function isFloats(x: unknown): x is Floats { return x instanceof Float64Array || x instanceof Float32Array; }

/**
 * f of the numbers of trees that have one structure; the result has it, too. Where the first tree has no number, the result has `undefined`.
 * @throws TypeError where structures differ, RangeError where shapes or lengths do.
 * @internal
 */
export function zip<T>(f: (...numbers: number[]) => number, first: T, ...others: readonly unknown[]): T { return part(f, [first, ...others], '') as T; }

function part(f: (...numbers: number[]) => number, xs: readonly unknown[], path: string): unknown {
  const [x] = xs;
  if (typeof x === 'number') return f(...xs.map((y) => (typeof y === 'number' ? y : mismatch(path, 'a number', y))));
  if (isArray(x)) {
    if (!isFloat(x.dtype)) return undefined;
    const data = xs.map((y) => (isArray(y) && y.size === x.size && show(y.shape) === show(x.shape) ? elements(y) : mismatch(path, `an array of shape ${show(x.shape)}`, y)));
    const out = borrow(x.dtype, x.size) as Floats;
    each(f, data as Floats[], out);
    return new (x.constructor as typeof NDArray)(x.shape, x.dtype, new Memory(out, true));
  }
  if (isFloats(x)) {
    const out = typedArray(x instanceof Float32Array ? 'float32' : 'float64', x.length) as Floats;
    each(f, xs.map((y) => (isFloats(y) && y.length === x.length ? y : mismatch(path, `${x.length} numbers`, y))), out);
    return out;
  }
  if (Array.isArray(x)) return x.map((_, i) => part(f, xs.map((y) => (Array.isArray(y) && y.length === x.length ? y[i] : mismatch(path, `a list of ${x.length}`, y))), `${path}[${i}]`));
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return undefined;
  return Object.fromEntries(Object.keys(x).map((key) => [key, part(f, xs.map((y) => (typeof y === 'object' && y !== null ? (y as Record<string, unknown>)[key] : mismatch(path, 'a record', y))), `${path}.${key}`)]));
}

/** One, two and three operands have loops of their own, without a list for each number. */
function each(f: (...numbers: number[]) => number, [a, b, c, ...more]: readonly Floats[], out: Floats): void {
  if (!b) for (let i = 0; i < out.length; i++) out[i] = f(a[i]);
  else if (!c) for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i]);
  else if (!more.length) for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i], c[i]);
  else for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i], c[i], ...more.map((x) => x[i]));
}

function mismatch(path: string, expected: string, y: unknown): never {
  const got = isArray(y) ? `an array of shape ${show(y.shape)}` : Array.isArray(y) ? `a list of ${y.length}` : isFloats(y) ? `${y.length} numbers` : typeof y;
  throw new TypeError(`optim: trees differ${path && ` at ${path}`}: ${got}, expected ${expected}`);
}

/** Parameters with updates added; what has no update stays as it is. optax's apply_updates. */
export function applyUpdates<P>(params: P, updates: P): P { return added(params, updates) as P; }

function added(x: unknown, u: unknown): unknown {
  if (u === undefined) return x;
  if (typeof x === 'number' || isArray(x) || isFloats(x)) return zip((a, b) => a + b, x, u);
  if (Array.isArray(x)) return x.map((y, i) => added(y, (u as unknown[])[i]));
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return x;
  return Object.assign(Object.create(Object.getPrototypeOf(x)), Object.fromEntries(Object.entries(x).map(([key, y]) => [key, added(y, (u as Record<string, unknown>)[key])])));
}

/** Zeros in the structure of a tree. @internal */
export function zeros<T>(tree: T): T { return zip(() => 0, tree); }

/** Σ xy over all numbers of two trees. @internal */
export function inner(x: unknown, y: unknown): number {
  let sum = 0;
  zip((a, b) => {
    sum += a * b;
    return 0;
  }, x, y);
  return sum;
}

/** The Euclidean norm of all numbers of a tree. optax's global_norm. */
export function globalNorm(tree: unknown): number { return Math.sqrt(inner(tree, tree)); }

/** Memory against time: calls and loops whose values are computed again rather than kept. */
import type { AnyFunction } from './types.ts';
import { keysOf, kindOf, partOf } from './structure.ts';

/**
 * The function itself. Where it is called in a function that is differentiated in reverse mode, the derivative keeps the
 * arguments of the call and nothing of what happens in it, and computes the call again when its cotangents are known.
 *
 *     const y = checkpoint(layer)(x, weights);
 */
export function checkpoint<F extends AnyFunction>(f: F): F {
  return f;
}

/**
 * The step before which to take the next snapshot, on the way from step `from`, before which there is one, up to the
 * step `to`, when the steps from `to - 1` down to `from` are to be reversed with `free` more snapshots. Infinity if none.
 *
 * With s snapshots, that at `from` among them, and each step run at most r times, C(s + r, s) steps can be reversed
 * (A. Griewank, A. Walther: Algorithm 799, ACM TOMS 26, 2000). The least number of runs is reached if the steps behind
 * the next snapshot are as many as s - 1 snapshots reverse with r runs, and those before it as many as s snapshots
 * reverse with r - 1 runs; where both cannot be full, anything between is as good as long as neither is more than that
 * or less than what one run less would do.
 * @internal
 */
export function nextSnapshot(from: number, to: number, free: number): number {
  const steps = to - from;
  if (free <= 0 || steps <= 1) return Infinity;
  // A snapshot of each one, or of all but the last.
  if (steps <= free + 2) return from + 1;
  const s = free + 1;
  // r is the smallest number of runs with steps <= C(s + r, s).
  let [r, reach, less] = [0, 1, 0];
  while (reach < steps) {
    less = reach;
    r++;
    reach = (reach * (s + r)) / r;
  }
  // C(s + r - 2, s), of which the steps before the snapshot are at least as many, and C(s + r - 1, s), at most.
  const least = (less * (r - 1)) / (s + r - 1);
  // C(s + r - 1, s - 1), of which the steps behind it are at most as many.
  const behind = reach - less;
  return from + Math.max(1, least, steps - behind);
}

/** A deep copy of the state of a loop; what its parts share, the parts of the copy share: objects, arrays, buffers. @internal */
export function snapshotOf(x: any, copies = new Map<object, any>()): any {
  if (ArrayBuffer.isView(x)) {
    const view = x as Float64Array;
    let buffer = copies.get(view.buffer);
    if (!buffer) copies.set(view.buffer, (buffer = view.buffer.slice(0)));
    return new (view.constructor as typeof Float64Array)(buffer, view.byteOffset, view.length);
  }
  const kind = kindOf(x);
  if (kind === 'number' || kind === 'discrete') return x;
  let copy = copies.get(x);
  if (copy) return copy;
  copy = Array.isArray(x) ? [] : x instanceof Map ? new Map() : Object.create(Object.getPrototypeOf(x));
  copies.set(x, copy);
  for (const key of keysOf(x)) {
    const part = snapshotOf(partOf(x, key), copies);
    if (copy instanceof Map) copy.set(key, part);
    else copy[key] = part;
  }
  return copy;
}

/**
 * Compares the state before a step with what the step's inverse makes of the state after it.
 * @throws Error where they differ by more than 1e-6, relative to the larger one and to 1.
 * @internal
 */
export function checkInverse(before: any, undone: any, step: number, inverse: string): void {
  const compare = (a: any, b: any, path: string): void => {
    if (typeof a === 'number') {
      if (Object.is(a, b) || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b))) return;
      throw new Error(`\`${inverse}\` does not undo step ${step} of a reversible loop: ${path} was ${a} before the step, and is ${b} after it was undone.`);
    }
    if (ArrayBuffer.isView(a) || (typeof a === 'object' && a !== null)) {
      const keys = ArrayBuffer.isView(a) ? [...(a as Float64Array).keys()] : keysOf(a);
      for (const key of keys) compare(partOf(a, key), partOf(b ?? {}, key), path === '' ? String(key) : typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`);
    }
  };
  compare(before, undone, '');
}

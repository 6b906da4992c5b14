/** Values as vectors: the numbers of nested arrays and records, in order. */
import { keysOf, kindOf, mapParts, partOf } from '../structure.ts';

/** All numbers in a value that have a derivative, in order. */
export function flatten(x: any): number[] {
  switch (kindOf(x)) {
    case 'number': return [x];
    case 'floats': return Array.from(x);
    case 'nd': return Array.from(x.dataSync());
    case 'discrete': return [];
    default: return sortedKeys(x).flatMap((key) => flatten(partOf(x, key)));
  }
}

/** A cotangent may have its properties in another order than its value. */
export function sortedKeys(x: object): any[] {
  return Array.isArray(x) ? keysOf(x) : keysOf(x).sort();
}

/** A value of the structure of `like`, with these numbers; what is not a number is taken over. */
export function unflatten<T>(like: T, numbers: readonly number[]): T {
  let next = 0;
  const build = (x: any): any => {
    switch (kindOf(x)) {
      case 'number': return numbers[next++];
      case 'nd': return x.like(Array.from({ length: x.size }, () => numbers[next++]));
      case 'floats': {
        const made = new x.constructor(x.length);
        for (let i = 0; i < made.length; i++) made[i] = numbers[next++];
        return made;
      }
      case 'discrete': return x !== null && typeof x === 'object' ? structuredClone(x) : x;
      case 'array': return mapParts(x, build);
      case 'map': {
        const built = new Map(sortedKeys(x).map((key) => [key, build(x.get(key))]));
        return mapParts(x, (_, key) => built.get(key));
      }
      default: return Object.assign(Object.create(Object.getPrototypeOf(x)), x, Object.fromEntries(sortedKeys(x).map((key) => [key, build(x[key])])));
    }
  };
  return build(like);
}

/** A deep copy, so that a function which changes its arguments can be called again. */
export function copyOf<T>(x: T): T {
  return unflatten(x, flatten(x));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

export function isSingle(x: any): boolean {
  return x instanceof Float32Array || (kindOf(x) === 'nd' && x.dtype === 'float32') || (['array', 'record', 'map'].includes(kindOf(x)) && [...(x instanceof Map ? x.values() : Object.values(x))].some(isSingle));
}

/** Standard normal numbers from a seed: mulberry32, then Box–Muller. */
export function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

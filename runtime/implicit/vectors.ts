/** Structures of numbers as vectors: what a linear solver works on. */
import { keysOf, kindOf, mapParts, partOf } from '../structure.ts';

/** The numbers of a tangent or cotangent, in the order of its parts. */
export function toVector(x: any): Float64Array {
  if (kindOf(x) === 'number') return Float64Array.of(x);
  if (x instanceof Float64Array) return x.slice();
  const numbers: number[] = [];
  const visit = (part: any): void => {
    switch (kindOf(part)) {
      case 'number': numbers.push(part); break;
      case 'floats': for (const e of part) numbers.push(e); break;
      case 'discrete': break;
      default: for (const key of sorted(part)) visit(partOf(part, key));
    }
  };
  visit(x);
  return Float64Array.from(numbers);
}

/** A tangent or cotangent of the structure of `like`, with these numbers. */
export function fromVector(v: Float64Array, like: any): any {
  let next = 0;
  const build = (x: any): any => {
    switch (kindOf(x)) {
      case 'number': return v[next++];
      case 'floats': {
        const made = new x.constructor(x.length);
        for (let i = 0; i < made.length; i++) made[i] = v[next++];
        return made;
      }
      case 'discrete': return undefined;
      default: {
        const built = new Map(sorted(x).map((key) => [String(key), build(partOf(x, key))]));
        return mapParts(x, (_, key) => built.get(String(key)));
      }
    }
  };
  return build(like);
}

/** Two structures may have their properties in another order. */
function sorted(x: object): any[] { return Array.isArray(x) ? keysOf(x) : keysOf(x).sort(); }

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The Euclidean norm, without overflow. */
export function norm(a: Float64Array): number {
  let largest = 0;
  for (const x of a) largest = Math.max(largest, Math.abs(x));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (const x of a) sum += (x / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** y += k x */
export function axpy(k: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] += k * x[i];
}

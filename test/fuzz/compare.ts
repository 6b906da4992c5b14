/** How values are compared: structure, numbers, shared memory. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { kindOf } from '../../runtime/structure.ts';
import { flatten } from '../../runtime/testing/vector.ts';

/** A property of derivatives that does not hold. */
export class Difference extends Error {
  constructor(readonly what: string, message: string) {
    super(`${what}: ${message}`);
  }
}

export const show = (x: unknown): string => inspect(x, { depth: 9, breakLength: Infinity });

/** Equal bit for bit. Each run of a program has classes of its own, so these are compared by name. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(image(actual), image(expected))) throw new Difference(what, `${show(actual)}, not ${show(expected)}`);
}

/** A value with the names of classes instead of classes. */
function image(x: any): unknown {
  if (Array.isArray(x)) return x.map(image);
  if (kindOf(x) !== 'record') return x;
  return [x.constructor?.name, Object.fromEntries(Object.entries(x).map(([key, part]) => [key, image(part)]))];
}

/** The structure of a derivative, without its numbers. What has no derivative is undefined. */
export function shape(x: any): unknown {
  switch (kindOf(x)) {
    case 'number': return 'number';
    case 'floats': return `${x.constructor.name} ${x.length}`;
    case 'array': return x.map(shape);
    case 'record': return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)]).sort());
    default: return x;
  }
}

/** The first number of two equal vectors that differs by more than `rtol`, or by more than rounding of the largest of them. */
export function distant(actual: readonly number[], expected: readonly number[], rtol: number): number | undefined {
  const size = Math.max(1, ...expected.map(Math.abs));
  const i = actual.findIndex((x, k) => {
    const y = expected[k];
    return !Object.is(x, y) && !(Math.abs(x - y) <= Math.max(rtol * Math.max(Math.abs(x), Math.abs(y)), rtol * 1e-4 * size));
  });
  return i < 0 ? undefined : i;
}

/**
 * The same structure, and numbers within `rtol` of each other. Where they are not, the numbers may be small
 * differences of large terms: `spread` tells by how much each is uncertain if each of its terms is, by `rtol`.
 */
export function near(what: string, actual: unknown, expected: unknown, rtol: number, spread?: () => number[]): void {
  same(`structure of ${what}`, shape(actual), shape(expected));
  const [a, b] = [flatten(actual), flatten(expected)];
  if (distant(a, b, rtol) === undefined) return;
  const uncertain = spread?.();
  const i = a.findIndex((x, k) => distant([x], [b[k]], rtol) !== undefined && !(uncertain && Math.abs(x - b[k]) <= uncertain[k]));
  if (i >= 0) throw new Difference(what, `${a[i]} at ${i}, expected ${b[i]}`);
}

/** Which parts of some values are the same object, or share a buffer. */
export function aliases(...values: unknown[]): string[] {
  const paths = new Map<object, string>();
  const found: string[] = [];
  const visit = (x: any, path: string) => {
    if (typeof x !== 'object' || x === null) return;
    const memory = ArrayBuffer.isView(x) ? x.buffer : x;
    const known = paths.get(memory);
    if (known !== undefined) found.push(`${path} = ${known}${ArrayBuffer.isView(x) ? ` from ${x.byteOffset}` : ''}`);
    else {
      paths.set(memory, path);
      if (!ArrayBuffer.isView(x)) for (const [key, part] of Object.entries(x)) visit(part, `${path}.${key}`);
    }
  };
  values.forEach((x, i) => visit(x, String(i)));
  return found;
}

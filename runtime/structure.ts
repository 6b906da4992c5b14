/**
 * The structure of values: tangents and cotangents have the structure of their value.
 * Numbers and floating-point arrays have derivatives; arrays and records have those of their parts.
 */

type Kind = 'number' | 'floats' | 'array' | 'record' | 'discrete';

/** @internal */
export function kindOf(x: unknown): Kind {
  if (typeof x === 'number') return 'number';
  if (typeof x !== 'object' || x === null) return 'discrete';
  if (Array.isArray(x)) return 'array';
  if (x instanceof Float64Array || x instanceof Float32Array) return 'floats';
  if (ArrayBuffer.isView(x) || x instanceof Date || x instanceof RegExp || x instanceof Map || x instanceof Set) return 'discrete';
  return 'record';
}

/** Applies a function to each part of an array or record; an absent property stays absent. @internal */
export function mapParts(x: object, part: (value: any, key: string) => unknown): unknown {
  if (Array.isArray(x)) return Array.from(x, (value, i) => part(value, String(i)));
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, part(value, key)]));
}

/** The zero cotangent of a value. An object that holds itself has a cotangent that does. @internal */
export function zerosLike(x: any, within = new Map<object, object>()): any {
  switch (kindOf(x)) {
    case 'number': return 0;
    case 'floats': return new x.constructor(x.length);
    case 'discrete': return undefined;
    default: return along(x, within, Array.isArray(x) ? [] : {}, (zeros: any) => {
      eachKey(x, (key) => { zeros[key] = zerosLike(x[key], within); });
    });
  }
}

/** A deep copy of a value; its objects are of the same classes, and what they share, the copies share. @internal */
export function cloneOf(x: any, copies = new Map<object, object>()): any {
  switch (kindOf(x)) {
    case 'floats': return x.slice();
    case 'number': case 'discrete': return ArrayBuffer.isView(x) ? (x as Float64Array).slice() : x;
    default: {
      const known = copies.get(x);
      if (known) return known;
      const copy = Array.isArray(x) ? [] : Object.create(Object.getPrototypeOf(x));
      copies.set(x, copy);
      eachKey(x, (key) => { copy[key] = cloneOf(x[key], copies); });
      return copy;
    }
  }
}

/** target += source, for cotangents of the same structure. @internal */
export function addInto(target: any, source: any, within = new Map<object, object>()): void {
  if (kindOf(target) === 'discrete' || source === undefined) return;
  along(target, within, target, () => {
    eachKey(target, (key) => {
      if (typeof target[key] === 'number') target[key] += source[key] ?? 0;
      else addInto(target[key], source[key], within);
    });
  });
}

/** Every number of a cotangent becomes 0. @internal */
export function clear(x: any, within = new Map<object, object>()): void {
  if (kindOf(x) === 'discrete') return;
  along(x, within, x, () => {
    eachKey(x, (key) => {
      if (typeof x[key] === 'number') x[key] = 0;
      else clear(x[key], within);
    });
  });
}

function eachKey(x: any, visit: (key: any) => void): void {
  if (kindOf(x) === 'record') Object.keys(x).forEach(visit);
  else for (let i = 0; i < x.length; i++) visit(i);
}

/** Visits an object unless it is being visited already; what it is taken to gives its place there. */
function along(x: object, within: Map<object, object>, image: object, visit: (image: object) => void): object {
  const known = within.get(x);
  if (known) return known;
  within.set(x, image);
  visit(image);
  within.delete(x);
  return image;
}

/** A copy of a tangent or cotangent, in the structure of `like`. @internal */
export function copyTangent(tangent: any, like: any = tangent): any {
  switch (kindOf(like)) {
    case 'number': return tangent;
    case 'floats': return tangent.slice();
    case 'discrete': return undefined;
    default: return mapParts(like, (part, key) => copyTangent(tangent[key], part));
  }
}

/**
 * Checks that a tangent or cotangent has the structure of its value. `what` names it in messages.
 * @throws TypeError for a part of another kind, RangeError for another length.
 * @internal
 */
export function checkStructure(given: any, like: any, what: string): void {
  const difference = compare(given, like);
  if (difference) throw new difference.error(`${what}${difference.path && `, at ${difference.path},`} ${difference.says}`);
}

interface Difference { path: string; says: string; error: typeof TypeError | typeof RangeError }

/** The first difference of two structures. Paths are only put together where there is one. */
function compare(given: any, like: any): Difference | undefined {
  const kind = kindOf(like);
  if (kind === 'discrete') return undefined;
  if (kindOf(given) !== kind || (kind === 'floats' && given.constructor !== like.constructor)) {
    return { path: '', says: `is ${describe(given)}, expected ${describe(like)}`, error: TypeError };
  }
  if (kind === 'number') return undefined;
  if (kind !== 'record' && given.length !== like.length) {
    return { path: '', says: `has length ${given.length}, expected ${like.length}`, error: RangeError };
  }
  if (kind === 'floats') return undefined;
  for (const key of kind === 'array' ? like.keys() : Object.keys(like)) {
    const inner = compare(given[key], like[key]);
    if (inner) return { ...inner, path: (kind === 'array' ? `[${key}]` : `.${key}`) + inner.path };
  }
  const extra = Object.keys(given).find((key) => !(key in like) && given[key] !== undefined);
  return extra === undefined ? undefined : { path: '', says: `has a property ${extra} that its value lacks`, error: TypeError };
}

/** Do two values share memory: an array, a record, or a range of a buffer? @internal */
export function overlap(a: any, b: any): boolean {
  const parts = new Set<object>();
  const views: Float64Array[] = [];
  const visit = (x: any, part: (x: any, isView: boolean) => unknown): boolean => {
    const kind = ArrayBuffer.isView(x) ? 'floats' : kindOf(x);
    if (kind === 'number' || kind === 'discrete') return false;
    return Boolean(part(x, kind === 'floats')) || (kind !== 'floats' && Object.values(x).some((y) => visit(y, part)));
  };
  const touch = (v: Float64Array, w: Float64Array) =>
    v.buffer === w.buffer && v.byteOffset < w.byteOffset + w.byteLength && w.byteOffset < v.byteOffset + v.byteLength;
  visit(a, (x, isView) => void (isView ? views.push(x) : parts.add(x)));
  return visit(b, (x, isView) => (isView ? views.some((v) => touch(v, x)) : parts.has(x)));
}

/** @internal */
export function describe(x: any): string {
  switch (kindOf(x)) {
    case 'number': return 'a number';
    case 'floats': return `a ${x.constructor.name}`;
    case 'array': return 'an array';
    case 'record': return 'a record';
    default: return x === null || x === undefined ? String(x) : typeof x === 'object' ? `a ${x.constructor.name}` : `a ${typeof x}`;
  }
}

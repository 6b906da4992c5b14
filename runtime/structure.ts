/**
 * The structure of values: tangents and cotangents have the structure of their value.
 * Numbers and floating-point arrays have derivatives; arrays and records have those of their parts.
 */

/** What is asked here of an n-d array, which nobody changes. Numpy itself is only in bundles of those who import it. */
interface NDArray {
  readonly isNDArray: true;
  readonly shape: readonly number[];
  add(y: NDArray): NDArray;
  zerosLike(): NDArray;
}

type Kind = 'number' | 'nd' | 'floats' | 'array' | 'record' | 'map' | 'discrete';

/** @internal */
export function kindOf(x: unknown): Kind {
  if (typeof x === 'number') return 'number';
  if (typeof x !== 'object' || x === null) return 'discrete';
  if (Array.isArray(x)) return 'array';
  if ((x as Partial<NDArray>).isNDArray) return 'nd';
  if (x instanceof Float64Array || x instanceof Float32Array) return 'floats';
  if (ArrayBuffer.isView(x) || x instanceof Date || x instanceof RegExp || x instanceof Set) return 'discrete';
  // A map of what has no derivative has none.
  if (x instanceof Map) return [...x.values()].every((value) => kindOf(value) === 'discrete') && x.size > 0 ? 'discrete' : 'map';
  return 'record';
}

/** Is its cotangent a value that is put in the place of another, rather than memory? */
function isValue(x: unknown): x is number | NDArray { return typeof x === 'number' || kindOf(x) === 'nd'; }

function sumOf(into: number | NDArray, from: any): unknown {
  return from === undefined ? into : typeof into === 'number' ? into + from : into.add(from);
}

/** Applies a function to each part of an array or record; an absent property stays absent. @internal */
export function mapParts(x: object, part: (value: any, key: any) => unknown): unknown {
  if (Array.isArray(x)) return Array.from(x, (value, i) => part(value, String(i)));
  if (x instanceof Map) return new Map([...x].map(([key, value]) => [key, part(value, key)]));
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, part(value, key)]));
}

/** The zero cotangent of a value. An object that holds itself has a cotangent that does; `shared`: what its parts share, those of the cotangent share. @internal */
export function zerosLike(x: any, shared = false, within = new Map<object, object>()): any {
  if (x instanceof Links) return linksOf(zerosLike(x.object, shared, within));
  switch (kindOf(x)) {
    case 'number': return 0;
    case 'nd': return x.zerosLike();
    case 'floats': return along(x, within, new x.constructor(x.length), () => {}, shared);
    case 'discrete': return undefined;
    default: return along(x, within, emptyLike(x, Object.prototype), (zeros: any) => {
      eachKey(x, (key) => put(zeros, key, zerosLike(partOf(x, key), shared, within)));
    }, shared);
  }
}

/** A deep copy of a value; its objects are of the same classes, and what they share, the copies share. @internal */
export function cloneOf(x: any, copies = new Map<object, object>()): any {
  if (x instanceof Links) return x.copy();
  switch (kindOf(x)) {
    case 'number': case 'nd': case 'discrete': return ArrayBuffer.isView(x) ? (x as Float64Array).slice() : x;
    case 'floats': return along(x, copies, x.slice(), () => {}, true);
    default: return along(x, copies, emptyLike(x, Object.getPrototypeOf(x)), (copy) => eachKey(x, (key) => put(copy, key, cloneOf(partOf(x, key), copies))), true);
  }
}

/** target += source, for cotangents of the same structure. @internal */
export function addInto(target: any, source: any, within = new Map<object, object>()): void {
  if (target instanceof Links) return target.add(source instanceof Links ? source : linksOf(source));
  if (kindOf(target) === 'discrete' || source === undefined) return;
  along(target, within, target, () => {
    eachKey(target, (key) => {
      const [into, from] = [partOf(target, key), partOf(source, key)];
      if (isValue(into)) put(target, key, sumOf(into, from));
      else addInto(into, from, within);
    });
  });
}

/** Every number of a cotangent becomes 0. @internal */
export function clear(x: any, within = new Map<object, object>()): void {
  if (x instanceof Links) return x.clear();
  if (kindOf(x) === 'discrete') return;
  along(x, within, x, () => {
    eachKey(x, (key) => {
      const part = partOf(x, key);
      if (isValue(part)) put(x, key, zerosLike(part));
      else clear(part, within);
    });
  });
}

/** How a cotangent was put together at one moment: of which objects, whatever has been put in their place since. */
class Links {
  private parts: [key: any, part: Links][] = [];
  private keys: any[];

  constructor(readonly object: any, known: Map<object, Links>) {
    known.set(object, this);
    this.keys = keysOf(object);
    eachKey(object, (key) => {
      const part = partOf(object, key);
      if (!isValue(part) && kindOf(part) !== 'discrete') this.parts.push([key, known.get(part) ?? new Links(part, known)]);
    });
  }

  /** The object that was this part of it. */
  private part(key: any): Links | undefined { return this.parts.find(([k]) => k === key)?.[1]; }

  /** Each pair of objects once: what was shared in both is one part of the sum. */
  add(source: Links | undefined, added = new Map<Links, Set<Links>>()): void {
    const sources = added.get(this) ?? new Set();
    if (!source || sources.has(source)) return;
    added.set(this, sources.add(source));
    for (const key of this.keys) {
      const into = partOf(this.object, key);
      if (isValue(into)) put(this.object, key, sumOf(into, partOf(source.object, key)));
    }
    this.parts.forEach(([key, part], i) => part.add(source.parts[i]?.[0] === key ? source.parts[i][1] : source.part(key), added));
  }

  /** A copy of the object as it was put together then, with the numbers that it has now. */
  copy(copies = new Map<Links, any>()): any {
    let copy = copies.get(this);
    if (copy) return copy;
    const { object } = this;
    copies.set(this, (copy = kindOf(object) === 'floats' ? new object.constructor(object.length) : emptyLike(object, Object.prototype)));
    const parts = new Map(this.parts);
    // In the order of the properties.
    for (const key of this.keys) put(copy, key, parts.get(key)?.copy(copies) ?? partOf(object, key));
    return copy;
  }

  clear(cleared = new Set<Links>()): void {
    if (cleared.has(this)) return;
    cleared.add(this);
    for (const key of this.keys) if (isValue(partOf(this.object, key))) put(this.object, key, zerosLike(partOf(this.object, key)));
    for (const [, part] of this.parts) part.clear(cleared);
  }
}

/** @internal */
export function linksOf(x: any): Links | undefined {
  return kindOf(x) === 'discrete' ? undefined : new Links(x, new Map());
}

function emptyLike(x: object, prototype: object): object {
  return Array.isArray(x) ? [] : x instanceof Map ? new Map() : Object.create(prototype);
}

/** @internal */
export function partOf(x: any, key: any): any { return x instanceof Map ? x.get(key) : x[key]; }

function put(x: any, key: any, value: unknown): void {
  if (x instanceof Map) x.set(key, value);
  else x[key] = value;
}

/** Keys of an array, record or map. @internal */
export function keysOf(x: any): any[] { return x instanceof Map ? [...x.keys()] : Array.isArray(x) || ArrayBuffer.isView(x) ? [...(x as any[]).keys()] : Object.keys(x); }

function eachKey(x: any, visit: (key: any) => void): void {
  if (x instanceof Map) [...x.keys()].forEach(visit);
  else if (kindOf(x) === 'record') Object.keys(x).forEach(visit);
  else for (let i = 0; i < x.length; i++) visit(i);
}

/** Visits an object unless it is being visited already, or, where it is `shared`, has been; what it is taken to gives its place there. */
function along(x: object, within: Map<object, object>, image: object, visit: (image: object) => void, shared = false): object {
  const known = within.get(x);
  if (known) return known;
  within.set(x, image);
  visit(image);
  if (!shared) within.delete(x);
  return image;
}

/** A copy of a tangent or cotangent, in the structure of `like`. @internal */
export function copyTangent(tangent: any, like: any = tangent): any {
  switch (kindOf(like)) {
    case 'number': case 'nd': return tangent;
    case 'floats': return tangent.slice();
    case 'discrete': return undefined;
    default: return mapParts(like, (part, key) => copyTangent(partOf(tangent, key), part));
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
  if (kind === 'nd') {
    const [shape, expected] = [given, like].map((x: NDArray) => `[${x.shape.join(', ')}]`);
    return shape === expected ? undefined : { path: '', says: `has shape ${shape}, expected ${expected}`, error: RangeError };
  }
  if (kind !== 'record' && kind !== 'map' && given.length !== like.length) {
    return { path: '', says: `has length ${given.length}, expected ${like.length}`, error: RangeError };
  }
  if (kind === 'floats') return undefined;
  for (const key of keysOf(like)) {
    const inner = compare(partOf(given, key), partOf(like, key));
    if (inner) return { ...inner, path: (kind === 'record' ? `.${key}` : `[${JSON.stringify(key)}]`) + inner.path };
  }
  const known = new Set(keysOf(like));
  const extra = keysOf(given).find((key) => !known.has(key) && partOf(given, key) !== undefined);
  return extra === undefined ? undefined : { path: '', says: `has a property ${extra} that its value lacks`, error: TypeError };
}

/** Do two values share memory: an array, a record, or a range of a buffer? @internal */
export function overlap(a: any, b: any): boolean {
  const parts = new Set<object>();
  const views: Float64Array[] = [];
  const visit = (x: any, part: (x: any, isView: boolean) => unknown): boolean => {
    const kind = ArrayBuffer.isView(x) ? 'floats' : kindOf(x);
    if (kind === 'number' || kind === 'nd' || kind === 'discrete') return false;
    return Boolean(part(x, kind === 'floats')) || (kind !== 'floats' && [...(x instanceof Map ? x.values() : Object.values(x))].some((y) => visit(y, part)));
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
    case 'nd': return 'an n-d array';
    case 'floats': return `a ${x.constructor.name}`;
    case 'array': return 'an array';
    case 'map': return 'a Map';
    case 'record': return 'a record';
    default: return x === null || x === undefined ? String(x) : typeof x === 'object' ? `a ${x.constructor.name}` : `a ${typeof x}`;
  }
}

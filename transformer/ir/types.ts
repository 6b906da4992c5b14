/**
 * Types of IR values. They are what differentiation must know of a TypeScript type, no more:
 * is it a number, memory that holds numbers, or something that has no derivative.
 *
 * A value whose type is `absent` may be `undefined` or `null` instead: an optional field, `T | null`. That is a
 * property of the value and not of its type: `sameType` does not look at it. A union of records is one record
 * with the fields of all, those of some alone being optional; which of them there are, the program itself asks
 * (`shape.kind === 'circle'`). Types that contain themselves are graphs: functions that go through a type's parts stop
 * where they meet a record again.
 */
export type Type = Shape & Nullable;

type Shape =
  /** `literal`: only certain numbers, `1 | 2 | 4`. */
  | { kind: 'number'; literal?: boolean }
  | { kind: 'boolean' }
  | { kind: 'string' }
  | { kind: 'void' }
  /** An n-d array of numpy: a value, which nobody changes. `name`: how its module says the type. */
  | { kind: 'nd'; name?: string }
  /** `like`: it may also be a typed array; the type as it is written. */
  | { kind: 'array'; element: Type; readonly?: boolean; like?: string }
  | { kind: 'typed'; name: TypedArrayName }
  | { kind: 'tuple'; elements: Type[]; readonly?: boolean }
  /** An object with an index signature, or a map. What a key stands for may be absent. */
  | { kind: 'dictionary'; form: 'record' | 'map'; key: Type; element: Type; readonly?: boolean }
  | RecordType
  /** `number | number[]`, `string | [number, number]`: one of these, some of which are memory. The program asks which. */
  | { kind: 'union'; members: Type[] }
  | Saved
  /** How an object was put together at one moment, see the operation of that name. */
  | { kind: 'links'; of: Type }
  /** One of some functions. Known only while a function is lowered, see lower/functions.ts. */
  | { kind: 'function'; options: readonly object[] }
  /** No derivative: functions, maps, dates … printed as `text`. A type parameter has a `constraint`, if only `unknown`. */
  | { kind: 'opaque'; text: string; callable?: boolean; constraint?: Type };

interface Nullable {
  /** The value may be absent. */
  absent?: Absent;
}

export type Absent = 'undefined' | 'null' | 'null | undefined';

export interface RecordType {
  kind: 'record';
  fields: Field[];
  name?: string;
  /** Of a named type that contains itself: the name and where it is declared. Such types are the same if their ids are. */
  id?: string;
  /** Of instances: the classes that a value may be of. Derived ones come before those that they extend. */
  classes?: ClassRef[];
  /** The cotangent of a type that contains itself has the form of this type. */
  cotangentOf?: RecordType;
  /** It may be asked for keys that it does not have. */
  open?: boolean;
  /** A closure: which function it is of. Known only while a function is lowered, see lower/closures.ts. */
  code?: object;
}

/** A class of the program. */
export interface ClassRef {
  file: string;
  name: string;
}

/**
 * What a forward sweep, the function `forward`, hands over to its reverse sweep, `reverse`; the fields are filled in when both are
 * known. It may hold itself (recursion), so it goes by its name.
 */
export interface Saved {
  kind: 'saved';
  name: string;
  fields: Type[];
  forward: string;
  reverse: string;
  /** The type of its tangents and cotangents, once a derivative of the sweeps needs it; that type is its own. */
  shadow?: Saved;
}

export interface Field {
  name: string;
  type: Type;
  readonly?: boolean;
  /** The property may be missing. */
  optional?: boolean;
  /** The one value that it has, as text: by it members of a union are told apart. */
  tag?: string;
}

export type TypedArrayName =
  | 'Float64Array' | 'Float32Array' | 'Int32Array' | 'Uint32Array' | 'Int16Array' | 'Uint16Array'
  | 'Int8Array' | 'Uint8Array' | 'Uint8ClampedArray';

export const TYPED_ARRAYS: readonly TypedArrayName[] = [
  'Float64Array', 'Float32Array', 'Int32Array', 'Uint32Array', 'Int16Array', 'Uint16Array',
  'Int8Array', 'Uint8Array', 'Uint8ClampedArray',
];

export const NUMBER: Type = { kind: 'number' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const STRING: Type = { kind: 'string' };
export const VOID: Type = { kind: 'void' };
export const ND: Type = { kind: 'nd' };
export const F64: Type = { kind: 'typed', name: 'Float64Array' };

/** Values that live in memory and are handled by reference. */
export function isMemory(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'typed' || type.kind === 'tuple' || type.kind === 'record' || type.kind === 'dictionary' || type.kind === 'union' || type.kind === 'saved' || type.kind === 'links';
}

/** Values that have a tangent, which is a value, too: numbers and n-d arrays. */
export function isValueType(type: Type): boolean { return type.kind === 'number' || type.kind === 'nd'; }

/** Arrays that are indexed by a number known at run time. */
export function isIndexed(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'typed';
}

/** Typed arrays of integers hold no derivative. */
export function isFloatArray(type: Type): boolean {
  return type.kind === 'typed' && (type.name === 'Float64Array' || type.name === 'Float32Array');
}

/** The types of which memory of this type consists. */
export function partTypes(type: Type): Type[] {
  switch (type.kind) {
    case 'array': case 'dictionary': return [type.element];
    case 'tuple': return type.elements;
    case 'record': return type.fields.map((f) => f.type);
    case 'links': return [type.of];
    case 'union': return type.members;
    default: return [];
  }
}

/** Does a test hold for the type or one of its parts, however deep? */
export function someType(type: Type, test: (t: Type) => boolean, seen = new Set<Field[]>()): boolean {
  if (test(type)) return true;
  if (type.kind === 'record') {
    if (seen.has(type.fields)) return false;
    seen.add(type.fields);
  }
  return partTypes(type).some((t) => someType(t, test, seen));
}

/** Can a value of this type have a derivative? */
export function isDifferentiable(type: Type): boolean {
  return someType(type, (t) => isValueType(t) || t.kind === 'saved' || isFloatArray(t));
}

/** Is it a dictionary or a map that the program may look into: of known keys, and of values that have derivatives? */
export function holdsDerivatives({ key, element }: { key: Type; element: Type }): boolean {
  return isDifferentiable(element) && (key.kind === 'string' || key.kind === 'number');
}

/** What to call an object that has turned out to be of this type: `circle`. */
export function nameOfMember(type: Type): string | undefined {
  if (type.kind !== 'record') return undefined;
  const name = type.name ?? type.fields.find((f) => f.tag)?.tag?.slice(1, -1);
  return name !== undefined && /^[A-Za-z_]\w*$/.test(name) ? name[0].toLowerCase() + name.slice(1) : undefined;
}

/** Does the type contain itself? */
export function isRecursive(type: Type): boolean {
  return type.kind === 'record' && type.id !== undefined && type.fields.some((f) => someType(f.type, (t) => t.kind === 'record' && t.fields === type.fields));
}

/** Does the type hold one that contains itself? */
export function holdsRecursion(type: Type): boolean { return someType(type, isRecursive); }

/**
 * Does only the value itself know which parts it has: may some be missing (of what is saved, those of branches that were
 * not taken), or does the type contain itself? What is done to such an object as a whole (zeros, copies, sums) goes by
 * the object and not by its type.
 */
export function isDynamic(type: Type): boolean {
  const mayMiss = (t: Type) => t.absent !== undefined && (isValueType(t) || isMemory(t));
  return isMemory(type) && someType(type, (t) => mayMiss(t) || t.kind === 'dictionary' || t.kind === 'union' || t.kind === 'saved' || t.kind === 'links' || (t.kind === 'array' && t.like !== undefined) || (t.kind === 'record' && (t.fields.some((f) => f.optional) || isRecursive(t))));
}

/** May two parts of such an object be one and the same? */
export function mayShare(type: Type): boolean {
  const parts: Type[] = [];
  const collect = (t: Type): boolean => partTypes(t).some((part) => {
    if (!isMemory(part)) return false;
    if (t.kind === 'array' || t.kind === 'dictionary' || isRecursive(part) || parts.some((other) => sameType(other, part))) return true;
    parts.push(part);
    return collect(part);
  });
  return isRecursive(type) || collect(type);
}

/** The type of a value that may be absent. */
export function withAbsent(type: Type, absent: Absent | undefined): Type {
  if (!absent || type.absent === absent) return type;
  return { ...type, absent: type.absent ? 'null | undefined' : absent };
}

/** The type of a value that is known to be there. */
export function present(type: Type): Type {
  if (!type.absent) return type;
  const { absent, ...rest } = type;
  return rest as Type;
}

/** The type with some of its parts replaced. */
export function replaceTypes(type: Type, replace: (type: Type) => Type | undefined, open: readonly Field[][] = []): Type {
  const replaced = replace(type);
  if (replaced) return replaced;
  const go = (t: Type) => replaceTypes(t, replace, type.kind === 'record' ? [...open, type.fields] : open);
  // Keys are no parts, which may have derivatives.
  const key = type.kind === 'dictionary' ? replace(type.key) : undefined;
  if (!key && !someType(type, (t) => (replace(t) ?? (t.kind === 'dictionary' ? replace(t.key) : undefined)) !== undefined)) return type;
  switch (type.kind) {
    case 'array': return { ...type, element: go(type.element) };
    case 'dictionary': return { ...type, key: key ?? type.key, element: go(type.element) };
    case 'tuple': return { ...type, elements: type.elements.map(go) };
    case 'union': return { ...type, members: type.members.map(go) };
    case 'record': {
      if (open.includes(type.fields)) return type;
      const { name, id, ...rest } = type;
      return { ...rest, fields: type.fields.map((f) => ({ ...f, type: go(f.type) })) };
    }
    default: return type;
  }
}

/** The type of the element at any index. */
export function elementType(type: Type): Type {
  if (type.kind === 'array' || type.kind === 'dictionary') return type.element;
  if (type.kind === 'typed') return NUMBER;
  throw new Error(`no elements in ${showType(type)}`);
}

/** The type of a record's field or of a tuple's element (`key` is '0', '1', …). */
export function fieldType(type: Type, key: string): Type | undefined {
  if (type.kind === 'record') return type.fields.find((f) => f.name === key)?.type;
  if (type.kind === 'tuple') return type.elements[Number(key)];
  if (type.kind === 'saved') return type.fields[Number(key)];
  return undefined;
}

/** What calls have saved has its own copies already. */
export function holdsSaved(type: Type): boolean {
  return type.kind === 'saved' || (type.kind === 'array' && holdsSaved(type.element));
}

/** Keys of a record, tuple or saved value, in order. */
export function fieldKeys(type: Type): string[] {
  if (type.kind === 'record') return type.fields.map((f) => f.name);
  if (type.kind === 'tuple') return type.elements.map((_, i) => String(i));
  if (type.kind === 'saved') return type.fields.map((_, i) => String(i));
  return [];
}

/** Are the types the same, absence aside? `assumed` are pairs of records that are being compared already. */
export function sameType(a: Type, b: Type, assumed: [Field[], Field[]][] = []): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'array': return sameType(a.element, (b as typeof a).element, assumed);
    case 'dictionary': return a.form === (b as typeof a).form && sameType(a.element, (b as typeof a).element, assumed);
    case 'typed': return a.name === (b as typeof a).name;
    case 'tuple': {
      const other = (b as typeof a).elements;
      return a.elements.length === other.length && a.elements.every((e, i) => sameType(e, other[i], assumed));
    }
    case 'record': {
      const { id, fields: other } = b as typeof a;
      if (a.code !== (b as typeof a).code) return false;
      if (a.id !== undefined && id !== undefined && !a.cotangentOf === !(b as typeof a).cotangentOf) return a.id === id;
      if (a.fields === other || assumed.some(([x, y]) => x === a.fields && y === other)) return true;
      const pairs: [Field[], Field[]][] = [...assumed, [a.fields, other]];
      return a.fields.length === other.length && a.fields.every((f, i) => f.name === other[i].name && sameType(f.type, other[i].type, pairs));
    }
    case 'union': {
      const { members } = b as typeof a;
      return a.members.length === members.length && a.members.every((m, i) => sameType(m, members[i], assumed));
    }
    case 'saved': return a.name === (b as typeof a).name;
    case 'links': return sameType(a.of, (b as typeof a).of, assumed);
    case 'function': {
      const other = (b as typeof a).options;
      return a.options.length === other.length && a.options.every((o) => other.includes(o));
    }
    case 'opaque': return a.text === (b as typeof a).text;
    default: return true;
  }
}

/**
 * `A | B` as one record with the fields of both; undefined if a member is no record. A field whose types differ is
 * opaque: it can be handed on and nothing else. `maybe` gives the type of a value that may be absent.
 */
export function mergeRecords(members: readonly Type[], name?: string, maybe = withAbsent): RecordType | undefined {
  const records = members.filter((m): m is RecordType & Nullable => m.kind === 'record');
  if (records.length < members.length || records.length === 0) return undefined;
  const fields = new Map<string, Field[]>();
  for (const f of records.flatMap((r) => r.fields)) fields.set(f.name, [...fields.get(f.name) ?? [], f]);
  const merged = [...fields].map(([key, of]): Field => {
    const optional = of.length < records.length || of.some((f) => f.optional);
    const type = of.slice(1).reduce((t, f) => mergeTypes(t, f.type, maybe), of[0].type);
    return {
      name: key, type: maybe(type, optional ? 'undefined' : undefined),
      ...(of.some((f) => f.readonly) ? { readonly: true } : {}), ...(optional ? { optional } : {}),
    };
  });
  const classes = records.flatMap((r) => r.classes ?? []).filter((c, i, all) => all.findIndex((d) => sameClass(c, d)) === i);
  return { kind: 'record', fields: merged, ...(name ? { name } : {}), ...(classes.length > 0 ? { classes } : {}) };
}

function mergeTypes(a: Type, b: Type, maybe: typeof withAbsent): Type {
  if (sameType(a, b)) return maybe(a, b.absent);
  return mergeRecords([a, b], undefined, maybe) ?? { kind: 'opaque', text: `${showType(a)} | ${showType(b)}` };
}

export function sameClass(a: ClassRef, b: ClassRef): boolean { return a.file === b.file && a.name === b.name; }

const cotangents = new WeakMap<Field[], RecordType>();

/**
 * The type of a cotangent (or tangent): the structure of its value, with `undefined` for leaves
 * that have no derivative. Readonly arrays become writable: the cotangent is ours.
 */
export function cotangentType(type: Type): Type {
  return withAbsent(presentCotangent(type), type.absent);
}

function presentCotangent(type: Type): Type {
  switch (type.kind) {
    case 'number': return NUMBER;
    case 'nd': return type;
    case 'array': return { kind: 'array', element: cotangentType(type.element), ...(type.like ? { like: 'number[] | Float64Array' } : {}) };
    case 'typed': return isFloatArray(type) ? { kind: 'typed', name: type.name } : { kind: 'opaque', text: 'undefined' };
    case 'tuple': return { kind: 'tuple', elements: type.elements.map(cotangentType) };
    case 'dictionary': return { kind: 'dictionary', form: type.form, key: type.key, element: cotangentType(type.element) };
    case 'record': return recordCotangent(type);
    case 'union': return { kind: 'union', members: type.members.map(cotangentType) };
    case 'saved': return shadowOfSaved(type);
    case 'links': return { kind: 'links', of: cotangentType(type.of) };
    default: return { kind: 'opaque', text: 'undefined' };
  }
}

function recordCotangent(type: RecordType): RecordType {
  if (type.cotangentOf) return type;
  const known = cotangents.get(type.fields);
  if (known) return known;
  const recursive = isRecursive(type);
  const result: RecordType = { kind: 'record', fields: [], ...(recursive ? { id: type.id!, cotangentOf: type } : {}) };
  cotangents.set(type.fields, result);
  result.fields.push(...type.fields.map((f) => ({ name: f.name, type: cotangentType(f.type), ...(f.optional || f.type.absent ? { optional: true } : {}) })));
  if (type.name && isPlainNumeric(type)) result.name = type.name;
  return result;
}

function shadowOfSaved(type: Saved): Saved {
  if (type.shadow) return type.shadow;
  const shadow: Saved = { kind: 'saved', name: `${type.name}_shadow`, fields: [], forward: type.forward, reverse: type.reverse };
  type.shadow = shadow.shadow = shadow;
  shadow.fields = type.fields.map(cotangentType);
  return shadow;
}

/** Is the cotangent of this type the type itself (any number in it, no undefined leaves, no methods, nothing readonly)? */
function isPlainNumeric(type: Type): boolean {
  return !someType(type, (t) => (t.kind === 'array' || t.kind === 'tuple' ? Boolean(t.readonly)
    : t.kind === 'record' ? Boolean(t.classes) || t.fields.some((f) => f.readonly)
    : t.kind === 'number' ? Boolean(t.literal) : t.kind !== 'nd' && t.kind !== 'dictionary' && t.kind !== 'union' && !isFloatArray(t)));
}

/** The type without those names of records that cannot be said in some module. */
export function withoutNames(type: Type, visible: (name: string) => boolean): Type {
  const inner = (t: Type) => withoutNames(t, visible);
  switch (type.kind) {
    case 'array': case 'dictionary': return { ...type, element: inner(type.element) };
    case 'tuple': return { ...type, elements: type.elements.map(inner) };
    case 'union': return { ...type, members: type.members.map(inner) };
    case 'record': {
      const own = type.cotangentOf ?? type;
      if (own.name && visible(/^\w+/.exec(own.name)?.[0] ?? '')) return type;
      // A class that has no name here cannot be spelled out.
      if (type.classes) return { ...type, name: 'any' };
      const { name, ...rest } = type;
      if (isRecursive(type)) return rest;
      return { ...rest, fields: type.fields.map((f) => ({ ...f, type: inner(f.type) })) };
    }
    default: return type;
  }
}

/** A type as TypeScript text. `named: false` spells records out instead of using the user's name. */
export function showType(type: Type, named = true): string {
  return type.absent ? `${showPresent(type, named)} | ${type.absent}` : showPresent(type, named);
}

function showPresent(type: Type, named: boolean): string {
  const show = (t: Type) => showType(t, named);
  switch (type.kind) {
    case 'array': {
      if (type.like) return type.like;
      const element = show(type.element);
      return `${type.readonly ? 'readonly ' : ''}${/^[\w.]+(\[\])*$/.test(element) || (type.element.kind === 'record' && !type.element.absent) ? element : `(${element})`}[]`;
    }
    case 'typed': return type.name;
    case 'dictionary': return `${type.form === 'map' ? (type.readonly ? 'ReadonlyMap' : 'Map') : 'Record'}<${show(type.key)}, ${show(present(type.element))}>`;
    case 'tuple': return `${type.readonly ? 'readonly ' : ''}[${type.elements.map(show).join(', ')}]`;
    case 'record': {
      if (named && type.name) return type.name;
      // Members of a union of which it is not known which one it is: any of them.
      if (isRecursive(type)) return 'any';
      return `{ ${type.fields.map((f) => `${f.readonly ? 'readonly ' : ''}${/^[A-Za-z_$][\w$]*$/.test(f.name) ? f.name : JSON.stringify(f.name)}${f.optional ? '?' : ''}: ${show(f.type)}`).join('; ')} }`;
    }
    // In an order that does not depend on which types the checker has met before.
    case 'union': return [...new Set(type.members.map(show))].sort().join(' | ');
    case 'nd': return type.name ?? 'np.Array';
    case 'saved': return type.name;
    case 'links': return 'object';
    case 'opaque': return type.text;
    default: return type.kind;
  }
}

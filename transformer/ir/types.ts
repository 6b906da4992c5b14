/**
 * Types of IR values. They are what differentiation must know of a TypeScript type, no more:
 * is it a number, memory that holds numbers, or something that has no derivative.
 */
export type Type =
  | { kind: 'number' }
  | { kind: 'boolean' }
  | { kind: 'string' }
  | { kind: 'void' }
  | { kind: 'array'; element: Type; readonly?: boolean }
  | { kind: 'typed'; name: TypedArrayName }
  | { kind: 'tuple'; elements: Type[]; readonly?: boolean }
  | { kind: 'record'; fields: Field[]; name?: string }
  /** What a forward sweep hands to its backward sweep; the fields are filled in when both are known. */
  /** What a forward sweep, the function `forward`, hands over to its reverse sweep. */
  | { kind: 'saved'; name: string; fields: Type[]; forward: string }
  /** No derivative: functions, maps, dates … printed as `text`. */
  | { kind: 'opaque'; text: string };

export interface Field {
  name: string;
  type: Type;
  readonly?: boolean;
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
export const F64: Type = { kind: 'typed', name: 'Float64Array' };

/** Values that live in memory and are handled by reference. */
export function isMemory(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'typed' || type.kind === 'tuple' || type.kind === 'record' || type.kind === 'saved';
}

/** Arrays that are indexed by a number known at run time. */
export function isIndexed(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'typed';
}

/** Typed arrays of integers hold no derivative. */
export function isFloatArray(type: Type): boolean {
  return type.kind === 'typed' && (type.name === 'Float64Array' || type.name === 'Float32Array');
}

/** Can a value of this type have a derivative? */
export function isDifferentiable(type: Type): boolean {
  switch (type.kind) {
    case 'number': return true;
    case 'array': return isDifferentiable(type.element);
    case 'typed': return isFloatArray(type);
    case 'tuple': return type.elements.some(isDifferentiable);
    case 'record': return type.fields.some((f) => isDifferentiable(f.type));
    default: return false;
  }
}

/** The type of the element at any index. */
export function elementType(type: Type): Type {
  if (type.kind === 'array') return type.element;
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

/** Keys of a record, tuple or saved value, in order. */
export function fieldKeys(type: Type): string[] {
  if (type.kind === 'record') return type.fields.map((f) => f.name);
  if (type.kind === 'tuple') return type.elements.map((_, i) => String(i));
  if (type.kind === 'saved') return type.fields.map((_, i) => String(i));
  return [];
}

export function sameType(a: Type, b: Type): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'array': return sameType(a.element, (b as typeof a).element);
    case 'typed': return a.name === (b as typeof a).name;
    case 'tuple': {
      const other = (b as typeof a).elements;
      return a.elements.length === other.length && a.elements.every((e, i) => sameType(e, other[i]));
    }
    case 'record': {
      const other = (b as typeof a).fields;
      return a.fields.length === other.length && a.fields.every((f, i) => f.name === other[i].name && sameType(f.type, other[i].type));
    }
    case 'saved': return a.name === (b as typeof a).name;
    case 'opaque': return a.text === (b as typeof a).text;
    default: return true;
  }
}

/**
 * The type of a cotangent (or tangent): the structure of its value, with `undefined` for leaves
 * that have no derivative. Readonly arrays become writable: the cotangent is ours.
 */
export function cotangentType(type: Type): Type {
  switch (type.kind) {
    case 'number': return NUMBER;
    case 'array': return { kind: 'array', element: cotangentType(type.element) };
    case 'typed': return isFloatArray(type) ? type : { kind: 'opaque', text: 'undefined' };
    case 'tuple': return { kind: 'tuple', elements: type.elements.map(cotangentType) };
    case 'record': return {
      kind: 'record',
      fields: type.fields.map((f) => ({ name: f.name, type: cotangentType(f.type) })),
      ...(type.name && isPlainNumeric(type) ? { name: type.name } : {}),
    };
    default: return { kind: 'opaque', text: 'undefined' };
  }
}

/** Is the cotangent of this type the type itself (no undefined leaves, nothing readonly)? */
function isPlainNumeric(type: Type): boolean {
  switch (type.kind) {
    case 'number': return true;
    case 'array': return !type.readonly && isPlainNumeric(type.element);
    case 'typed': return isFloatArray(type);
    case 'tuple': return !type.readonly && type.elements.every(isPlainNumeric);
    case 'record': return type.fields.every((f) => !f.readonly && isPlainNumeric(f.type));
    default: return false;
  }
}

/** The type without those names of records that cannot be said in some module. */
export function withoutNames(type: Type, visible: (name: string) => boolean): Type {
  const inner = (t: Type) => withoutNames(t, visible);
  switch (type.kind) {
    case 'array': return { ...type, element: inner(type.element) };
    case 'tuple': return { ...type, elements: type.elements.map(inner) };
    case 'record': {
      if (type.name && visible(/^\w+/.exec(type.name)?.[0] ?? '')) return type;
      const { name, ...rest } = type;
      return { ...rest, fields: type.fields.map((f) => ({ ...f, type: inner(f.type) })) };
    }
    default: return type;
  }
}

/** A type as TypeScript text. `named: false` spells records out instead of using the user's name. */
export function showType(type: Type, named = true): string {
  const show = (t: Type) => showType(t, named);
  switch (type.kind) {
    case 'array': {
      const element = show(type.element);
      return `${type.readonly ? 'readonly ' : ''}${/^[\w.]+(\[\])*$/.test(element) ? element : `(${element})`}[]`;
    }
    case 'typed': return type.name;
    case 'tuple': return `${type.readonly ? 'readonly ' : ''}[${type.elements.map(show).join(', ')}]`;
    case 'record': return named && type.name ? type.name
      : `{ ${type.fields.map((f) => `${f.readonly ? 'readonly ' : ''}${/^[A-Za-z_$][\w$]*$/.test(f.name) ? f.name : JSON.stringify(f.name)}: ${show(f.type)}`).join('; ')} }`;
    case 'saved': return type.name;
    case 'opaque': return type.text;
    default: return type.kind;
  }
}

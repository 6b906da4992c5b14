/** Types of generated values, and what is declared about them. */
import type { Callee } from './writer.ts';

export type Type =
  | { kind: 'number' | 'integer' | 'boolean' | 'string' | 'void' }
  | { kind: 'floats'; name: 'Float64Array' | 'Float32Array' }
  /** Arrays have the program's common length; lists have any. */
  | { kind: 'array'; element: Type }
  | { kind: 'list'; element: Type }
  | { kind: 'tuple'; elements: readonly Type[] }
  | { kind: 'named'; name: string }
  | { kind: 'function'; params: readonly Type[]; result: Type };

export interface Field { name: string; type: Type; optional?: boolean; readonly?: boolean }

export type Declared =
  | { kind: 'record'; name: string; fields: readonly Field[] }
  | { kind: 'union'; name: string; tag: string; variants: readonly { tag: string; fields: readonly Field[] }[] }
  | { kind: 'enum'; name: string; members: readonly string[] }
  /** Instances are made by `new` with the values of `params`. */
  | { kind: 'class'; name: string; parent?: string; fields: readonly Field[]; params: readonly Type[]; getters: readonly string[]; methods: readonly Callee[] };

export const NUMBER: Type = { kind: 'number' };
export const INTEGER: Type = { kind: 'integer' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const STRING: Type = { kind: 'string' };
export const VOID: Type = { kind: 'void' };
export const F64: Type = { kind: 'floats', name: 'Float64Array' };
export const F32: Type = { kind: 'floats', name: 'Float32Array' };
export const arrayOf = (element: Type): Type => ({ kind: 'array', element });
export const listOf = (element: Type): Type => ({ kind: 'list', element });
export const named = (name: string): Type => ({ kind: 'named', name });

/** The type as it is written. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'integer': return 'number';
    case 'floats': case 'named': return type.name;
    case 'array': case 'list': return type.element.kind === 'function' ? `(${typeText(type.element)})[]` : `${typeText(type.element)}[]`;
    case 'tuple': return `[${type.elements.map(typeText).join(', ')}]`;
    case 'function': return `(${type.params.map((p, i) => `${'xyzw'[i]}: ${typeText(p)}`).join(', ')}) => ${typeText(type.result)}`;
    default: return type.kind;
  }
}

/** What tells types apart; arrays and lists are written alike. */
export function keyOf(type: Type): string {
  switch (type.kind) {
    case 'list': return `list of ${keyOf(type.element)}`;
    case 'array': return `array of ${keyOf(type.element)}`;
    case 'integer': return 'integer';
    default: return typeText(type);
  }
}

export const isSame = (a: Type, b: Type): boolean => keyOf(a) === keyOf(b);

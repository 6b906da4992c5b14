/**
 * Transforms as functions. `grad(f)` is a function like any other: it has a body, which calls the derivative of f, and so
 * it can be called, inlined and differentiated in turn, to any depth:
 *
 *   grad(f)  →  f_gradient(x) { [, x_bar] = f_grad(x, 1); return x_bar; }
 *
 * Here is which function it is of, and what it takes and gives; differentiate/compose.ts writes its body, when it is asked for.
 */
import type { FuncRef, Result, Span } from './ir.ts';
import { NUMBER, type RecordType, type Saved, type Type, VOID, cotangentType, elementType, holdsRecursion, isFloatArray } from './types.ts';

export type Composed = {
  id: string;
  name: string;
  /** The function that is transformed. */
  of: FuncRef;
  /** Which of its parameters are the user's arguments; the others are what it captures. */
  places: number[];
  /** How many of its results are the user's; behind these are the captured variables that it writes. */
  results: number;
  /** The call, for messages. */
  span: Span;
} & (
  /** `grad`, `valueAndGrad`: parameters as those of `of`. A list gives a tuple. */
  | { kind: 'gradient'; asked: Asked | Asked[]; withValue: boolean }
  /** `jvp`: parameters of `of`, then the tangents of some of them. */
  | { kind: 'jvp'; wrt: number[] }
  /** The two halves of `vjp`: parameters of `of`; what was saved, and the cotangent of the result. */
  | { kind: 'forward' | 'pullback'; saved: Saved }
  /** Those of `linearize`: parameters of `of`; what was saved, and a tangent for each argument. */
  | { kind: 'linear' | 'push'; saved: Saved }
  /** `jacobian`, `hessian` …: parameters as those of `of`. */
  | { kind: 'matrix'; which: MatrixName; asked: number | number[] }
  /** `vmap`: parameters as those of `of`, of these types. */
  | { kind: 'vmap'; axes: Axis[]; types: Type[] }
);

/** How an argument is gone through: element by element, not at all, or by parts of a record or tuple. */
export type Axis = 0 | null | { [key: string]: Axis };

export interface VmapRequest {
  id: string;
  /** By parameter: how it is gone through, and the type that it has then. */
  axes: Axis[];
  types: Type[];
  span: Span;
}

export type MatrixName = 'jacfwd' | 'jacrev' | 'jacobian' | 'hessian';

/** A parameter, by its place; of a rest parameter, an element. */
export interface Asked { place: number; element?: number }

export function gradientResult(own: Result, types: readonly Type[], asked: Asked | Asked[], withValue: boolean): Result {
  const part = ({ place, element }: Asked): Result => ({ kind: 'value', type: element === undefined ? tangentType(types[place]) : elementType(cotangentType(types[place])) });
  const gradient: Result = Array.isArray(asked) ? { kind: 'tuple', parts: asked.map(part) } : part(asked);
  return withValue ? { kind: 'tuple', parts: [own, gradient] } : gradient;
}

/** The result of a function that also hands out captured variables which it has written. */
export function withWritten(own: Result, written: readonly Type[]): Result {
  if (written.length === 0) return own;
  return { kind: 'tuple', parts: [...(own.kind === VOID.kind ? [] : [own]), ...written.map((type): Result => ({ kind: 'value', type }))] };
}

/** The type of a tangent, or of a cotangent. */
export function tangentType(type: Type): Type { return type.kind === 'number' ? NUMBER : cotangentType(type); }

/** Ṙ has the structure of R; leaves without derivative are undefined. */
export function tangentResult(result: Result): Result {
  switch (result.kind) {
    case 'void': return result;
    case 'value': return { kind: 'value', type: tangentType(result.type) };
    case 'tuple': return { kind: 'tuple', parts: result.parts.map(tangentResult) };
    case 'record': return { kind: 'record', names: result.names, parts: result.parts.map(tangentResult) };
  }
}

/** The type of a Jacobian: the output's structure with the input's in place of each number. */
export function jacobianType(output: Type, inner: Type): Type {
  switch (output.kind) {
    case 'number': return inner;
    case 'typed': return inner.kind === 'number' ? output : { kind: 'array', element: inner };
    case 'array': return { kind: 'array', element: jacobianType(output.element, inner) };
    case 'tuple': return { kind: 'tuple', elements: output.elements.map((t) => jacobianType(t, inner)) };
    case 'record': return { kind: 'record', fields: output.fields.map((f) => ({ name: f.name, type: jacobianType(f.type, inner) })) };
    default: return output;
  }
}

/** The result of a Jacobian with respect to these parameters; of a Hessian, the Jacobian of the Jacobian. */
export function matrixResult(which: string, own: Result, types: readonly Type[], asked: number | number[]): Result {
  const inner: Type = Array.isArray(asked) ? { kind: 'tuple', elements: asked.map((i) => tangentType(types[i])) } : tangentType(types[asked]);
  const once = (result: Result): Result => {
    switch (result.kind) {
      case 'void': return result;
      case 'value': return { kind: 'value', type: jacobianType(tangentType(result.type), inner) };
      case 'tuple': return { kind: 'tuple', parts: result.parts.map(once) };
      case 'record': return { kind: 'record', names: result.names, parts: result.parts.map(once) };
    }
  };
  return which === 'hessian' ? once(once(own)) : once(own);
}

/** The type of a batch of arguments, where nothing is known of its container. */
export function batchedType(type: Type, axis: Axis): Type {
  if (axis === null) return type;
  if (axis === 0) return type.kind === 'number' && !type.absent ? { kind: 'array', element: type, readonly: true, like: 'number[] | Float64Array' } : { kind: 'array', element: type, readonly: true };
  if (type.kind === 'tuple') return { kind: 'tuple', elements: type.elements.map((t, i) => batchedType(t, axis[i] ?? null)) };
  if (type.kind === 'record') return { kind: 'record', fields: type.fields.map((f) => ({ ...f, type: batchedType(f.type, axis[f.name] ?? null) })) };
  return type;
}

/** What numbers come out in: the kind of container of the first mapped argument, an array if that holds no numbers. */
export function containerOf(first: Type): { container: Type; like: boolean } {
  if (first.kind === 'typed' && isFloatArray(first)) return { container: first, like: false };
  const like = first.kind === 'array' && first.element.kind === 'number' ? first.like : undefined;
  return { container: { kind: 'array', element: NUMBER, ...(like ? { like } : {}) }, like: like !== undefined };
}

/** The type of a batch of results; undefined of a record or tuple, whose parts are batches. */
export function batchedLeaf(type: Type, container: Type): Type | undefined {
  if (type.kind === 'number' && !type.absent) return container;
  if (!type.absent && (type.kind === 'tuple' || (type.kind === 'record' && !type.classes && !holdsRecursion(type)))) return undefined;
  return { kind: 'array', element: type };
}

export function batchedResult(own: Result, container: Type): Result {
  const ofType = (type: Type): Result => {
    const leaf = batchedLeaf(type, container);
    if (leaf) return { kind: 'value', type: leaf };
    if (type.kind === 'tuple') return { kind: 'tuple', parts: type.elements.map(ofType) };
    const { fields } = type as RecordType;
    return { kind: 'record', names: fields.map((f) => f.name), parts: fields.map((f) => ofType(f.type)) };
  };
  switch (own.kind) {
    case 'void': return own;
    case 'value': return ofType(own.type);
    case 'tuple': return { kind: 'tuple', parts: own.parts.map((part) => batchedResult(part, container)) };
    case 'record': return { kind: 'record', names: own.names, parts: own.parts.map((part) => batchedResult(part, container)) };
  }
}

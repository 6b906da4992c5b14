/**
 * Transforms as functions. `grad(f)` is a function like any other: it has a body, which calls the derivative of f, and so
 * it can be called, inlined and differentiated in turn, to any depth:
 *
 *   grad(f)  →  f_gradient(x) { [, x_bar] = f_grad(x, 1); return x_bar; }
 *
 * Here is which function it is of, and what it takes and gives; differentiate/compose.ts writes its body, when it is asked for.
 */
import type { FuncRef, Result, Span } from './ir.ts';
import { NUMBER, type Saved, type Type, VOID, cotangentType, elementType } from './types.ts';

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
  /** `jacobian`, `hessian` …: parameters as those of `of`. */
  | { kind: 'matrix'; which: MatrixName; asked: number | number[] }
);

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

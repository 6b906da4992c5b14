/** Rules of the user's: what takes the place of differentiation. */
import type { Func, FuncRef, Span } from './ir.ts';
import type { Type } from './types.ts';

/** A function of numbers with its partial derivatives, expressions over the parameters and `y`. */
export interface Primitive {
  callee: FuncRef;
  parameters: readonly string[];
  partials: readonly string[];
  /** By parameter: where its partial may be infinite at finite arguments. */
  singular: Readonly<Record<number, string>>;
  /** Functions that the partials use, besides those that are primitives anyway. */
  functions: ReadonlyMap<string, Primitive | FuncRef>;
}

/** What an operation that calls such a function has. Its name is none that an operation of the language has. */
export function primitive(primitive: Primitive): { fn: string; primitive: Primitive } { return { fn: `$${primitive.callee.id}`, primitive }; }

/** What was found by a solver: of which equation. */
export interface Implicit {
  form: 'root' | 'fixedPoint' | 'argmin' | 'minimum';
  /** The equation, or what is least: a function of the unknown and of what it depends on. */
  of: FuncRef;
  /** The text of further arguments. */
  options?: string;
}

/** A linear system: its matrix is the Jacobian of a function with respect to its first argument. */
export interface System {
  of: FuncRef;
  symmetric: boolean;
  transposed: boolean;
  /** The text of what the runtime is told of it. */
  options: string;
}

/** Rules of a function by which both of its derivatives are to be had. */
export interface CustomRules {
  name: string;
  span: Span;
  /** The types of the function's parameters. */
  parameters: () => Type[];
  /**
   * The function of a rule for reverse mode: (…x, ȳ) → [y, …x̄]. What runs before its operation `undef` with the text
   * `boundary` is the forward sweep, which does not see ȳ. A cotangent that is zero is the constant `undefined`.
   */
  vjp?: () => Func;
  /** The function of a rule for forward mode: (…x, …ẋ of those that have a derivative) → [y, ẏ]. */
  jvp?: () => Func;
  /** It is what a solver has found, see differentiate/implicit.ts. */
  implicit?: Implicit;
  /** It is the solution of a linear system, of the right-hand side and of the arguments of its function, see differentiate/systems.ts. */
  system?: System;
  /** It has a rule of one line, under its name. */
  reduction?: boolean;
  /** A rule turned out to be one that is called at run time, as what the function is registered with. */
  opaque?: boolean;
}

export const BOUNDARY = 'boundary';

/** A function that is made when it is first asked for. */
export function once(make: () => Func): () => Func {
  let func: Func | undefined;
  return () => (func ??= make());
}

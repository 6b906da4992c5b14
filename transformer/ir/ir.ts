/**
 * The intermediate representation: structured SSA.
 *
 * A function is a region; a region is a list of operations that run in order and end by yielding
 * values. Every value is assigned once. `if` and `loop` hold nested regions, which see the values
 * of the regions around them; what they change is yielded, so there are no mutable variables.
 * Arrays, tuples and records are the only memory, read and written by explicit operations.
 * There are no jumps: `break`, `continue` and early `return` are lowered to flags (see `loop.exit`).
 *
 * | op          | args             | results | attributes, meaning |
 * |-------------|------------------|---------|---------------------|
 * | const       |                  | v       | `value`: number, boolean, string, null or undefined |
 * | undef       |                  | v       | a value that no run of the program reads |
 * | free        |                  | v       | `name`: a binding outside the function; `mutable` if it may be reassigned |
 * | prim        | operands         | v       | `fn`: a pure scalar operation, see `PRIMS` |
 * | load        | array, index     | v       | array[index] |
 * | store       | array, index, v  |         | array[index] = v |
 * | accum       | array, index, v  |         | array[index] += v |
 * | field       | object           | v       | `key`: object.key, or object[key] of a tuple |
 * | setfield    | object, v        |         | `key`: object.key = v |
 * | accumfield  | object, v        |         | `key`: object.key += v |
 * | length      | array            | v       | |
 * | new         | length           | array   | zero-filled; the kind of array is the result's type |
 * | literal     | parts            | object  | array, tuple or record (parts in the order of the type's fields) |
 * | copy        | array (, start (, end)) | array | shallow copy, converting the elements to the result's type; of a part, as `slice` takes it |
 * | fill        | array, v         |         | array.fill(v) |
 * | push, pop   | array (, v)      | (v)     | |
 * | cast        | object           | object  | the same object as one of another type: of a class that extends it, of one member of a union |
 * | unshift, shift | array (, v)   | (v)     | the same at the front |
 * | splice      | array, start, count, items | removed | puts the elements of items, an array, in the place of `count` others; both numbers are inside the array |
 * | resize      | array, length    |         | array.length = length |
 * | view        | array, start (, end) | array | a typed array on a part of the memory of another: `subarray` |
 * | argsort     | array, captures  | order   | the indexes of the elements in the order of `compare`, stable; see `Attributes.compare` |
 * | zeros       | object           | object  | deep: the cotangent structure of the object, all zero |
 * | clone       | object           | object  | deep copy |
 * | links       | object           | links   | which objects it consists of at this moment, whatever is put in their place later |
 * | addinto     | target, source   |         | deep: target += source, both cotangent structures, or the links of both |
 * | clear       | object           |         | deep: every number of the object, or of its links, becomes 0 |
 * | call        | args             | results | `callee`: a function of the program, or of derivatives |
 * | extern      | args             | v?      | `text`: a call of something without derivative (`console.log`); impure unless `pure` |
 * | throw       | error            |         | nothing after it runs |
 * | if          | condition        | results | regions [then, else]; both yield the results |
 * | loop        | initial values   | results | regions [test, body]; see `Loop` |
 */
import type { NumpyCall } from './numpy.ts';
import type { Primitive } from './rules.ts';
import type { ClassRef, Type } from './types.ts';

/** A range of characters of the user's file. */
export interface Span {
  file: string;
  start: number;
  end: number;
}

export type Literal = number | boolean | string | null | undefined;

/** Names of operations on scalars, besides the functions of `Math`, which are primitives under their own names. */
export const OPERATORS: Record<string, { text: string; arity: 1 | 2; result: 'number' | 'boolean' | 'operand' | 'string' }> = {
  add: { text: '+', arity: 2, result: 'number' },
  sub: { text: '-', arity: 2, result: 'number' },
  mul: { text: '*', arity: 2, result: 'number' },
  div: { text: '/', arity: 2, result: 'number' },
  rem: { text: '%', arity: 2, result: 'number' },
  pow: { text: '**', arity: 2, result: 'number' },
  neg: { text: '-', arity: 1, result: 'number' },
  lt: { text: '<', arity: 2, result: 'boolean' },
  le: { text: '<=', arity: 2, result: 'boolean' },
  gt: { text: '>', arity: 2, result: 'boolean' },
  ge: { text: '>=', arity: 2, result: 'boolean' },
  eq: { text: '===', arity: 2, result: 'boolean' },
  ne: { text: '!==', arity: 2, result: 'boolean' },
  not: { text: '!', arity: 1, result: 'boolean' },
  bitand: { text: '&', arity: 2, result: 'number' },
  bitor: { text: '|', arity: 2, result: 'number' },
  bitxor: { text: '^', arity: 2, result: 'number' },
  bitnot: { text: '~', arity: 1, result: 'number' },
  shl: { text: '<<', arity: 2, result: 'number' },
  shr: { text: '>>', arity: 2, result: 'number' },
  ushr: { text: '>>>', arity: 2, result: 'number' },
  concat: { text: '+', arity: 2, result: 'string' },
};
/** Special functions, which tapeless itself exports, with the numbers that they take. */
export const SPECIAL: Record<string, number> = {
  erf: 1, erfc: 1, normcdf: 1, lgamma: 1, digamma: 1, polygamma: 2, sigmoid: 1, softplus: 1, xlogy: 2,
};
/** Functions of all elements of an array of numbers, and how they are called. */
export const REDUCTIONS: Record<string, { text: string; runtime?: true }> = { logsumexp: { text: 'logsumexp', runtime: true }, hypot: { text: 'Math.hypot(...$0)' } };
/** Other primitives: any `Math.*` function by its name; `isNaN`, `isFinite` and `isInteger` of `Number`. */

export type OpKind =
  | 'const' | 'undef' | 'free' | 'prim' | 'load' | 'store' | 'accum' | 'field' | 'setfield' | 'accumfield' | 'length'
  | 'new' | 'literal' | 'copy' | 'fill' | 'push' | 'pop' | 'unshift' | 'shift' | 'splice' | 'resize' | 'view' | 'argsort' | 'cast' | 'zeros' | 'clone' | 'links' | 'addinto' | 'clear' | 'detach'
  | 'call' | 'extern' | 'throw' | 'if' | 'loop';

let valueCount = 0;

export class Value {
  readonly id = ++valueCount;
  /** The operation whose result this is, or the loop or function whose parameter. */
  def!: Op | Func;
  constructor(
    public type: Type,
    readonly span: Span,
    /** The user's name for it (`s`), or the derivative's (`s_bar`). A named value is printed as a variable. */
    public name?: string,
    /** Values of one variable of the user's share this number; the printer tries to give them one `let`. */
    public variable?: number,
  ) {}
}

/** Numbers of variables that are not the user's: negative, so that they never meet the front end's. */
let variableCount = 0;
export function freshVariable(): number {
  return --variableCount;
}

/**
 * How the reverse sweep comes to what it needs of a loop's iterations or of a call, other than by saving all of it:
 * from snapshots of the state, between which it computes anew; from the step's inverse; of the last iterations only.
 */
export type Policy =
  | { kind: 'snapshots'; count: number }
  | { kind: 'sqrt' }
  | { kind: 'reversible'; inverse: string; check: boolean }
  | { kind: 'truncate'; steps: number }
  | { kind: 'call' };

export interface Attributes {
  value?: Literal;
  name?: string;
  mutable?: boolean;
  /** The module of a `free` binding, or of the root of an `extern`'s text, where it is not the function's own. */
  module?: string;
  fn?: string;
  key?: string;
  callee?: FuncRef;
  /** On a call of a method: its name, `args[0].method(…)`, and whether it is a getter or setter. */
  method?: string;
  accessor?: 'get' | 'set';
  text?: string;
  pure?: boolean;
  /** On a store: there is such an element, for the compiler itself has written the loop. */
  inside?: boolean;
  /** Of an extern: a function that the package exports for derivatives. */
  runtime?: boolean;
  /** Of an extern: its result does not change continuously, so no derivative flows through it. */
  discrete?: boolean;
  /** On an extern: what it has to do with what lies outside the program. By default it may keep its arguments there, and give back what was kept; what it copies from there is memory of its own. */
  world?: 'none' | 'reads' | 'copies';
  /** On an extern: what is called, as the user wrote it. */
  shown?: string;
  /** On an extern: it stands for a function with a rule of its own, of this id. */
  custom?: string;
  /** On an extern without effects: an operation on n-d arrays. */
  np?: NumpyCall;
  /** On a field of what is saved, an n-d array: a number that those of one shape share. */
  sameShape?: number;
  /** On such an operation: a loop over the elements of its arguments, `arrays` of the shape of the results, others of a shape that is broadcast, and numbers. */
  kernel?: { of: FuncRef; arrays: number; broadcast: number; outputs: number; total?: 'sum' | 'mean' };
  /** On an extern: the arguments on which the result depends, by place; all unless given. */
  carries?: readonly number[];
  /** On an extern that solves a linear system: the function that gives products with its matrix, of all arguments but the first and of a vector; or a list of one product. */
  product?: { of: FuncRef; part: boolean };
  /** On a prim: a function of the user's, with the rule that he gave. */
  primitive?: Primitive;
  /** On an extern that assigns a variable outside the function: its name. */
  assigns?: string;
  /** On an extern: the signature of a derivative of it. */
  signature?: string;
  loop?: LoopInfo;
  /** On a loop, or on an `if` around what a checkpointed call does. */
  policy?: Policy;
  /** On a call of a step that reverse mode has taken out of a loop, or of its reverse: it may be put in place again. */
  step?: boolean;
  /** On the call of a reversible loop's step: the function that undoes it. */
  undo?: FuncRef;
  /** On the call of a step that has effects: the function that does the rest of it again, given what the last results have noted. */
  replay?: { callee: FuncRef; noted: number };
  /** Arithmetic of a derivative: may be rearranged. Arithmetic of the primal never is, it stays exact bit for bit. */
  loose?: boolean;
  /** What the printer may call the result, if it needs a name. */
  hint?: string;
  /** Memory that holds cotangents or tangents. */
  shadow?: boolean;
  /** On an `if` or `loop` of a reverse sweep: the forward operation that it reverses. */
  reverses?: Op;
  /** On a loop of a reverse sweep: the forward loop's carried value that its first one goes through backwards. */
  index?: Value;
  /** A write for the next run of a pullback: no reader in this one. */
  again?: boolean;
  /** An array in which the forward sweep keeps one value of each iteration for the reverse sweep. */
  saves?: boolean;
  /** In derivatives: terms of the chain rule that this is part of. Only people ask for them, see print/explain.ts. */
  terms?: readonly ChainTerm[];
  /** In a reverse sweep: a value of the primal, computed again or read from where the forward sweep has saved it. */
  origin?: 'recomputed' | 'saved';
  /** The comparator of an `argsort`, without effects: a function of two elements and of the captured values. */
  compare?: Func;
  /** On a clone, zeros beside it, and sums with it: the object, or a part of it, may not be there. */
  absent?: boolean;
  /** On a clone, and on zeros beside it: what the parts of the object share, those of the result share. */
  shared?: boolean;
  /** On a literal: optional properties that it does not have. Their parts are undefined. */
  missing?: readonly string[];
  /** On a literal: optional properties that it has where the object has them from which their parts are read, `{ ...object }`, and else where these are not undefined. */
  optional?: readonly string[];
  /** On a literal: the class of which it is an instance. */
  instance?: Instance;
}

/** One term of the chain rule: of this operation of the primal, with respect to that operand; of an access of memory, the whole. */
export interface ChainTerm {
  op: Op;
  operand?: number;
  mode: 'jvp' | 'vjp';
}

export interface Instance {
  class: ClassRef;
  /** The fields that the parameters of the constructor become, where it does nothing else. */
  parameters?: readonly string[];
}

/**
 * A loop. `op.params` are the carried values: they start as `op.args`, and each iteration's body
 * yields the next ones; `op.results` are the last ones. The test region (which sees the params and
 * must be free of effects) yields one boolean. The body does not see the test's values.
 */
export interface LoopInfo {
  /** 'before': while (test) body. 'after': do body while (test); the test then sees the updated params. */
  test: 'before' | 'after';
  /** The first carried value is a flag, initially false; when the body yields true there, the loop ends without another test. */
  exit?: boolean;
  /** How the user wrote it, a hint for the printer. 'for' with `update` params changed in its head. */
  form: 'for' | 'while' | 'do' | 'forof';
  /** Which params are declared and updated in the head of a `for`. */
  head?: number[];
  /** The user's word on what its iterations compute and the reverse sweep needs; see differentiate/saves.ts. */
  keeping?: Keeping;
}

/** Kept from the forward sweep, whatever it costs to compute again; or computed again, whatever it costs. */
export type Keeping = 'store' | 'recompute';

/** A function that derivative code or a primal calls by name. */
export interface FuncRef {
  /** Key in `Program.functions`: unique in the program. */
  id: string;
  /** Name to print, before collisions are resolved. */
  name: string;
}

export class Op {
  results: Value[] = [];
  /** Carried values of a loop. */
  params: Value[] = [];
  regions: Region[] = [];
  parent!: Region;
  constructor(
    readonly kind: OpKind,
    public args: Value[],
    readonly span: Span,
    public attr: Attributes = {},
  ) {}
  get result(): Value { return this.results[0]; }
}

export class Region {
  ops: Op[] = [];
  yields: Value[] = [];
  constructor(public owner: Op | Func) {}
}

export interface Param {
  value: Value;
  /** Text of the default in the user's signature: `10` of `n = 10`. Printed as it is. */
  default?: string;
  /** The array of a rest parameter. */
  rest?: boolean;
  /** Its default is the zero tangent of that parameter. */
  zeroOf?: Value;
  optional?: boolean;
  /** Memory that the caller hands over: nobody looks at it after the call. */
  dies?: boolean;
}

/** Something in the memory of an argument: the argument itself, or what the keys lead to (`*` for any element). */
export interface Place {
  param: Value;
  keys: readonly string[];
}

export class Func {
  readonly body: Region;
  params: Param[] = [];
  /** Places that may be the same memory. All others are taken to be apart. */
  joints: readonly (readonly [Place, Place])[] = [];
  /** How the results are put together for the caller in TypeScript; see `Result`. */
  result: Result = { kind: 'void' };
  /** The user asks for speed, whatever the derivative looks like: `// @differentiate optimize=speed`. */
  fast?: boolean;
  /** The comment above the printed function. */
  doc?: string;
  constructor(
    readonly id: string,
    public name: string,
    readonly span: Span,
  ) {
    this.body = new Region(this);
  }
}

/**
 * The shape of what a function returns. The body yields a flat list of values, and the shape says how
 * `return` puts them together: a function whose every `return` is a literal, `return [a, { b }]`,
 * yields a and b as plain values, so that tuples and records of results are no memory.
 */
export type Result =
  | { kind: 'void' }
  | { kind: 'value'; type: Type }
  | { kind: 'tuple'; parts: Result[] }
  | { kind: 'record'; names: string[]; parts: Result[]; type?: string; readonly?: string[] };

/** Types of the yielded values, in order. */
export function resultTypes(result: Result): Type[] {
  switch (result.kind) {
    case 'void': return [];
    case 'value': return [result.type];
    default: return result.parts.flatMap(resultTypes);
  }
}

/** The TypeScript type of the result as one value. */
export function resultType(result: Result): Type {
  switch (result.kind) {
    case 'void': return { kind: 'void' };
    case 'value': return result.type;
    case 'tuple': return { kind: 'tuple', elements: result.parts.map(resultType) };
    case 'record': return {
      kind: 'record',
      fields: result.names.map((name, i) => ({ name, type: resultType(result.parts[i]), ...(result.readonly?.includes(name) ? { readonly: true } : {}) })),
      ...(result.type ? { name: result.type } : {}),
    };
  }
}

/** The number that a value is known to be, or undefined. */
export function constantOf(v: Value): number | undefined {
  return v.def instanceof Op && v.def.kind === 'const' && typeof v.def.attr.value === 'number' ? v.def.attr.value : undefined;
}

/** Is the value known to be `null` or `undefined`? */
export function isNullish({ def }: Value): boolean { return def instanceof Op && def.kind === 'const' && def.attr.value == null; }

/** The region in which a value is defined: of a loop's param, the body. */
export function homeRegion(value: Value): Region {
  const def = value.def;
  if (def instanceof Func) return def.body;
  if (def.params.includes(value)) return def.regions[1];
  return def.parent;
}

/** The region around a region, or undefined for a function's body. */
export function outerRegion(region: Region): Region | undefined {
  return region.owner instanceof Func ? undefined : region.owner.parent;
}

/** Is `inner` the region `outer` or nested in it? */
export function isInside(inner: Region, outer: Region): boolean {
  for (let r: Region | undefined = inner; r; r = outerRegion(r)) if (r === outer) return true;
  return false;
}

/** May the operation keep what it is given, where others find it, or change it? */
export function mayKeep(op: Op): boolean {
  return op.kind === 'extern' && !op.attr.pure && op.attr.world === undefined && op.attr.assigns === undefined;
}

/** May the result be something that the program, or anyone, has put there? */
export function mayGive(op: Op): boolean {
  return op.kind === 'extern' && op.results.length > 0 && !op.attr.pure && op.attr.world !== 'none' && op.attr.world !== 'copies';
}

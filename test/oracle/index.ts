/**
 * The oracle: derivatives of a user's function, found without the compiler. It interprets the syntax tree of the user's
 * text on dual numbers (forward mode) or on the nodes of a graph (reverse mode).
 */
import { Active, type Num, newLevel, toNumber, traced, withNoise } from './number.ts';
import { Dual, tangentAt, valueAt } from './dual.ts';
import { Node, backward, topologicalOrder } from './graph.ts';
import { Float32Cells, Float64Cells, Floats } from './floats.ts';
import { Program, type ProgramOptions } from './program.ts';
import { SPECIAL_FUNCTIONS } from './special.ts';

export interface OracleOptions extends ProgramOptions {
  /** `this` of the function: the fields of an object of the class whose method it is. */
  receiver?: Record<string, unknown>;
  /** Errors of the products that derivatives are sums of: how well is the derivative determined? */
  noise?: () => number;
}
export type Sources = Record<string, string>;

/** Value of a function of a module, by name (`f`, `Class.method`, `default`), what became of its arguments, and the digest of its decisions. */
export function oracleValue(sources: Sources, file: string, fn: string, args: readonly any[], options?: OracleOptions): { value: any; args: any[]; trace: number } {
  const { result: { value, args: after }, trace } = traced(() => run(sources, file, fn, args.map((x) => lift(x, (n) => n)), options));
  return { value: lower(value, toNumber), args: after.map((x) => lower(x, toNumber)), trace };
}

/** Value and tangent; an `undefined` tangent of an argument is zero. */
export function oracleJvp(
  sources: Sources, file: string, fn: string, args: readonly any[], tangents: readonly any[], options?: OracleOptions,
): { value: any; tangent: any; args: any[] } {
  const level = newLevel();
  const inputs = args.map((x, i) => lift(x, (n, tangent) => dual(level, n, tangent), tangents[i]));
  const { value, args: after } = withNoise(options?.noise, () => run(sources, file, fn, inputs, options));
  return { value: lower(value, toNumber), tangent: lower(value, (x) => toNumber(tangentAt(level, x)), true), args: after.map((x) => lower(x, toNumber)) };
}

/** Value and the cotangent of each argument, for a cotangent of the result. */
export function oracleVjp(
  sources: Sources, file: string, fn: string, args: readonly any[], cotangent: any, options?: OracleOptions,
): { value: any; cotangents: any[]; args: any[] } {
  const { value, cotangents, args: after } = reverse(sources, file, fn, args, args.map(() => undefined), 0, cotangent, options);
  return { value: lower(value, toNumber), cotangents: cotangents.map((x) => lower(x, toNumber, true)), args: after.map((x) => lower(x, toNumber)) };
}

/** Derivative of the cotangents in the direction of the tangents (forward over reverse): of a scalar function, its Hessian times a vector. */
export function oracleHvp(
  sources: Sources, file: string, fn: string, args: readonly any[], tangents: readonly any[], cotangent: any = 1, options?: OracleOptions,
): { cotangents: any[]; products: any[] } {
  const level = newLevel();
  const { cotangents } = reverse(sources, file, fn, args, tangents, level, cotangent, options);
  return {
    cotangents: cotangents.map((x) => lower(x, toNumber, true)),
    products: cotangents.map((x) => lower(x, (n) => toNumber(tangentAt(level, n)), true)),
  };
}

function reverse(
  sources: Sources, file: string, fn: string, args: readonly any[], tangents: readonly any[], outer: number, cotangent: any, options?: OracleOptions,
) {
  const level = newLevel();
  const inputs = args.map((x, i) => lift(x, (n, tangent) => new Node(level, dual(outer, n, tangent)), tangents[i]));
  // The arguments may be overwritten, so what they were at the start is kept apart.
  const before = inputs.map((x) => map(x, (n) => n));
  const { value, args: after } = withNoise(options?.noise, () => {
    const ran = run(sources, file, fn, inputs, options);
    backward(activeParts(ran.value, level, cotangent));
    return ran;
  });
  return { value, cotangents: before.map((x) => map(x, (n) => (n as Node).cotangent)), args: after };
}

/** The nodes of a result, each with its part of the result's cotangent. */
function activeParts(value: any, level: number, cotangent: any): { node: Node; cotangent: Num }[] {
  const parts: { node: Node; cotangent: Num }[] = [];
  map(value, (n, bar) => {
    if (n instanceof Node && n.level === level) parts.push({ node: n, cotangent: bar });
    return n;
  }, cotangent);
  return parts;
}

function dual(level: number, n: number, tangent: number): Num {
  return tangent ? new Dual(level, n, tangent) : n;
}

function run(sources: Sources, file: string, fn: string, args: any[], options: OracleOptions = {}): { value: any; args: any[] } {
  const program = new Program(sources, { ...options, modules: { tapeless: TRANSFORMS, 'tapeless/implicit': SOLVERS, ...options.modules } });
  args.forEach((x) => adopt(x, (name) => classNamed(program, Object.keys(sources), name)));
  const f = program.lookup(file, fn);
  const prototype = fn.includes('.') ? program.lookup(file, fn.split('.')[0]).prototype : undefined;
  const self = options.receiver && Object.assign(Object.create(prototype), lift(options.receiver, (n) => n));
  return { value: f.apply(self, args), args };
}

/** Instances of classes of the program become instances of the interpreted classes of the same names. */
function adopt(x: any, find: (name: string) => any): void {
  if (!isRecord(x)) return;
  const { name } = x.constructor ?? {};
  const isInstance = name && name !== 'Object' && name !== 'Array' && !(x instanceof Floats) && !(x instanceof Active);
  // Bundlers put an underscore before a class that names itself.
  if (isInstance) Object.setPrototypeOf(x, find(name.replace(/^_/, '')).prototype);
  for (const part of Object.values(x)) if (typeof part === 'object' && !(part instanceof Active)) adopt(part, find);
}

function classNamed(program: Program, files: string[], name: string): any {
  for (const file of files) {
    try {
      return program.lookup(file, name);
    } catch { /* not in this module */ }
  }
  throw new Error(`the oracle knows no class ${name}`);
}

/** Of `tapeless/implicit`: derivatives go through the solver, which must be one that takes them to the solution's. */
const solver = () => (solve: Function) => solve;
const SOLVERS = { root: solver, fixedPoint: solver, argmin: solver };

/** Derivatives inside of the program: what it imports from `tapeless`, on values of the interpreter. */
const TRANSFORMS = {
  ...SPECIAL_FUNCTIONS,
  // The oracle differentiates functions themselves, not what the user says of them.
  customVjp: (f: Function) => f, customJvp: (f: Function) => f, elementwise: () => undefined,
  stopGradient: (x: any) => map(x, toNumber),
  checkpoint: (f: unknown) => f,
  grad: (f: Function, options: any) => (...args: any[]) => TRANSFORMS.valueAndGrad(f, options)(...args)[1],
  valueAndGrad: (f: Function, options: any) => (...args: any[]) => {
    const [value, pullback] = TRANSFORMS.vjp(f, args);
    const cotangents = pullback(1);
    const argnums = options?.argnums ?? 0;
    return [value, typeof argnums === 'number' ? cotangents[argnums] : argnums.map((i: number) => cotangents[i])];
  },
  vjp: (f: Function, args: any[]): [any, (cotangent: any) => any[]] => {
    const level = newLevel();
    const inputs = args.map((x) => map(x, (n) => new Node(level, n)));
    const before = inputs.map((x) => map(x, (n) => n));
    const value = f(...inputs);
    return [map(value, (n) => valueAt(level, n)), (cotangent) => {
      const roots = activeParts(value, level, cotangent);
      for (const node of topologicalOrder(roots.map((r) => r.node))) node.cotangent = 0;
      backward(roots);
      return before.map((x) => map(x, (n) => (n as Node).cotangent));
    }];
  },
  jvp: (f: Function, args: any[], tangents: any[]) => {
    const level = newLevel();
    const value = f(...args.map((x, i) => map(x, (n, tangent) => new Dual(level, n, tangent), tangents[i])));
    return [map(value, (n) => valueAt(level, n)), map(value, (n) => tangentAt(level, n))];
  },
  linearize: (f: Function, args: any[]) => [TRANSFORMS.jvp(f, args, [])[0], (...tangents: any[]) => TRANSFORMS.jvp(f, args, tangents)[1]],
  hvp: (f: Function, args: any[], tangents: any[]): any => TRANSFORMS.jvp(TRANSFORMS.grad(f, undefined), args, tangents)[1],
};

/** A value of JavaScript as one of the interpreter, where each number with a derivative is made by `number`. */
function lift(x: any, number: (n: number, tangent: number) => Num, tangent?: any): any {
  if (typeof x === 'number') return number(x, typeof tangent === 'number' ? tangent : 0);
  if (x instanceof Float64Array || x instanceof Float32Array) {
    const Kind = x instanceof Float64Array ? Float64Cells : Float32Cells;
    return new Kind(Array.from(x as Float64Array, (n, i) => number(n, tangent?.[i] ?? 0)));
  }
  if (ArrayBuffer.isView(x)) return (x as Int32Array).slice();
  if (Array.isArray(x)) return Array.from(x, (e, i) => lift(e, number, tangent?.[i]));
  if (x instanceof Map) return new Map([...x].map(([key, e]) => [key, lift(e, number, tangent?.get(key))]));
  if (isRecord(x)) return Object.assign(Object.create(Object.getPrototypeOf(x)), Object.fromEntries(Object.entries(x).map(([key, e]) => [key, lift(e, number, tangent?.[key])])));
  return x;
}

/** A value of the interpreter with each number replaced; `other` is a value of the same structure, whose numbers go along. */
function map(x: any, number: (n: Num, other: Num) => Num, other?: any): any {
  const part = (key: any) => (other instanceof Floats ? other.read(key) : other?.[key]);
  if (typeof x === 'number' || x instanceof Active) return number(x, other ?? 0);
  if (x instanceof Floats) return new (x.constructor as typeof Float64Cells)([...x].map((n, i) => number(n, part(i) ?? 0)));
  if (Array.isArray(x)) return Array.from(x, (e, i) => map(e, number, part(i)));
  if (x instanceof Map) return new Map([...x].map(([key, e]) => [key, map(e, number, other?.get(key))]));
  if (isRecord(x)) return Object.assign(Object.create(Object.getPrototypeOf(x)), Object.fromEntries(Object.entries(x).map(([key, e]) => [key, map(e, number, part(key))])));
  return x;
}

/** A value of the interpreter as one of JavaScript; of a derivative, leaves that have none are undefined. */
function lower(x: any, number: (n: Num) => number, derivative = false): any {
  if (typeof x === 'number' || x instanceof Active) return number(x);
  if (x instanceof Floats) return (x instanceof Float32Cells ? Float32Array : Float64Array).from([...x].map(number));
  if (Array.isArray(x)) return Array.from(x, (e) => lower(e, number, derivative));
  if (x instanceof Map) return new Map([...x].map(([key, e]) => [key, lower(e, number, derivative)]));
  if (isRecord(x)) return Object.fromEntries(Object.entries(x).map(([key, e]) => [key, lower(e, number, derivative)]));
  return derivative ? undefined : x;
}

function isRecord(x: unknown): x is object {
  return typeof x === 'object' && x !== null && !ArrayBuffer.isView(x) && !(x instanceof Map) && !(x instanceof Set) && !(x instanceof Date);
}

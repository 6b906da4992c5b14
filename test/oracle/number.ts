/**
 * Numbers that carry a derivative. The interpreter computes with `Num`: a plain number is a constant,
 * an `Active` belongs to a differentiation. Differentiations nest, and each has its own level, so that the inner
 * one treats what belongs to the outer one only as constant.
 */
import { SPECIAL_VALUES } from './special.ts';

export type Num = number | Active;

export abstract class Active {
  constructor(readonly level: number, readonly value: Num) {}
  /** The result of an operation whose operands of the highest level have this number's level. */
  abstract apply(op: string, args: Num[]): Num;
  /** Lets native functions (`toFixed`, template strings, comparators) see the plain number. */
  valueOf(): number { return toNumber(this); }
  toString(): string { return String(toNumber(this)); }
  toJSON(): number { return toNumber(this); }
}

let levels = 0;
export function newLevel(): number {
  return ++levels;
}

export function toNumber(x: Num): number {
  while (typeof x === 'object') x = x.value;
  return x;
}

/** Operations that are not functions of `Math`. */
const OPERATORS: Record<string, (...args: number[]) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  rem: (a, b) => a % b,
  pow: (a, b) => a ** b,
  neg: (a) => -a,
};

/** An operation on numbers of any level. */
export function apply(op: string, ...args: Num[]): Num {
  let top: Active | undefined;
  for (const x of args) if (typeof x === 'object' && (!top || x.level > top.level)) top = x;
  if (top) return top.apply(op, args);
  const f = OPERATORS[op] ?? SPECIAL_VALUES[op] ?? (Math as unknown as Record<string, (...args: number[]) => number>)[op];
  const y = f(...(args as number[]));
  if (op in SIDES) decided(SIDES[op](args as number[], y));
  return y;
}

/** On which side of its kinks an operation is that has some. */
const SIDES: Record<string, (x: number[], y: number) => number> = {
  abs: ([x]) => Math.sign(x),
  max: (x, y) => x.indexOf(y),
  min: (x, y) => x.indexOf(y),
  rem: ([a, b]) => Math.trunc(a / b),
};

/**
 * The trace: a digest of all decisions of a run, that is, of each comparison, each step function, each side of a kink.
 * Where two runs have the same trace, the program took the same smooth path in both.
 */
let trace = 0;
export function decided(x: unknown): void {
  const n = typeof x === 'number' ? x : typeof x === 'boolean' ? Number(x) + 7 : 11;
  trace = Math.imul(trace ^ (Number.isInteger(n) ? n : Math.floor(n * 65536)), 0x01000193) + 1;
}
export function traced<T>(run: () => T): { result: T; trace: number } {
  trace = 0;
  const result = run();
  return { result, trace };
}

export const add = (a: Num, b: Num): Num => (a === 0 ? b : b === 0 ? a : apply('add', a, b));
/** A product with a partial derivative: zero times infinity is zero. */
export function times(derivative: Num, partial: Num): Num {
  if (isZero(derivative)) return 0;
  const product = apply('mul', derivative, partial);
  return noise ? apply('mul', product, 1 + noise()) : product;
}

/**
 * A derivative is a sum of products of partials, and each product is rounded. How much that matters where the sum
 * cancels is seen when each product gets an error of some size.
 */
let noise: (() => number) | undefined;
export function withNoise<T>(errors: (() => number) | undefined, run: () => T): T {
  noise = errors;
  try {
    return run();
  } finally {
    noise = undefined;
  }
}

function isZero(x: Num): boolean {
  return typeof x === 'number' ? x === 0 : isZero(x.value) && isZero((x as { tangent?: Num }).tangent ?? 0);
}

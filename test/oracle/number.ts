/**
 * Numbers that carry a derivative. The interpreter computes with `Num`: a plain number is a constant,
 * an `Active` belongs to a differentiation. Differentiations nest, and each has its own level, so that the inner
 * one treats what belongs to the outer one only as constant.
 */
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
  const f = OPERATORS[op] ?? (Math as unknown as Record<string, (...args: number[]) => number>)[op];
  return f(...(args as number[]));
}

export const add = (a: Num, b: Num): Num => (a === 0 ? b : b === 0 ? a : apply('add', a, b));
/** A product of a partial derivative: zero times infinity is zero. */
export const times = (derivative: Num, partial: Num): Num => (isZero(derivative) ? 0 : apply('mul', derivative, partial));

function isZero(x: Num): boolean {
  return typeof x === 'number' ? x === 0 : isZero(x.value) && isZero((x as { tangent?: Num }).tangent ?? 0);
}

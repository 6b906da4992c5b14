/**
 * The partial derivatives of all operations, for the oracle: written down independently of the compiler's rules.
 * They are expressions over `Num`, so that they can be differentiated again. Each operation has one partial for each
 * operand; an operation of any number of operands has one that serves all. What is not listed is discrete: 0.
 */
import { type Num, apply, toNumber } from './number.ts';
import { SPECIAL_PARTIALS } from './special.ts';

export type Partial = (x: Num[], y: Num, i: number) => Num;

const mul = (a: Num, b: Num) => apply('mul', a, b);
const div = (a: Num, b: Num) => apply('div', a, b);
const plus = (a: Num, b: Num) => apply('add', a, b);
const minus = (a: Num, b: Num) => apply('sub', a, b);
const square = (a: Num) => mul(a, a);
const reciprocal = (a: Num) => div(1, a);

/** Ties of max and min share equally. */
const extremum: Partial = (x, y, i) => {
  const best = toNumber(y);
  return toNumber(x[i]) === best ? 1 / x.filter((e) => toNumber(e) === best).length : 0;
};

export const PARTIALS: Record<string, Partial[]> = {
  add: [() => 1, () => 1],
  sub: [() => 1, () => -1],
  mul: [([, b]) => b, ([a]) => a],
  div: [([, b]) => reciprocal(b), ([, b], y) => apply('neg', div(y, b))],
  rem: [() => 1, ([a, b]) => -Math.trunc(toNumber(a) / toNumber(b))],
  neg: [() => -1],
  pow: [
    ([a, b]) => (toNumber(b) === 0 ? 0 : mul(b, apply('pow', a, minus(b, 1)))),
    ([a], y) => (toNumber(a) === 0 ? 0 : mul(y, apply('log', a))),
  ],
  abs: [([x]) => Math.sign(toNumber(x))],
  max: [extremum],
  min: [extremum],
  hypot: [(x, y, i) => (toNumber(y) === 0 ? 0 : div(x[i], y))],
  sqrt: [(_, y) => div(0.5, y)],
  cbrt: [(_, y) => div(1 / 3, square(y))],
  exp: [([x]) => apply('exp', x)],
  expm1: [([x]) => apply('exp', x)],
  log: [([x]) => reciprocal(x)],
  log1p: [([x]) => reciprocal(plus(1, x))],
  log2: [([x]) => reciprocal(mul(Math.LN2, x))],
  log10: [([x]) => reciprocal(mul(Math.LN10, x))],
  sin: [([x]) => apply('cos', x)],
  cos: [([x]) => apply('neg', apply('sin', x))],
  tan: [(_, y) => plus(1, square(y))],
  asin: [([x]) => reciprocal(apply('sqrt', mul(minus(1, x), plus(1, x))))],
  acos: [([x]) => apply('neg', reciprocal(apply('sqrt', mul(minus(1, x), plus(1, x)))))],
  atan: [([x]) => reciprocal(plus(1, square(x)))],
  atan2: [
    ([a, b]) => div(b, plus(square(a), square(b))),
    ([a, b]) => apply('neg', div(a, plus(square(a), square(b)))),
  ],
  sinh: [([x]) => apply('cosh', x)],
  cosh: [([x]) => apply('sinh', x)],
  tanh: [([x]) => reciprocal(square(apply('cosh', x)))],
  asinh: [([x]) => reciprocal(apply('hypot', 1, x))],
  acosh: [([x]) => reciprocal(mul(apply('sqrt', minus(x, 1)), apply('sqrt', plus(x, 1))))],
  atanh: [([x]) => reciprocal(mul(minus(1, x), plus(1, x)))],
  fround: [() => 1],
};

/** ∂y/∂xᵢ of an operation, or undefined where it is 0 everywhere. */
export function partial(op: string, x: Num[], y: Num, i: number): Num | undefined {
  const partials = PARTIALS[op] ?? SPECIAL_PARTIALS[op];
  return partials && (partials[i] ?? partials[0])(x, y, i);
}

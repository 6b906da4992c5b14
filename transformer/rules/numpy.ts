/**
 * Rules of operations on n-d arrays, one line each. In a line's expressions, `g` is the cotangent of the result y, and
 * `t` the tangent of the operand; `...s` are the arguments behind the operands, as the program gives them: axes, shapes,
 * options. Arithmetic is that of arrays. All that the lines call are operations with rules themselves, so derivatives of
 * derivatives come by themselves.
 *
 * - Functions of each element have their partials from rules/scalar.ts: the cotangent is g · ∂y/∂x, summed over
 *   the axes along which the operand was repeated (`sumTo`).
 * - `linear` ones are linear in each of their operands: the tangent is Σᵢ f(…, ẋᵢ, …).
 * - Of the others, both cotangent and tangent are given.
 */
import { parseExpression } from '@babel/parser';
import type * as t from '@babel/types';
import type { Op } from '../ir/ir.ts';
import { type Rule, elementwiseRule, ruleOf } from './rule.ts';
import './scalar.ts';
import './special.ts';

export interface NumpyRule {
  name: string;
  parameters: string[];
  /** Of a function of each element: its partials. */
  scalar?: Rule;
  /** x̄ for each parameter; undefined where the result does not depend on it. */
  vjp: (t.Expression | undefined)[];
  /** The part of ẏ that comes from each parameter; undefined in linear rules. */
  jvp?: (t.Expression | undefined)[];
  /** Its result does not change continuously. */
  discrete?: boolean;
  /** The result has the shape of the first operand. */
  keepsShape?: boolean;
}

const rules = new Map<string, NumpyRule>();

function signatureOf(signature: string): { name: string; parameters: string[] } {
  const [, name, list] = /^([\w.]+)\(([\w, ]*)\)$/.exec(signature)!;
  return { name, parameters: list.split(',').map((p) => p.trim()) };
}

const parse = (text: string) => (text === '0' ? undefined : parseExpression(text));

/** Functions of each element: NumPy's name, and the scalar function whose rule it has if that has another name. */
function elementwise(...names: (string | [name: string, scalar: string])[]): void {
  for (const each of names) {
    const [name, scalar] = typeof each === 'string' ? [each, each] : each;
    const rule = ruleOf(scalar, 2)?.parameters.length === 2 && !ruleOf(scalar, 2)!.variadic ? ruleOf(scalar, 2)! : ruleOf(scalar, 1)!;
    if (!rule) throw new Error(`no scalar rule ${scalar}`);
    rules.set(name, { name, parameters: rule.parameters, scalar: rule, vjp: [] });
  }
}

/** A function of each element that only arrays have, by its partials over the parameters and y. */
function pointwise(signature: string, ...partials: string[]): void {
  const scalar = elementwiseRule(signature, partials);
  rules.set(scalar.name, { name: scalar.name, parameters: scalar.parameters, scalar, vjp: [] });
}

function linear(signature: string, ...vjp: string[]): void {
  const { name, parameters } = signatureOf(signature);
  rules.set(name, { name, parameters, vjp: vjp.map(parse) });
}

/** Cotangent and tangent by parameter. */
function general(signature: string, ...derivatives: [vjp: string, jvp: string][]): void {
  const { name, parameters } = signatureOf(signature);
  rules.set(name, { name, parameters, vjp: derivatives.map(([vjp]) => parse(vjp)), jvp: derivatives.map(([, jvp]) => parse(jvp)) });
}

/** A product f(a, b, ...s), linear in each: ā is fLhs(g, b, a, ...s) and b̄ fRhs(g, a, b, ...s), which are such products, too. */
function product(name: string): void {
  linear(`${name}(a, b)`, `${name}Lhs(g, b, a, ...s)`, `${name}Rhs(g, a, b, ...s)`);
  linear(`${name}Lhs(x, b, like)`, `${name}(g, b, ...s)`, `${name}Rhs(x, g, b, ...s)`, '0');
  linear(`${name}Rhs(x, a, like)`, `${name}(a, g, ...s)`, `${name}Lhs(x, g, a, ...s)`, '0');
}

function discrete(...names: string[]): void {
  for (const name of names) rules.set(name, { name, parameters: [], vjp: [], discrete: true });
}

function keepsShape(...names: string[]): void { for (const name of names) rules.get(name)!.keepsShape = true; }

export function numpyRule(op: Op): NumpyRule | undefined { return op.attr.np && rules.get(op.attr.np.fn); }

export function allNumpyRules(): IterableIterator<NumpyRule> { return rules.values(); }

/** Is only the shape of the argument at this place of interest? */
export function isLike(fn: string, place: number): boolean { return rules.get(fn)?.parameters[place] === 'like'; }

/** Does the result depend, in a differentiable way, on the argument at this place? */
export function dependsOn(op: Op, place: number): boolean {
  const rule = numpyRule(op);
  if (!rule || rule.discrete) return !rule;
  if (rule.scalar) return rule.scalar.partials[place] !== undefined;
  return rule.vjp[place] !== undefined;
}

// Functions of each element
elementwise(
  'add', 'sub', 'mul', 'div', 'neg', 'pow', ['fmod', 'rem'], 'exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sqrt', 'cbrt', 'abs',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh',
  ['maximum', 'max'], ['minimum', 'min'], 'sign', 'floor', 'ceil', 'round', 'trunc', 'stopGradient',
  'erf', 'erfc', 'lgamma', 'digamma', 'sigmoid', 'softplus', 'xlogy',
);
// Of many elements, what y gives is worth more than the last digits of a slope near zero.
pointwise('tanh(x)', '1 - y * y');
pointwise('square(x)', '2 * x');
pointwise('reciprocal(x)', '-y * y');
pointwise('hypot(a, b)', 'y === 0 ? 0 : a / y', 'y === 0 ? 0 : b / y');
pointwise('relu(x)', 'x > 0 ? 1 : 0');
pointwise('silu(x)', 'sigmoid(x) + y * sigmoid(-x)');

// Shapes
linear('sumTo(x, like)', 'broadcastLike(g, x)', '0');
linear('broadcastLike(x, like)', 'sumTo(g, x)', '0');
linear('broadcastTo(x)', 'sumTo(g, x)');
linear('reshapeLike(x, like)', 'reshapeLike(g, x)', '0');
for (const name of ['reshape', 'ravel', 'squeeze', 'expandDims']) linear(`${name}(x)`, 'reshapeLike(g, x)');
linear('transpose(x)', 'untranspose(g, ...s)');
linear('untranspose(x)', 'transpose(g, ...s)');
linear('swapaxes(x)', 'swapaxes(g, ...s)');
linear('moveaxis(x)', 'moveaxis(g, s1, s0)');
linear('flip(x)', 'flip(g, ...s)');
linear('astype(x)', 'castLike(g, x)');
linear('castLike(x, like)', 'castLike(g, x)', '0');

// Numbers in and out
linear('item(x)', 'broadcastLike(g, x)');
linear('seed(like, x)', '0', 'g');
discrete('zerosLike', 'onesLike', 'fullLike');

// Sums
linear('sum(x)', 'unsum(g, x, ...s)');
linear('mean(x)', 'unmean(g, x, ...s)');
linear('unsum(x, like)', 'reshapeLike(sum(g, ...s), x)', '0');
linear('unmean(x, like)', 'reshapeLike(mean(g, ...s), x)', '0');
linear('sumLast(x)', 'broadcastLike(g, x)');
linear('cumsum(x)', 'flip(cumsum(flip(g, ...s), ...s), ...s)');
for (const name of ['max', 'min']) {
  const largest = `equal(x, unsum(y, x, ...s))`;
  general(`${name}(x)`, [`unsum(g / sum(${largest}, ...s), x, ...s) * ${largest}`, `sum(t * ${largest}, ...s) / sum(${largest}, ...s)`]);
}
general('logsumexp(x)', ['unsum(g, x, ...s) * exp(x - unsum(y, x, ...s))', 'sum(t * exp(x - unsum(y, x, ...s)), ...s)']);
general('softmax(x)', ['y * (g - sumLast(g * y, ...s))', 'y * (t - sumLast(t * y, ...s))']);
general('logSoftmax(x)', ['g - exp(y) * sumLast(g, ...s)', 't - sumLast(t * exp(y), ...s)']);

// Products
for (const name of ['matmul', 'dot', 'outer', 'conv']) product(name);

// Parts
linear('concatenate(xs)', 'unconcatenate(g, xs, ...s)');
linear('stack(xs)', 'unstack(g, xs, ...s)');
linear('unconcatenate(x, likes)', 'concatenate(g, ...s)', '0');
linear('unstack(x, likes)', 'stack(g, ...s)', '0');
linear('pad(x)', 'unpad(g, x, ...s)');
linear('unpad(x, like)', 'pad(g, ...s)', '0');
linear('slice(x)', 'unslice(g, x, ...s)');
linear('unslice(x, like)', 'slice(g, ...s)', '0');
linear('take(x)', 'untake(g, x, ...s)');
linear('untake(x, like)', 'take(g, ...s)', '0');
linear('takeAlongAxis(x)', 'untakeAlongAxis(g, x, ...s)');
linear('untakeAlongAxis(x, like)', 'takeAlongAxis(g, ...s)', '0');
general('where(c, a, b)', ['0', '0'], ['sumTo(where(c, g, 0), a)', 'where(c, t, 0)'], ['sumTo(where(c, 0, g), b)', 'where(c, 0, t)']);

discrete(
  'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'logicalAnd', 'logicalOr', 'logicalNot', 'isnan', 'isinf', 'isfinite',
  'argmax', 'argmin', 'argsort', 'any', 'all', 'oneHot', 'shape', 'size', 'ndim', 'dtype', 'device', 'allclose', 'allClose', 'arrayEqual', 'array_equal',
);

keepsShape('flip', 'cumsum', 'softmax', 'logSoftmax', 'stopGradient');

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
  /**
   * Calls at which the tests compare the rule with central differences, forward with reverse mode, and second derivatives;
   * `X23` is an array of random numbers of shape [2, 3], `P23` one of positive numbers, `I3` one of indexes below 2.
   */
  at: string[];
}

const rules = new Map<string, NumpyRule>();

function register(rule: Omit<NumpyRule, 'at'>): { at(...calls: string[]): void } {
  const whole: NumpyRule = { ...rule, at: [] };
  rules.set(rule.name, whole);
  return { at: (...calls) => void whole.at.push(...calls) };
}

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
    register({ name, parameters: rule.parameters, scalar: rule, vjp: [] }).at(`${name}(${rule.parameters.map((_, i) => (rule.parameters.length > 1 && i === 0 ? 'P23' : 'P3')).join(', ')})`);
  }
}

/** A function of each element that only arrays have, by its partials over the parameters and y. */
function pointwise(signature: string, ...partials: string[]): ReturnType<typeof register> {
  const scalar = elementwiseRule(signature, partials);
  return register({ name: scalar.name, parameters: scalar.parameters, scalar, vjp: [] });
}

function linear(signature: string, ...vjp: string[]): ReturnType<typeof register> {
  const { name, parameters } = signatureOf(signature);
  return register({ name, parameters, vjp: vjp.map(parse) });
}

/** Cotangent and tangent by parameter. */
function general(signature: string, ...derivatives: [vjp: string, jvp: string][]): ReturnType<typeof register> {
  const { name, parameters } = signatureOf(signature);
  return register({ name, parameters, vjp: derivatives.map(([vjp]) => parse(vjp)), jvp: derivatives.map(([, jvp]) => parse(jvp)) });
}

/** A product f(a, b, ...s), linear in each: ā is fLhs(g, b, a, ...s) and b̄ fRhs(g, a, b, ...s), which are such products, too. */
function product(name: string, ...at: string[]): void {
  linear(`${name}(a, b)`, `${name}Lhs(g, b, a, ...s)`, `${name}Rhs(g, a, b, ...s)`).at(...at.map((operands) => `${name}(${operands})`));
  linear(`${name}Lhs(x, b, like)`, `${name}(g, b, ...s)`, `${name}Rhs(x, g, b, ...s)`, '0');
  linear(`${name}Rhs(x, a, like)`, `${name}(a, g, ...s)`, `${name}Lhs(x, g, a, ...s)`, '0');
}

function discrete(...names: string[]): void {
  for (const name of names) register({ name, parameters: [], vjp: [], discrete: true });
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
  'add', 'sub', 'mul', 'div', 'neg', 'pow', 'exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sqrt', 'cbrt', 'abs',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh',
  ['maximum', 'max'], ['minimum', 'min'], 'sign', 'floor', 'ceil', 'round', 'trunc', 'stopGradient',
  'erf', 'erfc', 'normcdf', 'lgamma', 'digamma', 'sigmoid', 'softplus', 'xlogy',
);
// Of many elements, what y gives is worth more than the last digits of a slope near zero.
pointwise('tanh(x)', '1 - y * y').at('tanh(X23)');
pointwise('square(x)', '2 * x').at('square(X23)');
pointwise('reciprocal(x)', '-y * y').at('reciprocal(X23)');
pointwise('polygamma(n, x)', '0', 'polygamma(n + 1, x)').at('polygamma(1, P3)');
pointwise('exp2(x)', '0.6931471805599453 * y').at('exp2(X3)');
pointwise('mod(a, b)', '1', '-floor(a / b)').at('mod(X23, P3)');
pointwise('logaddexp(a, b)', 'exp(a - y)', 'exp(b - y)').at('logaddexp(X23, X3)');
pointwise('clip(x, low, high)', 'x < low ? 0 : x > high ? 0 : 1', 'x < low ? 1 : 0', 'x > high ? 1 : 0').at('clip(X23, -0.5, 1)');
pointwise('hypot(a, b)', 'y === 0 ? 0 : a / y', 'y === 0 ? 0 : b / y').at('hypot(X23, X3)');
pointwise('relu(x)', 'x > 0 ? 1 : 0').at('relu(X23)');
pointwise('silu(x)', 'sigmoid(x) + y * sigmoid(-x)').at('silu(X23)');

// Shapes
linear('sumTo(x, like)', 'broadcastLike(g, x)', '0').at('sumTo(X23, X3)', 'sumTo(X23, X21)');
linear('broadcastLike(x, like)', 'sumTo(g, x)', '0').at('broadcastLike(X3, X23)');
linear('broadcastTo(x)', 'sumTo(g, x)').at('broadcastTo(X3, [2, 3])');
linear('reshapeLike(x, like)', 'reshapeLike(g, x)', '0').at('reshapeLike(X23, X6)');
linear('reshape(x)', 'reshapeLike(g, x)').at('reshape(X23, [3, 2])', 'reshape(X23, [-1])');
linear('ravel(x)', 'reshapeLike(g, x)').at('ravel(X23)');
linear('squeeze(x)', 'reshapeLike(g, x)').at('squeeze(X21)', 'squeeze(X21, 1)');
linear('expandDims(x)', 'reshapeLike(g, x)').at('expandDims(X23, 1)');
linear('transpose(x)', 'untranspose(g, ...s)').at('transpose(X23)', 'transpose(X234, [1, 2, 0])');
linear('untranspose(x)', 'transpose(g, ...s)').at('untranspose(X234, [1, 2, 0])');
linear('swapaxes(x)', 'swapaxes(g, ...s)').at('swapaxes(X234, 0, 2)');
linear('moveaxis(x)', 'moveaxis(g, s1, s0)').at('moveaxis(X234, 0, 2)');
linear('flip(x)', 'flip(g, ...s)').at('flip(X23, 1)');
linear('astype(x)', 'castLike(g, x)');
linear('castLike(x, like)', 'castLike(g, x)', '0');

// Numbers in and out
general('item(x)', ['fullLike(x, g)', 'item(t)']);
general('fullLike(like, x)', ['0', '0'], ['sum(g)', 'fullLike(like, t)']);
linear('seed(like, x)', '0', 'g');
discrete('zerosLike', 'onesLike');

// Sums
const SUMS = ['', ', 1', ', 0, { keepdims: true }'];
const alongAxes = (name: string) => SUMS.map((rest) => `${name}(X23${rest})`);
linear('sum(x)', 'unsum(g, x, ...s)').at(...alongAxes('sum'), 'sum(X234, [0, 2])');
linear('mean(x)', 'unmean(g, x, ...s)').at(...alongAxes('mean'));
linear('unsum(x, like)', 'reshapeLike(sum(g, ...s), x)', '0').at('unsum(X2, X23, 1)', 'unsum(X13, X23, 0, { keepdims: true })');
linear('unmean(x, like)', 'reshapeLike(mean(g, ...s), x)', '0').at('unmean(X2, X23, 1)');
linear('sumLast(x)', 'broadcastLike(g, x)').at('sumLast(X23)', 'sumLast(X23, 0)');
linear('cumsum(x)', 'flip(cumsum(flip(g, ...s), ...s), ...s)').at('cumsum(X23, 1)', 'cumsum(X23, 0)');
linear('tril(x)', 'tril(g, ...s)').at('tril(X33)', 'tril(X34, 1)');
linear('triu(x)', 'triu(g, ...s)').at('triu(X33)', 'triu(X34, 1)');
for (const name of ['max', 'min']) {
  const largest = `equal(x, unsum(y, x, ...s))`;
  general(`${name}(x)`, [`unsum(g / sum(${largest}, ...s), x, ...s) * ${largest}`, `sum(t * ${largest}, ...s) / sum(${largest}, ...s)`]).at(...alongAxes(name));
}
general('logsumexp(x)', ['unsum(g, x, ...s) * exp(x - unsum(y, x, ...s))', 'sum(t * exp(x - unsum(y, x, ...s)), ...s)']).at(...alongAxes('logsumexp'));
general('softmax(x)', ['y * (g - sumLast(g * y, ...s))', 'y * (t - sumLast(t * y, ...s))']).at('softmax(X23)', 'softmax(X23, 0)');
general('logSoftmax(x)', ['g - exp(y) * sumLast(g, ...s)', 't - sumLast(t * exp(y), ...s)']).at('logSoftmax(X23)', 'logSoftmax(X23, 0)');

// Products
product('matmul', 'X23, X34', 'X3, X34', 'X23, X3', 'X3, X3', 'X234, X45', 'X123, X234');
product('dot', 'X23, X34', 'X3, X3');
product('outer', 'X2, X3');
product('conv', 'X124, X323', 'X1244, X3222', 'X1144, X2122, { padding: 1, strides: 2 }');
linear('einsum(subscripts, a, b)', '0', 'uneinsum(g, 0, subscripts, a, b, ...s)', 'uneinsum(g, 1, subscripts, a, b, ...s)');
linear('avgPool(x)', 'unavgPool(g, x, ...s)').at('avgPool(X1144, 2)');
linear('unavgPool(x, like)', 'avgPool(g, ...s)', '0');
general('maxPool(x)', ['unmaxPool(g, x, ...s)', 'maxPoolAt(t, x, ...s)']).at('maxPool(X1144, 2)');
linear('unmaxPool(x, at)', 'maxPoolAt(g, at, ...s)', '0');
linear('maxPoolAt(x, at)', 'unmaxPool(g, at, ...s)', '0');

// Linear algebra
linear('matrixTranspose(x)', 'matrixTranspose(g)').at('matrixTranspose(X234)');
general('inv(x)', ['-matmul(matmul(matrixTranspose(y), g), matrixTranspose(y))', '-matmul(matmul(y, t), y)']).at('inv(X33)');
general('det(x)', ['unsum(g * y, x, [-2, -1]) * matrixTranspose(inv(x))', 'y * sum(t * matrixTranspose(inv(x)), [-2, -1])']).at('det(X33)');
general('solve(a, b)', ['-matmulLhs(solve(matrixTranspose(a), g), y, a)', '-solve(a, matmul(t, y))'], ['solve(matrixTranspose(a), g)', 'solve(a, t)']).at('solve(X33, X32)', 'solve(X33, X3)');

// Parts
linear('concatenate(xs)', 'unconcatenate(g, xs, ...s)').at('concatenate([X23, X13])', 'concatenate([X23, X21], 1)');
linear('stack(xs)', 'unstack(g, ...s)').at('stack([X23, X23])', 'stack([X2, X2], 1)');
linear('unconcatenate(x, likes)', 'concatenate(g, ...s)', '0');
linear('unstack(x)', 'stack(g, ...s)');
linear('split(x)', 'concatenate(g, s1)').at();
general('sort(x)', ['untakeAlongAxis(g, x, argsort(x, ...s), ...s)', 'takeAlongAxis(t, argsort(x, ...s), ...s)']).at('sort(X23)', 'sort(X34, 0)');
linear('pad(x)', 'unpad(g, x, ...s)').at('pad(X23, [[1, 0], [0, 2]])');
linear('unpad(x, like)', 'pad(g, ...s)', '0');
linear('slice(x)', 'unslice(g, x, ...s)').at('slice(X34, [1, 3])', 'slice(X34, [0, 2], 1)', 'slice(X34, 1)');
linear('unslice(x, like)', 'slice(g, ...s)', '0');
linear('take(x)', 'untake(g, x, ...s)').at('take(X23, [1, 0, 1], 0)');
linear('untake(x, like)', 'take(g, ...s)', '0');
linear('takeAlongAxis(x)', 'untakeAlongAxis(g, x, ...s)').at('takeAlongAxis(X23, I21, 1)');
linear('untakeAlongAxis(x, like)', 'takeAlongAxis(g, ...s)', '0');
general('where(c, a, b)', ['0', '0'], ['sumTo(where(c, g, 0), a)', 'where(c, t, 0)'], ['sumTo(where(c, 0, g), b)', 'where(c, 0, t)']).at('where(I23, X23, X3)', 'where(I3, X23, 2)');

discrete(
  'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'logicalAnd', 'logicalOr', 'logicalNot', 'isnan', 'isinf', 'isfinite',
  'argmax', 'argmin', 'argsort', 'floorDivide', 'any', 'all', 'oneHot', 'shape', 'size', 'ndim', 'dtype', 'device', 'allclose', 'allClose', 'arrayEqual', 'array_equal',
);

keepsShape('flip', 'cumsum', 'softmax', 'logSoftmax', 'stopGradient');

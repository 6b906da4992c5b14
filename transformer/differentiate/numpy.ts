/**
 * Derivatives of operations on n-d arrays, from their rules (rules/numpy.ts):
 *
 *   ẏ = Σᵢ ∂y/∂xᵢ ẋᵢ              x̄ᵢ += (∂y/∂xᵢ)ᵀ ȳ
 *
 * Functions of each element repeat operands along axes that these do not have, or of which they have one element (broadcasting). The tangent of such an
 * operand is repeated, too; its cotangent is the sum over these axes.
 */
import type * as t from '@babel/types';
import { haveSameShape, shapeOf } from '../analyse/shapes.ts';
import type { Builder } from '../ir/build.ts';
import { type Op, type Value } from '../ir/ir.ts';
import { NUMBER } from '../ir/types.ts';
import { add, chain, div, mul, neg, sub, variables } from '../rules/arithmetic.ts';
import { type NumpyRule, isLike, numpyRule } from '../rules/numpy.ts';
import { partialOf } from '../rules/rule.ts';

/** Values of the primal, as the derivative has them. */
type Primal = (v: Value) => Value;

/** The tangent of the result; undefined where it is zero. */
export function numpyTangent(b: Builder, op: Op, primal: Primal, tangent: (v: Value) => Value | undefined): Value | undefined {
  const rule = numpyRule(op)!;
  const terms = op.args.flatMap((a, i) => {
    const dot = tangent(a);
    b.terms = [{ op, operand: i, mode: 'jvp' }];
    const term = dot && tangentTerm(b, op, rule, i, primal, dot);
    return term ? [{ i, term }] : [];
  });
  const sum = terms.reduce<Value | undefined>((total, { term }) => (total ? add(b, total, term) : term), undefined);
  const whole = sum && rule.scalar && op.result.type.kind === 'nd' ? wholeTangent(b, op, sum, covers(op, rule, terms.map(({ i }) => i)), primal) : sum;
  b.terms = undefined;
  return whole;
}

/** The tangent in the shape of the result; that of a number has none yet. */
function wholeTangent(b: Builder, op: Op, sum: Value, covered: boolean, primal: Primal): Value {
  if (sum.type.kind === 'number') return b.numpy('fullLike', [primal(shapeOf(op.result)), sum]);
  return covered ? sum : b.numpy('broadcastLike', [sum, primal(shapeOf(op.result))]);
}

function tangentTerm(b: Builder, op: Op, rule: NumpyRule, i: number, primal: Primal, dot: Value): Value | undefined {
  if (rule.scalar) return chain(b, rule.scalar, (j) => primal(op.args[j]), op.args.length, i, () => primal(op.result), dot);
  if (rule.jvp) return rule.jvp[i] && evaluate(b, rule.jvp[i], scopeOf(op, rule, primal, ['t', dot]));
  if (!rule.vjp[i]) return undefined;
  return b.numpy(op.attr.np!.fn, op.args.map((a, j) => (i === j ? dot : primal(a))));
}

/** Do these terms together have the shape of the result? */
function covers(op: Op, rule: NumpyRule, terms: number[]): boolean {
  const used = new Set<Value>();
  for (const i of terms) {
    used.add(op.args[i]);
    const names = variables(partialOf(rule.scalar!, i)!);
    if (names.has('y')) return true;
    rule.scalar!.parameters.forEach((p, j) => { if (names.has(p)) used.add(op.args[j]); });
  }
  return op.args.every((a) => a.type.kind !== 'nd' || [...used].some((u) => u.type.kind === 'nd' && haveSameShape(u, a)));
}

/** What the cotangent of the result adds to that of an operand; undefined where that is nothing. A list has a list of cotangents. */
export function numpyCotangent(b: Builder, op: Op, i: number, primal: Primal, bar: Value): Value | undefined {
  const rule = numpyRule(op)!;
  const a = op.args[i];
  const term = rule.scalar ? chain(b, rule.scalar, (j) => primal(op.args[j]), op.args.length, i, () => primal(op.result), bar)
    : rule.vjp[i] && evaluate(b, rule.vjp[i], scopeOf(op, rule, primal, ['g', bar]));
  if (!term) return undefined;
  if (a.type.kind === 'number') return term.type.kind === 'number' ? term : b.numpy('item', [b.numpy('sum', [term])]);
  return rule.scalar && !haveSameShape(a, op.result) ? b.numpy('sumTo', [term, primal(shapeOf(a))]) : term;
}

interface Names {
  get(name: string): Value;
  /** An array of the same shape, of those that are there anyway. */
  like(name: string): Value;
  rest(): Value[];
}

function scopeOf(op: Op, rule: NumpyRule, primal: Primal, [name, value]: [string, Value]): Names {
  const rest = () => op.args.slice(rule.parameters.length).map(primal);
  const like = (v: Value) => primal(v.type.kind === 'nd' ? shapeOf(v) : v);
  return {
    rest,
    like: (asked) => like(asked === 'y' ? op.result : op.args[rule.parameters.indexOf(asked)]),
    get: (asked) => {
      if (asked === name) return value;
      if (asked === 'y') return primal(op.result);
      const k = rule.parameters.indexOf(asked);
      return k >= 0 ? primal(op.args[k]) : rest()[Number(asked.slice(1))];
    },
  };
}

const BINARY = { '+': add, '-': sub, '*': mul, '/': div } as Record<string, (b: Builder, x: Value, y: Value) => Value>;

/** The value of a rule's expression. */
function evaluate(b: Builder, e: t.Expression, names: Names): Value {
  const go = (inner: t.Node) => evaluate(b, inner as t.Expression, names);
  switch (e.type) {
    case 'NumericLiteral': return b.const(e.value);
    case 'Identifier': return names.get(e.name);
    case 'ParenthesizedExpression': return go(e.expression);
    case 'UnaryExpression': return neg(b, go(e.argument));
    case 'ArrayExpression': return b.literal({ kind: 'array', element: NUMBER }, e.elements.map((part) => go(part!)));
    case 'BinaryExpression': return BINARY[e.operator](b, go(e.left), go(e.right));
    case 'CallExpression': {
      const { name } = e.callee as t.Identifier;
      return b.numpy(name, e.arguments.flatMap((a, i) => (a.type === 'SpreadElement' ? names.rest() : [isLike(name, i) ? names.like((a as t.Identifier).name) : go(a)])).filter((v) => v !== undefined));
    }
    default: throw new Error(`a rule of arrays cannot have a ${e.type}`);
  }
}

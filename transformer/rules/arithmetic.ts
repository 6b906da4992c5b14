/**
 * Arithmetic of derivatives: builds IR for sums, products and partials, leaving out what is known at
 * compile time (0 · x, 1 · x, x + 0). Only derivative code is built here; the primal's arithmetic is never touched.
 */
import type * as t from '@babel/types';
import type { Builder, Naming } from '../ir/build.ts';
import { Op, type Value, constantOf } from '../ir/ir.ts';
import { primitive } from '../ir/rules.ts';
import { NUMBER } from '../ir/types.ts';
import { type Rule, partialOf } from './rule.ts';

export function isNegation(v: Value): boolean {
  return v.def instanceof Op && ((v.def.kind === 'prim' && v.def.attr.fn === 'neg' && v.def.attr.loose === true) || v.def.attr.np?.fn === 'neg');
}

/** c ? x : y; of arrays, for each element. */
function choose(b: Builder, condition: Value, then: (b: Builder) => Value, otherwise: (b: Builder) => Value): Value {
  if (condition.type.kind === 'nd') return b.numpy('where', [condition, then(b), otherwise(b)]);
  return b.if(condition, [NUMBER], (inner) => [then(inner)], (inner) => [otherwise(inner)]).result;
}

export function neg(b: Builder, x: Value): Value {
  const c = constantOf(x);
  if (c !== undefined) return b.const(-c);
  if (isNegation(x)) return (x.def as Op).args[0];
  return b.prim('neg', [x]);
}

export function add(b: Builder, x: Value, y: Value, naming?: Naming): Value {
  const cx = constantOf(x);
  const cy = constantOf(y);
  if (cx === 0) return y;
  if (cy === 0) return x;
  if (cx !== undefined && cy !== undefined) return b.const(cx + cy);
  if (isNegation(y)) return b.prim('sub', [x, (y.def as Op).args[0]], naming);
  if (cy !== undefined && cy < 0) return b.prim('sub', [x, b.const(-cy)], naming);
  return b.prim('add', [x, y], naming);
}

/** a / c - b / c  →  (a - b) / c */
export function addOver(b: Builder, x: Value, y: Value): Value {
  const [p, q] = [quotient(x), quotient(y)];
  if (!p || !q || p.divisor !== q.divisor) return add(b, x, y);
  return div(b, p.negative ? q.negative ? neg(b, add(b, p.dividend, q.dividend)) : sub(b, q.dividend, p.dividend)
    : q.negative ? sub(b, p.dividend, q.dividend) : add(b, p.dividend, q.dividend), p.divisor);
}

function quotient(x: Value): { dividend: Value; divisor: Value; negative: boolean } | undefined {
  if (isNegation(x)) {
    const inner = quotient((x.def as Op).args[0]);
    return inner && { ...inner, negative: !inner.negative };
  }
  if (!(x.def instanceof Op) || x.def.kind !== 'prim' || x.def.attr.fn !== 'div' || !x.def.attr.loose) return undefined;
  return { dividend: x.def.args[0], divisor: x.def.args[1], negative: false };
}

export function sub(b: Builder, x: Value, y: Value): Value {
  const cx = constantOf(x);
  const cy = constantOf(y);
  if (cy === 0) return x;
  if (cx !== undefined && cy !== undefined) return b.const(cx - cy);
  if (cx === 0) return neg(b, y);
  return b.prim('sub', [x, y]);
}

export function mul(b: Builder, x: Value, y: Value): Value {
  const cx = constantOf(x);
  const cy = constantOf(y);
  if (cx !== undefined && cy !== undefined) return b.const(cx * cy);
  if (cx === 0 || cy === 0) return b.const(0);
  if (cx === 1) return y;
  if (cy === 1) return x;
  if (cx === -1) return neg(b, y);
  if (cy === -1) return neg(b, x);
  if (isNegation(x)) return neg(b, mul(b, (x.def as Op).args[0], y));
  if (isNegation(y)) return neg(b, mul(b, x, (y.def as Op).args[0]));
  return b.prim('mul', [x, y]);
}

export function div(b: Builder, x: Value, y: Value): Value {
  const cx = constantOf(x);
  const cy = constantOf(y);
  if (cx !== undefined && cy !== undefined) return b.const(cx / cy);
  if (cx === 0) return b.const(0);
  if (cy === 1) return x;
  if (isNegation(x)) return neg(b, div(b, (x.def as Op).args[0], y));
  return b.prim('div', [x, y]);
}

/** Small integer powers are products: `Math.pow` costs several times an `exp`. */
export function pow(b: Builder, x: Value, y: Value): Value {
  const c = constantOf(y);
  if (c === 0) return b.const(1);
  if (c === 1) return x;
  if (c === 2) return mul(b, x, x);
  if (c === 3) return mul(b, mul(b, x, x), x);
  return b.prim('pow', [x, y]);
}

const BINARY: Record<string, (b: Builder, x: Value, y: Value) => Value> = { '+': add, '-': sub, '*': mul, '/': div, '**': pow };
const COMPARE: Record<string, string> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge', '===': 'eq', '!==': 'ne' };
const COMPARE_CONSTANTS: Record<string, (x: number, y: number) => boolean> = {
  '<': (x, y) => x < y, '<=': (x, y) => x <= y, '>': (x, y) => x > y, '>=': (x, y) => x >= y, '===': (x, y) => x === y, '!==': (x, y) => x !== y,
};

type Scope = Map<string, Value>;

/** Builds a rule's expression with its variables bound. */
function build(b: Builder, e: t.Expression, scope: Scope, functions: Rule['functions']): Value {
  switch (e.type) {
    case 'NumericLiteral': return b.const(e.value);
    case 'Identifier': {
      const v = scope.get(e.name);
      if (!v) throw new Error(`a rule uses an unknown variable ${e.name}`);
      return v;
    }
    case 'UnaryExpression': return neg(b, build(b, e.argument, scope, functions));
    case 'BinaryExpression': {
      const x = build(b, e.left as t.Expression, scope, functions);
      const y = build(b, e.right, scope, functions);
      const make = BINARY[e.operator];
      return make ? make(b, x, y) : b.prim(COMPARE[e.operator], [x, y]);
    }
    case 'CallExpression': {
      const name = (e.callee as t.Identifier).name;
      const args = e.arguments.map((a) => build(b, a as t.Expression, scope, functions));
      const own = functions?.get(name);
      if (own && 'id' in own) return b.call(own, args, [NUMBER])[0];
      if (own) return b.op('prim', args, [NUMBER], { ...primitive(own), loose: true }).result;
      return name === 'pow' ? pow(b, args[0], args[1]) : b.prim(name, args);
    }
    case 'ParenthesizedExpression': return build(b, e.expression, scope, functions);
    case 'ConditionalExpression':
      return choose(b, build(b, e.test, scope, functions), (then) => build(then, e.consequent, scope, functions), (otherwise) => build(otherwise, e.alternate, scope, functions));
    default: throw new Error(`a rule cannot have a ${e.type}`);
  }
}

/** Is a rule's condition known at compile time? */
function known(e: t.Expression | undefined, scope: Scope): boolean | undefined {
  if (e?.type !== 'BinaryExpression') return undefined;
  const side = (x: t.Expression | t.PrivateName) =>
    x.type === 'NumericLiteral' ? x.value : x.type === 'Identifier' ? constantOf(scope.get(x.name)!) : undefined;
  const x = side(e.left);
  const y = side(e.right);
  return x === undefined || y === undefined ? undefined : COMPARE_CONSTANTS[e.operator]?.(x, y);
}

/**
 * t · ∂y/∂argument i, the term of the chain rule in both modes: `t` is the argument's tangent or the result's cotangent.
 * `y` gives the primal's result, and is called only where the partial needs it. Undefined where the partial is 0.
 *
 * A conditional partial, `c ? p : q`, becomes `c ? t * p : t * q`; a singular one, `t === 0 ? 0 : t * p`.
 */
export function chain(b: Builder, rule: Rule, args: (i: number) => Value, count: number, i: number, y: () => Value, t: Value): Value | undefined {
  const partial = partialOf(rule, i);
  if (!partial) return undefined;
  const scope: Scope = new Map();
  const names = variables(partial);
  const guard = rule.singular[i];
  for (const name of guard ? variables(guard) : []) names.add(name);
  rule.parameters.forEach((p, j) => { if (names.has(p)) scope.set(p, args(rule.variadic ? i : j)); });
  if (names.has('y') && !rule.parameters.includes('y')) scope.set('y', y());
  const withTies = (e: t.Expression, inner: Builder) => {
    if (names.has('count')) scope.set('count', countEqual(inner, Array.from({ length: count }, (_, j) => args(j)), y()));
    return term(inner, e);
  };
  /** t · e, with e = p / q as t · p / q, which saves the multiplication by 1 / q. */
  const term = (inner: Builder, e: t.Expression): Value => {
    if (e.type === 'BinaryExpression' && e.operator === '/') return div(inner, term(inner, e.left as t.Expression), build(inner, e.right, scope, rule.functions));
    if (e.type === 'UnaryExpression') return neg(inner, term(inner, e.argument));
    return mul(inner, build(inner, e, scope, rule.functions), t);
  };
  const unguarded = (inner: Builder, e: t.Expression): Value => {
    if (e.type !== 'ConditionalExpression') return withTies(e, inner);
    const decided = known(e.test, scope);
    if (decided !== undefined) return unguarded(inner, decided ? e.consequent : e.alternate);
    return choose(inner, build(inner, e.test, scope, rule.functions), (then) => unguarded(then, e.consequent), (otherwise) => unguarded(otherwise, e.alternate));
  };
  if (!guard || known(guard, scope) === false || constantOf(t) !== undefined) return unguarded(b, partial);
  return choose(b, b.prim('eq', [t, b.const(0)]), (then) => then.const(0), (otherwise) => unguarded(otherwise, partial));
}

/** How many of the values equal y, for ties of `max` and `min`: of two, 1 where they differ and 2 where they don't. */
function countEqual(b: Builder, values: Value[], y: Value): Value {
  const one = (v: Value) => b.if(b.prim('eq', [v, y]), [NUMBER], (then) => [then.const(1)], (otherwise) => [otherwise.const(0)]).result;
  return values.slice(1).reduce((sum, v) => b.prim('add', [sum, one(v)]), one(values[0]));
}

/** Names in an expression: what a partial needs. */
export function variables(e: t.Expression, names = new Set<string>()): Set<string> {
  switch (e.type) {
    case 'Identifier': names.add(e.name); break;
    case 'UnaryExpression': variables(e.argument, names); break;
    case 'BinaryExpression': variables(e.left as t.Expression, names); variables(e.right, names); break;
    case 'CallExpression': e.arguments.forEach((a) => variables(a as t.Expression, names)); break;
    case 'ConditionalExpression': [e.test, e.consequent, e.alternate].forEach((x) => variables(x, names)); break;
    case 'ParenthesizedExpression': variables(e.expression, names); break;
  }
  return names;
}

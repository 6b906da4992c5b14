/**
 * What a rule is. A rule states the partial derivatives of a scalar primitive, once; forward mode,
 * reverse mode, what reverse mode must save (the variables of a partial) and the tests all come from it.
 */
import { parseExpression } from '@babel/parser';
import type * as t from '@babel/types';
import type { Op } from '../ir/ir.ts';
import type { Primitive } from '../ir/rules.ts';

export interface Rule {
  /** The primitive: an operator's name (`mul`) or a function of `Math`. */
  name: string;
  parameters: string[];
  /** The last parameter stands for any number of further ones: `max(...a)`. */
  variadic: boolean;
  /** ∂y/∂parameter for each parameter, over the parameters and `y`, the result. A partial that is 0 everywhere is absent. */
  partials: (t.Expression | undefined)[];
  /** Where a partial can be infinite or NaN at finite inputs: a condition on the parameters, by parameter. */
  singular: (t.Expression | undefined)[];
  /** Points at which the tests compare the rule with central differences, forward with reverse mode, and second derivatives. */
  at: number[][];
  /** Points at which the partials must be finite and equal to these: the places where naive formulas fail. */
  extreme: { at: number[]; partials: number[] }[];
  /** Functions of the user's that the partials call. */
  functions?: Primitive['functions'];
}

export interface RuleOptions {
  at: number[][];
  /** `{ 0: 'x === 0' }`: the partial of the first parameter is singular there. Such partials are guarded: zero times infinity is zero. */
  singular?: Record<number, string>;
  extreme?: [at: number[], partials: number[]][];
}

const rules = new Map<string, Rule>();

/**
 * Registers the rule of a scalar primitive: `elementwise('mul(a, b)', ['b', 'a'], { at: [[2, 3]] })`.
 * In a variadic rule, `max(...a)`, one partial serves every argument: `a` is that argument, `y` the result,
 * and `count` the number of arguments equal to `y`.
 */
export function elementwise(signature: string, partials: string[], options: RuleOptions): void {
  const rule = elementwiseRule(signature, partials, options);
  rules.set(rule.variadic ? `${rule.name}...` : rule.name, rule);
}

export function elementwiseRule(signature: string, partials: string[], options: RuleOptions = { at: [] }): Rule {
  const match = /^(\w+)\((\.\.\.)?([\w, ]*)\)$/.exec(signature);
  if (!match) throw new Error(`not a signature: ${signature}`);
  const parameters = match[3].split(',').map((p) => p.trim());
  const variadic = match[2] !== undefined;
  if (partials.length !== parameters.length) throw new Error(`${signature}: a partial for each parameter, please`);
  return {
    name: match[1],
    parameters,
    variadic,
    partials: partials.map((p) => (p === '0' ? undefined : parseExpression(p))),
    singular: parameters.map((_, i) => (options.singular?.[i] ? parseExpression(options.singular[i]) : undefined)),
    at: options.at,
    extreme: (options.extreme ?? []).map(([at, values]) => ({ at, partials: values })),
  };
}

const reductions = new Map<string, Rule>();

/** Registers a function of all elements of an array, by its partial with respect to one of them, `x`, over `x` and the result `y`. */
export function reduction(name: string, partial: string): void {
  reductions.set(name, { name, parameters: ['x'], variadic: false, partials: [parseExpression(partial)], singular: [undefined], at: [], extreme: [] });
}

export function reductionNamed(name: string): Rule { return reductions.get(name)!; }

/** Registers primitives that are constant wherever they have a derivative: `floor`, `sign` … */
export function piecewiseConstant(...names: string[]): void {
  for (const name of names) elementwise(`${name}(x)`, ['0'], { at: [[0.3], [-1.7]] });
}

const own = new WeakMap<Primitive, Rule>();

/** The rule of a scalar operation. */
export function ruleOfOp({ attr: { fn, primitive }, args }: Op): Rule | undefined {
  if (!primitive) return ruleOf(fn!, args.length);
  let rule = own.get(primitive);
  if (!rule) {
    const { parameters, partials, singular, functions } = primitive;
    const parse = (text: string | undefined) => (text === undefined ? undefined : parseExpression(text));
    rule = {
      name: fn!, parameters: [...parameters], variadic: false, partials: partials.map((p) => (p.trim() === '0' ? undefined : parse(p))),
      singular: parameters.map((_, i) => parse(singular[i])), at: [], extreme: [], functions,
    };
    own.set(primitive, rule);
  }
  return rule;
}

/** The rule of a primitive of so many arguments; one for that number goes before a variadic one. */
export function ruleOf(name: string, arity: number): Rule | undefined {
  const fixed = rules.get(name);
  return fixed?.parameters.length === arity ? fixed : rules.get(`${name}...`);
}

export function allRules(): IterableIterator<Rule> {
  return rules.values();
}

/** The partial with respect to argument `i`, or undefined where it is 0. */
export function partialOf(rule: Rule, i: number): t.Expression | undefined {
  return rule.partials[rule.variadic ? 0 : i];
}

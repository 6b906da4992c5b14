/**
 * Every rule, at its own points: forward and reverse mode against central differences and against each other,
 * second derivatives, and the points where naive formulas fail. A new rule is tested without a line here.
 */
import test from 'ava';
import '../transformer/rules/scalar.ts';
import '../transformer/rules/special.ts';
import { type Rule, allRules } from '../transformer/rules/rule.ts';
import { OPERATORS, SPECIAL } from '../transformer/ir/ir.ts';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { run } from './support/fixtures.ts';

interface Sample {
  rule: Rule;
  arity: number;
  name: string;
}

const samples: Sample[] = [...allRules()].flatMap((rule, i) => {
  const arities = new Set([...rule.at, ...rule.extreme.map((e) => e.at)].map((at) => at.length));
  return [...arities].map((arity) => ({ rule, arity, name: `r${i}_${arity}` }));
});

function source({ rule, arity, name }: Sample): string {
  const args = Array.from({ length: arity }, (_, i) => `x${i}`);
  const operator = OPERATORS[rule.name];
  const call = operator ? (arity === 1 ? `${operator.text}x0` : `x0 ${operator.text} x1`) : `${rule.name in SPECIAL ? '' : 'Math.'}${rule.name}(${args.join(', ')})`;
  const piecewise = rule.partials.every((p) => p === undefined);
  // What is constant has no derivative of its own; beside x0 it shows that it adds nothing.
  const lines = [
    `import { grad${rule.name in SPECIAL ? `, ${rule.name}` : ''} } from 'tapeless';`,
    '// @differentiate', `export function ${name}(${args.map((a) => `${a}: number`).join(', ')}): number {`, `  return ${piecewise ? `x0 + ${call}` : call};`, '}',
  ];
  for (let i = 0; i < arity && !piecewise; i++) {
    for (let j = 0; j < arity; j++) {
      if (!isLinear(rule, i) && !isDiscrete(rule, j)) lines.push(`export const ${name}_${i}_${j} = () => grad(grad(${name}, { argnums: ${i} }), { argnums: ${j} });`);
    }
  }
  return lines.join('\n');
}

/** Is it a parameter of a smooth function that has no derivative itself, such as an order? */
function isDiscrete(rule: Rule, i: number): boolean { return rule.partials.some(Boolean) && !rule.variadic && rule.partials[i] === undefined; }

/** Is the partial a constant, so that there is no second derivative to take? */
function isLinear(rule: Rule, i: number): boolean {
  const partial = rule.partials[rule.variadic ? 0 : i];
  return ['add', 'sub', 'neg', 'fround', 'abs', 'max', 'min', 'rem'].includes(rule.name) || partial === undefined;
}

const constant = new Set<string>();
const compiled = new Map<Sample, ReturnType<typeof run>>();
function module(sample: Sample): ReturnType<typeof run> {
  if (!compiled.has(sample)) compiled.set(sample, (async () => {
    const text = source(sample);
    const result = transform('/rules.ts', annotationHost({ '/rules.ts': text }));
    const serious = result.diagnostics.filter((d) => d.code !== 'TL3005');
    for (const d of result.diagnostics) constant.add(/\w+_\d_\d(?= = [^\n]*$)/.exec(text.slice(0, d.span.start))![0]);
    if (serious.length) throw new Error(serious.map((d) => `${d.message} ${text.slice(d.span.start, d.span.end)}`).join('\n'));
    return run({ 'input.ts': result.text });
  })());
  return compiled.get(sample)!;
}

const close = (a: number, b: number, rtol: number) => Object.is(a, b) || Math.abs(a - b) <= rtol * Math.max(1, Math.abs(a), Math.abs(b));

for (const sample of samples) {
  const { rule, arity, name } = sample;
  for (const at of rule.at.filter((x) => x.length === arity)) {
    test(`${rule.name} at (${at.join(', ')})`, async (t) => {
      const { exports, runtime } = await module(sample);
      const f = exports[name];
      const all = at.map((_, i) => i).filter((i) => !isDiscrete(rule, i));
      const [value, pullback] = runtime.vjp(f, at);
      t.is(value, f(...at));
      const cotangents = pullback(1) as number[];
      const gradient = runtime.grad(f, { argnums: all })(...at) as number[];
      for (const [place, i] of all.entries()) {
        const shifted = (h: number) => at.map((x, j) => (j === i ? x + h : x));
        const h = 1e-4 * Math.max(1, Math.abs(at[i]));
        // Richardson's extrapolation of two central differences: an error of order h⁴.
        const central = (d: number) => (f(...shifted(d)) - f(...shifted(-d))) / (2 * d);
        const numeric = (4 * central(h / 2) - central(h)) / 3;
        const [, tangent] = runtime.jvp(f, at, at.map((_, j) => (j === i ? 1 : 0)));
        t.true(close(tangent, numeric, 1e-8), `∂${i}: forward mode ${tangent}, numerically ${numeric}`);
        t.true(close(cotangents[i], tangent, 1e-14), `∂${i}: reverse mode ${cotangents[i]}, forward mode ${tangent}`);
        t.is(gradient[place], cotangents[i]);
        for (const j of all) {
          const second = exports[`${name}_${i}_${j}`];
          if (!second) continue;
          const partial = (d: number) => (runtime.grad(f, { argnums: i })(...at.map((x, k) => (k === j ? x + d : x))) as number);
          const slope = (d: number) => (partial(d) - partial(-d)) / (2 * d);
          const expected = (4 * slope(h / 2) - slope(h)) / 3;
          // Where the partial does not depend on the argument, the compiler refuses to differentiate it.
          const got = constant.has(`${name}_${i}_${j}`) ? 0 : second()(...at);
          t.true(close(got, expected, 1e-7), `∂${i}∂${j}: ${got}, numerically ${expected}`);
        }
      }
    });
  }
  for (const { at, partials } of rule.extreme.filter((e) => e.at.length === arity)) {
    test(`${rule.name} at the extreme point (${at.join(', ')})`, async (t) => {
      const { exports, runtime } = await module(sample);
      partials.forEach((expected, i) => {
        const [, tangent] = runtime.jvp(exports[name], at, at.map((_, j) => (j === i ? 1 : 0)));
        const [, pullback] = runtime.vjp(exports[name], at);
        for (const got of [tangent, (pullback as (y: number) => number[])(1)[i]]) {
          t.true(got === expected || Math.abs(got - expected) <= 1e-12 * Math.abs(expected), `∂${i} is ${got}, not ${expected}`);
        }
      });
    });
  }
}

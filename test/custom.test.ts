/** Functions with rules of their own: in both modes and orders, compiled and at run time, and what is refused. */
import test from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transformProgram } from '../transformer/program.ts';
import { customJvp, customVjp, grad, jvp, valueAndGrad, vjp } from '../runtime/index.ts';
import { checkGrads } from '../runtime/testing/index.ts';
import { run } from './support/fixtures.ts';

const IMPORT = `import { customJvp, customVjp, elementwise, grad, jvp, stopGradient, valueAndGrad, vjp } from 'tapeless';\n`;

/** Compiles modules and runs them; those that end in .js are not seen by the compiler. */
async function evaluate(sources: Record<string, string> | string, options: { optimise?: boolean } = {}): Promise<any> {
  const all: Record<string, string> = typeof sources === 'string' ? { 'input.ts': IMPORT + sources } : sources;
  const compiled = Object.fromEntries(Object.entries(all).filter(([file]) => file.endsWith('.ts')).map(([file, text]) => [`/${file}`, text]));
  const results = transformProgram(Object.keys(compiled), annotationHost(compiled), options);
  const diagnostics = [...results.values()].flatMap((r) => r.diagnostics);
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  const { exports, runtime } = await run({ ...all, ...Object.fromEntries([...results].map(([file, r]) => [file.slice(1), r.text])) });
  return { ...exports, runtime, texts: [...results.values()].map((r) => r.text) };
}

const messages = async (text: string): Promise<string[]> => {
  const source = IMPORT + text;
  const results = transformProgram(['/input.ts'], annotationHost({ '/input.ts': source }));
  return [...results.values()].flatMap((r) => r.diagnostics.map((d) => `${d.code} [${source.slice(d.span.start, d.span.end)}] ${d.message}`));
};

const near = (t: { true(ok: boolean, message?: string): void }, a: number, b: number, tolerance = 1e-12) =>
  t.true(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a}, not ${b}`);

for (const optimise of [true, false]) {
  const title = optimise ? '' : ', not optimised';

  test(`a rule takes the place of the derivative, in a loop and twice${title}`, async (t) => {
    const { values } = await evaluate(`
const through = customVjp((x: number): number => Math.round(x), (x) => [Math.round(x), (g) => [g]]);
const sine = customVjp((x: number): number => Math.sin(x), (x) => {
  const c = Math.cos(x);
  return [Math.sin(x), (g) => [g * c]];
});
function f(x: number): number {
  let s = x;
  for (let i = 0; i < 3; i++) s = sine(s) * x;
  return through(2 * s) + s;
}
export const values = (x: number) => [f(x), grad(f)(x), jvp(f, [x], [1])[1], vjp(f, [x])[1](1)[0], grad(grad(f))(x), jvp(grad(f), [x], [1])[1]];
`, { optimise });
    const [x, h] = [1.2, 1e-4];
    const smooth = (v: number) => {
      let s = v;
      for (let i = 0; i < 3; i++) s = Math.sin(s) * v;
      return s;
    };
    const first = (smooth(x + h) - smooth(x - h)) / (2 * h);
    const second = (smooth(x + h) - 2 * smooth(x) + smooth(x - h)) / (h * h);
    const [value, ...derivatives] = values(x);
    t.is(value, Math.round(2 * smooth(x)) + smooth(x));
    derivatives.slice(0, 3).forEach((d: number) => near(t, d, 3 * first, 1e-7));
    derivatives.slice(3).forEach((d: number) => near(t, d, 3 * second, 1e-6));
    t.is(derivatives[0], derivatives[2]);
  });

  test(`forward mode gives reverse mode by transposition${title}`, async (t) => {
    const { values, hessian } = await evaluate(`
const product = customJvp((x: number, y: number): number => x * x * y, ([x, y], [x_dot, y_dot]) => [x * x * y, 2 * x * y * x_dot + x * x * y_dot]);
const rows = customJvp((xs: Float64Array, k: number): Float64Array => xs.map((x) => k * x * x), ([xs, k], [xs_dot, k_dot]) => {
  const y = new Float64Array(xs.length);
  const y_dot = new Float64Array(xs.length);
  for (let i = 0; i < xs.length; i++) {
    y[i] = k * xs[i] * xs[i];
    y_dot[i] = k_dot * xs[i] * xs[i] + 2 * k * xs[i] * xs_dot[i];
  }
  return [y, y_dot];
});
function f(xs: Float64Array, k: number): number {
  const ys = rows(xs, k);
  ys[1] *= 3;
  return product(ys[0], ys[1]) + ys[2];
}
export const values = (xs: Float64Array, k: number, v: Float64Array) => [f(xs, k), ...grad(f, { argnums: [0, 1] })(xs, k), jvp(f, [xs, k], [v, 0])[1], vjp(f, [xs, k])[1](2)];
export const hessian = (xs: Float64Array, k: number, v: Float64Array) => [jvp(grad(f), [xs, k], [v, 0])[1], vjp(grad(f), [xs, k])[1](v)[0]];
`, { optimise });
    const xs = Float64Array.of(0.7, 1.3, -0.4);
    const k = 0.9;
    const v = Float64Array.of(1, -2, 0.5);
    // k x₀² squared, times 3 k x₁², plus k x₂²
    const [a, b, c] = xs;
    const gradient = Float64Array.of(12 * k ** 3 * a ** 3 * b * b, 6 * k ** 3 * a ** 4 * b, 2 * k * c);
    const byK = 9 * k * k * a ** 4 * b * b + c * c;
    const [value, x_bar, k_bar, tangent, [x_bar_2, k_bar_2]] = values(xs, k, v);
    near(t, value, 3 * k ** 3 * a ** 4 * b * b + k * c * c);
    x_bar.forEach((d: number, i: number) => near(t, d, gradient[i]));
    near(t, k_bar, byK);
    near(t, tangent, gradient.reduce((s, g, i) => s + g * v[i], 0));
    x_bar_2.forEach((d: number, i: number) => near(t, d, 2 * gradient[i]));
    near(t, k_bar_2, 2 * byK);
    const product = [36 * k ** 3 * a * a * b * b * v[0] + 24 * k ** 3 * a ** 3 * b * v[1], 24 * k ** 3 * a ** 3 * b * v[0] + 6 * k ** 3 * a ** 4 * v[1], 2 * k * v[2]];
    for (const given of hessian(xs, k, v)) given.forEach((d: number, i: number) => near(t, d, product[i]));
  });

  test(`arrays and records; reverse mode gives forward mode; what the caller changes later does not matter${title}`, async (t) => {
    const { values } = await evaluate(`
interface Part { mass: number; at: number[]; name: string }
const exps = customVjp((xs: Float64Array): Float64Array => xs.map((x) => Math.exp(x)), (xs) => {
  const y = xs.map((x) => Math.exp(x));
  return [y, (g) => [g.map((e, i) => e * y[i])]];
});
const squares = customVjp((xs: Float64Array): Float64Array => xs.map((x) => x * x), (xs) => [xs.map((x) => x * x), (g) => [g.map((e, i) => 2 * e * xs[i])]]);
const moment = customVjp((p: Part, k: number): number => p.mass * k * (p.at[0] + 2 * p.at[1]), (p, k) => {
  const sum = p.at[0] + 2 * p.at[1];
  return [p.mass * k * sum, (g) => [{ mass: g * k * sum, at: [g * p.mass * k, 2 * g * p.mass * k], name: undefined }, g * p.mass * sum]];
});
function f(xs: Float64Array, k: number): number {
  const ys = exps(xs);
  const zs = squares(xs);
  let s = 0;
  for (let i = 0; i < 2; i++) {
    s += moment({ mass: ys[i], at: [zs[i], k], name: 'part' }, xs[i]);
    ys[i] *= s;
    zs[i + 1] += ys[i];
    xs[i] = 0;
  }
  return s + zs[1] + ys[0];
}
export const values = [f, grad(f, { argnums: [0, 1] }), (xs: Float64Array, k: number) => vjp(f, [xs, k])[1](1), (xs: Float64Array, k: number, v: Float64Array, w: number) => jvp(f, [xs, k], [v, w])[1],
  (xs: Float64Array, k: number, v: Float64Array, w: number) => jvp(grad(f, { argnums: [0, 1] }), [xs, k], [v, w])[1]];
`, { optimise });
    const [f, gradient, cotangents, tangent, hessianTimes] = values;
    const xs = () => Float64Array.of(0.3, -0.6, 0.5);
    const [k, h] = [0.8, 1e-5];
    const at = (x: Float64Array, y: number): number => f(x.slice(), y);
    const slope = (i: number) => {
      const [plus, minus] = [xs(), xs()];
      plus[i] += h;
      minus[i] -= h;
      return (at(plus, k) - at(minus, k)) / (2 * h);
    };
    const expected = [slope(0), slope(1), slope(2), (at(xs(), k + h) - at(xs(), k - h)) / (2 * h)];
    for (const [x_bar, k_bar] of [gradient(xs(), k), cotangents(xs(), k)]) [...x_bar, k_bar].forEach((d, i) => near(t, d, expected[i], 1e-8));
    near(t, tangent(xs(), k, Float64Array.of(1, 2, -1), 3), expected[0] + 2 * expected[1] - expected[2] + 3 * expected[3], 1e-8);
    const moved = (s: number) => {
      const [x_bar, k_bar] = gradient(Float64Array.of(0.3 + s, -0.6 + 2 * s, 0.5 - s), k + 3 * s);
      return [...x_bar, k_bar];
    };
    const [p, m] = [moved(h), moved(-h)];
    const [x_dot, k_dot] = hessianTimes(xs(), k, Float64Array.of(1, 2, -1), 3);
    [...x_dot, k_dot].forEach((d, i) => near(t, d, (p[i] - m[i]) / (2 * h), 1e-7));
  });

  test(`partials in one line, of functions of the module and of others without source${title}`, async (t) => {
    const { values } = await evaluate({
      'input.ts': `${IMPORT}import { table } from './lib.js';
import * as lib from './lib.js';
import './rules.ts';
import { digamma } from 'tapeless';
function cubic(x: number, n: number): number { let s = 1; for (let i = 0; i < n; i++) s *= x; return s; }
elementwise('cubic(x, n)', ['n * cubic(x, n - 1)', '0']);
function root(x: number): number { return Math.sqrt(x); }
elementwise('root(x)', ['0.5 / y'], { singular: { 0: 'x <= 0' } });
elementwise('table(x)', ['slope(x)']);
elementwise('lib.factorial(x)', ['y * digamma(x + 1)']);
function slope(x: number): number { return Math.cos(x); }
function f(x: number): number { return cubic(x, 3) + table(x) + lib.factorial(x) + lib.gammaInverse(x); }
function g(x: number, y: number): number { return y * root(x) + y; }
export const values = [f, grad(f), grad(grad(f)), (x: number) => jvp(f, [x], [1])[1], () => grad(g, { argnums: [0, 1] })(0, 0)];
`,
      'rules.ts': `${IMPORT}import { gammaInverse as inverse } from './lib.js';\ncustomVjp(inverse, (x: number) => [inverse(x), (g: number) => [-g * x]]);\n`,
      'lib.js': `export const table = Math.sin; export const factorial = (x) => 6 * x; export const gammaInverse = (x) => -x * x / 2;\n`,
    }, { optimise });
    const [f, first, second, tangent, atZero] = values;
    const digamma = (x: number) => Math.log(x + 10) - 0.5 / (x + 10) - 1 / (12 * (x + 10) ** 2) + 1 / (120 * (x + 10) ** 4) - Array.from({ length: 10 }, (_, i) => 1 / (x + i)).reduce((s, e) => s + e);
    const x = 1.7;
    // What the rule says, not what the function does: factorial(x) is 6 x here.
    const expected = 3 * x * x + Math.cos(x) + 6 * x * digamma(x + 1) - x;
    t.is(f(x), x ** 3 + Math.sin(x) + 6 * x - x * x / 2);
    near(t, first(x), expected, 1e-9);
    near(t, tangent(x), expected, 1e-9);
    const trigamma = (digamma(x + 1 + 1e-5) - digamma(x + 1 - 1e-5)) / 2e-5;
    near(t, second(x), 6 * x - Math.sin(x) + 6 * x * digamma(x + 1) ** 2 + 6 * x * trigamma - 1, 1e-6);
    t.deepEqual(atZero(), [0, 1]);
  });
}

test('a rule that is small stands in the code of its caller, without calls', async (t) => {
  const { texts: [text] } = await evaluate(`
export const clip = customVjp((x: number): number => Math.min(x, 1), (x) => [Math.min(x, 1), (g) => [x < 1 ? g : 0.01 * g]]);
// @differentiate
export function f(x: number): number { return 3 * clip(x * x); }
`);
  const [, body] = /function f_grad\([^]*?\{\n([^]*?)\n\}/.exec(text)!;
  t.is(body, '  const t = x * x;\n  const t_2 = 3 * y_bar;\n  const x_bar = 2 * x * (t < 1 ? t_2 : 0.01 * t_2);\n  return [3 * Math.min(t, 1), x_bar];');
});

test('a rule whose source is not in the program, or is outside the language, is called at run time', async (t) => {
  const { values } = await evaluate({
    'input.ts': `${IMPORT}import { rule } from './lib.js';
export const f = customVjp((x: number, ys: number[]): number => x * ys[0] * ys[1], rule);
export const g = customJvp((x: number): number => x ** 3, ([x], [x_dot]) => {
  try { return [x ** 3, 3 * x * x * x_dot]; } catch { return [0, 0]; }
});
function h(x: number): number {
  let s = 0;
  for (let i = 1; i < 3; i++) s += f(x, [i, x]) * i;
  return s;
}
export const values = [h, grad(h), (x: number) => vjp(h, [x])[1](2), (x: number) => jvp((y: number) => g(y) * y, [x], [1])[1], (x: number) => grad(f)(x, [2, 3])];
`,
    'lib.js': `export const rule = (x, ys) => [x * ys[0] * ys[1], (g) => [g * ys[0] * ys[1], [g * x * ys[1], g * x * ys[0]]]];\n`,
  });
  const [h, gradient, cotangent, tangent, direct] = values;
  const x = 1.5;
  t.is(h(x), 5 * x * x);
  near(t, gradient(x), 10 * x);
  near(t, cotangent(x)[0], 20 * x);
  near(t, tangent(x), 4 * x ** 3);
  t.is(direct(x), 6);
});

test('rules are checked by checkGrads, and by types that say what is expected', (t) => {
  const right = customVjp((x: number, y: Float64Array): number => x * y[0], (x, y) => [x * y[0], (g) => [g * y[0], Float64Array.of(g * x)]]);
  checkGrads(right, [3, Float64Array.of(2)], { modes: ['rev'] });
  const wrong = customVjp((x: number): number => x * x, (x) => [x * x, (g) => [3 * g * x]]);
  t.throws(() => checkGrads(wrong, [3], { modes: ['rev'] }), { message: /the cotangent .* with respect to argument 0/ });
  const both = customVjp(customJvp((x: number): number => x ** 3, ([x], [x_dot]) => [x ** 3, 3 * x * x * x_dot]), (x) => [x ** 3, (g) => [3 * x * x * g]]);
  checkGrads(both, [0.7]);
  t.deepEqual(valueAndGrad(both)(2), [8, 12]);
  t.deepEqual(jvp(both, [2], [1]), [8, 12]);
  t.throws(() => jvp(right, [3, Float64Array.of(2)], [1, undefined]), { message: /compiled without this derivative/ });
});

test('at run time, cotangents and tangents of the wrong number or structure are errors', (t) => {
  const f = (x: number, y: Float64Array) => x * y[0];
  const call = (rule: any) => vjp(customVjp(f, rule), [2, Float64Array.of(1, 2)])[1](1);
  t.throws(() => call(() => 3), { instanceOf: TypeError, message: /the rule of f gives a number, expected \[value, pullback\]/ });
  t.throws(() => call(() => [3, () => 1]), { instanceOf: TypeError, message: /the pullback of f gives a number, expected a list of cotangents/ });
  t.throws(() => call(() => [3, () => [1]]), { instanceOf: RangeError, message: /the pullback of f gives 1 cotangents, expected 2, one for each argument/ });
  t.throws(() => call(() => [3, () => [1, 2]]), { instanceOf: TypeError, message: /the rule of f: cotangent of argument 1 is a number, expected a Float64Array/ });
  t.throws(() => call(() => [3, () => [1, Float64Array.of(1)]]), { instanceOf: RangeError, message: /the rule of f: cotangent of argument 1 has length 1, expected 2/ });
  t.deepEqual(call(() => [3, () => [undefined, undefined]]), [0, new Float64Array(2)]);
  const vector = (x: number) => [x, x];
  t.throws(() => jvp(customJvp(vector, (([x]: [number]) => [[x, x], [1]]) as never), [2], [1]), { message: /the rule of vector: the tangent has length 1, expected 2/ });
  t.throws(() => grad(customVjp((x: number) => [x] as never as number, ((x: number) => [[x], () => [1]]) as never))(2), { message: /is not a number/ });
});

test('compiled rules check the lengths that only the arguments tell', async (t) => {
  const { bad, good } = await evaluate(`
const f = customVjp((xs: Float64Array): number => xs[0], (xs) => [xs[0], (g) => [Float64Array.of(g, 0)]]);
export const good = grad((xs: Float64Array) => 2 * f(xs))(Float64Array.of(1, 2));
export const bad = () => grad((xs: Float64Array) => 2 * f(xs))(Float64Array.of(1, 2, 3));
`);
  t.deepEqual(good, Float64Array.of(2, 0));
  t.throws(bad, { instanceOf: RangeError, message: /the rule of f: cotangent of argument 0 has length 2, expected 3/ });
});

const REFUSED: [what: string, source: string, message: RegExp][] = [
  ['too few cotangents', 'customVjp((x: number, y: number): number => x * y, (x, y) => [x * y, (g) => [g * y] as never]);', /^TL1010 \[\[g \* y\]\] The rule of `f` gives 1 cotangents, expected 2, one for each argument \(`x`, `y`\)\./],
  ['no pullback', 'customVjp((x: number, y: number): number => x * y, (x, y) => [x * y, 3] as never);', /^TL1010 \[3\] The rule of `f` gives no pullback, expected `\[value, pullback\]`\./],
  ['no list', 'customVjp((x: number, y: number): number => x * y, (x, y) => (x * y) as never);', /^TL1010 .* The rule of `f` gives 1 values, expected `\[value, pullback\]`\./s],
  ['another structure', 'customVjp((x: number, y: Float64Array): number => x * y[0], (x, y) => [x * y[0], (g) => [g * y[0], g * x] as never]);', /^TL1010 \[g \* x\] The rule of `f` gives the cotangent of `y` as `number`, expected `Float64Array`\./],
  ['another value', 'customVjp((x: number, y: number): number => x * y, (x, y) => [[x * y], (g) => [g, g]] as never);', /^TL1010 \[\[x \* y\]\] The rule of `f` gives the value as `number\[\]`, expected `number`\./],
  ['another tangent', 'customJvp((x: number, y: number): number => x * y, ([x, y], [dx, dy]) => [x * y, [dx, dy]] as never);', /^TL1010 \[\[dx, dy\]\] The rule of `f` gives the tangent as `number\[\]`, expected `number`\./],
  ['a changed argument', 'customVjp((x: number, y: number[]): number => x * y[0], (x, y) => { y[0] = 0; return [x, (g) => [g, [g]]]; });', /^TL1012 .* The rule of `f` changes what it is given, `y`\./s],
  ['a returned argument', 'customVjp((y: number[], x: number): number[] => y, (y, x) => [y, (g) => [g, 0]]);', /^TL1012 .* The rule of `f` returns what it is given, `y`, as the value\./s],
  ['state in a pullback', 'customVjp((x: number, y: number): number => x, (x, y) => { const calls = [0]; return [x, (g) => { calls[0] += g; return [calls[0], 0]; }]; });', /^TL1012 .* The rule of `f` changes, in its pullback, an array or object that was there before\./s],
];
for (const [what, source, message] of REFUSED) {
  test(`refused: ${what}`, async (t) => {
    const [said] = await messages(`const f = ${source}\nexport const h = grad((x: number) => ${/y: number\[\]\b|Float64Array/.test(source) ? 'x' : '0'} * x + (f as any as (x: number, y: number) => number)(x, x));`.replace(/\nexport.*/, ''));
    t.regex(said ?? '', message);
  });
}

test('the other mode of a rule that is not linear is refused where it is asked for', async (t) => {
  const clipped = `const clipped = customVjp((x: number): number => x * x, (x) => [x * x, (g) => [Math.max(-1, Math.min(1, 2 * g * x))]]);\n`;
  t.deepEqual(await messages(`${clipped}export const h = grad((x: number) => 2 * clipped(x));`), []);
  const [forward] = await messages(`${clipped}export const h = (x: number) => jvp((y: number) => 2 * clipped(y), [x], [1]);`);
  t.regex(forward, /^TL1011 \[Math\.min\(1, 2 \* g \* x\)\] The rule of `clipped` is not linear in `g` here, so that forward mode cannot be had of it\. Give a rule for forward mode as well: customJvp\(f, rule\)\./);
  const [reverse] = await messages(`const odd = customJvp((x: number): number => x, ([x], [x_dot]) => [x, Math.abs(x_dot)]);\nexport const h = grad((x: number) => 2 * odd(x));`);
  t.regex(reverse, /^TL1011 \[Math\.abs\(x_dot\)\] The rule of `odd` is not linear in `x_dot` here, so that reverse mode cannot be had of it\./);
  const { values } = await evaluate(`
const both = customJvp(customVjp((x: number): number => x * x, (x) => [x * x, (g) => [Math.max(-1, Math.min(1, 2 * g * x))]]), ([x], [x_dot]) => [x * x, 2 * x * x_dot]);
const f = (x: number): number => 3 * both(x);
export const values = [grad(f)(0.1), grad(f)(5), jvp(f, [5], [1])[1]];
`);
  near(t, values[0], 0.6);
  t.is(values[1], 1);
  t.is(values[2], 30);
});

test('what is wrong with partials is said', async (t) => {
  const f = 'function f(x: number, y: number): number { return x * y; }\n';
  const say = async (call: string) => (await messages(`${f}${call}`))[0];
  t.regex(await say(`elementwise('f(x, y)', ['y']);`), /^TL1010 \[\['y'\]\] The rule of `f` gives 1 partials, expected 2, one for each parameter \(`x`, `y`\)\./);
  t.regex(await say(`elementwise('f(x)', ['1']);`), /^TL1010 .* The rule of `f` gives 1 parameters, expected 2, as many as `f` has\./);
  t.regex(await say(`elementwise('f(x, y)', ['z', 'x']);`), /^TL1010 \['z'\] The rule of `f` gives `z`, expected a parameter \(`x`, `y`\) or `y`, the result\./);
  t.regex(await say(`elementwise('f(x, y)', ['nothing(x)', 'x']);`), /^TL1010 .* The rule of `f` gives `nothing`, expected a function of `Math`, or one that the module declares or imports\./);
  t.regex(await say(`elementwise('f(x, y)', ['x +', 'x']);`), /^TL1010 .* The rule of `f` gives `x \+`, expected an expression\./);
  t.regex(await say(`elementwise('f(x, y)', ['x.length', 'x']);`), /^TL1010 .* The rule of `f` gives `x\.length`, expected arithmetic, calls and `c \? p : q`\./);
});

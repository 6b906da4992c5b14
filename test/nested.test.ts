/** Transforms inside functions, and transforms of transforms: to any depth, in all combinations of modes. */
import test, { type ExecutionContext } from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { compile, pathOf, programOf, typeErrors } from './support/compile.ts';
import { run } from './support/fixtures.ts';

const IMPORTS = `import { grad, hvp, jvp, valueAndGrad, vjp } from 'tapeless';\n`;

/** Compiles a module with the checker, and runs it; also what it says of the types of what it has made. */
async function load(t: ExecutionContext, body: string, options = {}): Promise<any> {
  const text = IMPORTS + body;
  const program = programOf([pathOf('nested')], new Map([[pathOf('nested'), text]]));
  const compiled = compile(program, { name: 'nested', sources: { 'input.ts': text } }, options);
  t.deepEqual(compiled.diagnostics.map((d) => `${d.code}: ${d.message}`), []);
  t.deepEqual(typeErrors(new Map([['nested', compiled]])).get('nested'), []);
  return (await run(compiled.sources)).exports;
}

const close = (t: ExecutionContext, actual: number, expected: number, tolerance = 1e-12) =>
  t.true(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);

test('grad, jvp and vjp inside a function are differentiated through', async (t) => {
  const m = await load(t, `
function cube(x: number): number { return x * x * x; }
const slope = grad(cube);
const table = { slope, curvature: grad(slope) };
export const ofGrad = grad((x: number) => grad(cube)(x) ** 2);
export const ofSecond = grad((x: number) => grad(grad(cube))(x) * x);
export const ofConstants = grad((x: number) => table.curvature(x) * slope(x));
export const ofJvp = grad((x: number) => jvp(cube, [x], [x])[1]);
export const ofVjp = (x: number) => jvp((u: number) => { const [y, pull] = vjp(cube, [u]); return y * pull(u)[0]; }, [x], [1])[1];
export const ofValueAndGrad = grad((x: number) => { const [y, g] = valueAndGrad(cube)(x); return y * g; });
export const ofBuiltin = grad((x: number) => grad(Math.sin)(x) * x);
export const ofHvp = grad((x: Float64Array) => { const h = hvp((y: Float64Array) => y[0] ** 3 * y[1], [x], [x]); return h[0] + h[1]; });
export const ofVjpOfVjp = (x: number) => vjp((u: number) => vjp(cube, [u])[1](1)[0], [x])[1](1)[0];
`);
  const x = 1.3;
  close(t, m.ofGrad(x), 36 * x ** 3);
  close(t, m.ofSecond(x), 12 * x);
  close(t, m.ofConstants(x), 54 * x ** 2);
  close(t, m.ofJvp(x), 9 * x ** 2);
  close(t, m.ofVjp(x), 18 * x ** 5);
  close(t, m.ofValueAndGrad(x), 15 * x ** 4);
  close(t, m.ofBuiltin(x), Math.cos(x) - x * Math.sin(x));
  close(t, m.ofVjpOfVjp(x), 6 * x);
  // H x = (9 a² b, 3 a³)
  const [a, b] = [1.1, 0.7];
  m.ofHvp(Float64Array.of(a, b)).forEach((g: number, i: number) => close(t, g, [18 * a * b + 9 * a * a, 9 * a * a][i]));
});

test('functions of `Math`, and functions that are chosen at run time', async (t) => {
  const m = await load(t, `import { erf, hessian, jacobian, linearize, vmap } from 'tapeless';
function square(x: number): number { return x * x; }
const cube = (x: number): number => x ** 3;
// @differentiate
export function marked(x: number): number { return 5 * x; }
const table = { square, cube, marked, sine: Math.sin, twice: (x: number) => 2 * x };
const list = [square, cube];
const sine = Math.sin;
export const builtins = [grad(Math.cos)(1), grad(erf)(0), jacobian(Math.atan2)(1, 2), grad(grad(sine))(1), hessian(Math.exp)(0), jvp(Math.log, [2], [1])[1], vjp(Math.pow, [2, 3])[1](1), linearize(Math.tan, [0])[1](3), vmap(Math.sqrt)([4, 9])];
export function chosen(c: boolean, x: number) {
  const p = c ? square : cube;
  return [grad(p)(x), grad(c ? square : (y: number) => y * x)(x), jvp(p, [x], [1]), hvp(p, [x], [1])];
}
export const ofTable = (key: keyof typeof table, x: number) => grad(table[key])(x);
export const second = (i: number, x: number) => grad(grad(list[i]))(x);
export const fallback = (f: ((x: number) => number) | undefined, x: number) => grad(f ?? square)(x);
export const unknown = (x: number) => [Math.sinh, Math.cosh].map((f) => grad(f)(x));
`);
  const [cos, erf, atan2, sine, exp, log, pow, tan, roots] = m.builtins;
  [[cos, -Math.sin(1)], [erf, 2 / Math.sqrt(Math.PI)], [atan2, 0.4], [sine, -Math.sin(1)], [exp, 1], [log, 0.5], [pow[0], 12], [pow[1], 8 * Math.log(2)], [tan, 3], [roots[1], 3]]
    .forEach(([a, b]) => close(t, a, b));
  t.deepEqual(m.chosen(true, 2), [4, 4, [4, 4], 2]);
  t.deepEqual(m.chosen(false, 2), [12, 2, [8, 12], 12]);
  t.deepEqual(['square', 'cube', 'marked', 'twice'].map((key) => m.ofTable(key, 2)), [4, 12, 5, 2]);
  close(t, m.ofTable('sine', 2), Math.cos(2));
  t.deepEqual([m.second(0, 2), m.second(1, 2)], [2, 12]);
  t.is(m.fallback(undefined, 3), 6);
  t.throws(() => m.unknown(1), { message: /^tapeless: grad: sinh is native; write \(x\) => sinh\(x\) instead/ });
});

for (const optimise of [true, false]) {
  test(`third and fourth order through sweeps that call each other${optimise ? '' : ', not optimised'}`, async (t) => {
    const { quartic, large, largeSlopes } = await load(t, `
const power = (x: number): number => vjp((u: number) => vjp((t: number) => t ** 5, [u])[1](u)[0], [x])[1](1)[0];
export const quartic = (x: number) => [power(x), jvp(power, [x], [1])[1], vjp(power, [x])[1](1)[0], jvp(grad(power), [x], [1])[1], vjp(grad(power), [x])[1](1)[0]];
// Too large to be put where it is called.
function large(x: Float64Array, k: number): number {
  let s = 0;
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = Math.sin(x[i] * k) + 0.2 * x[(i + 1) % x.length];
  for (let i = 0; i < x.length; i++) { const a = Math.exp(0.5 * y[i]); s += a * a + Math.cos(a) * x[i]; }
  for (let i = 1; i < x.length; i++) { const b = Math.tanh(y[i] * y[i - 1]); if (b > 0.1) s += b * b; else s -= Math.sin(b); }
  for (let j = 0; j < 2; j++) { s = s * 0.5 + Math.sin(s * k); s = Math.sqrt(1 + s * s) + Math.log(2 + Math.cos(s)); }
  return s;
}
const inner = (u: number): number => vjp((t: number) => large(Float64Array.of(t, u, 0.4), t), [u])[1](u)[0];
const outer = (x: number): number => vjp((v: Float64Array) => { const [, pull] = vjp((w: Float64Array) => Float64Array.of(large(w, v[0]), inner(w[0])), [v]); return pull(v)[0]; }, [Float64Array.of(x, 0.5)])[1](Float64Array.of(x, 1))[0][0];
export { outer as large };
export const largeSlopes = (x: number) => [jvp(outer, [x], [1])[1], vjp(outer, [x])[1](1)[0]];
`, { optimise });
    const x = 1.3;
    // The function is (5 x⁵)′.
    quartic(x).forEach((y: number, i: number) => close(t, y, [25 * x ** 4, 100 * x ** 3, 100 * x ** 3, 300 * x ** 2, 300 * x ** 2][i]));
    const [z, h] = [0.6, 1e-3];
    const difference = (45 * (large(z + h) - large(z - h)) - 9 * (large(z + 2 * h) - large(z - 2 * h)) + large(z + 3 * h) - large(z - 3 * h)) / (60 * h);
    for (const slope of largeSlopes(z)) close(t, slope, difference, 1e-8);
  });
}

test('perturbations are not confused', async (t) => {
  const { classic, product, third } = await load(t, `
export const classic = grad((x: number) => x * grad((y: number) => x + y)(1));
export const product = grad((x: number) => x * grad((y: number) => x * y * y)(3));
export const third = grad((x: number) => grad((y: number) => grad((z: number) => x * y * y * z * z * z)(y))(x));
`);
  t.is(classic(5), 1);
  t.is(product(5), 60);
  // d/dx of d/dy 3 x y⁴ at y = x, 12 x⁴
  close(t, third(1.2), 48 * 1.2 ** 3);
});

test('functions given to functions that transform them', async (t) => {
  const m = await load(t, `
function newton(p: (x: number) => number, x: number, n: number): number {
  return n === 0 ? x : newton(p, x - p(x) / grad(p)(x), n - 1);
}
function halley(p: (x: number) => number, x: number): number {
  for (let i = 0; i < 6; i++) {
    const [y, d] = [p(x), grad(p)(x)];
    x -= 2 * y * d / (2 * d * d - y * grad(grad(p))(x));
  }
  return x;
}
export const value = newton((x) => x * x - 2, 1, 8);
export const root = grad((a: number) => newton((x) => x * x - a, 1, 8));
export const cubeRoot = grad((a: number) => halley((x) => x ** 3 - a, 1));
export const value3 = halley((x) => x ** 3 - 2, 1);
export const chosen = grad((x: number, c: boolean) => { const p = c ? (y: number) => y * y * x : Math.exp; return grad(p)(x); });
export const listed = grad((x: number) => { const ps = [1, 2, 3].map((k) => grad((y: number) => k * y * y * x)); return ps[0](x) + ps[2](x * x); });
export const mapped = grad((xs: number[]) => xs.map(grad((x: number) => x ** 3)).reduce((a, b) => a + b, 0));
`);
  close(t, m.value, Math.SQRT2);
  close(t, m.value3, Math.cbrt(2));
  close(t, m.root(2), 1 / (2 * Math.SQRT2));
  close(t, m.cubeRoot(2), 1 / (3 * Math.cbrt(2) ** 2));
  t.is(m.chosen(1.5, true), 6);
  t.is(m.chosen(1.5, false), Math.exp(1.5));
  close(t, m.listed(1.5), 4 * 1.5 + 18 * 1.5 ** 2);
  t.deepEqual(m.mapped([1, 2]), [6, 12]);
});

test('names of a function of its own may mean something else where it is transformed', async (t) => {
  const { main } = await load(t, `
export function main(k: number): number[] {
  const f = (x: number): number => { const { y } = { y: x * k }; return y * x; };
  const x = [1, 2].map((x) => jvp(f, [x], [1])[1]);
  const y = grad(f)(3);
  return [...x, y];
}
`);
  t.deepEqual(main(2), [4, 8, 12]);
});

test('captured variables that the inner function writes, and pullbacks called in a loop', async (t) => {
  const m = await load(t, `
export const counted = grad((x: number) => {
  let n = 0;
  const g = grad((y: number) => { n++; return y ** 3 * x; })(x * x);
  return g + n * x;
});
export const buffer = grad((x: number) => {
  const g = grad((y: number) => { const work = [y * x, 0]; work[1] = work[0] * y; return work[1] * work[0]; })(2 * x);
  return g * x;
});
export const pulls = grad((x: number) => {
  const [y, pull] = vjp((u: number, w: number) => [u * w, u * u] as [number, number], [x, 3]);
  let s = y[0] * y[1];
  for (let i = 0; i < 3; i++) { const [du, dw] = pull([i, x]); s += du * dw; }
  return s;
});
`);
  const x = 1.3;
  close(t, m.counted(x), 15 * x ** 4 + 1);
  // work[1] work[0] = y³ x², its derivative 3 y² x² at 2x: 12 x⁴
  close(t, m.buffer(x), 60 * x ** 4);
  close(t, m.pulls(x), 27 * x * x + 15);
});

test('the tenth derivative of tanh', async (t) => {
  const { f10 } = await load(t, `export const f10 = (x: number) => ${'grad('.repeat(10)}(x: number) => Math.tanh(x)${')'.repeat(10)}(x);`);
  close(t, f10(0.3), tanhDerivative(10, 0.3), 1e-8);
});

test('higher orders do not blow up', async (t) => {
  const f = 'function f(x: number): number { return (Math.exp(x) - Math.exp(-x)) / (Math.exp(x) + Math.exp(-x)); }\n';
  const order = (n: number) => {
    const text = `${IMPORTS}${f}export const d = (x: number) => ${'grad('.repeat(n)}f${')'.repeat(n)}(x);`;
    const before = process.cpuUsage();
    const result = transform('/input.ts', annotationHost({ '/input.ts': text }));
    const { user } = process.cpuUsage(before);
    t.deepEqual(result.diagnostics, []);
    return { size: result.text.length - text.length, seconds: user / 1e6, text: result.text };
  };
  const first = order(1);
  const tenth = order(10);
  t.true(tenth.size <= 64 * first.size, `${tenth.size} characters, ${first.size} for the first order`);
  t.true(tenth.seconds < 2, `${tenth.seconds} s`);
  const { exports } = await run({ 'input.ts': tenth.text });
  close(t, exports.d(0.3), tanhDerivative(10, 0.3), 1e-8);
});

/** d/dx p(tanh x) = p'(t) (1 - t²): the derivatives are polynomials in t. */
function tanhDerivative(n: number, x: number): number {
  let p = [0, 1];
  for (let k = 0; k < n; k++) {
    const q = new Array<number>(p.length + 1).fill(0);
    p.slice(1).map((c, i) => c * (i + 1)).forEach((c, i) => {
      q[i] += c;
      q[i + 2] -= c;
    });
    p = q;
  }
  return p.reduceRight((s, c) => s * Math.tanh(x) + c, 0);
}

const ROSENBROCK = `
function rosenbrock(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
  }
  return s;
}
`;

test('three routes to a Hessian times a vector', async (t) => {
  const m = await load(t, `${ROSENBROCK}
const dot = (a: Float64Array, b: Float64Array): number => { let s = 0; for (let i = 0; i < a.length; i++) s += a[i] * b[i]; return s; };
export const forwardOverReverse = (x: Float64Array, v: Float64Array) => hvp(rosenbrock, [x], [v]);
export const ofDirectional = (x: Float64Array, v: Float64Array) => grad((y: Float64Array): number => jvp(rosenbrock, [y], [v])[1])(x);
export const reverseOverReverse = (x: Float64Array, v: Float64Array) => grad((y: Float64Array): number => dot(grad(rosenbrock)(y), v))(x);
export const pulledBack = (x: Float64Array, v: Float64Array) => vjp(grad(rosenbrock), [x])[1](v)[0];
`);
  const x = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
  const v = Float64Array.from({ length: 50 }, (_, i) => Math.cos(3 * i));
  const expected = new Float64Array(50);
  for (let i = 0; i + 1 < 50; i++) {
    const [h00, h01, h11] = [2 + 1200 * x[i] * x[i] - 400 * x[i + 1], -400 * x[i], 200];
    expected[i] += h00 * v[i] + h01 * v[i + 1];
    expected[i + 1] += h01 * v[i] + h11 * v[i + 1];
  }
  for (const route of Object.keys(m)) m[route](x, v).forEach((p: number, i: number) => close(t, p, expected[i]));
});

test('the tangent from two pullbacks', async (t) => {
  const { transposed, direct } = await load(t, `
function curve(x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = Math.sin(x[i]) * x[(i + 1) % x.length];
  return y;
}
export const transposed = (x: Float64Array, v: Float64Array) => vjp((u: Float64Array) => vjp(curve, [x])[1](u)[0], [new Float64Array(x.length)])[1](v)[0];
export const direct = (x: Float64Array, v: Float64Array) => jvp(curve, [x], [v])[1];
`);
  const [x, v] = [Float64Array.of(0.3, 1.2, -0.7), Float64Array.of(1, -2, 0.5)];
  const expected = Array.from(x, (_, i) => Math.cos(x[i]) * x[(i + 1) % 3] * v[i] + Math.sin(x[i]) * v[(i + 1) % 3]);
  [...transposed(x, v)].forEach((y: number, i: number) => close(t, y, expected[i]));
  t.deepEqual(transposed(x, v), direct(x, v));
});

test('GradBench: a particle, its potential differentiated within, and its landing point minimised', async (t) => {
  const { all } = await load(t, `
function vectorGrad(f: (x: number[]) => number, x: number[]): number[] {
  return x.map((_, i) => jvp(f, [x], [x.map((_, j) => (i === j ? 1 : 0))])[1]);
}
const distance = (x: number[], y: number[]): number => Math.hypot(x[0] - y[0], x[1] - y[1]);
function landing(w: number, forward: boolean): number {
  const charges = [[10, 10 - w], [10, 0]];
  const potential = (x: number[]): number => 1 / distance(x, charges[0]) + 1 / distance(x, charges[1]);
  const step = 0.1;
  let x = [0, 8];
  let v = [0.75, 0];
  while (true) {
    const force = forward ? vectorGrad(potential, x) : grad(potential)(x);
    const next = [x[0] + step * v[0], x[1] + step * v[1]];
    if (next[1] > 0) {
      x = next;
      v = [v[0] - step * force[0], v[1] - step * force[1]];
    } else {
      const end = x[0] - x[1] / v[1] * v[0];
      return end * end;
    }
  }
}
function minimise(f: (w: number) => number, slope: (w: number) => number, start: number): number {
  let w = start;
  let [value, g, rate, count] = [f(w), slope(w), 1e-5, 0];
  for (;;) {
    if (Math.abs(g) <= 1e-5) return w;
    if (count === 10) { rate *= 2; count = 0; continue; }
    const next = w - rate * g;
    if (Math.abs(next - w) <= 1e-5) return w;
    const better = f(next);
    if (better < value) { w = next; value = better; g = slope(w); count++; } else { rate /= 2; count = 0; }
  }
}
export const all = [false, true].flatMap((forward) => [
  minimise((w) => landing(w, forward), grad((w: number) => landing(w, forward)), 0),
  minimise((w) => landing(w, forward), (w) => jvp((u: number) => landing(u, forward), [w], [1])[1], 0),
]);
`);
  for (const w of all) close(t, w, 0.20719187436417114, 1e-6);
});

test('GradBench: a saddle point, where a maximum is found inside what is minimised', async (t) => {
  const { all } = await load(t, `
type Objective = (x: number[]) => number;
type Slope = (x: number[]) => number[];
const distance = (x: number[], y: number[]): number => Math.hypot(x[0] - y[0], x[1] - y[1]);
function argmin(f: Objective, slope: Slope, start: number[]): number[] {
  let x = start;
  let value = f(x);
  let g = slope(x);
  let [rate, count] = [1e-5, 0];
  for (;;) {
    if (Math.hypot(g[0], g[1]) <= 1e-5) return x;
    if (count === 10) { rate *= 2; count = 0; continue; }
    const next = [x[0] - rate * g[0], x[1] - rate * g[1]];
    if (distance(x, next) <= 1e-5) return x;
    const better = f(next);
    if (better < value) { x = next; value = better; g = slope(x); count++; } else { rate /= 2; count = 0; }
  }
}
const forwardSlope = (f: Objective, x: number[]): number[] => [jvp(f, [x], [[1, 0]])[1], jvp(f, [x], [[0, 1]])[1]];
const height = (a: number[], b: number[]): number => a[0] * a[0] + a[1] * a[1] - (b[0] * b[0] + b[1] * b[1]);
const start = [1, 1];
/** The highest point over b, for a given a. */
function summit(a: number[], forward: boolean): number[] {
  const below = (b: number[]): number => -height(a, b);
  return argmin(below, (b) => (forward ? forwardSlope(below, b) : grad(below)(b)), start);
}
const ridge = (a: number[], forward: boolean): number => height(a, summit(a, forward));
export const all = [false, true].flatMap((inner) => [false, true].map((outer) => {
  const f = (a: number[]): number => ridge(a, inner);
  const a = argmin(f, (x) => (outer ? forwardSlope((y: number[]) => ridge(y, inner), x) : grad((y: number[]) => ridge(y, inner))(x)), start);
  return [...a, ...summit(a, inner)];
}));
`);
  for (const found of all) {
    t.is(found.length, 4);
    for (const x of found) close(t, x, 0.0000082463248261, 1e-6);
  }
});

test('marks of order 2 give derivatives of derivatives to code that was not compiled', async (t) => {
  const text = `${IMPORTS}
// @differentiate order=2
export function f(x: number, y: number): number { return Math.sin(x) * y ** 3 + x * x * y; }
// @differentiate order=2
export function g(x: Float64Array, k: number): number { return k * x[0] ** 3 * x[1]; }
// @differentiate order=2
export function linear(x: number): number { return 3 * x; }
// @differentiate
export function first(x: number): number { return x ** 3; }
`;
  const result = transform('/input.ts', annotationHost({ '/input.ts': text }));
  t.deepEqual(result.diagnostics, []);
  const { exports: { f, g, linear, first }, runtime } = await run({ 'input.ts': result.text });
  const { grad, hvp, jvp, vjp } = runtime as any;
  const [x, y] = [0.7, 1.3];
  const [xx, xy, yy] = [-Math.sin(x) * y ** 3 + 2 * y, 3 * Math.cos(x) * y * y + 2 * x, 6 * Math.sin(x) * y];
  close(t, grad(grad(f))(x, y), xx);
  close(t, grad(grad(f), { argnums: 1 })(x, y), xy);
  close(t, grad(grad(f, { argnums: 1 }), { argnums: 1 })(x, y), yy);
  close(t, jvp(grad(f), [x, y], [1, 2])[1], xx + 2 * xy);
  const [value, pull] = vjp(grad(f, { argnums: [0, 1] }), [x, y]);
  t.is(value.length, 2);
  pull([1, 2]).forEach((v: number, i: number) => close(t, v, [xx + 2 * xy, xy + 2 * yy][i]));
  t.deepEqual([...hvp(g, [Float64Array.of(1, 2), 2], [Float64Array.of(1, 0), undefined])], [24, 6]);
  t.deepEqual([...hvp(g, [Float64Array.of(1, 2), 2], [undefined, 1])], [6, 1]);
  t.is(grad(grad(linear))(1), 0);
  t.is(hvp(linear, [1], [1]), 0);
  t.throws(() => grad(grad(first)), { message: /no further derivative of a gradient of first.*order=2/ });
  t.throws(() => grad(grad(grad(f))), { message: /order=2 above it, or write grad\(grad\(/ });
  t.throws(() => hvp(first, [1], [1]), { message: /hvp: first was compiled without second derivatives.*order=2/ });
});

test('the primal runs once, and a pullback gives the same bits again', async (t) => {
  const m = await load(t, `
export const counter = { calls: 0 };
let calls = 0;
export const count = () => calls;
export function f(x: Float64Array): number { calls++; let s = 0; for (let i = 0; i < x.length; i++) s += Math.sin(x[i]) * s + x[i]; return s; }
const x = Float64Array.of(0.3, 0.7, -0.2);
export const runs = {
  grad: () => grad(f)(x),
  valueAndGrad: () => valueAndGrad(f)(x),
  jvp: () => jvp(f, [x], [x]),
  hvp: () => hvp(f, [x], [x]),
  vjp: () => { const [, pull] = vjp(f, [x]); for (let i = 0; i < 10; i++) pull(i); },
  gradOfGrad: () => jvp(grad(f), [x], [x]),
};
export function twice() { const [, pull] = vjp(f, [x]); return [pull(1.7)[0], pull(0.1)[0], pull(1.7)[0]]; }
export const nested = { grad: grad((k: number) => { const g = grad(f)(Float64Array.of(k, 2 * k)); return g[0] * g[1]; }) };
`);
  for (const [name, work] of Object.entries(m.runs as Record<string, () => void>)) {
    const before = m.count();
    work();
    t.is(m.count() - before, 1, name);
  }
  const [a, , b] = m.twice();
  t.deepEqual(a, b);
  const before = m.count();
  m.nested.grad(0.4);
  t.is(m.count() - before, 1, 'nested');
});

test('bad input', async (t) => {
  const m = await load(t, `
export function f(x: Float64Array, k: number): number { return k * x[0] * x[0]; }
export function curve(x: number): number[] { return [x, x * x]; }
const x = Float64Array.of(1, 2);
export const bad = {
  primals: () => jvp(f, [x, 1, 2] as never, [x] as never),
  tangents: () => jvp(f, [x, 1], [x, 1, 1] as never),
  tangent: () => hvp(f, [x, 1], [[1, 2] as never, 1]),
  length: () => hvp(f, [x, 1], [Float64Array.of(1), 1]),
  kind: () => jvp(curve, [1], ['1' as never]),
  cotangent: () => vjp(curve, [1])[1]([1]),
};
`);
  t.throws(m.bad.primals, { instanceOf: RangeError, message: 'tapeless: jvp: 3 primals, but f has 2 arguments' });
  t.throws(m.bad.tangents, { instanceOf: RangeError, message: 'tapeless: jvp: 3 tangents for 2 arguments of f' });
  t.throws(m.bad.tangent, { instanceOf: TypeError, message: 'tapeless: hvp: tangent of argument 0 of f is an array, expected a Float64Array' });
  t.throws(m.bad.length, { instanceOf: RangeError, message: 'tapeless: hvp: tangent of argument 0 of f has length 1, expected 2' });
  t.throws(m.bad.kind, { instanceOf: TypeError, message: 'tapeless: jvp: tangent of argument 0 of curve is a string, expected a number' });
  t.throws(m.bad.cotangent, { instanceOf: RangeError, message: 'tapeless: vjp: cotangent of the result of curve has length 1, expected 2' });
});

for (const [what, code, body] of [
  ['hvp of a vector function', 'TL3006', 'function f(x: number) { return [x, x]; } export const h = hvp(f as never, [1], [1]);'],
  ['grad of a vector function inside', 'TL3006', 'function f(x: number) { return [x, x]; } // @differentiate\nexport function h(x: number) { return x * (grad(f as never) as (x: number) => number)(x); }'],
  ['a derivative that contains itself', 'TL2015', '// @differentiate\nexport function f(x: number, n: number): number { return n === 0 ? x * x : grad((y: number) => f(y, n - 1))(x); }'],
  ['captured memory that is written', 'TL3011', 'export const h = grad((x: number) => { const work = [0]; return grad((y: number) => { work[0] = y * x; return work[0] * y; })(x); });'],
] as const) {
  test(`refused: ${what}`, (t) => {
    const { diagnostics } = transform('/input.ts', annotationHost({ '/input.ts': IMPORTS + body }));
    t.true(diagnostics.some((d) => d.code === code), diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
  });
}

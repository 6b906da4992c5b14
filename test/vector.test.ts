/** Linear maps, Jacobians, Hessians and batched functions: against closed forms, in all compositions, and what they refuse. */
import test, { type ExecutionContext } from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { flatten } from '../runtime/testing/vector.ts';
import { run } from './support/fixtures.ts';

const IMPORT = `import { grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, linearize, valueAndGrad, vjp, vmap } from 'tapeless';\n`;

async function evaluate(text: string, options = {}): Promise<any> {
  const result = transform('/input.ts', annotationHost({ '/input.ts': IMPORT + text }), options);
  if (result.diagnostics.length > 0) throw new Error(result.diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return (await run({ 'input.ts': result.text })).exports;
}

function refused(text: string): string[] {
  return transform('/input.ts', annotationHost({ '/input.ts': IMPORT + text })).diagnostics.map((d) => `${d.code} ${(IMPORT + text).slice(d.span.start, d.span.end)}`);
}

function near(t: ExecutionContext, actual: unknown, expected: unknown, message = ''): void {
  const [a, b] = [flatten(actual), flatten(expected)];
  t.is(a.length, b.length, message);
  a.forEach((x, i) => t.true(Math.abs(x - b[i]) <= 1e-12 * Math.max(1, Math.abs(b[i])), `${message} ${x} at ${i}, not ${b[i]}`));
}

test('a function with effects runs once, whatever it is asked for', async (t) => {
  const { counts } = await evaluate(`let calls = 0;
function f(x: Float64Array): Float64Array {
  calls++;
  return x.map((v, i) => v * v * x[(i + 1) % x.length]);
}
const counted = (work: () => unknown): number => { const before = calls; work(); return calls - before; };
export const counts = (x: Float64Array) => [
  counted(() => jacfwd(f)(x)), counted(() => jacrev(f)(x)), counted(() => jacobian(f)(x)),
  counted(() => { const [, push] = linearize(f, [x]); for (let k = 0; k < 10; k++) push(x); }),
  counted(() => { const [, pull] = vjp(f, [x]); for (let k = 0; k < 10; k++) pull(x); }),
];`);
  for (const n of [1, 3, 4, 9]) t.deepEqual(counts(Float64Array.from({ length: n }, Math.sin)), [1, 1, 1, 1, 1]);
});

test('structures: that of the result outside, that of the argument inside', async (t) => {
  const { all } = await evaluate(`interface Body { m: number; p: Float64Array; name: string }
function f(b: Body, k: number): { energy: number; forces: number[][]; label: string } {
  const forces: number[][] = [];
  for (let i = 0; i < b.p.length; i++) forces.push([b.m * b.p[i], k * b.p[i] ** 2]);
  return { energy: b.m * k, forces, label: b.name };
}
export const all = (b: Body, k: number) => [jacfwd(f)(b, k), jacrev(f)(b, k), jacobian(f)(b, k), jacfwd(f, { argnums: [1, 0] })(b, k), jacrev(f, { argnums: [1] })(b, k)];`);
  const b = { m: 2, p: Float64Array.of(3, 5), name: 'b' };
  const bar = (m: number, ...p: number[]) => ({ m, p: Float64Array.from(p), name: undefined });
  const expected = { energy: bar(7, 0, 0), forces: [[bar(3, 2, 0), bar(0, 42, 0)], [bar(5, 0, 2), bar(0, 0, 70)]], label: undefined };
  const [forward, reverse, either, list, one] = all(b, 7);
  t.deepEqual(forward, expected);
  t.deepEqual(reverse, expected);
  t.deepEqual(either, expected);
  t.deepEqual(list.energy, [2, bar(7, 0, 0)]);
  t.deepEqual(list.forces[1][1], [25, bar(0, 0, 70)]);
  t.deepEqual(one, { energy: [2], forces: [[[0], [9]], [[0], [25]]], label: undefined });
});

test('sizes around the number of lanes, with arrays of all kinds', async (t) => {
  const { all } = await evaluate(`function f(x: number[], y: Float32Array): [sum: number, parts: number[]] {
  let s = 0;
  const parts: number[] = [];
  for (let i = 0; i < x.length; i++) { s += x[i] * x[i]; parts.push(x[i] * y[i % y.length]); }
  return [s, parts];
}
export const all = (x: number[], y: Float32Array) => [jacfwd, jacrev].map((_, k) => (k === 0 ? jacfwd(f, { argnums: [0, 1] })(x, y) : jacrev(f, { argnums: [0, 1] })(x, y)));`);
  for (const n of [1, 2, 3, 4, 5, 7, 8, 9]) {
    const x = Array.from({ length: n }, (_, i) => i + 0.5);
    const y = Float32Array.of(2, -1, 4);
    for (const [[dx, dy], parts] of all(x, y)) {
      t.deepEqual(dx, x.map((v) => 2 * v));
      t.deepEqual(dy, Float32Array.of(0, 0, 0));
      parts.forEach(([px, py]: [number[], Float32Array], i: number) => {
        t.deepEqual(px, x.map((_, j) => (i === j ? y[i % 3] : 0)));
        t.deepEqual(py, Float32Array.of(0, 0, 0).map((_, j) => (j === i % 3 ? x[i] : 0)));
      });
    }
  }
});

test('one route or another to the Hessian', async (t) => {
  const { routes } = await evaluate(`function f(x: Float64Array, k: number): number {
  let s = 1;
  for (let i = 0; i < x.length; i++) s = s * Math.sin(x[i]) + k * x[i] * x[i];
  return s;
}
export const routes = (x: Float64Array, k: number) => {
  const basis = Array.from(x, (_, i) => x.map((_, j) => (i === j ? 1 : 0)));
  const pull = vjp(grad(f), [x, k])[1];
  const push = linearize(grad(f), [x, k])[1];
  return [
    hessian(f)(x, k), jacfwd(grad(f))(x, k), jacrev(grad(f))(x, k), jacobian(jacobian(f))(x, k),
    basis.map((e: Float64Array) => hvp(f, [x, k], [e, undefined])), basis.map((e: Float64Array) => pull(e)[0]), basis.map((e: Float64Array) => push(e)),
    basis.map((e: Float64Array) => grad((y: Float64Array) => jvp(f, [y, k], [e, undefined])[1])(x)),
  ];
};`);
  const [expected, ...others] = routes(Float64Array.of(0.3, -1.2, 2, 0.7, 0.1), 1.5);
  others.forEach((h: unknown, i: number) => near(t, h, expected, `route ${i}`));
  expected.forEach((row: Float64Array, i: number) => row.forEach((h, j) => near(t, h, expected[j][i])));
});

test('Jacobians and batches inside differentiated functions', async (t) => {
  const { main } = await evaluate(`function field(x: Float64Array, k: number): Float64Array {
  const y = new Float64Array(2);
  y[0] = Math.sin(x[0]) * x[1] * k;
  y[1] = x[0] * x[0] + Math.exp(x[1] * k);
  return y;
}
export function logdet(x: Float64Array, k: number): number {
  const J = jacobian(field)(x, k);
  return Math.log(J[0][0] * J[1][1] - J[0][1] * J[1][0]);
}
export function captured(x: Float64Array, k: number): number {
  const J = jacrev((u: Float64Array) => field(u, k))(x);
  return Math.log(J[0][0] * J[1][1] - J[0][1] * J[1][0]);
}
export function byHand(x: Float64Array, k: number): number {
  const e = Math.exp(x[1] * k);
  return Math.log(Math.cos(x[0]) * x[1] * k * k * e - Math.sin(x[0]) * k * 2 * x[0]);
}
export function batched(x: Float64Array, k: number): number {
  const squares = vmap((v: number) => v * v * k)(x);
  let s = 0;
  for (const v of squares) s += Math.sin(v);
  return s;
}
export function unbatched(x: Float64Array, k: number): number {
  let s = 0;
  for (const v of x) s += Math.sin(v * v * k);
  return s;
}
const both = { argnums: [0, 1] } as const;
export const main = (x: Float64Array, k: number, v: Float64Array) => [
  [grad(logdet, { argnums: [0, 1] })(x, k), grad(captured, { argnums: [0, 1] })(x, k), grad(byHand, { argnums: [0, 1] })(x, k)],
  [jvp(logdet, [x, k], [v, 1]), jvp(captured, [x, k], [v, 1]), jvp(byHand, [x, k], [v, 1])],
  [hessian(logdet)(x, k), hessian(captured)(x, k), hessian(byHand)(x, k)],
  [valueAndGrad(batched, { argnums: [0, 1] })(x, k), valueAndGrad(unbatched, { argnums: [0, 1] })(x, k)],
];`);
  for (const list of main(Float64Array.of(0.3, 1.2), 1.5, Float64Array.of(1, -2))) for (const value of list.slice(1)) near(t, value, list[0]);
});

test('batched functions of batched functions, gradients and Jacobians', async (t) => {
  const text = `function f(x: number, w: Float64Array): number { let s = 0; for (let j = 0; j < w.length; j++) s += Math.sin(x * w[j]); return s; }
function loss(w: Float64Array, x: Float64Array, y: number): number { let z = 0; for (let i = 0; i < w.length; i++) z += w[i] * x[i]; return (z - y) ** 2; }
export const plain = { f, loss };
export const over = (xs: Float64Array, w: Float64Array) => vmap(f, [0, null])(xs, w);
export const twice = (xss: Float64Array[], w: Float64Array) => vmap(vmap(f, [0, null]), [0, null])(xss, w);
export const gradients = (w: Float64Array, xs: Float64Array[], ys: number[]) => vmap(grad(loss), [null, 0, 0])(w, xs, ys);
export const hessians = (ws: Float64Array[], x: Float64Array) => vmap(hessian(loss), [0, null, null])(ws, x, 1);
export const diagonal = (xs: Float64Array, w: Float64Array) => jacobian(vmap(f, [0, null]))(xs, w);
export const tangents = (xs: Float64Array, w: Float64Array) => jvp(vmap(f, [0, null]), [xs, w], [xs.map(() => 1), undefined])[1];
export const one = (x: Float64Array, w: Float64Array) => Array.from(x, (v) => grad(f)(v, w));`;
  for (const optimise of [true, false]) {
    const e = await evaluate(text, { optimise });
    const w = Float64Array.of(1, 2);
    const xs = Float64Array.of(0.3, -0.5, 2, 4, 1);
    const values = Array.from(xs, (x) => e.plain.f(x, w));
    t.deepEqual(e.over(xs, w), Float64Array.from(values));
    t.deepEqual(e.over([...xs], w), values);
    t.deepEqual(e.twice([xs, w], w), [Float64Array.from(values), Float64Array.from(w, (x) => e.plain.f(x, w))]);
    const rows = [Float64Array.of(1, 2), Float64Array.of(-1, 0.5)];
    near(t, e.gradients(w, rows, [1, 2]), rows.map((x, i) => x.map((v) => 2 * v * (x[0] * w[0] + x[1] * w[1] - [1, 2][i]))));
    near(t, e.hessians([w, w], rows[0]), [0, 1].map(() => [[2, 4], [4, 8]]));
    const slopes = e.one(xs, w);
    near(t, e.tangents(xs, w), slopes);
    near(t, e.diagonal(xs, w), Array.from(xs, (_, i) => xs.map((_, j) => (i === j ? slopes[i] : 0))));
  }
});

test('records and tuples in batches', async (t) => {
  const { array, parts, mixed, empty } = await evaluate(`interface P { x: number; k: number; name: string }
function g(p: P): { e: number; q: [number, number]; name: string; row: number[] } { return { e: p.x * p.k, q: [p.x, p.k * p.k], name: p.name, row: [p.x, p.k] }; }
export const array = (ps: P[]) => vmap(g)(ps);
export const empty = (ps: P[]) => vmap(g)(ps);
export const parts = (p: { x: Float64Array; k: number; name: string }) => vmap(g, [{ x: 0, k: null }])(p);
export const mixed = (a: [Float64Array, number], b: number[]) => vmap((t: [number, number], y: number) => t[0] * t[1] + y, [[0, null], 0])(a, b);`);
  t.deepEqual(array([{ x: 1, k: 2, name: 'a' }, { x: 3, k: 4, name: 'b' }]), { e: [2, 12], q: [[1, 3], [4, 16]], name: ['a', 'b'], row: [[1, 2], [3, 4]] });
  t.deepEqual(empty([]), { e: [], q: [[], []], name: [], row: [] });
  t.deepEqual(parts({ x: Float64Array.of(1, 2), k: 3, name: 'a' }), { e: Float64Array.of(3, 6), q: [Float64Array.of(1, 2), Float64Array.of(9, 9)], name: ['a', 'a'], row: [[1, 3], [2, 3]] });
  t.deepEqual(mixed([Float64Array.of(1, 2), 10], [3, 4]), Float64Array.of(13, 24));
});

const CLASSES = `class Vec {
  constructor(readonly x: number, readonly y: number) {}
  plus(o: Vec): Vec { return new Vec(this.x + o.x, this.y + o.y); }
  dot(o: Vec): number { return this.x * o.x + this.y * o.y; }
}
class Ball {
  v: Vec = new Vec(0, 0);
  constructor(public p: Vec, public mass: number) {}
  step(h: number): void {
    this.v = this.v.plus(new Vec(this.p.y * h, -h / this.mass));
    this.p = this.p.plus(new Vec(this.v.x * h, this.v.y * h));
  }
  energy(): number { return 0.5 * this.mass * this.v.dot(this.v) + this.p.y * this.p.x; }
}
`;

test('instances of classes in batches', async (t) => {
  const text = `${CLASSES}
function length(v: Vec): number { return Math.sqrt(v.dot(v)); }
function moved(v: Vec, d: Vec): Vec { return v.plus(d); }
// Its steps change an object of its own.
function energy(b: Ball, h: number): number {
  const c = new Ball(b.p, b.mass);
  for (let i = 0; i < 3; i++) c.step(h);
  return c.energy();
}
export { Vec, Ball };
export const results = (vs: Vec[], balls: Ball[]) => ({
  lengths: vmap(length)(vs), slopes: vmap(grad(length))(vs), moved: vmap(moved, [0, null])(vs, new Vec(1, -1)),
  energies: vmap(energy, [0, null])(balls, 0.1), gradients: vmap(grad(energy), [0, null])(balls, 0.1), separate: balls.map((b) => [energy(b, 0.1), grad(energy)(b, 0.1)] as const),
});`;
  for (const optimise of [true, false]) {
    const { Vec, Ball, results } = await evaluate(text, { optimise });
    const { lengths, slopes, moved, energies, gradients, separate } = results([new Vec(3, 4), new Vec(5, -12)], [new Ball(new Vec(1, 2), 1), new Ball(new Vec(0.5, 1), 2)]);
    near(t, lengths, [5, 13]);
    near(t, [slopes.x, slopes.y], [0.6, 5 / 13, 0.8, -12 / 13]);
    t.true(moved[0] instanceof Vec);
    near(t, [moved[0].x, moved[1].y], [4, -13]);
    near(t, energies, separate.map(([e]: any) => e));
    separate.forEach(([, g]: any, i: number) => near(t, [gradients.p.x[i], gradients.p.y[i], gradients.mass[i]], [g.p.x, g.p.y, g.mass]));
  }
  t.deepEqual(refused(`${CLASSES}\nfunction f(b: Ball): number { b.step(0.1); return b.energy(); }\nexport const g = vmap(f);`), ['TL3030 vmap(f)']);
  t.deepEqual(refused(`${CLASSES}\nfunction f(b: Ball): number { const c = new Ball(b.p, 1); (c.p as { x: number }).x = 2; return b.energy(); }\nexport const g = vmap(f);`), ['TL3030 vmap(f)']);
});

test('bad batches are errors that name the arguments', async (t) => {
  const { add } = await evaluate('function f(x: number, y: number): number { return x + y; }\nexport const add = (a: any, b: any) => vmap(f)(a, b);');
  t.throws(() => add([1, 2], [1]), { instanceOf: RangeError, message: 'tapeless: vmap: arguments x and y of f have lengths 2 and 1' });
  t.throws(() => add([1, 2], 1), { instanceOf: TypeError, message: 'tapeless: vmap: argument 1 of f is a number, expected a batch, an array' });
});

test('what is refused, and where', (t) => {
  t.deepEqual(refused('let log: number[] = [];\nfunction f(x: number): number { log.push(1); return x * x; }\nexport const g = vmap(f);'), ['TL3030 vmap(f)']);
  t.deepEqual(refused('function f(x: number): number { return x * Math.random(); }\nexport const g = vmap(f);'), ['TL3030 vmap(f)']);
  t.deepEqual(refused('function f(x: Float64Array): number { x[0] = 1; return x[1]; }\nexport const g = vmap(f);'), ['TL3030 vmap(f)']);
  t.deepEqual(refused('function f(x: number): number { return x * x; }\nexport const g = vmap(f, [null]);'), ['TL3031 vmap(f, [null])']);
  t.deepEqual(refused('function f(x: number): number { return x * x; }\nexport const g = (axes: any) => vmap(f, axes);'), ['TL3032 vmap(f, axes)']);
  t.deepEqual(refused('function f(x: number): number { return x * x; }\nexport const g = (i: number) => jacobian(f, { argnums: i });'), ['TL3018 jacobian(f, { argnums: i })']);
  t.deepEqual(refused('function f(...x: number[]): number { return x[0] * x[1]; }\nexport const g = hessian(f);'), ['TL3019 f']);
  t.deepEqual(refused('function f(x: number, n: number): number { return x ** 2 + [1, 2][n]; }\nexport const g = jacrev(f, { argnums: 1 });'), ['TL3005 f']);
  t.deepEqual(refused('interface T { v: number; next?: T }\nfunction f(x: T): number[] { return [x.v]; }\nexport const g = jacfwd(f);'), ['TL3017 jacfwd(f)']);
});

test('functions that are known at run time only', async (t) => {
  const { carried } = await evaluate(`// @differentiate
export function f(x: Float64Array): Float64Array { return x.map((v, i) => v * v * x[(i + 1) % x.length]); }
// @differentiate order=2
export function s(x: Float64Array): number { return x[0] ** 2 * x[1]; }
function all(g: (x: Float64Array) => Float64Array, x: Float64Array) { return [jacfwd(g)(x), jacrev(g)(x), jacobian(g)(x), linearize(g, [x])[1](x)]; }
function second(g: (x: Float64Array) => number, x: Float64Array) { return hessian(g)(x); }
export const carried = (x: Float64Array) => [all(f, x), second(s, x), jacobian(f)(x)];`);
  const [[forward, reverse, either, along], second, direct] = carried(Float64Array.of(2, 3, 5));
  near(t, direct, [[12, 4, 0], [0, 30, 9], [25, 0, 20]]);
  for (const matrix of [forward, reverse, either]) near(t, matrix, direct);
  near(t, along, direct.map((row: Float64Array) => row[0] * 2 + row[1] * 3 + row[2] * 5));
  near(t, second, [[6, 4, 0], [4, 0, 0], [0, 0, 0]]);
});

test('arguments that share memory with one that is written', async (t) => {
  const { g, J } = await evaluate(`// @differentiate
export function f(a: Float64Array, b: Float64Array): number { a[0] = a[0] * b[1]; return a[0] * b[0]; }
export const g = (a: Float64Array, b: Float64Array) => grad(f)(a, b);
export const J = (a: Float64Array, b: Float64Array) => jacfwd(f)(a, b);`);
  const x = Float64Array.of(1, 2, 3);
  for (const derivative of [g, J]) t.throws(() => derivative(x.subarray(0, 2), x.subarray(1)), { instanceOf: TypeError, message: /arguments 0 and 1 of f share memory, and f writes to argument 0/ });
  t.notThrows(() => g(Float64Array.of(1, 2), x));
});

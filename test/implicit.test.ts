/** Derivatives by the implicit function theorem: compiled and at run time, in both modes and to the second order. */
import test from 'ava';
import { solveLinear } from '../runtime/implicit/solve.ts';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transformProgram } from '../transformer/program.ts';
import { run } from './support/fixtures.ts';

const IMPORT = `import { grad, jvp, vjp } from 'tapeless';
import { argmin, fixedPoint, minimum, root } from 'tapeless/implicit';
`;

/** Compiles modules and runs them; those that end in .js are not seen by the compiler. */
async function evaluate(text: string, others: Record<string, string> = {}, options: { optimise?: boolean } = {}): Promise<any> {
  const all: Record<string, string> = { 'input.ts': IMPORT + text, ...others };
  const compiled = Object.fromEntries(Object.entries(all).filter(([file]) => file.endsWith('.ts')).map(([file, source]) => [`/${file}`, source]));
  const results = transformProgram(Object.keys(compiled), annotationHost(compiled), options);
  const diagnostics = [...results.values()].flatMap((r) => r.diagnostics);
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  const { exports, runtime } = await run({ ...all, ...Object.fromEntries([...results].map(([file, r]) => [file.slice(1), r.text])) });
  return { ...exports, runtime, texts: [...results.values()].map((r) => r.text) };
}

type T = { true(ok: boolean, message?: string): void };
const near = (t: T, a: number, b: number, tolerance = 1e-9) => t.true(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a}, not ${b}`);
const nearAll = (t: T, a: ArrayLike<number>, b: ArrayLike<number>, tolerance?: number) => {
  t.true(a.length === b.length, `${a.length} numbers, not ${b.length}`);
  for (let i = 0; i < b.length; i++) near(t, a[i], b[i], tolerance);
};

/** x with M x = b, M given by its products: what a user would write, not compiled. */
const SOLVER = `
export const solve = (product, b) => {
  const n = b.length;
  const m = Array.from({ length: n }, () => new Float64Array(n + 1));
  for (let j = 0; j < n; j++) product(Float64Array.from({ length: n }, (_, i) => Number(i === j))).forEach((v, i) => { m[i][j] = v; });
  b.forEach((v, i) => { m[i][n] = v; });
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) if (i !== k) {
    const factor = m[i][k] / m[k][k];
    for (let j = k; j <= n; j++) m[i][j] -= factor * m[k][j];
  }
  return Float64Array.from(m, (row, i) => row[n] / row[i]);
};
export const newton = (f, x) => {
  for (let i = 0; i < 60; i++) {
    const h = 1e-6;
    x -= f(x) / ((f(x + h) - f(x - h)) / (2 * h));
  }
  return x;
};
`;

for (const optimise of [true, false]) {
  const title = optimise ? '' : ', not optimised';

  test(`root of a number${title}`, async (t) => {
    const { values } = await evaluate(`
const cubeRoot = root((x: number, a: number) => x * x * x - a)((a) => Math.cbrt(a));
function f(a: number): number { return 2 * cubeRoot(a * a) + a; }
const d = (a: number): number => jvp(f, [a], [1])[1];
export const values = (a: number) => [
  f(a), grad(f)(a), jvp(f, [a], [1])[1], vjp(f, [a])[1](1)[0],
  grad(grad(f))(a), jvp(grad(f), [a], [1])[1], grad(d)(a), jvp(d, [a], [1])[1], vjp(grad(f), [a])[1](1)[0],
  grad(grad(grad(f)))(a), grad(cubeRoot)(a),
];
`, {}, { optimise });
    const a = 1.7;
    const first = (4 / 3) * a ** (-1 / 3) + 1;
    const second = -(4 / 9) * a ** (-4 / 3);
    nearAll(t, values(a), [2 * Math.cbrt(a * a) + a, first, first, first, second, second, second, second, second, (16 / 27) * a ** (-7 / 3), a ** (-2 / 3) / 3]);
  });

  test(`root of an array, with a solver that is not compiled${title}`, async (t) => {
    const { values, second } = await evaluate(`
import { solve } from './solver.js';
/** (A + k 1) x − b, with a matrix that is not symmetric. */
function residual(x: Float64Array, A: Float64Array, b: Float64Array, k: number): Float64Array {
  const n = x.length;
  const r = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    r[i] = k * x[i] - b[i];
    for (let j = 0; j < n; j++) r[i] += A[i * n + j] * x[j];
  }
  return r;
}
const x = root(residual)((A: Float64Array, b: Float64Array, k: number): Float64Array => solve((v: Float64Array) => residual(v, A, new Float64Array(b.length), k), b));
function f(A: Float64Array, b: Float64Array, k: number): number {
  let s = 0;
  for (const e of x(A, b, k)) s += e * e;
  return s;
}
export const values = (A, b, k, dA, db, dk) => [f(A, b, k), jvp(f, [A, b, k], [dA, db, dk])[1], vjp(f, [A, b, k])[1](1), grad(f, { argnums: [0, 1, 2] })(A, b, k)];
export const second = (A, b, k, dA, db, dk) => [jvp(grad(f, { argnums: [0, 1, 2] }), [A, b, k], [dA, db, dk])[1], vjp(grad(f, { argnums: [0, 1, 2] }), [A, b, k])[1]([dA, db, dk])];
export { f };
`, { 'solver.js': SOLVER }, { optimise });
    const A = Float64Array.of(3, 1, -0.5, 0.2, 2.5, 0.7, -1, 0.4, 4);
    const b = Float64Array.of(1, -2, 0.5);
    const k = 0.3;
    const dA = Float64Array.of(0.1, -0.2, 0.3, 0.5, -0.1, 0.2, 0.7, 0.1, -0.3);
    const db = Float64Array.of(0.4, 0.1, -0.6);
    const dk = -0.8;
    const M = A.map((v, i) => v + (i % 4 === 0 ? k : 0));
    const solved = (m: Float64Array, r: Float64Array) => solveLinear((v: Float64Array) => times(m, v), r.map((e) => -e), { name: 'test' });
    const x = solved(M, b);
    const dM = dA.map((v, i) => v + (i % 4 === 0 ? dk : 0));
    const dx = solved(M, db.map((v, i) => v - times(dM, x)[i]));
    const [value, tangent, cotangents, gradient] = values(A, b, k, dA, db, dk);
    near(t, value, dot(x, x));
    near(t, tangent, 2 * dot(x, dx));
    const u = solved(transpose(M), x.map((e) => 2 * e));
    const expected = [Float64Array.from({ length: 9 }, (_, i) => -u[Math.floor(i / 3)] * x[i % 3]), u, -dot(u, x)] as const;
    for (const actual of [cotangents, gradient]) {
      nearAll(t, actual[0], expected[0]);
      nearAll(t, actual[1], expected[1]);
      near(t, actual[2], expected[2]);
    }
    // The Hessian's product, by the differentiated formula.
    const du = solved(transpose(M), dx.map((e, i) => 2 * e - times(transpose(dM), u)[i]));
    for (const [A_dot, b_dot, k_dot] of second(A, b, k, dA, db, dk)) {
      nearAll(t, A_dot, Float64Array.from({ length: 9 }, (_, i) => -du[Math.floor(i / 3)] * x[i % 3] - u[Math.floor(i / 3)] * dx[i % 3]));
      nearAll(t, b_dot, du);
      near(t, k_dot, -dot(du, x) - dot(u, dx));
    }
  });

  test(`root of a record${title}`, async (t) => {
    const { values } = await evaluate(`
interface Point { x: number; y: number }
/** Where a circle of radius r and a line of slope k meet. */
const meet = root((p: Point, r: number, k: number): Point => ({ x: p.x * p.x + p.y * p.y - r * r, y: p.y - k * p.x }))((r, k) => {
  const x = r / Math.sqrt(1 + k * k);
  return { x, y: k * x };
});
const f = (r: number, k: number): number => {
  const p = meet(r, k);
  return p.x * p.y;
};
export const values = (r: number, k: number) => [
  ...grad(f, { argnums: [0, 1] })(r, k), jvp(f, [r, k], [1, 0])[1], jvp(f, [r, k], [0, 1])[1],
  ...jvp(grad(f, { argnums: [0, 1] }), [r, k], [0, 1])[1], ...vjp(grad(f, { argnums: [0, 1] }), [r, k])[1]([0, 1]),
];
`, {}, { optimise });
    // r² k / (1 + k²)
    const [r, k] = [1.3, 0.6];
    const byR = 2 * r * k / (1 + k * k);
    const byK = r * r * (1 - k * k) / (1 + k * k) ** 2;
    const byRK = 2 * r * (1 - k * k) / (1 + k * k) ** 2;
    const byKK = r * r * (2 * k ** 3 - 6 * k) / (1 + k * k) ** 3;
    nearAll(t, values(r, k), [byR, byK, byR, byK, byRK, byKK, byRK, byKK]);
  });

  test(`fixed points${title}`, async (t) => {
    const { values, arrays } = await evaluate(`
const iterate = (k: number): number => {
  let x = 1;
  for (let i = 0; i < 400; i++) x = Math.cos(k * x);
  return x;
};
const g = (x: number, k: number): number => Math.cos(k * x);
const fixed = fixedPoint(g)(iterate);
const f = (k: number): number => fixed(k) * k;
export const values = (k: number) => [grad(f)(k), jvp(f, [k], [1])[1], grad(grad(f))(k), jvp(grad(f), [k], [1])[1]];
const h = (x: Float64Array, a: Float64Array): Float64Array => x.map((e, i) => 0.5 * Math.sin(x[(i + 1) % x.length]) + a[i]);
const points = fixedPoint(h)((a) => {
  let x = a;
  for (let i = 0; i < 100; i++) x = h(x, a);
  return x;
});
const s = (a: Float64Array): number => points(a).reduce((p, e) => p + e * e, 0);
export const arrays = (a: Float64Array, v: Float64Array) => [grad(s)(a), jvp(s, [a], [v])[1], jvp(grad(s), [a], [v])[1], vjp(grad(s), [a])[1](v)[0]];
export { s };
`, {}, { optimise });
    const k = 0.8;
    const at = (c: number) => {
      let x = 1;
      for (let i = 0; i < 400; i++) x = Math.cos(c * x);
      return x * c;
    };
    const e = 1e-4;
    const first = (at(k + e) - at(k - e)) / (2 * e);
    const second = (at(k + e) - 2 * at(k) + at(k - e)) / (e * e);
    const [a, b, c, d] = values(k);
    near(t, a, first, 1e-7);
    near(t, b, first, 1e-7);
    near(t, c, second, 1e-6);
    near(t, d, second, 1e-6);
    near(t, c, d, 1e-12);
    const xs = Float64Array.of(0.3, -0.7, 1.1);
    const v = Float64Array.of(1, 0.5, -2);
    const s = (p: Float64Array) => {
      let x = p;
      for (let i = 0; i < 100; i++) x = x.map((_, j) => 0.5 * Math.sin(x[(j + 1) % 3]) + p[j]);
      return x.reduce((sum, y) => sum + y * y, 0);
    };
    const along = (h: number, w: Float64Array) => s(xs.map((y, i) => y + h * w[i]));
    const [gradient, tangent, hvp, again] = arrays(xs, v);
    nearAll(t, gradient, [0, 1, 2].map((i) => {
      const w = Float64Array.from({ length: 3 }, (_, j) => Number(i === j));
      return (along(e, w) - along(-e, w)) / (2 * e);
    }), 1e-7);
    near(t, tangent, dot(gradient, v));
    nearAll(t, hvp, again);
    near(t, dot(hvp, v), (along(e, v) - 2 * along(0, v) + along(-e, v)) / (e * e), 1e-6);
  });

  test(`argmin and minimum${title}`, async (t) => {
    const { values, mins, texts } = await evaluate(`
import { solve } from './solver.js';
/** |x − c|² / 2 + λ Σ log cosh xᵢ */
function energy(x: Float64Array, c: Float64Array, lambda: number): number {
  let e = 0;
  for (let i = 0; i < x.length; i++) e += 0.5 * (x[i] - c[i]) ** 2 + lambda * Math.log(Math.cosh(x[i] + (i > 0 ? x[i - 1] : 0)));
  return e;
}
const gradient = grad(energy);
const descend = (c: Float64Array, lambda: number): Float64Array => {
  const x = c.slice();
  for (let k = 0; k < 4000; k++) {
    const g = gradient(x, c, lambda);
    for (let i = 0; i < x.length; i++) x[i] -= 0.2 * g[i];
  }
  return x;
};
const best = argmin(energy)(descend);
const least = minimum(energy)(descend);
const f = (c: Float64Array, lambda: number): number => best(c, lambda).reduce((s, x, i) => s + (i + 1) * x * x, 0);

export const values = (c, l, dc, dl) => [f(c, l), grad(f, { argnums: [0, 1] })(c, l), jvp(f, [c, l], [dc, dl])[1], vjp(f, [c, l])[1](1), jvp(grad(f, { argnums: [0, 1] }), [c, l], [dc, dl])[1], vjp(grad(f, { argnums: [0, 1] }), [c, l])[1]([dc, dl])];
export const mins = (c, l, dc, dl) => [least(c, l), grad(least, { argnums: [0, 1] })(c, l), jvp(least, [c, l], [dc, dl])[1], vjp(least, [c, l])[1](1), jvp(grad(least, { argnums: [0, 1] }), [c, l], [dc, dl])[1], vjp(grad(least, { argnums: [0, 1] }), [c, l])[1]([dc, dl])];
`, { 'solver.js': SOLVER }, { optimise });
    const c = Float64Array.of(0.8, -0.3, 1.4, 0.1);
    const l = 0.7;
    const dc = Float64Array.of(0.3, 1, -0.4, 0.2);
    const dl = 0.6;
    const e = 1e-4;
    for (const all of [values, mins]) {
      const [, gradient, tangent, cotangents, hvp, back] = all(c, l, dc, dl);
      const flat = ([a, b]: any) => [...a, b];
      const at = (h: number): number => all(c.map((x, i) => x + h * dc[i]), l + h * dl, dc, dl)[0];
      near(t, tangent, (at(e) - at(-e)) / (2 * e), 1e-7);
      near(t, dot(flat(gradient), [...dc, dl]), tangent);
      nearAll(t, flat(cotangents), flat(gradient));
      nearAll(t, flat(hvp), flat(back));
      near(t, dot(flat(hvp), [...dc, dl]), (at(e) - 2 * at(0) + at(-e)) / (e * e), 2e-6);
    }
    // The envelope theorem takes no linear system.
    t.notRegex(/function least_(grad|jvp)[^]*?\n}/.exec(texts.join('\n'))?.[0] ?? 'solveLinear', /solveLinear/);
  });
}

test('Jacobians, Hessians and linear maps', async (t) => {
  const { all } = await evaluate(`
import { hessian, hvp, jacfwd, jacobian, jacrev, linearize } from 'tapeless';
/** xᵢ³ = aᵢ a₀ */
const x = root((x: Float64Array, a: Float64Array): Float64Array => x.map((e, i) => e * e * e - a[i] * a[0]))((a) => a.map((e) => Math.cbrt(e * a[0])));
const f = (a: Float64Array): number => x(a).reduce((s, e, i) => s + (i + 1) * e * e * e, 0);
export const all = (a: Float64Array, v: Float64Array) => [jacobian(x)(a), jacfwd(x)(a), jacrev(x)(a), hessian(f)(a), hvp(f, [a], [v]), linearize(x, [a])[1](v)];
`);
  const [a, v] = [Float64Array.of(1.3, 0.4, 2.2), Float64Array.of(0.3, -1, 0.7)];
  const [jacobian, forward, reverse, hessian, hvp, tangent] = all(a, v);
  const expected = [0, 1, 2].map((i) => Float64Array.from({ length: 3 }, (_, j) => ((i === j ? a[0] : 0) + (j === 0 ? a[i] : 0)) / (3 * Math.cbrt(a[i] * a[0]) ** 2)));
  for (const matrix of [jacobian, forward, reverse]) expected.forEach((row, i) => nearAll(t, matrix[i], row));
  nearAll(t, tangent, expected.map((row) => dot(row, v)));
  const second = [[2, 2, 3], [2, 0, 0], [3, 0, 0]];
  second.forEach((row, i) => nearAll(t, hessian[i], row));
  nearAll(t, hvp, second.map((row) => dot(row, v)));
});

for (const optimise of [true, false]) {
  test(`inside functions, with what F and the solver capture${optimise ? '' : ', not optimised'}`, async (t) => {
    const { all } = await evaluate(`
import { cuberoot } from './solver.js';
const cube = (x: number, a: number): number => x * x * x - a;
/** F sees k, the solver too: the cube root of a k. */
function captured(a: number, k: number): number {
  const x = root((x: number, a: number) => x * x * x - a * k)((b) => Math.cbrt(b * k))(a);
  return x * k;
}
function local(a: number, k: number): number {
  const solve = (b: number): number => Math.cbrt(b);
  const x = root(cube)(solve);
  let s = 0;
  for (let i = 1; i <= 3; i++) s += x(a * i) * k;
  return s;
}
function named(a: number, k: number): number {
  return root(cube)(cuberoot)(a * k) + minimum((w: number[], b: number) => (w[0] - b) ** 2 + k * w[0] ** 2)((b) => [b / (1 + k)])(a);
}
function weights(a: number, k: number): number {
  const w = argmin((w: { p: number; q: Float64Array }) => (w.p - a) ** 2 + (w.q[0] - k * w.p) ** 2 + (w.q[1] - 1) ** 2 * (1 + k * k))(() => ({ p: a, q: Float64Array.of(k * a, 1) }))();
  return w.p * w.q[0] + w.q[1];
}
export const all = (a: number, k: number) => [
  [captured(a, k), grad(captured, { argnums: [0, 1] })(a, k), jvp(captured, [a, k], [0.3, 0.4])[1], jvp(grad(captured, { argnums: [0, 1] }), [a, k], [0.3, 0.4])[1]],
  [local(a, k), grad(local, { argnums: [0, 1] })(a, k), jvp(local, [a, k], [0.3, 0.4])[1], jvp(grad(local, { argnums: [0, 1] }), [a, k], [0.3, 0.4])[1]],
  [named(a, k), grad(named, { argnums: [0, 1] })(a, k), jvp(named, [a, k], [0.3, 0.4])[1], jvp(grad(named, { argnums: [0, 1] }), [a, k], [0.3, 0.4])[1]],
  [weights(a, k), grad(weights, { argnums: [0, 1] })(a, k), jvp(weights, [a, k], [0.3, 0.4])[1], jvp(grad(weights, { argnums: [0, 1] }), [a, k], [0.3, 0.4])[1]],
  grad(root(cube)(cuberoot))(a),
];
`, { 'solver.js': 'export const cuberoot = Math.cbrt;' }, { optimise });
    const [a, k] = [1.4, 0.7];
    const e = 1e-4;
    const results = all(a, k);
    const at = (h: number): number[] => all(a + 0.3 * h, k + 0.4 * h).slice(0, 4).map((r: any) => r[0]);
    const [plus, zero, minus] = [at(e), at(0), at(-e)];
    results.slice(0, 4).forEach(([, gradient, tangent, hvp]: any, i: number) => {
      near(t, tangent, (plus[i] - minus[i]) / (2 * e), 1e-7);
      near(t, 0.3 * gradient[0] + 0.4 * gradient[1], tangent);
      near(t, 0.3 * hvp[0] + 0.4 * hvp[1], (plus[i] - 2 * zero[i] + minus[i]) / (e * e), 1e-6);
    });
    near(t, results[4], a ** (-2 / 3) / 3);
  });
}

/** n by n, with more on the diagonal than beside it. */
function tridiagonal(n: number, below: number, above: number): (v: Float64Array) => Float64Array {
  return (v) => v.map((x, i) => (2.5 + (i % 3)) * x + (i > 0 ? below * v[i - 1] : 0) + (i < n - 1 ? above * v[i + 1] : 0));
}

test('linear systems: small ones directly, large ones by products alone', (t) => {
  for (const [n, symmetric] of [[3, false], [32, true], [33, true], [33, false], [400, true], [400, false], [1000, false]] as const) {
    const product = tridiagonal(n, -1, symmetric ? -1 : 0.7);
    let calls = 0;
    const b = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const u = solveLinear((v: Float64Array) => {
      calls++;
      return product(v);
    }, b, { name: 'test', symmetric });
    nearAll(t, product(u), b.map((x) => -x), 1e-10);
    if (n > 32) t.true(calls < 70, `${calls} products for ${n} unknowns`);
    else t.is(calls, n + 1);
  }
  t.deepEqual(solveLinear((v: Float64Array) => v, new Float64Array(3), { name: 'test' }), new Float64Array(3));
  near(t, solveLinear((v: number) => 3 * v, 6, { name: 'test' }), -2);
  near(t, solveLinear((v: number) => 3 * v, 6, { name: 'test', lessIdentity: true }), -3);
  // Structures: properties in another order, arrays of arrays.
  const record = solveLinear(({ p, q }: { p: number; q: number[] }) => ({ q: q.map((x) => 2 * x + p), p: 4 * p }), { p: 4, q: [1, 3] }, { name: 'test' });
  near(t, record.p, -1);
  nearAll(t, record.q, [0, -1]);
});

test('a system that is singular, or does not converge, is an error with the residual', (t) => {
  const message = (run: () => unknown) => t.throws(run)!.message;
  t.regex(message(() => solveLinear((v: number) => 0 * v, 1, { name: 'root' })), /^tapeless: root: the linear system of the implicit derivative \(1 unknowns\) is singular: relative residual (NaN|\d\S*) after 1 products, expected at most/);
  t.regex(message(() => solveLinear(([a, b]: number[]) => [a + b, 2 * a + 2 * b], [1, 0], { name: 'argmin', symmetric: true })), /argmin.*\(2 unknowns\) is singular/);
  const many = Float64Array.from({ length: 50 }, (_, i) => i + 1);
  t.regex(message(() => solveLinear((v: Float64Array) => v.map((x, i) => (i === 7 ? 0 : x)), many, { name: 'root' })), /\(50 unknowns\) did not converge: relative residual 0\.\d+ after \d+ products/);
  t.regex(message(() => solveLinear((v: Float64Array) => v.map((x, i) => (i === 7 ? -x : x)), many, { name: 'argmin', symmetric: true })), /did not converge: relative residual/);
  t.regex(message(() => solveLinear((v: Float64Array) => v.map((x, i) => x * 10 ** (i / 5)), many, { name: 'root' }, { maxIterations: 3 })), /did not converge: relative residual \S+ after 3 products/);
  t.regex(message(() => solveLinear((v: number) => v, NaN, { name: 'root' })), /not finite/);
  t.regex(message(() => solveLinear((v: Float64Array) => v.subarray(1), many, { name: 'root' })), /another number of numbers than the unknown: 49 and 50/);
});

test('messages of compiled code', async (t) => {
  const { at, atFlat } = await evaluate(`
const half = root((x: number, a: number) => x * x - a)((a) => Math.sqrt(a));
export const at = (a: number) => grad(half)(a);
const flat = argmin((x: Float64Array, a: number) => a * x[0] * x[0] + (x[1] - a) ** 4)((a) => Float64Array.of(0, a));
const f = (a: number): number => flat(a)[1];
export const atFlat = (a: number) => grad(f)(a);
`);
  near(t, at(4), 0.25);
  t.throws(() => at(0), { message: /root: .* is singular: relative residual/ });
  t.throws(() => atFlat(1), { message: /argmin: .*\(2 unknowns\) is singular/ });
});

test('what is refused when it is compiled', (t) => {
  const refused = (text: string) => {
    const source = IMPORT + text;
    return [...transformProgram(['/input.ts'], annotationHost({ '/input.ts': source })).values()].flatMap((r) => r.diagnostics.map((d) => `${d.code} [${source.slice(d.span.start, d.span.end)}] ${d.message}`));
  };
  t.regex(refused(`
const x = argmin((x: Float64Array, a: number): Float64Array => x)((a) => new Float64Array(2));
export const f = grad((a: number): number => x(a)[0]);`)[0], /^TL3006 .*argmin/);
  t.regex(refused(`
const x = root((x: number, a: number): number => Math.round(x) - a)((a) => a);
export const f = grad((a: number): number => x(a));`)[0], /^TL3005/);
});

test('a solver, or an equation, of another module; with options; by the namespace', async (t) => {
  const { value, calls } = await evaluate(`
import * as implicit from 'tapeless/implicit';
import { residual } from './equation.ts';
import { both, counted } from './solver.js';
const x = implicit.root(residual, { tolerance: 1e-9, dense: 0 })(counted);
export const value = (n: number, a: number) => grad(f, { argnums: [1] })(n, a)[0];
export const calls = () => both.calls;
function f(n: number, a: number): number { return x(n, a)[n - 1] + x(n, a)[0]; }
`, {
    'equation.ts': `
/** x cubed, and a little of the neighbours. */
export function residual(x: Float64Array, n: number, a: number): Float64Array {
  return x.map((e, i) => e * e * e + e - a * (i + 1) + 0.1 * x[(i + 1) % n]);
}
`,
    'solver.js': `
export const both = { calls: 0 };
export const counted = (n, a) => {
  both.calls++;
  const x = new Float64Array(n);
  for (let k = 0; k < 200; k++) for (let i = 0; i < n; i++) {
    const g = x[i] ** 3 + x[i] - a * (i + 1) + 0.1 * x[(i + 1) % n];
    x[i] -= g / (3 * x[i] * x[i] + 1);
  }
  return x;
};
`,
  });
  const solved = (n: number, a: number) => {
    const x = new Float64Array(n);
    for (let k = 0; k < 200; k++) for (let i = 0; i < n; i++) x[i] -= (x[i] ** 3 + x[i] - a * (i + 1) + 0.1 * x[(i + 1) % n]) / (3 * x[i] * x[i] + 1);
    return x[n - 1] + x[0];
  };
  for (const n of [5, 60]) {
    const before = calls();
    near(t, value(n, 0.4), (solved(n, 0.4 + 1e-5) - solved(n, 0.4 - 1e-5)) / 2e-5, 1e-7);
    // Once in the function, for each of its two calls.
    t.is(calls() - before, 2);
  }
});

test('functions that are only known at run time', async (t) => {
  const { values } = await evaluate(`
export { values } from './use.js';
// @differentiate
export function equation(x: Float64Array, a: Float64Array, k: number): Float64Array {
  return x.map((e, i) => e * e * e + k * e - a[i] + 0.2 * x[(i + 1) % x.length]);
}
// @differentiate
export function step(x: Float64Array, a: Float64Array, k: number): Float64Array {
  return x.map((e, i) => (a[i] - e * e * e - 0.2 * x[(i + 1) % x.length] + (3 - k) * e) / 3);
}
// @differentiate order=2
export function energy(x: Float64Array, a: Float64Array, k: number): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += (x[i] - a[i]) ** 2 + k * x[i] ** 4;
  return s;
}
// @differentiate
export function weighed(x: Float64Array): number {
  return x.reduce((s, e, i) => s + (i + 1) * e, 0);
}
// @differentiate
export function cube(x: number, a: number): number { return x * x * x - a; }
`, {
    'use.js': `
import { grad, jvp, vjp } from 'tapeless';
import { argmin, fixedPoint, minimum, root } from 'tapeless/implicit';
import { cube, energy, equation, step } from './input.ts';
const solve = (a, k) => {
  let x = a.slice();
  for (let i = 0; i < 500; i++) x = step(x, a, k);
  return x;
};
const descend = (a, k) => {
  const x = a.slice();
  for (let j = 0; j < 2000; j++) {
    const [g] = grad(energy, { argnums: [0] })(x, a, k);
    for (let i = 0; i < x.length; i++) x[i] -= 0.1 * g[i];
  }
  return x;
};
const all = [root(equation)(solve), fixedPoint(step)(solve), argmin(energy)(descend), minimum(energy)(descend)];
const cubeRoot = root(cube)(Math.cbrt);
export const values = (a, k, da, dk, w) => [
  all.map((f) => [f(a, k), jvp(f, [a, k], [da, dk])[1], vjp(f, [a, k])[1](typeof f(a, k) === 'number' ? 1 : w)]),
  [cubeRoot(8), grad(cubeRoot)(8), jvp(cubeRoot, [8], [1])[1], vjp(cubeRoot, [8])[1](1)[0], grad(all[3], { argnums: [0, 1] })(a, k)],
  (h) => all.map((f) => f(a.map((x, i) => x + h * da[i]), k + h * dk)),
];
`,
  });
  const [a, k, da, dk, w] = [Float64Array.of(0.3, -0.5, 0.8), 1.2, Float64Array.of(1, 0.2, -0.7), 0.4, Float64Array.of(0.5, -1, 2)];
  const [all, [cubeRoot, ...slopes], along] = values(a, k, da, dk, w);
  const e = 1e-4;
  const [plus, minus] = [along(e), along(-e)];
  all.forEach(([value, tangent, cotangents]: any, i: number) => {
    const isNumber = typeof value === 'number';
    const slope = isNumber ? [(plus[i] - minus[i]) / (2 * e)] : value.map((_: number, j: number) => (plus[i][j] - minus[i][j]) / (2 * e));
    nearAll(t, isNumber ? [tangent] : tangent, slope, 1e-7);
    near(t, dot(cotangents[0], da) + cotangents[1] * dk, isNumber ? tangent : dot(w, tangent));
  });
  t.is(cubeRoot, 2);
  nearAll(t, slopes.slice(0, 3), [1 / 12, 1 / 12, 1 / 12]);
  nearAll(t, [...slopes[3][0], slopes[3][1]], [...all[3][2][0], all[3][2][1]]);
});

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((s, x, i) => s + x * b[i], 0);
const times = (m: Float64Array, v: Float64Array): Float64Array => v.map((_, i) => dot(m.subarray(i * v.length, (i + 1) * v.length), v));
const transpose = (m: Float64Array): Float64Array => {
  const n = Math.sqrt(m.length);
  return m.map((_, i) => m[(i % n) * n + Math.floor(i / n)]);
};

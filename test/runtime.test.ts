/** The transforms on hand-written derivatives: what they pick, check and pass on. */
import test from 'ava';
import { type Derivatives, grad, jvp, register, stopGradient, valueAndGrad, vjp } from '../runtime/index.ts';
import { grown } from '../runtime/saves.ts';
import { checkGrads, finiteDifference } from '../runtime/testing/index.ts';

/** k · Σ w·x, with k an index that has no derivative. */
function weighted(x: Float64Array, k: number, w: number, scale = 2): number {
  return scale * k * w * x.reduce((s, e) => s + e, 0);
}
const sum = (x: Float64Array) => x.reduce((s, e) => s + e, 0);
const weightedDerivatives: Derivatives = {
  wrt: [0, 2, 3],
  params: 4,
  grad: (x: Float64Array, k: number, w: number, scale = 2, y_bar = 1) =>
    [weighted(x, k, w, scale), x.map(() => scale * k * w * y_bar), scale * k * sum(x) * y_bar, k * w * sum(x) * y_bar],
  jvp: (x: Float64Array, k: number, w: number, scale = 2, xDot: Float64Array, wDot: number, scaleDot = 0) =>
    [weighted(x, k, w, scale), scale * k * (w * sum(xDot) + wDot * sum(x)) + scaleDot * k * w * sum(x)],
  fwd: (x: Float64Array, k: number, w: number, scale = 2) => [weighted(x, k, w, scale), { x: x.slice(), k, w, scale }],
  bwd: ({ x, k, w, scale }: any, y_bar: number) =>
    [x.map(() => scale * k * w * y_bar), scale * k * sum(x) * y_bar, k * w * sum(x) * y_bar],
};
register(weighted, weightedDerivatives);

/** A vector from a record with a name that has no derivative. */
interface Body { name: string; p: number[]; m: number }
function momentum(body: Body, v: number): { p: number[]; label: string } {
  return { p: body.p.map((e) => e * body.m * v), label: body.name };
}
register(momentum, {
  wrt: [0, 1],
  params: 2,
  jvp: (b: Body, v: number, bDot: Body, vDot: number) => [momentum(b, v), {
    p: b.p.map((e, i) => bDot.p[i] * b.m * v + e * bDot.m * v + e * b.m * vDot), label: undefined,
  }],
  fwd: (b: Body, v: number) => [momentum(b, v), { b, v }],
  bwd: ({ b, v }: { b: Body; v: number }, bar: { p: number[] }) => [
    { name: undefined, p: b.p.map((_, i) => bar.p[i] * b.m * v), m: b.p.reduce((s, e, i) => s + e * v * bar.p[i], 0) },
    b.p.reduce((s, e, i) => s + e * b.m * bar.p[i], 0),
  ],
});
const body = (): Body => ({ name: 'moon', p: [1, 2, 3], m: 5 });
const x = () => Float64Array.of(1, 2, 3);

test('grad picks by argnums', (t) => {
  t.deepEqual(grad(weighted)(x(), 3, 5), Float64Array.of(30, 30, 30));
  t.is(grad(weighted, { argnums: 2 })(x(), 3, 5), 36);
  t.is(grad(weighted, { argnums: 3 })(x(), 3, 5, 7), 90);
  t.is(grad(weighted, { argnums: 3 })(x(), 3, 5), 90);
  t.deepEqual(grad(weighted, { argnums: [0] })(x(), 3, 5), [Float64Array.of(30, 30, 30)]);
  t.deepEqual(grad(weighted, { argnums: [2, 0] })(x(), 3, 5), [36, Float64Array.of(30, 30, 30)]);
  t.deepEqual(valueAndGrad(weighted, { argnums: [2] })(x(), 3, 5), [180, [36]]);
});

test('grad takes derivatives from the compiler, and passes this', (t) => {
  const square = function (this: { a: number }, v: number) { return this.a * v * v; };
  const derivatives = { wrt: [0], params: 1, grad(this: { a: number }, v: number, y_bar = 1) { return [this.a * v * v, 2 * this.a * v * y_bar]; } };
  const object = { a: 3, slope: grad(square, undefined, derivatives) };
  t.is(object.slope(2), 12);
  t.deepEqual([1, 2].map(grad((v: number) => v * v, undefined, { wrt: [0], params: 1, grad: (v: number, y_bar = 1) => [v * v, 2 * v * y_bar] })), [2, 4]);
});

test('errors of grad name the function and the argument', (t) => {
  const rosenbrock = (v: number) => v;
  const error = t.throws(() => grad(rosenbrock), { message: /^tapeless: rosenbrock was not compiled; / })!;
  for (const hint of ['"transformProgram": true', 'npx tspc', '// @differentiate', 'README']) t.true(error.message.includes(hint));
  t.throws(() => grad(weighted, { argnums: 4 }), { instanceOf: RangeError, message: 'tapeless: grad: weighted has no argument 4, its 4 arguments count from 0' });
  t.throws(() => grad(weighted, { argnums: [0, -1] }), { instanceOf: RangeError });
  t.throws(() => valueAndGrad(weighted, { argnums: 1 }), { message: 'tapeless: valueAndGrad: weighted has no derivative with respect to argument 1' });
  t.throws(() => grad(momentum as never), { instanceOf: TypeError, message: /the result of momentum is not a number/ });
  t.throws(() => grad(undefined as never), { instanceOf: TypeError, message: /expected a function, got undefined/ });
  t.throws(() => grad(weighted)('abc' as never, 3, 5), { instanceOf: TypeError, message: 'tapeless: grad: argument 0 of weighted is a string, which has no derivative' });
  t.throws(() => grad(weighted, { argnums: 2 })(x(), 3, [5] as never), { instanceOf: TypeError, message: 'tapeless: grad: argument 2 of weighted is an array, expected a number' });
});

test('vjp gives one cotangent for each argument, and again', (t) => {
  const [value, pullback] = vjp(weighted, [x(), 3, 5]);
  t.is(value, 180);
  t.deepEqual(pullback(1), [Float64Array.of(30, 30, 30), 0, 36]);
  t.deepEqual(pullback(2), [Float64Array.of(60, 60, 60), 0, 72]);
  const [momenta, back] = vjp(momentum, [body(), 2]);
  t.deepEqual(momenta, { p: [10, 20, 30], label: 'moon' });
  t.deepEqual(back({ p: [1, 0, 0] }), [{ name: undefined, p: [10, 0, 0], m: 2 }, 5]);
  t.throws(() => pullback('1' as never), { instanceOf: TypeError, message: 'tapeless: vjp: cotangent of the result of weighted is a string, expected a number' });
  t.throws(() => back({ p: [1, 0] }), { instanceOf: RangeError, message: 'tapeless: vjp: cotangent of the result of momentum, at .p, has length 2, expected 3' });
  t.throws(() => vjp(weighted, [x(), 3, 5, 2, 1] as never), { instanceOf: RangeError });
  t.throws(() => vjp((v: number) => v, [1]), { message: /the function was not compiled/ });
});

test('inactive structured arguments get zeros of the structure they had', (t) => {
  const first = (a: number, table: { rows: number[][]; names: string[] }) => a * table.rows.length;
  const table = { rows: [[1, 2], [3]], names: ['a'] };
  const derivatives = { wrt: [0], params: 2, fwd: (a: number, b: typeof table) => [first(a, b), b.rows.length], bwd: (n: number, y: number) => [n * y] };
  const [, pullback] = vjp(first, [2, table], derivatives);
  table.rows.pop();
  t.deepEqual(pullback(1), [2, { rows: [[0, 0], [0]], names: [undefined] }]);
});

test('jvp: undefined tangents are zero, structures are checked', (t) => {
  t.deepEqual(jvp(weighted, [x(), 3, 5], [Float64Array.of(1, 1, 0), undefined, 2]), [180, 2 * 3 * 5 * 2 + 2 * 3 * 2 * 6]);
  t.deepEqual(jvp(weighted, [x(), 3, 5], [undefined, undefined, undefined]), [180, 0]);
  t.deepEqual(jvp(momentum, [body(), 2], [body(), undefined])[1], { p: [20, 40, 60], label: undefined });
  const of = (tangents: unknown) => () => jvp(weighted, [x(), 3, 5], tangents as never);
  t.throws(of([Float64Array.of(1, 2)]), { instanceOf: RangeError, message: 'tapeless: jvp: tangent of argument 0 of weighted has length 2, expected 3' });
  t.throws(of([[1, 2, 3]]), { instanceOf: TypeError, message: 'tapeless: jvp: tangent of argument 0 of weighted is an array, expected a Float64Array' });
  t.throws(of([x(), 1, '2']), { instanceOf: TypeError, message: 'tapeless: jvp: tangent of argument 2 of weighted is a string, expected a number' });
  t.throws(of([x(), 1, 1, 1]), { instanceOf: RangeError });
  const nested = () => jvp(momentum, [body(), 2], [{ p: [1, 2, undefined], m: 1 }, 1] as never);
  t.throws(nested, { instanceOf: TypeError, message: 'tapeless: jvp: tangent of argument 0 of momentum, at .p[2], is undefined, expected a number' });
  t.throws(() => jvp(momentum, [body(), 2], [{ p: [1, 2, 3], m: 1, mass: 1 }, 1] as never), { instanceOf: TypeError, message: /property mass/ });
});

test('arguments that are written must not overlap', (t) => {
  const f = (a: any, b: any) => a.length * b.length;
  const derivatives = { wrt: [0], params: 2, disjoint: [[0, 1]] as const, grad: (a: any) => [1, a.slice()] };
  const g = (a: any, b: any) => grad(f, undefined, derivatives)(a, b);
  const buffer = new Float64Array(6);
  t.notThrows(() => g(buffer.subarray(0, 3), buffer.subarray(3)));
  t.throws(() => g(buffer.subarray(0, 4), buffer.subarray(3)), { instanceOf: TypeError, message: 'tapeless: grad: arguments 0 and 1 of f share memory, and f writes to argument 0; pass a copy' });
  t.throws(() => g([buffer], { inner: buffer }), { instanceOf: TypeError });
  const row = [1];
  t.throws(() => g([row], [[2], row]), { instanceOf: TypeError });
  t.notThrows(() => g([[1]], [[1]]));
});

test('stopGradient gives numbers as they are, and copies of arrays and records', (t) => {
  const a = { x: [1], y: Float64Array.of(2), name: 'a' };
  const b = stopGradient(a);
  t.deepEqual(b, a);
  t.not(b.x, a.x);
  t.not(b.y, a.y);
  t.is(stopGradient(3), 3);
});

test('finiteDifference has the structure of the argument and the calls that theory gives', (t) => {
  let calls = 0;
  const f = (v: number[], b: { m: number }) => { calls++; return v[0] ** 2 * v[1] * b.m; };
  const slopes = finiteDifference(f)([3, 5], { m: 2 });
  t.is(calls, 4);
  t.true(Math.abs(slopes[0] - 60) < 1e-8 && Math.abs(slopes[1] - 18) < 1e-8);
  calls = 0;
  const forward = finiteDifference(f, { scheme: 'forward', argnum: 1 })([3, 5], { m: 2 });
  t.is(calls, 2);
  t.true(Math.abs(forward.m - 45) < 1e-5);
  t.throws(() => finiteDifference(f, { argnum: 2 })([3, 5], { m: 2 }), { instanceOf: RangeError });
});

test('checkGrads accepts right derivatives and finds wrong ones', (t) => {
  checkGrads(weighted, [x(), 3, 5]);
  checkGrads(weighted, [x(), 3, 5, 7], { modes: ['rev'], seed: 4 });
  const moon = body();
  checkGrads(momentum, [moon, 2]);
  t.deepEqual(moon, body());
  const steep = (v: number) => Math.log(v);
  register(steep, { wrt: [0], params: 1, jvp: (v: number, d: number) => [Math.log(v), d / v], fwd: (v: number) => [Math.log(v), v], bwd: (v: number, y: number) => [y / v] });
  checkGrads(steep, [1e-3]);

  const wrong = (v: number) => v * v;
  const right = { jvp: (v: number, d: number) => [v * v, 2 * v * d], fwd: (v: number) => [v * v, v], bwd: (v: number, y: number) => [2 * v * y] };
  register(wrong, { wrt: [0], params: 1, ...right, jvp: (v: number, d: number) => [v * v, 2.0001 * v * d] });
  t.throws(() => checkGrads(wrong, [3]), { message: /the tangent of wrong with respect to argument 0 is .*, central differences give .*, difference/ });
  register(wrong, { wrt: [0], params: 1, ...right, bwd: (v: number, y: number) => [2.00001 * v * y] });
  t.throws(() => checkGrads(wrong, [3]), { message: /the cotangent .* of wrong with respect to argument 0/ });
  t.throws(() => checkGrads(wrong, [3], { modes: ['rev'] }), { message: /central differences/ });
  t.throws(() => checkGrads(wrong, [3], { eps: 0 }), { instanceOf: RangeError });
  t.throws(() => checkGrads(wrong, [3], { modes: ['jvp' as never] }), { instanceOf: RangeError });
});

test('a buffer of saves grows: at first to what its first row lets expect, then by doubling, and keeps its elements', (t) => {
  const first = grown(new Float64Array(0), 3, 4);
  t.is(first.length, 12);
  first.set([1, 2, 3]);
  t.is(grown(first, 12, 4), first);
  const second = grown(first, 13, 4);
  t.is(second.length, 24);
  t.deepEqual([...second.subarray(0, 4)], [1, 2, 3, 0]);
  t.is(grown(second, 100, 4).length, 100);
  t.is(grown(new Float64Array(0), 2 ** 19, 1000).length, 2 ** 20, 'a long first row does not make a buffer for as long ones');
});

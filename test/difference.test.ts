/** Numerical differentiation: its results against closed forms, the number of calls, the order of the error. */
import test from 'ava';
import { finiteDifference } from '../runtime/testing/index.ts';

/** A function that counts its calls. */
function counted<P extends any[], R>(f: (...args: P) => R): { f: (...args: P) => R; calls: () => number } {
  let calls = 0;
  return {
    f: (...args) => {
      calls++;
      return f(...args);
    },
    calls: () => {
      const made = calls;
      calls = 0;
      return made;
    },
  };
}

const near = (a: number, b: number, tolerance = 1e-7) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

/** (Σ x, Πx · scale, in a record) with its derivatives. */
interface Out { name: string; both: Float64Array; first: number }
const f = (x: Float64Array, scale: { by: number; unit: string }): Out => {
  const product = x.reduce((p, e) => p * e, 1);
  return { name: scale.unit, both: Float64Array.of(x.reduce((s, e) => s + e, 0), product * scale.by), first: x[0] * scale.by };
};
const x = Float64Array.of(2, 3, 5, 7);
const scale = { by: 0.5, unit: 'm' };
const products = [105, 70, 42, 30];

for (const scheme of ['central', 'forward'] as const) {
  const each = (n: number) => (scheme === 'central' ? 2 * n : n + 1);
  const tolerance = scheme === 'central' ? 1e-8 : 1e-5;

  test(`${scheme}: the Jacobian has the result's structure outside and the argument's inside, and takes ${each(4)} calls for 4 numbers`, (t) => {
    const { f: g, calls } = counted(f);
    const j = finiteDifference(g, { scheme })(x, scale);
    t.is(calls(), each(4));
    t.deepEqual(Object.keys(j), ['name', 'both', 'first']);
    t.is(j.name, undefined);
    t.true(j.both.length === 2 && j.both[0] instanceof Float64Array && j.first instanceof Float64Array);
    j.both[0].forEach((d: number) => t.true(near(d, 1, tolerance)));
    j.both[1].forEach((d: number, i: number) => t.true(near(d, products[i] * scale.by, tolerance)));
    [0.5, 0, 0, 0].forEach((d, i) => t.true(near(j.first[i], d, tolerance)));

    const byScale = finiteDifference(g, { scheme, argnum: 1 })(x, scale);
    t.is(calls(), each(1));
    t.deepEqual(byScale.both[0], { by: 0, unit: undefined });
    t.true(near(byScale.both[1].by, 210, tolerance));
  });

  test(`${scheme}: a tangent takes 2 calls, whatever the number of arguments`, (t) => {
    for (const n of [1, 10, 100]) {
      const { f: g, calls } = counted((v: Float64Array) => v.map((e) => e * e));
      const v = Float64Array.from({ length: n }, (_, i) => 1 + i);
      const tangent = finiteDifference(g, { scheme }).jvp([v], [v.map((e) => -e)]);
      t.is(calls(), 2);
      tangent.forEach((d, i) => t.true(near(d, -2 * v[i] * v[i], n * n * tolerance)));
    }
    const { f: g, calls } = counted(f);
    const tangent = finiteDifference(g, { scheme }).jvp([x, scale], [undefined, { by: 3 }]);
    t.is(calls(), 2);
    t.is(tangent.name, undefined);
    t.true(near(tangent.both[0], 0, tolerance) && near(tangent.both[1], 630, tolerance) && near(tangent.first, 6, tolerance));
    t.deepEqual(finiteDifference(g, { scheme }).jvp([x, scale], [undefined, undefined]).both, new Float64Array(2));
  });

  test(`${scheme}: cotangents take ${each(5)} calls for 5 numbers in two arguments`, (t) => {
    const { f: g, calls } = counted(f);
    const [x_bar, scale_bar] = finiteDifference(g, { scheme }).vjp([x, scale], { both: Float64Array.of(2, 3), first: 4 });
    t.is(calls(), each(5));
    t.true(x_bar instanceof Float64Array);
    x_bar.forEach((d, i) => t.true(near(d, 2 + 3 * products[i] * scale.by + (i === 0 ? 4 * scale.by : 0), 10 * tolerance)));
    t.is(scale_bar.unit, undefined);
    t.true(near(scale_bar.by, 3 * 210 + 4 * 2, 10 * tolerance));
  });
}

test('the error of forward differences is of first order in the step, that of central ones of second', (t) => {
  const error = (scheme: 'forward' | 'central', eps: number) => Math.abs(finiteDifference(Math.exp, { scheme, eps })(0.3) - Math.exp(0.3));
  for (const [scheme, order] of [['forward', 1], ['central', 2]] as const) {
    const ratio = error(scheme, 2e-3) / error(scheme, 1e-3);
    t.true(Math.abs(Math.log2(ratio) - order) < 0.02, `${scheme}: ${ratio}`);
  }
});

test('arguments are not changed, and what makes no sense is refused', (t) => {
  const destructive = (v: number[]) => v.splice(0, 1)[0] ** 2 + v.pop()!;
  const v = [3, 1, 4];
  t.true(finiteDifference(destructive)(v).every((d: number, i: number) => near(d, [6, 0, 1][i])));
  t.deepEqual(v, [3, 1, 4]);
  t.throws(() => finiteDifference(Math.exp, { eps: 0 }), { instanceOf: RangeError, message: /eps is 0, expected a positive number/ });
  t.throws(() => finiteDifference(Math.exp, { scheme: 'backward' as never }), { message: /there is no scheme backward/ });
  t.throws(() => finiteDifference(Math.exp).vjp([1], [1] as never), { message: /cotangent of the result is an array, expected a number/ });
  t.throws(() => finiteDifference(f).jvp([x, scale], [[1] as never, undefined]), { message: /tangent of argument 0 is an array, expected a Float64Array/ });
});

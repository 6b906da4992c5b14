/** Special functions against series summed with thousands of bits, at ordinary points and at extreme ones. */
import test from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import * as special from '../runtime/special/index.ts';
import { BITS, absoluteUlps, digammaBelow, erf, erfc, lgamma, log, exp, polygamma, real, sqrt, trigammaBelow, ulps } from './support/precise.ts';
import { run } from './support/fixtures.ts';
import { differentiate } from './wild/reference.ts';

const ONE = 1n << BITS;
const SQRT2 = sqrt(2n * ONE);
const half = (x: bigint) => x >> 1n;
const div = (a: bigint, b: bigint) => (a << BITS) / b;

/** The largest error over some points, in units of 2⁻⁵³ of the value. */
function within(t: { true(ok: boolean, message: string): void }, limit: number, points: readonly number[], f: (x: number) => number, reference: (x: bigint) => bigint, error = ulps): void {
  for (const x of points) {
    const e = error(f(x), reference(real(x)));
    t.true(Math.abs(e) <= limit, `at ${x}: ${f(x)} is off by ${e}`);
  }
}

const both = (xs: readonly number[]) => xs.flatMap((x) => [x, -x]);
const range = (from: number, to: number, count: number) => Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

test('erf', (t) => {
  within(t, 4, both([1e-300, 1e-10, 0.46875, 0.47, 4, 6, 7, 30, ...range(0.01, 6.5, 25)]), special.erf, erf);
  t.deepEqual([0, -0, Infinity, -Infinity, NaN].map(special.erf), [0, -0, 1, -1, NaN]);
});

test('erfc, also where it is tiny', (t) => {
  within(t, 6, [...both([1e-300, 0.1, 0.46875, 0.47, 4, 4.01]), ...range(-5, 26.5, 40), 26.5], special.erfc, erfc);
  t.deepEqual([0, Infinity, -Infinity, NaN].map(special.erfc), [1, 0, 2, NaN]);
});

test('normcdf, also in its lower tail', (t) => {
  within(t, 6, [...range(-37.5, 8, 50), 1e-300, -1e-300], special.normcdf, (x) => half(erfc(div(-x, SQRT2))));
  t.deepEqual([0, Infinity, -Infinity, NaN].map(special.normcdf), [0.5, 1, 0, NaN]);
});

test('lgamma, also near its zeros at 1 and 2', (t) => {
  within(t, 6, [1e-300, 1e-10, 0.49, 0.5, 1 + 1e-9, 1 - 1e-12, 1.4616, 1.5, 2 + 1e-9, 2 - 1e-12, 9.99, 10, 1e3, 1e10, 1e17, 1.1e17, 1e305, ...range(0.05, 14, 30)], special.lgamma, lgamma);
  within(t, 8, range(-20.3, -0.03, 25), special.lgamma, lgamma, absoluteUlps);
  t.deepEqual([1, 2, 0, -3, Infinity, -Infinity, NaN].map(special.lgamma), [0, 0, Infinity, Infinity, Infinity, Infinity, NaN]);
});

test('digamma, also near its zero', (t) => {
  within(t, 8, [1e-300, 1e-10, 1.4616321449683622, 1.46163214496, 1.462, 9.99, 10, 1e3, 1e10, 1e300, ...range(0.05, 14, 30)], special.digamma, (x) => polygamma(0, x));
  within(t, 8, range(-20.3, -0.03, 25), special.digamma, digammaBelow, absoluteUlps);
  t.deepEqual([0, -0, -2, Infinity, -Infinity, NaN].map(special.digamma), [-Infinity, Infinity, NaN, Infinity, NaN, NaN]);
});

test('polygamma of any order', (t) => {
  for (const n of [1, 2, 3, 6, 10]) within(t, 6 + n, [0.01, 0.47, 1, 9.99, 25, 1e3, 1e8], (x) => special.polygamma(n, x), (x) => polygamma(n, x));
  within(t, 8, range(-20.3, -0.03, 15), (x) => special.polygamma(1, x), trigammaBelow);
  t.is(special.polygamma(0, 3), special.digamma(3));
  t.true(Math.abs(special.polygamma(170, 100) / -8.884119378185614e-36 - 1) < 1e-13);
  t.deepEqual([special.polygamma(1, -2), special.polygamma(2, -2), special.polygamma(0.5, 1), special.polygamma(-1, 1), special.polygamma(1, Infinity), special.polygamma(1, NaN)], [Infinity, NaN, NaN, NaN, 0, NaN]);
  // The recurrence holds below zero, too: ψₙ(x + 1) − ψₙ(x) = (−1)ⁿ n! / xⁿ⁺¹.
  for (const n of [2, 3, 4]) {
    const x = -2.3;
    const expected = ((-1) ** n * [1, 1, 2, 6, 24][n]) / x ** (n + 1);
    t.true(Math.abs((special.polygamma(n, x + 1) - special.polygamma(n, x)) / expected - 1) < 1e-10);
  }
});

test('sigmoid and softplus without overflow', (t) => {
  const points = [...range(-40, 40, 21), -700, 700, 1e-300];
  within(t, 4, points, special.sigmoid, (x) => div(ONE, ONE + exp(-x)));
  within(t, 4, points, special.softplus, (x) => log(ONE + exp(x)));
  t.deepEqual([-Infinity, -800, 800, Infinity, NaN].map(special.sigmoid), [0, 0, 1, 1, NaN]);
  t.deepEqual([-Infinity, -800, 800, Infinity, NaN].map(special.softplus), [0, 0, 800, Infinity, NaN]);
});

test('xlogy is 0 where x is', (t) => {
  t.deepEqual([[0, 0], [0, -1], [0, Infinity], [2, 1], [2, 0]].map(([x, y]) => special.xlogy(x, y)), [0, 0, 0, 0, -Infinity]);
  t.is(special.xlogy(3, 5), 3 * Math.log(5));
  t.true(Number.isNaN(special.xlogy(0, NaN)) && Number.isNaN(special.xlogy(1, -1)));
});

test('logsumexp of extremes', (t) => {
  t.is(special.logsumexp([1000, 1000]), 1000 + Math.LN2);
  t.is(special.logsumexp(Float64Array.of(-1000, -1000)), -1000 + Math.LN2);
  t.deepEqual([[], [-Infinity, -Infinity], [1, Infinity], [-Infinity, 3]].map(special.logsumexp), [-Infinity, -Infinity, Infinity, 3]);
  t.true(Number.isNaN(special.logsumexp([1, NaN])));
});

test('first, second and third derivatives of all of them', async (t) => {
  const names = ['erf', 'erfc', 'normcdf', 'lgamma', 'digamma', 'sigmoid', 'softplus'];
  const bodies: Record<string, string> = {
    ...Object.fromEntries(names.map((name) => [name, `special.${name}(x)`])),
    trigamma: 'special.polygamma(1, x)', entropy: 'special.xlogy(x, x)', mixed: 'special.xlogy(x * x, 2 + x)',
  };
  const text = `import * as special from 'tapeless';\nimport { grad } from 'tapeless';
${Object.entries(bodies).map(([name, body]) => `function ${name}(x: number): number { return ${body}; }
export const ${name}Orders = [${name}, grad(${name}), grad(grad(${name})), grad(grad(grad(${name})))];`).join('\n')}`;
  const result = transform('/input.ts', annotationHost({ '/input.ts': text }));
  t.deepEqual(result.diagnostics, []);
  const { exports } = await run({ 'input.ts': result.text });
  for (const name of Object.keys(bodies)) {
    const orders: ((x: number) => number)[] = exports[`${name}Orders`];
    for (const x of [0.4, 1.7, 3.1]) {
      for (let order = 1; order <= 3; order++) {
        const { value: [expected], error: [error] } = differentiate((h) => [orders[order - 1](x + h)], 0.5);
        const got = orders[order](x);
        t.true(Math.abs(got - expected) <= Math.max(1e-9 * Math.max(1, Math.abs(expected)), 10 * error), `${name}, order ${order}, at ${x}: ${got}, numerically ${expected}`);
      }
    }
  }
});

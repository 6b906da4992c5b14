/** Random numbers: known answers of the generator and of JAX, and what distributions promise. */
import test from 'ava';
import { threefry } from '../../runtime/numpy/kernels/random.ts';
import { np } from '../support/kernels.ts';

const { random } = np;

test('Threefry gives the known answers of its authors', (t) => {
  // kat_vectors of the Random123 library.
  const known = [
    [[0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
  ];
  for (const [key, counter, want] of known) {
    const out = new Int32Array(2);
    threefry(key[0] | 0, key[1] | 0, counter[0] | 0, counter[1] | 0, out);
    t.deepEqual([...out].map((x) => x >>> 0), want);
  }
});

test('keys are split and numbers made as by JAX', (t) => {
  const key = random.key(0);
  t.is(random.uniform(key).item().toFixed(6), '0.947667');
  t.is(random.normal(key).item().toFixed(5), '1.62264');
  t.deepEqual(random.split(key).map((k) => [...k.dataSync()].map((x) => x >>> 0)), [[1797259609, 2579123966], [928981903, 3453687069]]);
});

/** Mean and variance of many numbers are those of the distribution, to five standard errors. */
function moments(t: { true(x: boolean, message?: string): void }, x: np.NDArray, mean: number, variance: number, what: string): void {
  const n = x.size;
  const m = np.mean(np.astype(x, 'float64')).item();
  const v = np.var(np.astype(x, 'float64')).item();
  t.true(Math.abs(m - mean) < 5 * Math.sqrt(variance / n), `${what}: mean ${m}`);
  t.true(Math.abs(v - variance) < 0.05 * variance, `${what}: variance ${v}`);
}

test('distributions', (t) => {
  const keys = random.split(random.key(42), 12);
  const n = 40000;
  for (const dtype of ['float32', 'float64'] as const) {
    const [k, l, m] = keys.splice(0, 3);
    moments(t, random.uniform(k, n, { low: -1, high: 3, dtype }), 1, 16 / 12, 'uniform');
    moments(t, random.normal(l, n, dtype), 0, 1, 'normal');
    moments(t, random.gumbel(m, n, dtype), 0.5772156649, Math.PI ** 2 / 6, 'gumbel');
    const u = random.uniform(k, n, { dtype });
    t.is(u.dtype, dtype);
    t.true(u.min().item() >= 0 && u.max().item() < 1);
  }
  moments(t, random.bernoulli(keys[0], 0.3, n), 0.3, 0.21, 'bernoulli');
  moments(t, random.randint(keys[1], n, -2, 3), 0, 2, 'randint');
  moments(t, random.exponential(keys[2], n), 1, 1, 'exponential');
  // Tails: the share beyond two standard deviations.
  moments(t, random.normal(keys[3], n).abs().greater(2), 0.0455, 0.0455 * 0.9545, 'tails');
  const logits = np.log(np.array([0.1, 0.2, 0.7]));
  const drawn = random.categorical(keys[4], logits, { shape: [n] });
  [0.1, 0.2, 0.7].forEach((p, i) => moments(t, np.equal(drawn, i), p, p * (1 - p), 'categorical'));
});

test('an array does not depend on its shape, a key on nothing but itself', (t) => {
  const key = random.key(2 ** 40 + 7);
  t.deepEqual(random.uniform(key, [6]).tolist(), random.uniform(key, [2, 3]).reshape(6).tolist());
  t.deepEqual(random.uniform(key, [3]).tolist(), random.uniform(key, [6]).slice([0, 3]).tolist());
  t.notDeepEqual(random.uniform(random.foldIn(key, 1)).tolist(), random.uniform(random.foldIn(key, 2)).tolist());
  t.notDeepEqual(random.key(2 ** 32).tolist(), random.key(0).tolist());
});

test('permutation has each number once, and every order', (t) => {
  const orders = random.split(random.key(3), 600).map((k) => (random.permutation(k, 3).tolist() as number[]).join(''));
  const counts = new Map<string, number>();
  for (const order of orders) counts.set(order, (counts.get(order) ?? 0) + 1);
  t.deepEqual([...counts.keys()].sort(), ['012', '021', '102', '120', '201', '210']);
  t.true([...counts.values()].every((c) => c > 60 && c < 140));
  const x = np.arange(6).reshape(3, 2);
  t.deepEqual(np.sort(random.permutation(random.key(1), x), 0).tolist(), x.tolist());
});

test('erfinv is the inverse of erf', (t) => {
  for (const x of [0, 1e-300, 1e-9, 0.1, 0.5, 0.9, 0.999999, 1 - 2 ** -50, -0.3]) {
    const y = np.erfinv(np.array(x, 'float64')).item();
    // Near 1, what is left of it is known better.
    const close = x > 0.5 ? np.erfc(np.array(y, 'float64')).item() / (1 - x) : x === 0 ? 1 + y : np.erf(np.array(y, 'float64')).item() / x;
    t.true(Math.abs(close - 1) <= 2e-15 * (1 + y * y), `${x}: ${close}`);
  }
  t.deepEqual(np.erfinv(np.array([1, -1, 2], 'float64')).tolist(), [Infinity, -Infinity, NaN]);
});

test('bad arguments', (t) => {
  t.throws(() => random.key(0.5), { message: /np.random.key: a seed is an integer, not 0.5/ });
  t.throws(() => random.uniform(np.zeros(2)), { message: /np.random.uniform: the first argument is a key/ });
  t.throws(() => random.normal(random.key(0), 2, 'int32'), { message: /np.random.normal: makes floating-point numbers, not int32/ });
  t.throws(() => random.randint(random.key(0), 2, 3, 3), { message: /np.random.randint: from 3 to 3/ });
});

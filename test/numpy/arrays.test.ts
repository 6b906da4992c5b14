/** Making, reading, reducing and rearranging arrays, against plain loops. */
import test from 'ava';
import fc from 'fast-check';
import { np } from '../support/kernels.ts';
import { type Plain, difference, dtypes, filledWith, flat, indices, plain, rounded, shapes } from '../support/nested.ts';

test('arrays of lists, typed arrays and numbers', (t) => {
  t.deepEqual(np.array([[1, 2], [3, 4]]).tolist(), [[1, 2], [3, 4]]);
  t.is(np.array([[1, 2]]).dtype, 'float32');
  t.is(np.array([true, false]).dtype, 'bool');
  t.is(np.array(Float64Array.of(1)).dtype, 'float64');
  t.is(np.array(Int32Array.of(1)).dtype, 'int32');
  t.deepEqual(np.array(2).tolist(), 2);
  t.deepEqual(np.array([]).shape, [0]);
  t.deepEqual(np.array([[], []]).shape, [2, 0]);
  t.deepEqual(np.array(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }).tolist(), [[1, 2], [3, 4]]);
  t.deepEqual(np.array([1.7, -1.7, NaN, 1e10], 'int32').tolist(), [1, -1, 0, 2 ** 31 - 1]);
  t.throws(() => np.array([[1, 2], [3]]), { message: /np.array: lists of one level differ in length/ });
  t.throws(() => np.array([[1], 2]), { message: /np.array:/ });
  t.throws(() => np.array([1, [2]]), { message: /np.array:/ });
  t.throws(() => np.array(Float32Array.of(1, 2, 3), { shape: [2, 2] }), { message: /np.array: 3 elements do not make the shape \[2, 2\]/ });
});

test('arrays are values: nobody can write their memory, unless it was shared on request', (t) => {
  const own = Float32Array.of(1, 2);
  const x = np.array(own);
  own[0] = 7;
  x.dataSync()[1] = 7;
  t.deepEqual(x.tolist(), [1, 2]);
  const shared = np.array(own, { copy: false });
  own[0] = 8;
  t.deepEqual(shared.tolist(), [8, 2]);
});

test('zeros, ones, full, arange, linspace, eye', (t) => {
  t.deepEqual(np.zeros([2, 2], 'int32').tolist(), [[0, 0], [0, 0]]);
  t.deepEqual(np.ones(2, 'bool').tolist(), [true, true]);
  t.deepEqual(np.full([1, 2], 3).tolist(), [[3, 3]]);
  t.deepEqual(np.arange(4).tolist(), [0, 1, 2, 3]);
  t.deepEqual(np.arange(3, 0, -1.5, 'float64').tolist(), [3, 1.5]);
  t.deepEqual(np.linspace(0, 1, 5, 'float64').tolist(), [0, 0.25, 0.5, 0.75, 1]);
  t.deepEqual(np.eye(2, 3, 1).tolist(), [[0, 1, 0], [0, 0, 1]]);
  t.deepEqual(np.eye(3, 2, -1).tolist(), [[0, 0], [1, 0], [0, 1]]);
  t.throws(() => np.zeros([2, -1]), { message: /np.zeros: \[2, -1\] is not a shape/ });
});

test('reading', async (t) => {
  const x = np.array([[1.5, 2]], 'float64');
  t.deepEqual(await x.data(), Float64Array.of(1.5, 2));
  t.is(np.array([[3]]).item(), 3);
  t.throws(() => x.item(), { message: /np.item: an array of shape \[1, 2\] has 2 elements, not one/ });
  t.is(String(np.array([[1, 2.5], [-3, 4]])), 'np.array([[  1, 2.5],\n          [ -3,   4]])');
  t.is(String(np.arange(2000, undefined, 1, 'int32')), 'np.array([   0,    1,    2, …, 1997, 1998, 1999], shape=[2000], dtype=int32)');
  t.is(String(np.array(2)), 'np.array(2)');
});

test('dispose, using, and memory that is used again', (t) => {
  const x = np.ones(5000);
  const y = x.reshape(50, 100);
  x.dispose();
  t.throws(() => y.add(1), { message: /disposed/ });
  const { reused } = np.memory();
  const z = np.zeros(5000);
  t.is(np.memory().reused, reused + 1);
  t.is(z.sum().item(), 0);
  const shared = Float32Array.from({ length: 5000 }, () => 1);
  np.array(shared, { copy: false }).dispose();
  np.full(5000, 2);
  t.is(shared[0], 1);
  {
    using inner = np.ones(3);
    t.is(inner.sum().item(), 3);
  }
});

const axes = (rank: number): fc.Arbitrary<number | number[] | null> => (rank === 0 ? fc.constant(null) : fc.oneof(
  fc.constant(null), fc.integer({ min: -rank, max: rank - 1 }), fc.uniqueArray(fc.integer({ min: 0, max: rank - 1 }), { maxLength: rank })));

/** Lists of the elements that go into each result. */
function reduced(x: Plain, axis: number | number[] | null, keepdims: boolean, f: (values: number[]) => number): Plain {
  const rank = x.shape.length;
  const gone = axis === null ? [...x.shape.keys()] : [axis].flat().map((a) => (a + rank) % rank);
  const full = x.shape.map((n, i) => (gone.includes(i) ? 1 : n));
  const inner = indices(x.shape.map((n, i) => (gone.includes(i) ? n : 1)));
  const at = (index: number[]): number => f(inner.map((offset) => x.at(offset.map((o, i) => o + index[i]))));
  const kept = full.flatMap((_, i) => (gone.includes(i) ? [] : [i]));
  if (keepdims) return { shape: full, at };
  return { shape: kept.map((i) => full[i]), at: (index) => at(full.map((_, i) => (kept.includes(i) ? index[kept.indexOf(i)] : 0))) };
}

const plus = (values: number[]): number => values.reduce((s, x) => s + x, 0);
const average = (values: number[]): number => plus(values) / values.length;
const spread = (values: number[]): number => average(values.map((x) => (x - average(values)) ** 2));
const REDUCTIONS: Record<string, { f: (values: number[]) => number; empty: boolean; dtype: (d: np.DType) => np.DType }> = {
  sum: { f: plus, empty: true, dtype: (d) => (d === 'bool' ? 'int32' : d) },
  prod: { f: (values) => values.reduce((p, x) => p * x, 1), empty: true, dtype: (d) => (d === 'bool' ? 'int32' : d) },
  max: { f: (values) => values.reduce((m, x) => (Number.isNaN(m) || x <= m ? m : x)), empty: false, dtype: (d) => d },
  min: { f: (values) => values.reduce((m, x) => (Number.isNaN(m) || x >= m ? m : x)), empty: false, dtype: (d) => d },
  any: { f: (values) => +values.some((x) => x !== 0), empty: true, dtype: () => 'bool' },
  all: { f: (values) => +values.every((x) => x !== 0), empty: true, dtype: () => 'bool' },
  mean: { f: average, empty: false, dtype: (d) => (d === 'float64' ? d : 'float32') },
  var: { f: spread, empty: false, dtype: (d) => (d === 'float64' ? d : 'float32') },
  std: { f: (values) => Math.sqrt(spread(values)), empty: false, dtype: (d) => (d === 'float64' ? d : 'float32') },
};

for (const [name, { f, empty, dtype: resultType }] of Object.entries(REDUCTIONS)) {
  test(`${name} of each dtype over any axes`, (t) => {
    for (const dtype of dtypes) {
      fc.assert(fc.property(shapes.chain((shape) => fc.tuple(fc.constant(shape), axes(shape.length))), fc.nat(), fc.boolean(), ([shape, axis], seed, keepdims) => {
        const x = filledWith(shape, dtype, seed, name !== 'var' && name !== 'std');
        const run = (): np.NDArray => (np as any)[name](x, axis, { keepdims });
        const gone = axis === null ? shape : [axis].flat().map((a) => shape.at(a)!);
        if (!empty && gone.includes(0)) {
          t.throws(run, { instanceOf: np.NumpyError });
          return;
        }
        const y = run();
        const result = resultType(dtype);
        const problem = y.dtype !== result ? `dtype ${y.dtype}` : difference(y, reduced(plain(x), axis, keepdims, (values) => rounded(f(values), result)), result === 'float32' ? 2e-6 : 1e-13);
        if (problem) throw new Error(`${name} of ${dtype} ${JSON.stringify(shape)} over ${JSON.stringify(axis)}: ${problem}`);
      }), { numRuns: 40 });
    }
    t.pass();
  });
}

test('argmax, argmin, cumsum, cumprod', (t) => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((shape) => fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }))), fc.nat(), ([shape, axis], seed) => {
    const x = filledWith(shape, 'float64', seed, true);
    const a = plain(x);
    const first = (values: number[], better: (u: number, v: number) => boolean): number => values.reduce((best, v, i) => (Number.isNaN(values[best]) ? best : Number.isNaN(v) || better(v, values[best]) ? i : best), 0);
    const at = (axis + shape.length) % shape.length;
    const running = (step: (s: number, v: number) => number, start: number): Plain => ({ shape, at: (index) => {
      let s = start;
      for (let i = 0; i <= index[at]; i++) s = step(s, a.at(index.map((k, j) => (j === at ? i : k))));
      return s;
    } });
    const problem = difference(np.argmax(x, axis), reduced(a, axis, false, (v) => first(v, (p, q) => p > q)))
      ?? difference(np.argmin(x, axis), reduced(a, axis, false, (v) => first(v, (p, q) => p < q)))
      ?? difference(np.cumsum(x, axis), running((s, v) => s + v, 0), 1e-14) ?? difference(np.cumprod(x, axis), running((s, v) => s * v, 1), 1e-14);
    if (problem) throw new Error(problem);
  }));
  t.is(np.argmax(np.array([[1, 5], [7, 2]])).item(), 2);
  t.deepEqual(np.cumsum(np.array([[1, 2], [3, 4]])).tolist(), [1, 3, 6, 10]);
  t.throws(() => np.argmax(np.zeros([0])), { message: /np.argmax: of no elements/ });
  t.throws(() => np.sum(np.ones([2, 3]), 2), { message: /np.sum: axis 2 is out of range for an array of shape \[2, 3\]/ });
});

const ordered = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })));

test('transpose, its inverse, moveaxis, squeeze, expandDims, broadcastTo, flip', (t) => {
  fc.assert(fc.property(ordered, fc.nat(), ([shape, order], seed) => {
    const x = filledWith(shape, 'float32', seed);
    const a = plain(x);
    const y = np.transpose(x, order);
    const problem = difference(y, { shape: order.map((i) => shape[i]), at: (index) => a.at(shape.map((_, i) => index[order.indexOf(i)])) })
      ?? difference(np.untranspose(y, order), a)
      ?? difference(np.flip(x, order[0]), { shape, at: (index) => a.at(index.map((k, i) => (i === order[0] ? shape[i] - 1 - k : k))) })
      ?? difference(np.broadcastTo(x, [2, ...shape]), { shape: [2, ...shape], at: (index) => a.at(index.slice(1)) })
      ?? difference(np.squeeze(np.expandDims(x, 1), 1), a);
    if (problem) throw new Error(problem);
  }));
  t.deepEqual(np.moveaxis(np.zeros([2, 3, 4]), 0, -1).shape, [3, 4, 2]);
  t.deepEqual(np.swapaxes(np.zeros([2, 3, 4]), 0, 2).shape, [4, 3, 2]);
  t.deepEqual(np.zeros([2, 3]).reshape(-1).shape, [6]);
  t.deepEqual(np.zeros([2, 3]).reshape([3, -1]).shape, [3, 2]);
  t.throws(() => np.zeros([2, 3]).reshape(4, -1), { message: /np.reshape: an array of shape \[2, 3\] \(6 elements\) has no shape \[4, -1\]/ });
  t.throws(() => np.transpose(np.zeros([2, 3]), [0, 0]), { message: /np.transpose: axes \[0, 0\]/ });
  t.throws(() => np.squeeze(np.zeros([2, 1]), 0), { message: /np.squeeze: axis 0 .* has size 2/ });
});

/** What JavaScript makes of NumPy's slice of a list. */
function picked(n: number, [start, stop, step = 1]: readonly [(number | null)?, (number | null)?, number?]): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  const from = (k: number | null | undefined, otherwise: number): number => (k === null || k === undefined ? otherwise : k < 0 ? Math.max(k + n, step < 0 ? -1 : 0) : Math.min(k, step < 0 ? n - 1 : n));
  const [a, b] = [from(start, step < 0 ? n - 1 : 0), from(stop, step < 0 ? -1 : n)];
  const list: number[] = [];
  for (let i = a; step > 0 ? i < b : i > b; i += step) list.push(all[i]);
  return list;
}

const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: null });
const range = fc.tuple(bound, bound, fc.constantFrom(1, 2, -1, -2));

test('slice and its transpose', (t) => {
  fc.assert(fc.property(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), range, range, fc.nat(), (shape, r, s, seed) => {
    const x = filledWith(shape, 'float64', seed);
    const a = plain(x);
    const [i, j] = [picked(shape[0], r), picked(shape[1], s)];
    const y = np.slice(x, r, s);
    const g = filledWith(y.shape, 'float64', seed + 1);
    const inner = np.sum(np.mul(y, g)).item() - np.sum(np.mul(x, np.unslice(g, x, r, s))).item();
    const problem = difference(y, { shape: [i.length, j.length], at: ([p, q]) => a.at([i[p], j[q]]) }) ?? (Math.abs(inner) < 1e-12 ? undefined : 'unslice is not its transpose');
    if (problem) throw new Error(`${shape} ${JSON.stringify([r, s])}: ${problem}`);
  }));
  t.deepEqual(np.arange(6).reshape(2, 3).slice(-1, [1]).tolist(), [4, 5]);
  t.throws(() => np.zeros([2, 3]).slice(2), { message: /np.slice: index 2 is out of range for axis 0 of an array of shape \[2, 3\]/ });
});

test('take, takeAlongAxis, scatterAdd, oneHot, sort, argsort', (t) => {
  const x = np.array([[3, 1, 2], [9, 8, 7]], 'float64');
  t.deepEqual(np.take(x, [2, 0, 2], 1).tolist(), [[2, 3, 2], [7, 9, 7]]);
  t.deepEqual(np.take(x, -1, 0).tolist(), [9, 8, 7]);
  t.deepEqual(np.take(x, np.array([[5, 0]], 'int32')).tolist(), [[7, 3]]);
  t.deepEqual(np.untake(np.array([[1, 2, 4], [1, 1, 1]], 'float64'), x, [2, 0, 2], 1).tolist(), [[2, 0, 5], [1, 0, 2]]);
  t.deepEqual(np.scatterAdd(np.zeros(3), [0, 0, 2], np.array([1, 2, 3])).tolist(), [3, 0, 3]);
  t.deepEqual(np.oneHot([1, 3, 0], 3).tolist(), [[0, 1, 0], [0, 0, 0], [1, 0, 0]]);
  t.deepEqual(np.argsort(x).tolist(), [[1, 2, 0], [2, 1, 0]]);
  t.deepEqual(np.sort(np.array([[3, NaN, -Infinity, 1]])).tolist(), [[-Infinity, 1, 3, NaN]]);
  t.deepEqual(np.sort(x, 0).tolist(), [[3, 1, 2], [9, 8, 7]]);
  t.throws(() => np.take(x, [3], 1), { message: /np.take: index 3 is out of range for an axis of size 3 of an array of shape \[2, 3\]/ });
  t.throws(() => np.take(x, [0.5], 1), { message: /np.take: index 0.5/ });
  fc.assert(fc.property(fc.nat(), (seed) => {
    const a = filledWith([3, 4, 2], 'float64', seed);
    const order = np.argsort(a, 1);
    const g = filledWith([3, 4, 2], 'float64', seed + 1);
    const inner = np.sum(np.mul(np.takeAlongAxis(a, order, 1), g)).item() - np.sum(np.mul(a, np.untakeAlongAxis(g, a, order, 1))).item();
    if (Math.abs(inner) > 1e-12) throw new Error('untakeAlongAxis is not the transpose');
  }), { numRuns: 10 });
});

test('concatenate, stack, split, pad, tile, repeat and their transposes', (t) => {
  const [a, b] = [np.arange(4).reshape(2, 2), np.ones([1, 2])];
  t.deepEqual(np.concatenate([a, b]).tolist(), [[0, 1], [2, 3], [1, 1]]);
  t.deepEqual(np.concatenate([a, a], 1).tolist(), [[0, 1, 0, 1], [2, 3, 2, 3]]);
  t.deepEqual(np.stack([a, a], -1).tolist(), [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]);
  t.deepEqual(np.unconcatenate(np.arange(6).reshape(3, 2), [a, b]).map((x) => x.tolist()), [[[0, 1], [2, 3]], [[4, 5]]]);
  t.deepEqual(np.unstack(a, 1).map((x) => x.tolist()), [[0, 2], [1, 3]]);
  t.deepEqual(np.split(np.arange(5), [1, 3]).map((x) => x.tolist()), [[0], [1, 2], [3, 4]]);
  t.deepEqual(np.pad(a, [[1, 0], 1], { value: 9 }).tolist(), [[9, 9, 9, 9], [9, 0, 1, 9], [9, 2, 3, 9]]);
  t.deepEqual(np.unpad(np.pad(a, [[1, 0], 1]), a, [[1, 0], 1]).tolist(), a.tolist());
  t.deepEqual(np.tile(np.array([1, 2]), [2, 2]).tolist(), [[1, 2, 1, 2], [1, 2, 1, 2]]);
  t.deepEqual(np.repeat(a, 2, 1).tolist(), [[0, 0, 1, 1], [2, 2, 3, 3]]);
  t.throws(() => np.concatenate([a, np.ones([1, 3])]), { message: /np.concatenate: shapes \[2, 2\] and \[1, 3\]/ });
  t.throws(() => np.stack([a, b]), { message: /np.stack: shapes \[2, 2\] and \[1, 2\] differ/ });
  t.throws(() => np.split(np.arange(5), 2), { message: /np.split: axis 0 of an array of shape \[5\] does not make 2 equal parts/ });
});

test('sumTo undoes broadcasting, unsum undoes sums', (t) => {
  const g = np.arange(6).reshape(2, 3);
  t.deepEqual(np.sumTo(g, np.zeros([3])).tolist(), [3, 5, 7]);
  t.deepEqual(np.sumTo(g, np.zeros([2, 1])).tolist(), [[3], [12]]);
  t.is(np.sumTo(g, 1), 15);
  t.is(np.sumTo(g, g), g);
  t.deepEqual(np.unsum(np.array([1, 2]), g, 1).tolist(), [[1, 1, 1], [2, 2, 2]]);
  t.deepEqual(np.unmean(np.array([[3, 6, 9]]), np.zeros([3, 3]), 0, { keepdims: true }).tolist()[1 as never], [1, 2, 3]);
  t.throws(() => np.sumTo(g, np.zeros([2])), { message: /np.sumTo/ });
  t.throws(() => np.seed(g, 1), { message: /result is one number; this one's has shape \[2, 3\]/ });
  t.deepEqual(flat(plain(np.seed(np.zeros([1, 1]), 2))), [2]);
});

test('softmax and its relatives do not overflow', (t) => {
  const x = np.array([[1000, 1001], [-1000, -1001], [-Infinity, 0]], 'float64');
  const p = 1 / (1 + Math.exp(1));
  t.is(difference(np.softmax(x), plain(np.array([[p, 1 - p], [1 - p, p], [0, 1]], 'float64')), 1e-15), undefined);
  t.is(difference(np.logSoftmax(x), plain(np.array([[Math.log(p), Math.log(1 - p)], [Math.log(1 - p), Math.log(p)], [-Infinity, 0]], 'float64')), 1e-15), undefined);
  t.is(np.logsumexp(np.array([1000, 1000], 'float64')).item(), 1000 + Math.log(2));
  t.is(np.logsumexp(np.array([-Infinity, -Infinity], 'float64')).item(), -Infinity);
  t.deepEqual(np.relu(np.array([-1, 2])).tolist(), [0, 2]);
});

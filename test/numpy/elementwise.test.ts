/** Elementwise operations of every dtype, with broadcasting, against plain loops. */
import test from 'ava';
import fc from 'fast-check';
import { np } from '../support/kernels.ts';
import { type Plain, broadcast, broadcastable, commonShape, difference, dtypes, filledWith, plain, rounded, shapes } from '../support/nested.ts';

type Rule = (a: number, b: number) => number;
// JavaScript's remainder is exact; it has the dividend's sign.
const floorMod: Rule = (a, b) => (a % b !== 0 && a * b < 0 ? (a % b) + b : a % b);
/** The result in exact arithmetic, for floats and for integers where they differ; `dtype` of the result where it is not the operands'. */
const BINARY: Record<string, { f: Rule; dtype?: (d: np.DType) => np.DType; not?: readonly np.DType[]; close?: number }> = {
  add: { f: (a, b) => a + b },
  sub: { f: (a, b) => a - b, not: ['bool'] },
  mul: { f: (a, b) => a * b },
  div: { f: (a, b) => a / b, dtype: (d) => (d === 'float64' ? d : 'float32') },
  maximum: { f: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : a > b ? a : b) },
  minimum: { f: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : a < b ? a : b) },
  mod: { f: floorMod, not: ['bool', 'int32'], close: 1e-5 },
  atan2: { f: Math.atan2, dtype: (d) => (d === 'float64' ? d : 'float32') },
  hypot: { f: (a, b) => (Math.abs(a) === Infinity || Math.abs(b) === Infinity ? Infinity : Math.sqrt(a * a + b * b)), dtype: (d) => (d === 'float64' ? d : 'float32'), close: 1e-6 },
  greater: { f: (a, b) => +(a > b), dtype: () => 'bool' },
  greaterEqual: { f: (a, b) => +(a >= b), dtype: () => 'bool' },
  less: { f: (a, b) => +(a < b), dtype: () => 'bool' },
  lessEqual: { f: (a, b) => +(a <= b), dtype: () => 'bool' },
  equal: { f: (a, b) => +(a === b), dtype: () => 'bool' },
  notEqual: { f: (a, b) => +(a !== b), dtype: () => 'bool' },
  logicalAnd: { f: (a, b) => +(a !== 0 && b !== 0), dtype: () => 'bool' },
  logicalOr: { f: (a, b) => +(a !== 0 || b !== 0), dtype: () => 'bool' },
  logicalXor: { f: (a, b) => +((a !== 0) !== (b !== 0)), dtype: () => 'bool' },
};

const zip = (a: Plain, b: Plain, f: Rule): Plain => {
  const shape = commonShape(a.shape, b.shape);
  const [x, y] = [broadcast(a, shape), broadcast(b, shape)];
  return { shape, at: (index) => f(x.at(index), y.at(index)) };
};

for (const [name, { f, dtype: resultType = (d: np.DType) => d, not = [], close }] of Object.entries(BINARY)) {
  const op = (np as any)[name] as (x: np.Operand, y: np.Operand) => np.NDArray;
  test(`${name} of each dtype, broadcast`, (t) => {
    for (const [i, first] of dtypes.entries()) {
      for (const second of dtypes.slice(i)) {
        if (not.includes(second)) continue;
        const result = resultType(second);
        fc.assert(fc.property(broadcastable(2), fc.nat(), fc.boolean(), (pair, seed, turned) => {
          const x = filledWith(pair[0], turned ? second : first, seed, true);
          const y = filledWith(pair[1], turned ? first : second, seed + 1, true);
          const z = op(x, y);
          const problem = z.dtype === result ? difference(z, zip(plain(x), plain(y), (a, b) => rounded(f(a, b), result)), close ?? (result === 'float32' ? 0 : 1e-15)) : `dtype ${z.dtype}`;
          if (problem) throw new Error(`${name} ${x.dtype} ${y.dtype}: ${problem}`);
        }), { numRuns: 25 });
      }
    }
    t.pass();
  });
}

/** Functions of one operand, and in float32 a tolerance of an ulp or two; `whole` where integers stay integers. */
const UNARY: Record<string, { f: (x: number) => number; whole?: boolean; not?: readonly np.DType[] }> = {
  neg: { f: (x) => -x, whole: true, not: ['bool'] }, abs: { f: Math.abs, whole: true, not: ['bool'] }, sign: { f: Math.sign, whole: true, not: ['bool'] },
  square: { f: (x) => x * x, whole: true }, floor: { f: Math.floor, whole: true }, ceil: { f: Math.ceil, whole: true }, trunc: { f: Math.trunc, whole: true },
  round: { f: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)), whole: true },
  sqrt: { f: Math.sqrt }, cbrt: { f: Math.cbrt }, exp: { f: Math.exp }, exp2: { f: (x) => 2 ** x }, expm1: { f: Math.expm1 },
  log: { f: Math.log }, log2: { f: Math.log2 }, log10: { f: Math.log10 }, log1p: { f: Math.log1p },
  sin: { f: Math.sin }, cos: { f: Math.cos }, tan: { f: Math.tan }, asin: { f: Math.asin }, acos: { f: Math.acos }, atan: { f: Math.atan },
  sinh: { f: Math.sinh }, cosh: { f: Math.cosh }, tanh: { f: Math.tanh }, asinh: { f: Math.asinh }, acosh: { f: Math.acosh }, atanh: { f: Math.atanh },
  reciprocal: { f: (x) => 1 / x }, sigmoid: { f: (x) => 1 / (1 + Math.exp(-x)) }, softplus: { f: (x) => (x > 700 ? x : Math.log1p(Math.exp(x))) },
  isnan: { f: (x) => +Number.isNaN(x), whole: true }, isinf: { f: (x) => +(x === Infinity || x === -Infinity), whole: true }, isfinite: { f: (x) => +(x - x === 0), whole: true },
};

for (const [name, { f, whole = false, not = [] }] of Object.entries(UNARY)) {
  test(`${name} of each dtype`, (t) => {
    for (const dtype of dtypes) {
      if (not.includes(dtype)) {
        t.throws(() => (np as any)[name](np.array([true])), { message: new RegExp(`np.${name}: .*bool`) });
        continue;
      }
      const result = name.startsWith('is') ? 'bool' : whole || dtype === 'float32' || dtype === 'float64' ? dtype : 'float32';
      for (const shape of [[], [0], [7], [3, 1, 5], [2500]]) {
        const x = filledWith(shape, dtype, 3, true);
        const y = (np as any)[name](x) as np.NDArray;
        t.is(y.dtype, result);
        const a = plain(x);
        const close = result === 'float32' ? 4e-7 : 1e-15;
        t.is(difference(y, { shape: a.shape, at: (index) => rounded(f(a.at(index)), result) }, whole ? 0 : close), undefined, `${name} of ${dtype}`);
      }
    }
  });
}

test('numbers next to arrays are weakly typed', (t) => {
  for (const dtype of dtypes.slice(1)) t.is(np.ones(2, dtype).mul(2).dtype, dtype);
  t.is(np.ones(2, 'int32').mul(2.5).dtype, 'float32');
  t.is(np.array([true]).add(2).dtype, 'int32');
  t.deepEqual(np.sub(1, np.array([1, 2, 3])).tolist(), [0, -1, -2]);
  t.deepEqual(np.array([0.1]).equal(0.1).tolist(), [true]);
  t.is(np.add(1, 2).item(), 3);
});

test('integers wrap around; powers and quotients of them', (t) => {
  t.deepEqual(np.array([2 ** 31 - 1], 'int32').add(1).tolist(), [-(2 ** 31)]);
  t.deepEqual(np.array([123456789], 'int32').mul(np.array([987654321], 'int32')).tolist(), [Math.imul(123456789, 987654321)]);
  t.deepEqual(np.array([3, -2, 0], 'int32').pow(3).tolist(), [27, -8, 0]);
  t.throws(() => np.array([2], 'int32').pow(-1), { message: /np.pow: an integer to the negative power -1/ });
  t.deepEqual(np.floorDivide(np.array([7, -7, 7], 'int32'), np.array([2, 2, -2], 'int32')).tolist(), [3, -4, -4]);
  t.deepEqual(np.mod(np.array([7, -7, 7], 'int32'), np.array([3, 3, -3], 'int32')).tolist(), [1, 2, -2]);
  t.throws(() => np.mod(np.array([1], 'int32'), 0), { message: /np.mod: division of an integer by 0/ });
});

test('powers at the edges are as in C', (t) => {
  t.deepEqual(np.pow(np.array([1, 1, -1, 0, NaN], 'float64'), np.array([NaN, Infinity, -Infinity, 0, 0], 'float64')).tolist(), [1, 1, 1, 1, 1]);
});

test('where takes three operands, broadcast', (t) => {
  fc.assert(fc.property(broadcastable(3), fc.nat(), ([p, q, r], seed) => {
    const [c, x, y] = [filledWith(p, 'bool', seed), filledWith(q, 'float32', seed + 1, true), filledWith(r, 'float64', seed + 2, true)];
    const shape = commonShape(commonShape(p, q), r);
    const [a, b, d] = [c, x, y].map((z) => broadcast(plain(z), shape));
    const problem = difference(np.where(c, x, y), { shape, at: (index) => (a.at(index) ? b.at(index) : d.at(index)) });
    if (problem) throw new Error(problem);
  }));
  t.is(np.where(1, 2, 3).item(), 2);
});

test('shapes that do not fit are named', (t) => {
  t.throws(() => np.add(np.ones([2, 3]), np.ones([4])), { name: 'NumpyError', message: 'np.add: shapes [2, 3] and [4] cannot be broadcast together' });
  fc.assert(fc.property(shapes, shapes, (p, q) => {
    const fits = commonShape(p, q).every((n, i, all) => [p, q].every((s) => [1, n].includes(s[s.length - all.length + i] ?? 1)));
    const run = (): unknown => np.mul(np.ones(p), np.ones(q));
    if (fits) run();
    else t.throws(run, { message: /np.mul: shapes .* cannot be broadcast/ });
  }));
});

test('large arrays of float32 go through WebAssembly: exp, log and tanh to 2 ulp, sigmoid to 3, over the whole range', (t) => {
  const ulp = (y: number): number => (Math.abs(y) < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(Math.abs(y))) - 23));
  const logistic = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
  // Bits in steps of a prime: all signs, exponents, subnormal numbers, infinities and NaN.
  const bits = Int32Array.from({ length: 2 ** 18 }, (_, i) => i * 16381);
  const x = np.array(new Float32Array(bits.buffer));
  const a = x.dataSync();
  for (const [name, f, bound] of [['exp', Math.exp, 2], ['log', Math.log, 2], ['tanh', Math.tanh, 2], ['sigmoid', logistic, 3]] as const) {
    const y = np[name](x).dataSync();
    let worst = 0;
    for (let i = 0; i < a.length; i++) {
      const want = f(a[i]);
      const [got, near] = [y[i], Math.fround(want)];
      if (Object.is(got, near) || (got === 0 && near === 0)) continue;
      worst = Math.max(worst, Number.isFinite(near) && Number.isFinite(got) ? Math.abs(got - want) / ulp(want) : Infinity);
    }
    t.true(worst <= bound, `${name}: ${worst} ulp`);
  }
});

/** Products, convolutions, linear algebra, Fourier transforms: against plain loops, and against ml-matrix. */
import test from 'ava';
import fc from 'fast-check';
import { CholeskyDecomposition, Matrix, determinant, inverse, solve } from 'ml-matrix';
import { np } from '../support/kernels.ts';
import { broadcast, difference, filledWith, flat, indices, plain } from '../support/nested.ts';

const dot = (a: np.NDArray, b: np.NDArray): number => np.sum(np.mul(a, b)).item();
const near = (a: number, b: number, close = 1e-11): boolean => Math.abs(a - b) <= close * Math.max(1, Math.abs(a), Math.abs(b));

/** ⟨g, f(x)⟩ = ⟨f̄(g), x⟩: `back` is the transpose of a map that is linear in x. */
function transposed(what: string, y: np.NDArray, g: np.NDArray, x: np.NDArray, back: np.NDArray): void {
  if (back.shape.join() !== x.shape.join()) throw new Error(`${what}: shape ${back.shape}, expected ${x.shape}`);
  if (!near(dot(y, g), dot(x, back), y.dtype === 'float32' ? 1e-4 : 1e-11)) throw new Error(`${what}: ${dot(y, g)} and ${dot(x, back)}`);
}

const size = fc.integer({ min: 0, max: 5 });
const batch = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

test('matmul of vectors, matrices and batches, with its cotangents', (t) => {
  fc.assert(fc.property(fc.tuple(size, size, size), batch, fc.nat(), fc.boolean(), fc.boolean(), fc.constantFrom('float64', 'float32', 'int32' as const), ([m, k, n], lead, seed, ones, flatY, dtype) => {
    const x = filledWith([...lead, m, k], dtype, seed);
    const y = filledWith(flatY ? [k] : [...lead.map((b) => (ones ? 1 : b)), k, n], dtype, seed + 1);
    const z = np.matmul(x, y);
    const shape = [...lead, m, ...(flatY ? [] : [n])];
    const [a, b] = [plain(x), flatY ? plain(y) : broadcast(plain(y), [...lead, k, n])];
    const want = { shape, at: (index: number[]) => {
      const [head, i, j] = flatY ? [index.slice(0, -1), index.at(-1)!, 0] : [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
      let s = 0;
      for (let l = 0; l < k; l++) s += a.at([...head, i, l]) * b.at(flatY ? [l] : [...head, l, j]);
      return s;
    } };
    const problem = difference(z, want, dtype === 'float32' ? 1e-5 : 1e-13);
    if (problem) throw new Error(problem);
    if (dtype !== 'float64') return;
    const g = filledWith(shape, dtype, seed + 2);
    transposed('matmulLhs', z, g, x, np.matmulLhs(g, y, x));
    transposed('matmulRhs', z, g, y, np.matmulRhs(g, x, y));
  }), { numRuns: 200 });
  t.is(np.matmul(np.array([1, 2]), np.array([3, 4])).item(), 11);
  t.deepEqual(np.matmul(np.array([1, 2]), np.array([[1, 0], [0, 1]])).tolist(), [1, 2]);
  t.throws(() => np.matmul(np.ones([2, 3]), np.ones([2, 3])), { message: 'np.matmul: shapes [2, 3] and [2, 3] do not fit: 3 columns, 2 rows' });
  t.throws(() => np.matmul(np.ones([2, 3]), np.array(1)), { message: /np.matmul/ });
});

test('large products are the same with WebAssembly and without, whatever is transposed', (t) => {
  const sizes: [number, number, number][] = [[64, 64, 64], [37, 45, 70], [1, 300, 200], [200, 1, 300], [3, 129, 131], [130, 2, 260], [129, 300, 1], [1300, 5, 40], [33, 600, 31]];
  for (const dtype of ['float32', 'float64'] as const) {
    for (const [m, k, n] of sizes) {
      for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]]) {
        const a = filledWith(ta ? [k, m] : [m, k], dtype, m + k);
        const b = filledWith(tb ? [n, k] : [k, n], dtype, n + k);
        np.useWasm(false);
        const want = np.contract(a, b, { ta, tb });
        np.useWasm(true);
        t.is(difference(np.contract(a, b, { ta, tb }), plain(want), dtype === 'float32' ? 3e-4 : 1e-12), undefined, `${dtype} ${[m, k, n]} ${[ta, tb]}`);
        const i = m >> 1;
        const j = n >> 1;
        let s = 0;
        for (let l = 0; l < k; l++) s += plain(a).at(ta ? [l, i] : [i, l]) * plain(b).at(tb ? [j, l] : [l, j]);
        t.true(near(plain(want).at([i, j]), s, 1e-4));
      }
    }
  }
});

test('dot and outer, with their cotangents', (t) => {
  const [x, y] = [filledWith([3], 'float64', 1), filledWith([4], 'float64', 2)];
  const g = filledWith([3, 4], 'float64', 3);
  t.is(difference(np.outer(x, y), { shape: [3, 4], at: ([i, j]) => plain(x).at([i]) * plain(y).at([j]) }, 1e-15), undefined);
  transposed('outerLhs', np.outer(x, y), g, x, np.outerLhs(g, y, x) as np.NDArray);
  transposed('outerRhs', np.outer(x, y), g, y, np.outerRhs(g, x, y) as np.NDArray);
  t.is(np.dot(np.array([1, 2]), np.array([3, 4])).item(), 11);
  t.deepEqual(np.dot(2, np.array([3, 4])).tolist(), [6, 8]);
  t.is(np.dotRhs(np.array([1, 2]), np.array([3, 4]), 5), 11);
});

const SUMS: [string, ...number[][]][] = [
  ['ij,jk->ik', [2, 3], [3, 4]], ['ij,kj->ik', [2, 3], [4, 3]], ['ji,jk->ki', [3, 2], [3, 4]], ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]], ['i,i->', [4], [4]], ['i,j->ij', [2], [3]],
  ['ii->i', [3, 3]], ['ii', [3, 3]], ['ij->j', [2, 3]], ['ij->ji', [2, 3]], ['ij', [2, 3]], ['ba', [2, 3]], ['bij,bj->bi', [2, 3, 4], [2, 4]], ['abc,cd,de->abe', [2, 2, 3], [3, 2], [2, 4]],
  ['ij,ij->ij', [2, 3], [2, 3]], ['ij,kl->i', [2, 3], [2, 4]], ['iij,j->i', [2, 2, 3], [3]], ['abij,abjk->abki', [2, 1, 3, 2], [2, 1, 2, 4]],
];

test('einsum by its definition, with its cotangents', (t) => {
  for (const [subscripts, ...shapes] of SUMS) {
    const xs = shapes.map((shape, i) => filledWith(shape, 'float64', 7 + i));
    const [from, to] = subscripts.split('->');
    const inputs = from.split(',');
    const letters = [...new Set(from.replaceAll(',', ''))];
    const output = to ?? letters.filter((c) => from.split(c).length === 2).sort().join('');
    const sizes = letters.map((c) => { const k = inputs.findIndex((s) => s.includes(c)); return shapes[k][inputs[k].indexOf(c)]; });
    const want = new Map<string, number>();
    for (const index of indices(sizes)) {
      const pick = (s: string): number[] => [...s].map((c) => index[letters.indexOf(c)]);
      const key = pick(output).join();
      want.set(key, (want.get(key) ?? 0) + xs.reduce((p, x, i) => p * plain(x).at(pick(inputs[i])), 1));
    }
    const y = np.einsum(subscripts, ...xs);
    t.is(difference(y, { shape: [...output].map((c) => sizes[letters.indexOf(c)]), at: (index) => want.get(index.join())! }, 1e-13), undefined, subscripts);
    const g = filledWith(y.shape, 'float64', 99);
    xs.forEach((x, i) => transposed(`${subscripts}, operand ${i}`, y, g, x, np.uneinsum(g, i, subscripts, ...xs)));
  }
  t.throws(() => np.einsum('ij,jk->ik', np.ones([2, 3]), np.ones([2, 3])), { message: /np.einsum: 'ij,jk->ik': j has size 3 and, in the array of shape \[2, 3\], size 2/ });
  t.throws(() => np.einsum('ij', np.ones([2])), { message: /np.einsum: 'ij' for an array of shape \[2\]/ });
});

const conv2 = fc.record({
  b: fc.integer({ min: 1, max: 2 }), c: fc.integer({ min: 1, max: 3 }), o: fc.integer({ min: 1, max: 3 }), h: fc.integer({ min: 3, max: 6 }), w: fc.integer({ min: 3, max: 6 }),
  p: fc.integer({ min: 1, max: 2 }), q: fc.integer({ min: 1, max: 3 }), stride: fc.integer({ min: 1, max: 2 }), dilation: fc.integer({ min: 1, max: 2 }), pad: fc.integer({ min: 1, max: 2 }),
});

test('conv by its definition, with its cotangents', (t) => {
  fc.assert(fc.property(conv2, fc.nat(), ({ b, c, o, h, w, p, q, stride, dilation, pad }, seed) => {
    const x = filledWith([b, c, h, w], 'float64', seed);
    const k = filledWith([o, c, p, q], 'float64', seed + 1);
    const options = { strides: [stride, 1], dilation: [1, dilation], padding: [[pad, 0], [1, pad]] as const };
    const y = np.conv(x, k, options);
    const a = plain(x);
    const at = (i: number[]): number => (i[2] < 0 || i[3] < 0 || i[2] >= h || i[3] >= w ? 0 : a.at(i));
    const out = [Math.floor((h + pad - p) / stride) + 1, w + 1 + pad - (q - 1) * dilation];
    const problem = difference(y, { shape: [b, o, ...out], at: ([n, m, i, j]) => {
      let s = 0;
      for (const [ch, u, v] of indices([c, p, q])) s += at([n, ch, i * stride + u - pad, j + v * dilation - 1]) * plain(k).at([m, ch, u, v]);
      return s;
    } }, 1e-12);
    if (problem) throw new Error(problem);
    const g = filledWith(y.shape, 'float64', seed + 2);
    transposed('convLhs', y, g, x, np.convLhs(g, k, x, options));
    transposed('convRhs', y, g, k, np.convRhs(g, x, k, options));
  }), { numRuns: 40 });
  t.deepEqual(np.conv(np.array([[[1, 2, 3, 4]]]), np.array([[[1, -1]]])).tolist(), [[[-1, -1, -1]]]);
  t.deepEqual(np.conv(np.ones([1, 1, 5, 5]), np.ones([1, 1, 3, 3]), { padding: 'same', strides: 2 }).tolist(), [[[[4, 6, 4], [6, 9, 6], [4, 6, 4]]]]);
  t.throws(() => np.conv(np.ones([1, 2, 4]), np.ones([1, 3, 2])), { message: /np.conv: 2 channels .* 3 in weights/ });
  t.throws(() => np.conv(np.ones([1, 1, 2]), np.ones([1, 1, 3])), { message: /np.conv: a window of 3 does not fit/ });
});

test('pooling, with its cotangents', (t) => {
  const x = filledWith([2, 3, 5, 4], 'float64', 5);
  for (const options of [{}, { strides: 1 }, { strides: [2, 1], padding: 'same' as const }]) {
    const [y, z] = [np.maxPool(x, [2, 3], options), np.avgPool(x, [2, 3], options)];
    const g = filledWith(y.shape, 'float64', 6);
    transposed('unavgPool', z, g, x, np.unavgPool(g, x, [2, 3], options));
    const u = filledWith(x.shape, 'float64', 8);
    transposed('unmaxPool', np.maxPoolAt(u, x, [2, 3], options), g, u, np.unmaxPool(g, x, [2, 3], options));
  }
  t.deepEqual(np.maxPool(np.array([[1, 3, 2, NaN, 5]]), 2).tolist(), [[3, NaN]]);
  t.deepEqual(np.avgPool(np.arange(16).reshape(4, 4), [2, 2]).tolist(), [[2.5, 4.5], [10.5, 12.5]]);
  t.deepEqual(np.maxPool(np.neg(np.ones([1, 3])), 2, { padding: 'same' }).tolist(), [[-1, -1]]);
});

const asMatrix = (x: np.NDArray): Matrix => new Matrix(x.tolist() as number[][]);

test('linear algebra agrees with ml-matrix, in batches, too', (t) => {
  for (const dtype of ['float64', 'float32'] as const) {
    const close = dtype === 'float64' ? 1e-11 : 2e-4;
    for (const n of [1, 2, 5, 9]) {
      const a = np.add(filledWith([n, n], dtype, n), np.mul(np.eye(n, n, 0, dtype), 4));
      const b = filledWith([n, 3], dtype, n + 1);
      const positive = np.add(np.matmul(a, a.T), np.eye(n, n, 0, dtype));
      const compare = (x: np.NDArray, want: Matrix, what: string): boolean => t.is(difference(x, { shape: [want.rows, want.columns], at: ([i, j]) => want.get(i, j) }, close), undefined, `${what} ${dtype} ${n}`);
      compare(np.solve(a, b), solve(asMatrix(a), asMatrix(b)), 'solve');
      compare(np.inv(a), inverse(asMatrix(a)), 'inv');
      compare(np.cholesky(positive), new CholeskyDecomposition(asMatrix(positive)).lowerTriangularMatrix, 'cholesky');
      t.true(near(np.det(a).item(), determinant(asMatrix(a)), close));
      const [sign, log] = np.slogdet(a);
      t.true(near(sign.item() * Math.exp(log.item()), determinant(asMatrix(a)), close));
      const l = np.cholesky(positive);
      for (const transposed of [false, true]) {
        const x = np.triangularSolve(l, b, { transposed });
        t.is(difference(np.matmul(transposed ? l.T : l, x), plain(b), close), undefined);
        t.is(difference(np.triangularSolve(l.T, b, { lower: false, transposed: !transposed }), plain(x), close), undefined);
      }
      const pair = np.stack([a, positive]);
      t.is(difference(np.inv(pair), plain(np.stack([np.inv(a), np.inv(positive)])), 0), undefined);
      t.is(difference(np.solve(pair, b), plain(np.stack([np.solve(a, b), np.solve(positive, b)])), 0), undefined);
    }
  }
  t.deepEqual(np.solve(np.array([[2, 0], [0, 4]]), np.array([2, 2])).tolist(), [1, 0.5]);
  t.deepEqual(np.tril(np.ones([2, 3])).tolist(), [[1, 0, 0], [1, 1, 0]]);
  t.deepEqual(np.triu(np.ones([2, 3]), 1).tolist(), [[0, 1, 1], [0, 0, 1]]);
});

test('singular matrices are errors, badly scaled ones are not', (t) => {
  const singular = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  t.throws(() => np.inv(singular), { message: 'np.inv: the matrix is singular; its shape is [3, 3]' });
  t.throws(() => np.solve(np.zeros([2, 2]), np.ones(2)), { message: /np.solve: the matrix is singular/ });
  t.throws(() => np.cholesky(np.array([[1, 2], [2, 1]])), { message: /np.cholesky: the matrix is not positive definite/ });
  t.throws(() => np.triangularSolve(np.array([[1, 0], [1, 0]]), np.ones(2)), { message: /np.triangularSolve: the matrix is singular/ });
  t.throws(() => np.inv(np.ones([2, 3])), { message: /np.inv: needs square matrices; the shape is \[2, 3\]/ });
  t.is(np.det(np.zeros([2, 2])).item(), 0);
  t.deepEqual(np.slogdet(np.zeros([2, 2])).map((x) => x.item()), [0, -Infinity]);
  t.deepEqual(np.inv(np.array([[1, 0], [0, 2 ** -100]], 'float64')).tolist(), [[1, 0], [0, 2 ** 100]]);
  t.deepEqual(np.inv(np.array([[1, 0], [1, 2 ** -70]], 'float64')).tolist(), [[1, 0], [-(2 ** 70), 2 ** 70]]);
  t.deepEqual(np.inv(np.zeros([0, 0])).shape, [0, 0]);
  t.is(np.det(np.zeros([0, 0])).item(), 1);
});

test('fft by its definition for every length up to 20, along any axis, with its inverse and transpose', (t) => {
  for (let n = 1; n <= 20; n++) {
    const [re, im] = [filledWith([2, n], 'float64', n), filledWith([2, n], 'float64', n + 1)];
    const y = np.fft({ re, im });
    const sum = (part: 're' | 'im') => ({ shape: [2, n], at: ([r, k]: number[]) => {
      let s = 0;
      for (let j = 0; j < n; j++) {
        const [c, d] = [Math.cos((2 * Math.PI * j * k) / n), -Math.sin((2 * Math.PI * j * k) / n)];
        const [u, v] = [plain(re).at([r, j]), plain(im).at([r, j])];
        s += part === 're' ? u * c - v * d : u * d + v * c;
      }
      return s;
    } });
    t.is(difference(y.re, sum('re'), 1e-12), undefined, `n = ${n}`);
    t.is(difference(y.im, sum('im'), 1e-12), undefined, `n = ${n}`);
    const back = np.ifft(y);
    t.is(difference(back.re, plain(re), 1e-13), undefined);
    t.is(difference(back.im, plain(im), 1e-13), undefined);
    const other = np.fft({ re: re.T, im: im.T }, 0);
    t.deepEqual(flat(plain(other.re.T)), flat(plain(y.re)));
    const g = { re: filledWith([2, n], 'float64', 50), im: filledWith([2, n], 'float64', 51) };
    const [a, b] = [np.unfft(g), np.unifft(g)];
    t.true(near(dot(y.re, g.re) + dot(y.im, g.im), dot(re, a.re) + dot(im, a.im)));
    const z = np.ifft({ re, im });
    t.true(near(dot(z.re, g.re) + dot(z.im, g.im), dot(re, b.re) + dot(im, b.im)));
  }
  t.is(np.fft(np.ones(4)).re.dtype, 'float32');
  t.throws(() => np.fft(np.ones([2, 0])), { message: /np.fft: along an axis of size 0/ });
});

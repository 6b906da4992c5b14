/** What a bundler makes of programs that use np: both ways to import it, and no more than they use. */
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';
import { compileKernels } from '../../scripts/kernels.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const define = { TAPELESS_KERNELS: JSON.stringify(await compileKernels()) };

async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({ stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, minify: true, format: 'esm', write: false, define, logLevel: 'silent' });
  return outputFiles[0].text;
}

const NETWORK = `
  import * as np from './runtime/numpy/index.ts';
  import { adam, applyUpdates } from './runtime/optim/index.ts';
  export const optimiser = adam(1e-3);
  export { applyUpdates };
  export const init = (key) => np.random.split(key, 3).map((k, i) => [np.random.normal(k, [[784, 128], [128, 64], [64, 10]][i]), np.zeros([128, 64, 10][i])]);
  export const loss = (params, x, y) => {
    params.forEach(([W, b], i) => { x = np.matmul(x, W).add(b); if (i < 2) x = np.tanh(x); });
    return np.mean(np.sum(np.mul(np.logSoftmax(x), y), -1)).neg();
  };
  export const back = (g, x, W, b) => [np.matmulLhs(g, W, x), np.matmulRhs(g, x, W), np.sumTo(g, b), np.unsum(g, x, 1), np.unmean(g, x), np.seed(g, 1)];
`;

test('the network\'s training program, kernels included, is less than 25 KB gzip', async (t) => {
  const text = await bundled(NETWORK);
  const size = gzipSync(text).length;
  t.log(`${text.length} bytes, ${size} gzip`);
  t.true(size < 25_000, `${size} bytes`);
  for (const unused of ['cholesky', 'convolve', 'bluestein', 'lgamma']) t.false(text.includes(`np.${unused}`) || text.includes(`"${unused}"`), unused);
});

test('`import * as np` leaves unused operations out; `import { np }`, esbuild takes whole', async (t) => {
  const named = await bundled(`import { np } from './runtime/numpy/index.ts'; console.log(np.ones(2).item);`);
  const star = await bundled(`import * as np from './runtime/numpy/index.ts'; console.log(np.ones(2).item);`);
  t.log(`${gzipSync(named).length} and ${gzipSync(star).length} bytes gzip`);
  t.true(gzipSync(named).length < 30_000);
  t.true(star.length < named.length / 1.5);
});

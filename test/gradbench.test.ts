/** The tool of GradBench, started as GradBench starts it: its derivatives against central differences of its own primals. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Answer { id: number; success?: boolean; output?: any; error?: string; timings?: { name: string; nanoseconds: number }[]; tool?: string }

let ask: (message: object) => Promise<Answer>;
let stop: () => void;

test.before(() => {
  execFileSync('npx', ['tspc', '-p', 'benchmarks/gradbench'], { cwd: root });
  const child = spawn(process.execPath, ['benchmarks/gradbench/dist/main.js'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((answer: Answer) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()!(JSON.parse(line) as Answer));
  let id = 0;
  ask = (message) => new Promise((resolve) => {
    waiting.push(resolve);
    child.stdin.write(`${JSON.stringify({ id: id++, ...message })}\n`);
  });
  stop = () => child.kill();
});
test.after.always(() => stop?.());

async function evaluate(module: string, name: string, input: unknown): Promise<any> {
  const { success, output, error } = await ask({ kind: 'evaluate', module, function: name, input });
  if (!success) throw new Error(`${module} ${name}: ${error}`);
  return output;
}

/** Numbers that are nowhere special. */
function numbers(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}
const matrix = (n: number, m: number, seed: number) => Array.from({ length: n }, (_, i) => numbers(m, seed + 0.37 * i));

const flat = (x: any): number[] => (typeof x === 'number' ? [x] : Object.keys(x).sort().flatMap((key) => flat(x[key])));

/** By Richardson's extrapolation of central differences, through the protocol. */
async function slopes(f: (x: number[]) => Promise<number[]>, x: number[]): Promise<number[][]> {
  const columns: number[][] = [];
  for (let i = 0; i < x.length; i++) {
    const at = async (h: number) => {
      const [up, down] = [await f(x.with(i, x[i] + h)), await f(x.with(i, x[i] - h))];
      return up.map((u, k) => (u - down[k]) / (2 * h));
    };
    const [coarse, fine] = [await at(2e-4), await at(1e-4)];
    columns.push(fine.map((u, k) => (4 * u - coarse[k]) / 3));
  }
  return columns;
}

function near(t: { true(value: boolean, message?: string): void; is(a: number, b: number): void }, found: number[], expected: number[], tolerance = 1e-7): void {
  t.is(found.length, expected.length);
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  found.forEach((x, i) => t.true(Math.abs(x - expected[i]) <= tolerance * scale, `${i}: ${x} for ${expected[i]}`));
}

test('the protocol', async (t) => {
  t.is((await ask({ kind: 'start', eval: 'hello' })).tool, 'tapeless');
  t.true((await ask({ kind: 'define', module: 'hello' })).success);
  t.false((await ask({ kind: 'define', module: 'toString' })).success);
  t.is(await evaluate('hello', 'square', 3), 9);
  t.is(await evaluate('hello', 'double', 3), 6);
  const { timings } = await ask({ kind: 'evaluate', module: 'lse', function: 'primal', input: { x: [1, 2], min_runs: 5, min_seconds: 0.01 } });
  t.true(timings!.length >= 5);
  t.true(timings!.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) >= 1e7);
  t.regex((await ask({ kind: 'evaluate', module: 'lse', function: 'nothing', input: {} })).error!, /no function nothing of lse/);
});

for (const [module, derivative, key, others] of [
  ['lse', 'gradient', 'x', { x: numbers(9, 1) }],
  ['llsq', 'gradient', 'x', { x: numbers(5, 2), n: 11 }],
  ['det', 'gradient', 'A', { A: numbers(16, 3), ell: 4 }],
  ['ode', 'gradient', 'x', { x: numbers(5, 4), s: 7 }],
] as const) {
  test(`the gradient of ${module}`, async (t) => {
    const x = (others as any)[key] as number[];
    const primal = async (at: number[]) => [flat(await evaluate(module, 'primal', { ...others, [key]: at })).at(-1)!];
    near(t, await evaluate(module, derivative, others), (await slopes(primal, x)).map(([dx]) => dx));
  });
}

test('the gradient of gmm', async (t) => {
  const input = { d: 3, k: 2, n: 4, x: matrix(4, 3, 1), m: 2, gamma: 0.7, alpha: numbers(2, 2), mu: matrix(2, 3, 3), q: matrix(2, 3, 4), l: matrix(2, 3, 5) };
  const gradient = await evaluate('gmm', 'jacobian', input);
  const primal = async (key: 'alpha' | 'mu' | 'q' | 'l', at: number[]) => {
    const part = key === 'alpha' ? at : [at.slice(0, 3), at.slice(3)];
    return [await evaluate('gmm', 'objective', { ...input, [key]: part }) as number];
  };
  for (const key of ['alpha', 'mu', 'q', 'l'] as const) near(t, flat(gradient[key]), (await slopes((at) => primal(key, at), flat(input[key]))).map(([dx]) => dx));
});

test('the gradient of lstm', async (t) => {
  const input = { main_params: matrix(4, 8, 1), extra_params: matrix(3, 2, 2), state: matrix(4, 2, 3), sequence: matrix(5, 2, 4) };
  const chunks = (list: number[], n: number) => Array.from({ length: list.length / n }, (_, i) => list.slice(n * i, n * (i + 1)));
  const primal = async (at: number[]) => [await evaluate('lstm', 'objective', { ...input, main_params: chunks(at.slice(0, 32), 8), extra_params: chunks(at.slice(32), 2) }) as number];
  near(t, await evaluate('lstm', 'jacobian', input), (await slopes(primal, [...input.main_params.flat(), ...input.extra_params.flat()])).map(([dx]) => dx));
});

test('kmeans: the gradient over the diagonal of the Hessian', async (t) => {
  const input = { points: matrix(7, 2, 1), centroids: matrix(2, 2, 2) };
  const at = (x: number[]) => ({ ...input, centroids: [x.slice(0, 2), x.slice(2)] });
  const x = input.centroids.flat();
  const primal = async (y: number[]) => [await evaluate('kmeans', 'cost', at(y)) as number];
  const gradient = (await slopes(primal, x)).map(([dx]) => dx);
  // Each point adds 2 to the diagonal of the nearest centroid.
  const counts = [0, 0];
  for (const p of input.points) {
    const [a, b] = input.centroids.map((c) => (c[0] - p[0]) ** 2 + (c[1] - p[1]) ** 2);
    counts[a < b ? 0 : 1]++;
  }
  near(t, flat(await evaluate('kmeans', 'dir', input)), gradient.map((g, i) => g / (2 * counts[i >> 1])));
});

test('the sparse Jacobian of ba', async (t) => {
  const input = { n: 1, m: 1, p: 2, cam: [0.3, -0.2, 0.4, 0.1, 0.2, -3, 1.5, 0.2, 0.1, 0.05, 0.01], x: [0.3, 0.2, 1.4], w: 0.8, feat: [0.1, 0.4] };
  const { rows, cols, vals } = await evaluate('ba', 'jacobian', input);
  const primal = async (at: number[]) => {
    const { reproj_error } = await evaluate('ba', 'objective', { ...input, cam: at.slice(0, 11), x: at.slice(11, 14), w: at[14] });
    return reproj_error.elements as number[];
  };
  const columns = await slopes(primal, [...input.cam, ...input.x, input.w]);
  near(t, vals.slice(0, 30), [...columns.map((c) => c[0]), ...columns.map((c) => c[1])]);
  near(t, [vals[30]], [-2 * input.w]);
  t.deepEqual(cols.slice(0, 15), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  t.deepEqual(rows.slice(0, 4), [0, 15, 30, 45]);
});

for (const withUs of [false, true]) {
  test(`the Jacobian of ht ${withUs ? 'on triangles' : 'on vertices'}`, async (t) => {
    const parents = [-1, ...Array.from({ length: 21 }, (_, i) => (i % 4 === 0 ? 0 : i))];
    const affine = (seed: number) => [...matrix(3, 4, seed), [0, 0, 0, 1]];
    const model = {
      bone_count: 22, bone_names: parents.map(String), parents, base_relatives: parents.map((_, i) => affine(i)), inverse_base_absolutes: parents.map((_, i) => affine(50 + i)),
      base_positions: matrix(4, 4, 7), weights: matrix(4, 22, 8), triangles: [[0, 1, 2], [1, 2, 3]], is_mirrored: true,
    };
    const input = { theta: numbers(26, 9), us: withUs ? matrix(3, 2, 10) : [], data: { model, correspondences: withUs ? [0, 1, 1] : [0, 2, 3], points: matrix(3, 3, 11) } };
    const jacobian: number[][] = await evaluate('ht', 'jacobian', input);
    const columns = await slopes(async (theta) => await evaluate('ht', 'objective', { ...input, theta }) as number[], input.theta);
    jacobian.forEach((row, i) => near(t, row.slice(withUs ? 2 : 0), columns.map((column) => column[i]), 1e-6));
    if (!withUs) return;
    const along = await slopes(async ([u, v]) => await evaluate('ht', 'objective', { ...input, us: input.us.map(([a, b]) => [a + u, b + v]) }) as number[], [0, 0]);
    jacobian.forEach((row, i) => near(t, row.slice(0, 2), along.map((column) => column[i])));
  });
}

test('particle and saddle in all combinations of modes', async (t) => {
  for (const mode of ['rr', 'rf', 'fr', 'ff']) {
    near(t, [await evaluate('particle', mode, { w: 0 })], [0.20719187], 1e-6);
    const found: number[] = await evaluate('saddle', mode, { start: [1, 1] });
    t.is(found.length, 4);
    for (const x of found) t.true(Math.abs(x) < 1e-4 && x !== 0, `${mode}: ${x}`);
  }
});

/** Results of C++ tools, where the repository lies beside them. */
const cases = process.env.GRADBENCH_CASES ?? fileURLToPath(new URL('../../shared/gradbench/cases/', import.meta.url));
const TOLERANCES: Record<string, number> = { hello: 1e-12, particle: 1e-6, saddle: 1e-6 };

for (const file of existsSync(cases) ? readdirSync(cases) : []) {
  const module = file.replace('.jsonl', '');
  test(`the reference cases of ${module}`, async (t) => {
    for (const line of readFileSync(`${cases}/${file}`, 'utf8').trim().split('\n')) {
      const { function: name, input, output } = JSON.parse(line);
      const [found, expected] = [flat(await evaluate(module, name, input)), flat(output)];
      t.is(found.length, expected.length);
      const scale = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...found.map((x, i) => Math.abs(x - expected[i])));
      t.true(worst <= (TOLERANCES[module] ?? 1e-8) * scale, `${name}: ${worst} of ${scale}`);
    }
  });
}

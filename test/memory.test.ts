/**
 * Memory against time: how often the steps of marked loops run, and how many states are kept, against the theory of the
 * schedules; what a long loop takes of the machine; inverses that are none.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';
import ts from 'typescript';
import { checkpoint, nextSnapshot } from '../runtime/checkpoint.ts';
import { checkerHost } from '../transformer/host/checker.ts';
import { transform } from '../transformer/index.ts';
import { programOf } from './support/compile.ts';
import { run } from './support/fixtures.ts';

const path = fileURLToPath(new URL('memory-example.ts', import.meta.url));
const runtime = fileURLToPath(new URL('../runtime/index.ts', import.meta.url));

/** The module with its derivatives. */
function compiled(text: string): string {
  const { text: out, diagnostics } = transform(path, checkerHost(ts, programOf([path], new Map([[path, text]]))));
  if (diagnostics.length > 0) throw new Error(diagnostics[0].message);
  return out;
}

/** C(n, k) */
function choose(n: number, k: number): number {
  let c = 1;
  for (let i = 1; i <= k; i++) c = (c * (n - k + i)) / i;
  return c;
}

/**
 * The least number of steps forward that reverse n steps with s snapshots, that of the start among them, when the last
 * run of each step, which is reversed at once, is not counted: t(n, s) = r n − C(s + r, s + 1) for the smallest r with
 * n <= C(s + r, s). A. Griewank, A. Walther: Algorithm 799, ACM TOMS 26, 2000, theorem 1.
 */
function leastSteps(n: number, s: number): number {
  let r = 0;
  while (choose(s + r, s) < n) r++;
  return r * n - choose(s + r, s + 1);
}

test('leastSteps is the least: the recursion over the place of the next snapshot says the same', (t) => {
  const memo = new Map<string, number>();
  const least = (n: number, s: number): number => {
    if (n <= 1) return 0;
    if (s === 1) return (n * (n - 1)) / 2;
    const key = `${n} ${s}`;
    if (!memo.has(key)) memo.set(key, Math.min(...Array.from({ length: n - 1 }, (_, k) => k + 1 + least(n - k - 1, s - 1) + least(k + 1, s))));
    return memo.get(key)!;
  };
  for (let s = 1; s <= 6; s++) for (let n = 1; n <= 60; n++) t.is(leastSteps(n, s), least(n, s), `${n} steps, ${s} snapshots`);
});

test('nextSnapshot asks for no snapshot where there is no room or no need', (t) => {
  t.is(nextSnapshot(3, 10, 0), Infinity);
  t.is(nextSnapshot(3, 4, 5), Infinity);
  t.is(nextSnapshot(3, 5, 5), 4);
});

/** A program whose steps and snapshots are counted. */
async function counting(mark: string, head: string): Promise<(n: number) => { steps: number; peak: number; gradient: number }> {
  const text = compiled(`
import { grad } from 'tapeless';
function step(y: number, x: number): number { return y + 0.001 * Math.sin(x * y); }
// @differentiate
export function f(x: number, n: number): number {
  let y = x;
  let i = 0;
  // @${mark}
  ${head} y = step(y, x);
  return y;
}
export const gradient = grad(f);
export const counted = { steps: 0, peak: 0 };
`);
  const { exports } = await run({ 'input.ts': text.replace('number { return y + 0.001', 'number { counted.steps++; return y + 0.001')
    .replace(/snapshots\.push\(.*\);/g, (push) => `${push} counted.peak = Math.max(counted.peak, snapshots.length);`) });
  return (n) => {
    Object.assign(exports.counted, { steps: 0, peak: 0 });
    const gradient = exports.gradient(1.3, n);
    return { ...exports.counted, gradient };
  };
}

test('snapshots=s: the steps run as often as the binomial schedule says, and no more than s states are kept', async (t) => {
  const reference = await counting('truncate 1000000', 'for (let i = 0; i < n; i++)');
  for (const s of [1, 2, 3, 5, 12]) {
    const measure = await counting(`checkpoint snapshots=${s}`, 'for (let i = 0; i < n; i++)');
    for (const n of [0, 1, 2, 3, 7, 20, 55, 91, 92, 300]) {
      const { steps, peak, gradient } = measure(n);
      // The theory stops before the last step and reverses it at once. Here its result is wanted first, and the state before
      // it is gone: it is reached again from the last snapshot.
      let last = 0;
      for (let kept = 1, next = nextSnapshot(0, n, s - 1); next < n; next = nextSnapshot(last, n, s - kept)) [last, kept] = [next, kept + 1];
      t.is(steps, n === 0 ? 0 : leastSteps(n, s) + 1 + (n - 1 - last), `${n} steps, ${s} snapshots`);
      t.true(n <= s ? peak <= n : peak === s, `${n} steps, ${s} snapshots: ${peak}`);
      t.true(Math.abs(gradient - reference(n).gradient) < 1e-12);
    }
  }
});

test('sqrt: each step runs once more, and about 2√n states are kept', async (t) => {
  const measure = await counting('checkpoint sqrt', 'for (let i = 0; i < n; i++)');
  for (const n of [0, 1, 2, 4, 10, 99, 100, 1000]) {
    const { steps, peak } = measure(n);
    const spacing = Math.ceil(Math.sqrt(n));
    t.is(steps, n === 0 ? 0 : 2 * n - Math.ceil(n / spacing), `${n} steps`);
    t.true(peak <= spacing + Math.ceil(n / (spacing || 1)) && (n < 4 || peak > spacing), `${n} steps: ${peak}`);
  }
});

test('where the number of steps is not known at entry, the bounds hold, too', async (t) => {
  const binomial = await counting('checkpoint snapshots=8', 'while (i++ < n)');
  const root = await counting('checkpoint sqrt', 'while (i++ < n)');
  for (const n of [0, 1, 5, 8, 9, 100, 1000]) {
    const one = binomial(n);
    t.true(n <= 8 ? one.peak <= 8 : one.peak === 8, `${n}: ${one.peak}`);
    // Half of the snapshots may have been dropped when the loop ends.
    t.true(one.steps <= n + leastSteps(n, 4), `${n}: ${one.steps}`);
    const other = root(n);
    t.true(other.steps <= 2 * n);
    t.true(other.peak <= 3 * Math.sqrt(n) + 2);
  }
});

test('checkpoint(f) is f', (t) => {
  t.is(checkpoint(Math.sin), Math.sin);
});

test('an inverse that does not undo the step is found where it is checked', async (t) => {
  const { exports } = await run({ 'input.ts': compiled(`
import { grad } from 'tapeless';
function step(y: number, x: number): number { return y + x * Math.sin(x); }
function undo(y: number, x: number): number { return y > 2 ? y : y - x * Math.sin(x); }
// @differentiate
export function f(x: number): number {
  let y = x;
  // @reversible inverse=undo check
  for (let i = 0; i < 5; i++) y = step(y, x);
  return y * y;
}
export const gradient = grad(f);
`) });
  t.throws(() => exports.gradient(1), { message: /^`undo` does not undo step 1 of a reversible loop: y was 1\.8\d+ before the step, and is 2\.6\d+ after it was undone\.$/ });
  t.notThrows(() => exports.gradient(0.01));
});

/** Runs a module in a process of its own: what it prints, and the most memory that it had, in megabytes. */
async function alone(text: string): Promise<{ printed: number; megabytes: number }> {
  const { outputFiles } = await build({
    stdin: { contents: compiled(text), loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true, write: false, format: 'esm', platform: 'node', target: 'es2022', logLevel: 'silent', alias: { tapeless: runtime },
  });
  const directory = mkdtempSync(`${tmpdir()}/tapeless-`);
  try {
    const file = `${directory}/main.mjs`;
    writeFileSync(file, `${outputFiles[0].text}\nconsole.log(result, process.resourceUsage().maxRSS / 1024);`);
    const [printed, megabytes] = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim().split(' ').map(Number);
    return { printed, megabytes };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const long = (mark: string, undo = '') => `
import { grad } from 'tapeless';
function decay(v: Float64Array, k: number): void { for (let j = 0; j < v.length; j++) v[j] *= 1 - 1e-6 * k; }
${undo}
function f(k: number, n: number): number {
  const v = new Float64Array(100).fill(1);
  // @${mark}
  for (let i = 0; i < n; i++) decay(v, k);
  return v[7];
}
const result = grad(f)(0.5, 1e6);
`;
const exact = -((1 - 0.5e-6) ** (1e6 - 1));

for (const [mark, undo] of [['checkpoint snapshots=100', ''], ['checkpoint sqrt', ''], ['reversible inverse=grow', 'function grow(v: Float64Array, k: number): void { for (let j = 0; j < v.length; j++) v[j] /= 1 - 1e-6 * k; }']]) {
  test(`a million steps with a state of 100 numbers take less than 200 MB: ${mark}`, async (t) => {
    t.timeout(300_000);
    const { printed, megabytes } = await alone(long(mark, undo));
    t.true(Math.abs(printed - exact) < 1e-8, `${printed} for ${exact}`);
    t.log(`${megabytes.toFixed(0)} MB`);
    t.true(megabytes < 200, `${megabytes} MB`);
  });
}

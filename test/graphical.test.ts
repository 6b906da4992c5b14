/**
 * Log-partition functions of graphical models (fixtures/log-partition): the gradient is the vector of marginals, the
 * Hessian the covariance. Checked against all configurations, one by one, and for the chain against a forward–backward
 * algorithm written by hand.
 */
import test from 'ava';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { transform } from '../transformer/index.ts';
import { pathOf, programOf } from './support/compile.ts';

const file = pathOf('log-partition');
const source = `${readFileSync(file, 'utf8')}
import { grad, jvp } from 'tapeless';
export const gradients = {
  states: (theta: Float64Array, states: number[][]) => grad(ofStates)(theta, states),
  chain: (unary: Float64Array[], pair: Float64Array[]) => grad(ofChain, { argnums: [0, 1] })(unary, pair),
  tree: (unary: Float64Array[], pair: Float64Array[], parent: number[]) => grad(ofTree, { argnums: [0, 1] })(unary, pair, parent),
};
export const products = {
  states: (theta: Float64Array, states: number[][], v: Float64Array) => jvp(grad(ofStates), [theta, states], [v, undefined])[1],
  chain: (unary: Float64Array[], pair: Float64Array[], u: Float64Array[], v: Float64Array[]) => jvp(grad(ofChain), [unary, pair], [u, v])[1],
  tree: (unary: Float64Array[], pair: Float64Array[], parent: number[], u: Float64Array[], v: Float64Array[]) => jvp(grad(ofTree), [unary, pair, parent], [u, v, undefined])[1],
};`;
const { text, diagnostics } = transform(file, { ...checkerHost(ts, programOf([file], new Map([[file, source]]))), demands: () => [] });
const { outputFiles } = await build({
  stdin: { contents: text, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'silent',
  alias: { tapeless: `${process.cwd()}/runtime/index.ts` },
});
const { ofStates, ofChain, ofTree, gradients, products } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);

type Rows = Float64Array[];
const rows = (n: number, m: number, seed: number): Rows => Array.from({ length: n }, (_, i) => Float64Array.from({ length: m }, (_, j) => 2 * Math.sin(seed + 7 * i + 3 * j)));

/** Expectation of features, and their covariance with a direction, over all configurations with their scores. */
function enumerate(configurations: { score: number; features: number[] }[], direction: number[]): { logZ: number; mean: number[]; covariance: number[] } {
  const z = configurations.reduce((s, c) => s + Math.exp(c.score), 0);
  const along = (f: number[]) => f.reduce((s, x, i) => s + x * direction[i], 0);
  const expect = (g: (f: number[]) => number) => configurations.reduce((s, c) => s + (Math.exp(c.score) / z) * g(c.features), 0);
  const mean = direction.map((_, i) => expect((f) => f[i]));
  return { logZ: Math.log(z), mean, covariance: direction.map((_, i) => expect((f) => f[i] * along(f)) - mean[i] * expect(along)) };
}

/** All labellings of a tree, a chain being one, with counts of labels at places and of pairs of labels along edges. */
function labellings(unary: Rows, pair: Rows, parent: number[]): { score: number; features: number[] }[] {
  const [n, k] = [unary.length, pair.length];
  return Array.from({ length: k ** n }, (_, code) => {
    const y = unary.map((_, t) => Math.floor(code / k ** t) % k);
    const features = new Array<number>(n * k + k * k).fill(0);
    let score = 0;
    y.forEach((label, t) => {
      score += unary[t][label];
      features[t * k + label]++;
      if (parent[t] < 0) return;
      const from = y[parent[t]];
      score += pair[from][label];
      features[n * k + from * k + label]++;
    });
    return { score, features };
  });
}

const flat = (...parts: Rows[]) => parts.flat().flatMap((row) => [...row]);
const chainOf = (n: number) => Array.from({ length: n }, (_, t) => t - 1);

/** Marginals of labels and expected counts of pairs, as in every textbook: α and β in logs. */
function forwardBackward(unary: Rows, pair: Rows): { logZ: number; marginals: number[]; pairs: number[] } {
  const [n, k] = [unary.length, pair.length];
  const lse = (x: number[]) => Math.max(...x) + Math.log(x.reduce((s, v) => s + Math.exp(v - Math.max(...x)), 0));
  const labels = Array.from({ length: k }, (_, j) => j);
  const alpha = [[...unary[0]]];
  for (let t = 1; t < n; t++) alpha.push(labels.map((j) => unary[t][j] + lse(labels.map((i) => alpha[t - 1][i] + pair[i][j]))));
  const beta = [labels.map(() => 0)];
  for (let t = n - 2; t >= 0; t--) beta.unshift(labels.map((i) => lse(labels.map((j) => pair[i][j] + unary[t + 1][j] + beta[0][j]))));
  const logZ = lse(alpha[n - 1]);
  const pairs = labels.flatMap((i) => labels.map((j) => {
    let count = 0;
    for (let t = 1; t < n; t++) count += Math.exp(alpha[t - 1][i] + pair[i][j] + unary[t][j] + beta[t][j] - logZ);
    return count;
  }));
  return { logZ, marginals: alpha.flatMap((row, t) => row.map((a, j) => Math.exp(a + beta[t][j] - logZ))), pairs };
}

function close(t: { true(x: boolean, m?: string): unknown }, actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const off = Math.max(...Array.from(expected, (e, i) => Math.abs(actual[i] - e)), Math.abs(actual.length - expected.length));
  t.true(off < 1e-12, `${what}: off by ${off}`);
}

test('everything compiles', (t) => t.deepEqual(diagnostics, []));

test('an explicit list of states: E[Y] = ∇ log Σ exp⟨y, θ⟩, Cov[Y] = ∇²', (t) => {
  const theta = Float64Array.of(0.4, -1.2, 0.3, 2);
  const states = Array.from({ length: 11 }, (_, s) => [s & 1, (s >> 1) & 1, (s >> 2) & 1, 0.1 * s]);
  const configurations = states.map((y) => ({ score: y.reduce((s, v, i) => s + v * theta[i], 0), features: y }));
  for (let i = 0; i < theta.length; i++) {
    const direction = Array.from(theta, (_, j) => Number(i === j));
    const { logZ, mean, covariance } = enumerate(configurations, direction);
    close(t, [ofStates(theta, states)], [logZ], 'log Z');
    close(t, gradients.states(theta, states), mean, 'mean');
    close(t, products.states(theta, states, Float64Array.from(direction)), covariance, 'covariance');
  }
});

for (const [n, k] of [[1, 3], [2, 2], [5, 3], [7, 2]]) {
  test(`a chain of ${n} places with ${k} labels`, (t) => {
    const [unary, pair] = [rows(n, k, 1), rows(k, k, 2)];
    const [u, v] = [rows(n, k, 3), rows(k, k, 4)];
    const { logZ, mean, covariance } = enumerate(labellings(unary, pair, chainOf(n)), flat(u, v));
    close(t, [ofChain(unary, pair)], [logZ], 'log Z');
    const [unaryBar, pairBar] = gradients.chain(unary, pair);
    close(t, flat(unaryBar, pairBar), mean, 'marginals');
    const byHand = forwardBackward(unary, pair);
    close(t, [...flat(unaryBar, pairBar), ofChain(unary, pair)], [...byHand.marginals, ...byHand.pairs, byHand.logZ], 'forward–backward');
    close(t, flat(products.chain(unary, pair, u, v)), covariance.slice(0, n * k), 'covariance');
  });
}

for (const parent of [[-1, 0, 0, 1, 1, 4], [-1, 0, 1, 2], [-1, 0, 0, 0, 0], [-1]]) {
  test(`a tree with parents ${parent}`, (t) => {
    const n = parent.length;
    const [unary, pair] = [rows(n, 3, 5), rows(3, 3, 6)];
    const [u, v] = [rows(n, 3, 7), rows(3, 3, 8)];
    const { logZ, mean, covariance } = enumerate(labellings(unary, pair, parent), flat(u, v));
    close(t, [ofTree(unary, pair, parent)], [logZ], 'log Z');
    close(t, flat(...gradients.tree(unary, pair, parent)), mean, 'marginals');
    close(t, flat(products.tree(unary, pair, parent, u, v)), covariance.slice(0, n * 3), 'covariance');
  });
}

test('a long chain overflows nowhere', (t) => {
  const [unary, pair] = [rows(2000, 4, 9).map((row) => row.map((x) => 300 * x)), rows(4, 4, 10)];
  const [marginals] = gradients.chain(unary, pair) as [Rows];
  for (const row of marginals) t.true(Math.abs(row.reduce((s, p) => s + p, 0) - 1) < 1e-9);
});

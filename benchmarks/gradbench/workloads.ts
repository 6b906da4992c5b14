/**
 * The workloads that are timed: inputs as GradBench's protocol has them, made from seeded random numbers in the manner of
 * its own, and what to hold the times against.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Workload {
  eval: string;
  size: string;
  primal: string;
  derivative: string;
  input: any;
  /** The same for the C program: whole numbers and arrays, see c/main.c. */
  c: { ints: number[]; arrays: number[][] };
  /**
   * Derivative time over primal time of C++ tools (gcc 12, -O3 -march=native, two cores): by hand, of the better of
   * Tapenade and CoDiPack. Null: none.
   */
  tools: { byHand: number | null; best: number | null };
  /** The derivative in C by hand counts as a reference (the other ones are closed forms). */
  aim?: false;
}

function generator(seed: number) {
  const random = xoroshiro128plus(seed);
  const unit = () => uniformFloat64(random);
  const vector = (n: number, next = unit) => Array.from({ length: n }, next);
  const matrix = (n: number, m: number, next = unit) => Array.from({ length: n }, () => vector(m, next));
  /** Box and Muller. */
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  const below = (n: number) => uniformInt(random, 0, n - 1);
  return { unit, normal, vector, matrix, below };
}

export function gmm(d: number, k: number, byHand: number | null = null, best: number | null = null): Workload {
  const n = 1000;
  const { vector, matrix, normal, unit } = generator(31337);
  const input = {
    d, k, n, x: matrix(n, d, normal), m: 0, gamma: 1, alpha: vector(k, normal),
    mu: matrix(k, d), q: matrix(k, d, normal), l: matrix(k, (d * (d - 1)) / 2, () => 0.5 * unit()),
  };
  const { alpha, mu, q, l, x } = input;
  return {
    eval: 'gmm', size: `d${d} k${k}`, primal: 'objective', derivative: 'jacobian', input, tools: { byHand, best },
    c: { ints: [d, k, n, 0], arrays: [alpha, mu.flat(), q.flat(), l.flat(), x.flat(), [1]] },
  };
}

export function lstm(layers: number, count: number, byHand: number | null = null, best: number | null = null): Workload {
  const width = 14;
  const { matrix, below } = generator(7);
  const input = {
    main_params: matrix(2 * layers, 4 * width), extra_params: matrix(3, width), state: matrix(2 * layers, width),
    sequence: matrix(count, width, () => below(2)),
  };
  const { main_params, extra_params, state, sequence } = input;
  return {
    eval: 'lstm', size: `l${layers} c${count}`, primal: 'objective', derivative: 'jacobian', input, tools: { byHand, best },
    c: { ints: [layers, count, width], arrays: [main_params.flat(), extra_params.flat(), state.flat(), sequence.flat()] },
  };
}

function ba(size: string, n: number, m: number, p: number, byHand: number, best: number): Workload {
  const input = {
    n, m, p, cam: [-0.76, -1.11, -0.85, 34.56, 39.68, 53.88, 419.19, 5.86, -8.52, 0.0878, 0.00274], x: [7.2, 0.00114, 3.02],
    w: 0.417, feat: [271.76, 834.21],
  };
  const repeat = (count: number, list: number[]) => Array.from({ length: count }, () => list).flat();
  return {
    eval: 'ba', size, primal: 'objective', derivative: 'jacobian', input, tools: { byHand, best },
    c: { ints: [n, m, p], arrays: [repeat(n, input.cam), repeat(m, input.x), repeat(p, [input.w]), repeat(p, input.feat)] },
  };
}

function det(ell: number, byHand: number, best: number): Workload {
  const A = generator(1).vector(ell * ell);
  return { eval: 'det', size: String(ell), primal: 'primal', derivative: 'gradient', input: { A, ell }, tools: { byHand, best }, c: { ints: [ell], arrays: [A] } };
}

function kmeans(k: number, n: number, byHand: number, best: number): Workload {
  const d = 8;
  const points = generator(31337).matrix(n, d);
  const centroids = points.slice(-k);
  return {
    eval: 'kmeans', size: `k${k} n${n}`, primal: 'cost', derivative: 'dir', input: { points, centroids }, tools: { byHand, best }, aim: false,
    c: { ints: [k, n, d], arrays: [centroids.flat(), points.flat()] },
  };
}

function llsq(n: number, byHand: number, best: number): Workload {
  const x = generator(2).vector(128);
  return { eval: 'llsq', size: `n${n}`, primal: 'primal', derivative: 'gradient', input: { x, n }, tools: { byHand, best }, c: { ints: [x.length, n], arrays: [x] } };
}

function lse(n: number, byHand: number, best: number): Workload {
  const x = generator(3).vector(n);
  return { eval: 'lse', size: String(n), primal: 'primal', derivative: 'gradient', input: { x }, tools: { byHand, best }, c: { ints: [n], arrays: [x] } };
}

export function ode(n: number, s: number, best: number | null = null): Workload {
  const x = generator(4).vector(n);
  return { eval: 'ode', size: `n${n} s${s}`, primal: 'primal', derivative: 'gradient', input: { x, s }, tools: { byHand: null, best }, aim: false, c: { ints: [n, s], arrays: [x] } };
}

/** A hand of random triangles on the bones of GradBench's, each vertex moved by one to three of them. */
function ht(size: string, count: number, byHand: number, best: number): Workload {
  const { vector, matrix, below, normal, unit } = generator(5);
  const parents = [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0];
  const vertices = 544;
  const weights = matrix(vertices, parents.length, () => 0);
  for (const row of weights) for (let j = below(3); j >= 0; j--) row[below(parents.length)] = 0.5;
  const affine = () => [...matrix(3, 4, normal), [0, 0, 0, 1]];
  const model = {
    bone_count: parents.length, bone_names: parents.map((_, i) => `bone ${i}`), parents,
    base_relatives: parents.map(affine), inverse_base_absolutes: parents.map(affine),
    base_positions: Array.from({ length: vertices }, () => [normal(), normal(), normal(), 1]),
    weights, triangles: matrix(1084, 3, () => below(vertices)), is_mirrored: false,
  };
  const data = { model, correspondences: vector(count, () => below(model.triangles.length)), points: matrix(count, 3, normal) };
  const input = { theta: vector(26, normal), data, us: matrix(count, 2, () => 0.5 * unit()) };
  return {
    eval: 'ht', size, primal: 'objective', derivative: 'jacobian', input, tools: { byHand, best },
    c: {
      ints: [parents.length, vertices, count, 0, 1, ...parents, ...data.correspondences, ...model.triangles.flat()],
      arrays: [
        input.theta, input.us.flat(), model.base_relatives.flat(2), model.inverse_base_absolutes.flat(2),
        model.base_positions.flat(), weights.flat(), data.points.flat(),
      ],
    },
  };
}

export const workloads: (() => Workload)[] = [
  () => ba('1', 49, 7776, 31843, 6.8, 15), () => ba('5', 257, 65132, 225911, 12, 19),
  () => det(7, 7.0, 2.6), () => det(9, 8.8, 2.6),
  () => gmm(2, 5, 2.1, 3.7), () => gmm(10, 25, 1.9, 2.5), () => gmm(20, 25, 2.5, 3.3),
  () => ht('hand1', 100, 3.6, 68), () => ht('hand6', 1600, 4.3, 99),
  () => kmeans(10, 1000, 1.3, 33), () => kmeans(100, 10000, 1.1, 46),
  () => llsq(16, 2.1, 7.0), () => llsq(4096, 2.1, 7.5),
  () => lse(2500, 0.90, 3.0), () => lse(640000, 0.95, 3.6),
  () => lstm(2, 1024, 7.1, 2.9), () => lstm(4, 4096, 11, 3.3),
  () => ode(1000, 10, 11), () => ode(10000, 100, 12),
];

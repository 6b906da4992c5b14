/** Optimisers against closed forms, their papers' recursions written out, and known minima. */
import test from 'ava';
import * as optim from '../runtime/optim/index.ts';
import { np } from '../runtime/numpy/index.ts';

/** Steps of an optimiser on a function's gradient. */
function run<P>(optimiser: optim.Transformation, gradient: (p: P) => P, start: P, steps: number): P {
  let [params, state] = [start, optimiser.init(start)];
  for (let i = 0; i < steps; i++) {
    const [updates, next] = optimiser.update(gradient(params), state, params);
    [params, state] = [optim.applyUpdates(params, updates), next];
  }
  return params;
}

const near = (t: { true(x: boolean, message?: string): void }, a: number, b: number, close = 1e-12): void => t.true(Math.abs(a - b) <= close * Math.max(1, Math.abs(b)), `${a}, expected ${b}`);

test('sgd on a quadratic is a geometric sequence', (t) => {
  near(t, run(optim.sgd(0.1), (x: number) => 3 * x, 2, 20), 2 * 0.7 ** 20);
});

test('momentum on a quadratic is a linear recursion', (t) => {
  for (const nesterov of [false, true]) {
    let [x, m] = [1, 0];
    for (let i = 0; i < 15; i++) {
      const g = 2 * x;
      m = g + 0.8 * m;
      x -= 0.05 * (nesterov ? g + 0.8 * m : m);
    }
    near(t, run(optim.momentum(0.05, 0.8, nesterov), (p: number) => 2 * p, 1, 15), x);
  }
});

test('adam and adamw follow their papers', (t) => {
  const gradient = (x: number): number => 4 * (x - 3) ** 3;
  for (const weightDecay of [0, 0.1]) {
    let [x, m, v] = [1, 0, 0];
    for (let i = 1; i <= 25; i++) {
      const g = gradient(x);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      x -= 0.05 * (m / (1 - 0.9 ** i) / (Math.sqrt(v / (1 - 0.999 ** i)) + 1e-8) + weightDecay * x);
    }
    near(t, run(weightDecay ? optim.adamw(0.05, { weightDecay }) : optim.adam(0.05), gradient, 1, 25), x, 1e-12);
  }
  // The first step has the size of the learning rate, whatever the gradient's is.
  near(t, run(optim.adam(0.01), () => 1e-3, 1, 1), 0.99, 1e-6);
});

test('trees of arrays, typed arrays, records, lists and numbers; what has no gradient stays', (t) => {
  const params = { layers: [[np.array([[1, 2]]), np.array([3])], [np.array([[4, 5]], 'float64'), np.array([6])]] as const, scale: 2, bias: Float64Array.of(1, 2), name: 'net', index: np.array([1], 'int32') };
  const next = run(optim.sgd(0.5), (p: typeof params) => ({ ...p, name: undefined as never }), params, 1);
  t.deepEqual(next.layers[0][0].tolist(), [[0.5, 1]]);
  t.is(next.layers[1][0].dtype, 'float64');
  t.deepEqual(next.layers[1][1].tolist(), [3]);
  t.is(next.scale, 1);
  t.deepEqual(next.bias, Float64Array.of(0.5, 1));
  t.is(next.name, 'net');
  t.deepEqual(next.index.tolist(), [1]);
  t.deepEqual(params.bias, Float64Array.of(1, 2));
  const adam = optim.adam(0.1);
  t.throws(() => adam.update({ a: np.ones(3) }, adam.init({ a: np.ones(2) })), { message: /optim: trees differ at .a: an array of shape \[2\], expected an array of shape \[3\]/ });
});

test('clipping', (t) => {
  const g = { a: 3, b: np.array([4, 0]) };
  const [byNorm] = optim.clipByGlobalNorm(1).update(g, null);
  near(t, byNorm.a, 0.6);
  near(t, optim.globalNorm(byNorm), 1, 1e-7);
  t.is(optim.clipByGlobalNorm(6).update(g, null)[0], g);
  t.deepEqual(optim.clip(2).update(g, null)[0].b.tolist(), [2, 0]);
  near(t, run(optim.chain(optim.clip(1), optim.sgd(0.5)), () => 10, 0, 3), -1.5);
});

test('schedules', (t) => {
  const at = (s: optim.Schedule, ...counts: number[]): number[] => counts.map((c) => Number(s(c).toFixed(6)));
  t.deepEqual(at(optim.linearSchedule(1, 0, 10), 0, 5, 10, 20), [1, 0.5, 0, 0]);
  t.deepEqual(at(optim.exponentialDecay(1, 10, 0.5), 0, 10, 15), [1, 0.5, 0.353553]);
  t.deepEqual(at(optim.exponentialDecay(1, 10, 0.5, { staircase: true, end: 0.3 }), 15, 25), [0.5, 0.3]);
  t.deepEqual(at(optim.cosineDecaySchedule(2, 100, 0.1), 0, 50, 100, 200), [2, 1.1, 0.2, 0.2]);
  t.deepEqual(at(optim.warmupCosineDecaySchedule(0, 1, 10, 110, 0.2), 0, 5, 10, 60, 110), [0, 0.5, 1, 0.6, 0.2]);
  t.deepEqual(at(optim.piecewiseConstantSchedule(1, { 3: 0.1, 5: 0.5 }), 2, 3, 5), [1, 0.1, 0.05]);
  near(t, run(optim.sgd((count) => 1 / (count + 1)), () => 1, 0, 3), -(1 + 1 / 2 + 1 / 3));
});

test('lbfgs finds minima: of Rosenbrock\'s function, of a quadratic', (t) => {
  const rosenbrock = ({ x, y }: { x: number; y: number }): [number, { x: number; y: number }] => {
    const [a, b] = [1 - x, y - x * x];
    return [a * a + 100 * b * b, { x: -2 * a - 400 * x * b, y: 200 * b }];
  };
  const optimise = <P>(valueAndGrad: (p: P) => [number, P], start: P, steps: number): P => {
    const optimiser = optim.lbfgs();
    let [params, state] = [start, optimiser.init(start)];
    for (let i = 0; i < steps; i++) {
      const [value, gradients] = valueAndGrad(params);
      const [updates, next] = optimiser.update(gradients, state, params, { value, valueAndGrad });
      [params, state] = [optim.applyUpdates(params, updates), next];
    }
    return params;
  };
  const found = optimise(rosenbrock, { x: -1.2, y: 1 }, 60);
  near(t, found.x, 1, 1e-8);
  near(t, found.y, 1, 1e-8);
  const weights = [1, 10, 100];
  const quadratic = (p: Float64Array): [number, Float64Array] => [p.reduce((s, x, i) => s + 0.5 * weights[i] * (x - i) ** 2, 0), p.map((x, i) => weights[i] * (x - i))];
  const best = optimise(quadratic, new Float64Array(3).fill(5), 40);
  best.forEach((x, i) => near(t, x, i, 1e-7));
  const bare = optim.lbfgs();
  t.throws(() => bare.update(1, bare.init(1), 1), { message: /optim.lbfgs: without a learningRate/ });
});

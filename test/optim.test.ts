/** Optimisers against their formulas, and over trees of all kinds of leaves. */
import test from 'ava';
import * as np from '../runtime/numpy/index.ts';
import { adam, adamw, applyUpdates, chain, clipByGlobalNorm, cosineDecaySchedule, globalNorm, scaleByLearningRate, sgd } from '../runtime/optim/index.ts';

const tree = () => ({ W: np.array([[1, -2], [3, 0.5]], { dtype: 'float64' }), b: [2, Float64Array.of(1, -1)] as [number, Float64Array], name: 'layer' });
const numbers = (t: ReturnType<typeof tree>) => [...t.W.dataSync(), t.b[0], ...t.b[1]];

test('sgd goes against the gradient, momentum keeps some of the last step', (t) => {
  const optimizer = sgd(0.1, 0.5);
  let state = optimizer.init(tree());
  let updates;
  [updates, state] = optimizer.update(tree(), state);
  t.deepEqual(numbers(updates), numbers(tree()).map((g) => -0.1 * g));
  [updates, state] = optimizer.update(tree(), state);
  numbers(updates).forEach((u, i) => t.true(Math.abs(u + 0.1 * 1.5 * numbers(tree())[i]) < 1e-15));
  t.is(updates.name, 'layer');
});

test('Adam by its formulas', (t) => {
  const optimizer = adam(0.01);
  let state = optimizer.init(1);
  let [m, v] = [0, 0];
  for (let step = 1; step <= 5; step++) {
    const g = Math.sin(step);
    let update;
    [update, state] = optimizer.update(g, state);
    [m, v] = [0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g];
    t.true(Math.abs(update + (0.01 * m / (1 - 0.9 ** step)) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8)) < 1e-16);
  }
});

test('leaves of all kinds are treated alike, and nothing given is changed', (t) => {
  const optimizer = adamw(0.01, { weightDecay: 0.1 });
  const params = tree();
  const [updates] = optimizer.update(tree(), optimizer.init(params), params);
  numbers(params).forEach((p, i) => t.true(Math.abs(numbers(updates)[i] + 0.01 * (Math.sign(p) + 0.1 * p)) < 1e-9));
  t.deepEqual(numbers(applyUpdates(params, updates)), numbers(params).map((p, i) => p + numbers(updates)[i]));
  t.deepEqual(numbers(params), numbers(tree()));
  t.throws(() => optimizer.update(1, optimizer.init(1)), { message: /parameters/ });
  t.throws(() => applyUpdates<any>([1], ['x']), { message: /structures/ });
});

test('clipping and schedules', (t) => {
  t.is(globalNorm([3, { x: 4 }]), 5);
  const clipped = chain(clipByGlobalNorm(1), scaleByLearningRate(1));
  t.deepEqual(clipped.update([3, 4], clipped.init([0, 0]))[0], [-0.6000000000000001, -0.8]);
  const schedule = cosineDecaySchedule(2, 10, 0.1);
  t.deepEqual([schedule(0), schedule(10), schedule(20)], [2, 0.2, 0.2]);
  const scheduled = sgd(schedule);
  t.is(scheduled.update(1, scheduled.init(1))[0], -2);
});

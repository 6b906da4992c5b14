/** The derivative of a validation loss with respect to the regularisation of a ridge regression: time and memory of each way. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { vjp } from 'tapeless';
import { compare } from './measure.js';
import { byArgmin, checkpointed, closedForm, dataOf, slopes, unrolled } from './regression.js';
import { table } from './table.js';

const [rows, columns, steps, rate, theta] = [120, 40, 500, 0.018, 1.5];
const [train, validation] = [dataOf(rows, columns, 1), dataOf(rows / 2, columns, 2)];

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Kilobytes that are kept from the forward sweep to the reverse sweep. */
function kept(pullback: () => unknown): number {
  const now = () => {
    gc();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const sizes = Array.from({ length: 5 }, () => {
    const before = now();
    const held = pullback();
    const size = now() - before;
    if (held === undefined) throw new Error('nothing to hold');
    return size;
  });
  return sizes.sort((a, b) => a - b)[2] / 1024;
}

const reference = () => closedForm(theta, train, validation);
const ways: [name: string, slope: () => number, pullback: (() => unknown) | undefined][] = [
  ['closed form', reference, undefined],
  ['`argmin`', () => slopes.argmin(theta, train, validation), () => vjp((t: number) => byArgmin(t, train, validation), [theta])],
  ['unrolled', () => slopes.unrolled(theta, train, validation, steps, rate), () => vjp((t: number) => unrolled(t, train, validation, steps, rate), [theta])],
  ['unrolled, 12 snapshots', () => slopes.checkpointed(theta, train, validation, steps, rate), () => vjp((t: number) => checkpointed(t, train, validation, steps, rate), [theta])],
];

const lines = ways.map(([name, slope, pullback]) => {
  const [found, expected] = [slope(), reference()];
  if (Math.abs(found - expected) > 1e-9 * Math.abs(expected)) throw new Error(`${name}: ${found} for ${expected}`);
  const { ratio } = compare(slope, reference, { repetitions: 60 });
  const size = pullback && kept(pullback);
  return [name, pullback ? ratio.toFixed(ratio < 10 ? 1 : 0) : '1', size === undefined ? '' : size < 10 ? size.toFixed(1) : size.toFixed(0)];
});
table('implicit.md', 'ridge', ['', 'time', 'kept between the sweeps, kB'], lines);

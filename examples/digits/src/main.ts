/** Trains a network of 784, 128, 64 and 10 units on handwritten digits, with Adam on gradients that were compiled. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { valueAndGrad } from 'tapeless';
import { np } from 'tapeless/numpy';
import { adam, applyUpdates } from 'tapeless/optim';
import { type Digits, digits, oneHot } from './data.js';
import { answer, layersOf, loss } from './network.js';
import { plot } from './plot.js';

const { values: options } = parseArgs({
  options: {
    epochs: { type: 'string', default: '5' },
    batch: { type: 'string', default: '64' },
    rate: { type: 'string', default: '0.001' },
    digits: { type: 'string', default: '9000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: fileURLToPath(new URL('../loss.svg', import.meta.url)) },
  },
});
const [epochs, batch, rate, seed] = [options.epochs, options.batch, options.rate, options.seed].map(Number);

const { train, test } = digits(Number(options.digits));
const count = train.labels.length;
console.log(`Data: ${count} handwritten digits to learn from, ${test.labels.length} others to test with (mnist).`);

let layers = layersOf([784, 128, 64, 10], seed);
console.log(`Model: 784 – 128 – 64 – 10 units, ${layers.reduce((sum, { W, b }) => sum + W.size + b.size, 0)} parameters.\n`);

const labels = oneHot(train.labels);
const gradient = valueAndGrad(loss);
const optimizer = adam(rate);
let state = optimizer.init(layers);
const losses: number[] = [];
const steps = epochs * Math.floor(count / batch);

const bar = new SingleBar({ format: 'Training {bar} {value}/{total} steps, loss {loss}', hideCursor: true }, Presets.shades_classic);
bar.start(steps, 0, { loss: '…' });
const start = performance.now();
for (const key of np.random.split(np.random.key(seed), epochs)) {
  const order = np.random.permutation(key, count);
  for (let from = 0; from + batch <= count; from += batch) {
    const chosen = order.slice([from, from + batch]);
    const [value, direction] = gradient(layers, train.images.take(chosen, 0), labels.take(chosen, 0));
    const [updates, next] = optimizer.update(direction, state, layers);
    layers = applyUpdates(layers, updates);
    state = next;
    losses.push(value.item());
    bar.update(losses.length, { loss: value.item().toFixed(4) });
  }
}
const seconds = (performance.now() - start) / 1000;
bar.stop();

/** The share of digits that are recognised. */
function accuracy({ images, labels: expected }: Digits): number {
  const found = np.argmax(answer(layers, images), 1).dataSync();
  return expected.filter((label, i) => label === found[i]).length / expected.length;
}

console.log(`Trained ${losses.length} steps of ${batch} digits in ${seconds.toFixed(1)} s, ${((1000 * seconds) / losses.length).toFixed(1)} ms a step.`);
console.log(`Recognised: ${(100 * accuracy(train)).toFixed(1)} % of the digits to learn from, ${(100 * accuracy(test)).toFixed(1)} % of the others.`);
writeFileSync(options.out, plot(losses, `Loss of a network that learns ${count} digits`));
console.log(`Plot: ${relative('.', options.out)}`);

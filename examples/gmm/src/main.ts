/** Fits a mixture of Gaussians to the bills of penguins, and shows what the gradient is, costs and finds. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { valueAndGrad } from 'tapeless';
import { checkGrads } from 'tapeless/testing';
import { penguins } from './data.js';
import { fit } from './fit.js';
import { logWeights, loss, mostProbable } from './mixture.js';
import { plot } from './plot.js';

const { values: options } = parseArgs({
  options: {
    starts: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: fileURLToPath(new URL('../fit.svg', import.meta.url)) },
  },
});
const COMPONENTS = 3;
const starts = Number(options.starts);

const data = penguins();
console.log(`Data: bill length and depth of ${data.length} penguins (vega-datasets).`);
console.log(`Model: a mixture of ${COMPONENTS} Gaussians with full covariances, ${6 * COMPONENTS} parameters.\n`);

const bar = new SingleBar({ format: 'Fitting {bar} {value}/{total} starts, best log-likelihood {best}', hideCursor: true }, Presets.shades_classic);
bar.start(starts, 0, { best: '…' });
const { mixture, logLikelihood, evaluations } = fit(data, {
  components: COMPONENTS,
  starts,
  seed: Number(options.seed),
  onStart: (done, best) => bar.update(done, { best: (best * data.length).toFixed(2) }),
});
bar.stop();
console.log(`Final log-likelihood: ${logLikelihood.toFixed(4)}, the best of ${starts} starts; ${evaluations} evaluations of value and gradient.`);
const weights = logWeights(mixture);
mixture.forEach((c, k) => {
  const bill = `bill ${c.x.toFixed(1)} × ${c.y.toFixed(1)} mm`;
  const species = new Map<string, number>();
  for (const p of data) if (mostProbable(mixture, p) === k) species.set(p.species, (species.get(p.species) ?? 0) + 1);
  const counts = [...species].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${name}`);
  console.log(`  ${(100 * Math.exp(weights[k])).toFixed(0)} %: ${bill}, most probable for ${counts.join(', ')}`);
});

// At a point that is not the optimum: there the gradient is zero and a check says little.
const elsewhere = mixture.map((c) => ({ ...c, x: c.x + 1, shear: c.shear - 0.3, logScaleY: c.logScaleY + 0.2 }));
checkGrads(loss, [elsewhere, data]);
console.log('\nGradient checked: forward mode against finite differences, reverse mode against forward mode.');

console.log('\nThe derivative as compiled (tapeless show examples/gmm/src/mixture.ts:loss), first lines:\n');
console.log(head(show('loss'), 24));

const ratio = medianRatio(() => valueAndGrad(loss)(elsewhere, data), () => loss(elsewhere, data));
console.log(`\nTime of value and gradient over time of the function: ${ratio.toFixed(2)} (median, side by side).`);

writeFileSync(options.out, plot(data, mixture, `A mixture of three Gaussians, fitted to ${data.length} penguins`));
console.log(`Plot: ${relative('.', options.out)}`);

/** The derivative's source, from the command line of tapeless. */
function show(name: string): string {
  const manifest = new URL(import.meta.resolve('tapeless/package.json'));
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { tapeless: string } };
  const cli = fileURLToPath(new URL(bin.tapeless, manifest));
  const file = fileURLToPath(new URL('../src/mixture.ts', import.meta.url));
  return execFileSync(process.execPath, [cli, 'show', `${file}:${name}`, '--mode', 'grad'], { encoding: 'utf8' });
}

function head(text: string, count: number): string {
  const lines = text.trimEnd().split('\n');
  const rest = lines.length - count;
  return [...lines.slice(0, count), ...(rest > 0 ? [`… ${rest} more lines`] : [])].map((line) => `  ${line}`).join('\n');
}

/** Median of f's time over g's, each pair measured one after the other. */
function medianRatio(f: () => unknown, g: () => unknown, { repetitions = 200, calls = 5 } = {}): number {
  const time = (h: () => unknown) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) h();
    return performance.now() - start;
  };
  const ratios = Array.from({ length: repetitions }, () => time(f) / time(g));
  return ratios.slice(repetitions / 4).sort((a, b) => a - b)[Math.floor((repetitions * 3) / 8)];
}

/** Chains of functions of each element are one loop: one pass forward, and one in the adjoint. */
import test from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { finiteDifference } from '../runtime/testing/index.ts';
import { flatten } from '../runtime/testing/vector.ts';
import { run } from './support/fixtures.ts';

/** By chain: how many passes value and gradient, value alone (of the pair), and the pullback take. */
const CHAINS: Record<string, { parameters: string; body: string; passes: { grad: number; fwd: number; bwd: number } }> = {
  issue: {
    parameters: 'x: np.Array',
    body: 'np.sum(np.tanh(x).mul(np.exp(x.mul(x).neg())).add(np.log(x.mul(x).add(1))))',
    passes: { grad: 1, fwd: 1, bwd: 1 },
  },
  logistic: {
    parameters: 'x: np.Array, a: number',
    body: 'np.mean(np.softplus(x.mul(a)).sub(np.maximum(x, 0)).mul(np.sigmoid(x)))',
    passes: { grad: 1, fwd: 1, bwd: 1 },
  },
  distance: {
    parameters: 'x: np.Array, y: np.Array, w: np.Array',
    body: 'np.sum(np.log(np.square(x.sub(y)).add(1)).mul(w)).mul(3).neg()',
    // Of the halves of a pair, the first saves what may be smaller than the whole, and the second does not know what has its shape.
    passes: { grad: 1, fwd: 2, bwd: 2 },
  },
};

const text = ["import { np } from 'tapeless/numpy';", 'export { np };', ...Object.entries(CHAINS).map(([name, { parameters, body }]) =>
  `// @differentiate\nexport function ${name}(${parameters}): np.Array { return ${body}; }`)].join('\n');
const result = transform('/chains.ts', annotationHost({ '/chains.ts': text }));
const modules = run({ 'input.ts': result.text });

/** Operations on each element of an array that are not part of a loop. */
const ALONE = /\.(add|sub|mul|div|neg|pow)\(|np\.(tanh|exp|log|square|sqrt|softplus|sigmoid|maximum|sub|div|where|greater|less)\(/g;

for (const [name, { passes }] of Object.entries(CHAINS)) {
  test(`${name}: one pass`, (t) => {
    const texts = (mode: string) => result.derivatives.find((d) => d.function === name && d.mode === mode)!.text;
    const bodyOf = (whole: string, suffix: string) => new RegExp(`function ${name}_${suffix}\\([\\s\\S]*?\\n}`).exec(whole)![0];
    const count = (body: string) => body.match(/np\.fuse\(/g)?.length ?? 0;
    t.is(count(bodyOf(texts('grad'), 'grad')), passes.grad);
    t.is(count(bodyOf(texts('vjp'), 'fwd')), passes.fwd);
    t.is(count(bodyOf(texts('vjp'), 'bwd')), passes.bwd);
    // What is left are numbers: the sum, and its cotangent.
    for (const alone of bodyOf(texts('grad'), 'grad').match(ALONE) ?? []) t.regex(alone, /neg|mul|div/);
  });

  test(`${name}: the loops are right`, async (t) => {
    const { exports: { np, ...functions }, runtime } = await modules;
    const f = functions[name];
    for (const shapes of [[[2, 3], [2, 3], [2, 3]], [[4], [1], [3, 1]], [[2, 1, 3], [4, 1], [1]], [[], [2], []], [[0], [0], [1]]]) {
      const random = (shape: number[], seed: number) => np.array(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(12.9898 * i + seed)), { dtype: 'float64' }).reshape(shape);
      if (name === 'logistic' && shapes[0][0] === 0) continue;
      const args = name === 'logistic' ? [random(shapes[0], 1), 0.7] : shapes.slice(0, f.length).map(random);
      const argnums = args.map((_, i) => i);
      const [value, gradients] = runtime.valueAndGrad(f as (...xs: any[]) => number, { argnums })(...args) as [any, any];
      t.true(Math.abs(value.item() - f(...args).item()) <= 1e-12 * (1 + Math.abs(value.item())));
      const expected = finiteDifference((...xs: any[]) => f(...xs)).vjp(args, np.array(1, { dtype: 'float64' }) as never) as any[];
      gradients.forEach((g: any, i: number) => {
        if (i < args.length && typeof args[i] !== 'number') t.deepEqual(g.shape, args[i].shape);
        const [a, b] = [flatten(g), flatten(expected[i])];
        a.forEach((x, k) => t.true(Math.abs(x - b[k]) < 1e-7 * (1 + Math.abs(b[k])), `${name}, argument ${i} at ${k}: ${x}, differences say ${b[k]}`));
      });
    }
  });
}

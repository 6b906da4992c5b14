/** `tapeless show --explain`: what each line of a derivative is for. */
import test from 'ava';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { type Host, transform } from '../transformer/index.ts';
import { pathOf, programOf } from './support/compile.ts';

const FIXTURES = [
  'textbook-graph', 'power-loop', 'rosenbrock', 'rosenbrock-helper', 'early-return', 'feed-forward', 'log-sum-exp', 'if-in-for', 'do-while', 'record-updated', 'array-splice',
  'switch-kinds', 'recursion', 'linked-list', 'data-dependent-while', 'max-min-ties', 'square-root-at-zero', 'class-mutable', 'swapped-buffers', 'array-sort',
];
const program = programOf(FIXTURES.map((name) => pathOf(name)));
const host: Host = { ...checkerHost(ts, program), demands: () => [] };
const derivative = (fixture: string, explain: boolean, mode = 'grad', name?: string) =>
  transform(pathOf(fixture), host, { explain }).derivatives.filter((d) => d.mode === mode && (name === undefined || d.function === name)).map((d) => d.text).join('\n');

test('one loop: lines, terms, and what is kept', (t) => {
  t.is(derivative('rosenbrock', true, 'grad', 'rosenbrock'), `/** Value and gradient of \`rosenbrock\` (input.ts:2). */
function rosenbrock_grad(x: Float64Array, s_bar = 1): [number, Float64Array] {
  let s = 0;                                 // input.ts:3 \`let s = 0;\`
  const x_bar = new Float64Array(x.length);  // zero at first
  for (let i = 0; i + 1 < x.length; i++) {   // input.ts:4 \`for (let i = 0; i + 1 < x.length; i++) {\`
    const a = 1 - x[i];                      // input.ts:5 \`const a = 1 - x[i];\` | kept: a
    const b = x[i + 1] - x[i] * x[i];        // input.ts:6 \`const b = x[i + 1] - x[i] * x[i];\` | kept: b
    s += a * a + 100 * b * b;                // input.ts:7 \`s += a * a + 100 * b * b;\`
    const b_bar = 200 * b * s_bar;           // input.ts:7 \`s += a * a + 100 * b * b;\` | (100 * b)_bar += ∂/∂(100 * b) (100 * b * b) · s_bar = b · s_bar; b_bar += ∂/∂b (100 * b * b) · s_bar = (100 * b) · s_bar; b_bar += ∂/∂b (100 * b) · (100 * b)_bar = 100 · (100 * b)_bar
    const a_bar = 2 * a * s_bar;             // input.ts:7 \`s += a * a + 100 * b * b;\` | a_bar += ∂/∂a (a * a) · s_bar = a · s_bar, twice
    x_bar[i + 1] += b_bar;                   // input.ts:6 \`const b = x[i + 1] - x[i] * x[i];\` | x_bar[i + 1] += ∂/∂x[i + 1] (x[i + 1] - x[i] * x[i]) · b_bar = b_bar
    x_bar[i] -= 2 * x[i] * b_bar + a_bar;    // input.ts:5 \`const a = 1 - x[i];\`, input.ts:6 \`const b = x[i + 1] - x[i] * x[i];\` | x_bar[i] += ∂/∂x[i] (1 - x[i]) · a_bar = -a_bar; x_bar[i] += ∂/∂x[i] (x[i] * x[i]) · -b_bar = x[i] · -b_bar, twice
  }
  return [s, x_bar];
}
`);
});

test('a pullback: saved, handed over, read back, recomputed', (t) => {
  const text = derivative('power-loop', true, 'vjp', 'power');
  const comment = (code: string) => text.split('\n').find((line) => line.trim().startsWith(code))?.split('  // ')[1];
  t.is(comment('const y_saved = new'), 'room to save y of each iteration');
  t.is(comment('y_saved[i] = y;'), 'saved: y');
  t.is(comment('return [y, ['), 'saved for the reverse sweep: x, trips, y_saved, sin_saved');
  t.is(comment('const [x, trips, y_saved, sin_saved]'), 'was saved: x, trips, y_saved, sin_saved');
  t.is(comment('for (let i = trips - 1'), 'input.ts:4 `for (let i = 0; i < n; i++) {`, backwards');
  t.is(comment('const y = y_saved[i];'), 'was saved: y');
  t.regex(comment('const t = Math.cos(')!, /^input\.ts:5 `y = y \* Math\.sin\(x \* y\);` \| .* \| recomputed: x \* y$/);
  t.is(comment('x_bar += y * t;'), 'input.ts:5 `y = y * Math.sin(x * y);` | x_bar += ∂/∂x (x * y) · (x * y)_bar = y · (x * y)_bar');
});

test('tangents', (t) => {
  t.regex(derivative('power-loop', true, 'jvp', 'power'), /\n +y_dot = .* \/\/ input\.ts:5 `y = y \* Math\.sin\(x \* y\);` \| .*y_dot \+= ∂\/∂y \(y \* sin\(x \* y\)\) · y_dot = sin\(x \* y\) · y_dot/);
});

for (const fixture of FIXTURES) {
  test(`${fixture}: comments stand at the ends of lines, one below the other, and change nothing else`, (t) => {
    for (const mode of ['grad', 'vjp', 'jvp']) {
      const explained = derivative(fixture, true, mode);
      t.is(explained.replace(/ +\/\/ .*$/gm, ''), derivative(fixture, false, mode));
      for (const text of explained.split(/^}$/m)) t.true(new Set([...text.matchAll(/^(.*?) {2}\/\/ /gm)].map((m) => m[1].length)).size <= 1);
      // Arithmetic on cotangents and tangents is there for a term of the chain rule.
      const silent = explained.split('\n').filter((line) => /_(bar|dot)\S* [-+]?= .* [*/] /.test(line.split('  // ')[0]) && !line.includes('∂/∂'));
      t.deepEqual(silent, [], mode);
    }
  });
}

/** `onCotangent`: the identity, with code that runs on the cotangent in the reverse sweep. */
import test from 'ava';
import { annotationHost } from '../transformer/host/annotations.ts';
import { transform } from '../transformer/index.ts';
import { onCotangent } from '../runtime/index.ts';
import { run } from './support/fixtures.ts';

const IMPORT = `import { grad, hessian, jvp, linearize, onCotangent, valueAndGrad, vjp } from 'tapeless';\n`;

async function evaluate(text: string, options: { optimise?: boolean } = {}): Promise<any> {
  const result = transform('/input.ts', annotationHost({ '/input.ts': IMPORT + text }), options);
  if (result.diagnostics.length > 0) throw new Error(result.diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return { ...(await run({ 'input.ts': result.text })).exports, text: result.text };
}

const message = (text: string) => transform('/input.ts', annotationHost({ '/input.ts': IMPORT + text })).diagnostics.map((d) => `${d.code} ${d.message}`).join('\n');

for (const optimise of [true, false]) {
  const title = optimise ? '' : ', not optimised';

  test(`clips the cotangent of a number in a loop, with a limit of the function; forward mode is the identity${title}`, async (t) => {
    const { f, values } = await evaluate(`
export function f(x: number, limit: number): number {
  let s = 0;
  for (let i = 1; i < 4; i++) {
    const y = onCotangent(x * i, (g) => Math.max(-limit, Math.min(limit, g)));
    s += y * y;
  }
  return s;
}
export const values = (x: number, limit: number) => [grad(f)(x, limit), vjp(f, [x, limit])[1](1), jvp(f, [x, limit], [1, 0])[1], grad(grad(f))(x, limit)];
`, { optimise });
    t.is(f(2, 9), 4 + 16 + 36);
    // Cotangents 2 x i of 4, 8, 12, clipped to 9, times i.
    const [gradient, cotangents, tangent, second] = values(2, 9);
    t.is(gradient, 4 + 2 * 8 + 3 * 9);
    t.deepEqual(cotangents, [gradient, 0]);
    t.is(tangent, 2 * 2 * (1 + 4 + 9));
    // What was clipped is constant.
    t.is(second, 2 * (1 + 4));
  });

  test(`arrays: the callback may change what it is given; nothing returned leaves it; what is done to the array elsewhere is apart${title}`, async (t) => {
    const { f, values, seen } = await evaluate(`
export const seen: number[][] = [];
export function f(xs: Float64Array, k: number): number {
  const ys = onCotangent(xs, (g) => {
    seen.push([...g]);
    for (let i = 0; i < g.length; i++) g[i] *= k;
  });
  ys[0] *= 2;
  xs[1] = 7;
  let s = 0;
  for (const y of ys) s += y * y;
  return s + 3 * xs[0];
}
export const values = (xs: Float64Array, k: number) => {
  const [value, pullback] = vjp(f, [xs, k]);
  return [value, pullback(1), pullback(1)];
};
export const scaled = grad((xs: Float64Array) => f(xs, 1));
`, { optimise });
    const xs = () => Float64Array.of(1, 2);
    t.is(f(xs(), 10), 4 + 4 + 3);
    const [value, first, again] = values(xs(), 10);
    t.is(value, 11);
    t.deepEqual(first, [Float64Array.of(10 * 8 + 3, 10 * 4), 0]);
    t.deepEqual(again, first);
    t.deepEqual(seen, [[8, 4], [8, 4]]);
  });

  test(`records: another cotangent is returned${title}`, async (t) => {
    const { values } = await evaluate(`
interface Body { mass: number; at: number[]; name: string }
function f(b: Body): number {
  const c = onCotangent(b, (g) => ({ mass: 0, at: g.at.map((x) => -x), name: undefined }));
  return c.mass * c.at[0] + c.at[1] * b.mass;
}
export const values = (b: Body) => [grad(f)(b), vjp(f, [b])[1](2)[0]];
`, { optimise });
    const body = { mass: 3, at: [5, 7], name: 'moon' };
    t.deepEqual(values(body), [{ mass: 7, at: [-3, -3], name: undefined }, { mass: 14, at: [-6, -6], name: undefined }]);
  });

  test(`effects of the callback happen once, in the order of the reverse sweep, and never in the primal${title}`, async (t) => {
    const { log, values } = await evaluate(`
export const log: string[] = [];
function f(x: number): number {
  let s = x;
  for (let i = 0; i < 3; i++) {
    s = onCotangent(s * x, (g) => { log.push('loop ' + i); return g; });
  }
  return onCotangent(s, (g) => { if (g > 0) log.push('end'); return g; });
}
export const values = [(x: number) => f(x), (x: number) => jvp(f, [x], [1]), grad(f), (x: number) => vjp(f, [x])[1](1)];
`, { optimise });
    const [value, forward, gradient, reverse] = values;
    const taken = () => log.splice(0);
    t.is(value(2), 16);
    t.deepEqual(forward(2), [16, 32]);
    t.deepEqual(taken(), []);
    const order = ['end', 'loop 2', 'loop 1', 'loop 0'];
    t.is(gradient(2), 32);
    t.deepEqual(taken(), order);
    t.deepEqual(reverse(2), [32]);
    t.deepEqual(taken(), order);
  });
}

test('the derivative reads as one would write it', async (t) => {
  const { text } = await evaluate(`
// @differentiate
export function f(x: number): number {
  const y = onCotangent(x * x, (g) => {
    debugger;
    console.log(g);
    return Math.min(g, 1);
  });
  return 3 * y;
}
`);
  const [, body] = /function f_grad\([^]*?\{\n([^]*?)\n\}/.exec(text)!;
  t.is(body, '  const y_bar_2 = 3 * y_bar;\n  debugger;\n  console.log(y_bar_2);\n  const x_bar = 2 * x * Math.min(y_bar_2, 1);\n  return [3 * x * x, x_bar];'.replace('3 * x * x', '3 * (x * x)'));
});

test('a linear map keeps the identity', async (t) => {
  const { values } = await evaluate(`
function f(x: number): number { return onCotangent(x * x, (g) => 5 * g) * x; }
export const values = (x: number) => [linearize(f, [x])[1](1), grad(f)(x)];
`);
  t.deepEqual(values(2), [12, 5 * 2 * 2 * 2 + 4]);
});

test('without the compiler it is the identity', (t) => {
  const xs = [1, 2];
  const ys = onCotangent(xs, () => undefined);
  t.deepEqual(ys, xs);
  t.not(ys, xs);
  t.is(onCotangent(3, (g) => 2 * g), 3);
});

test('what cannot be is refused', (t) => {
  const f = (body: string) => message(`// @differentiate\nexport function f(x: number, xs: number[]): number { ${body} }`);
  t.regex(f('onCotangent(x, (g) => g); return x;'), /TL2001 `onCotangent` of which the result is not used .* Go on with what it gives/);
  t.regex(f('let n = 0; const y = onCotangent(x, (g) => { n++; return g; }); return y + n;'), /TL2001 A callback of `onCotangent` that assigns `n` of the function/);
  t.regex(f('const y = onCotangent(x, (g) => { xs.push(g); return g; }); return y + xs[0];'), /TL2001 A callback of `onCotangent` that changes an array or object of the function/);
  t.regex(f('const y = onCotangent(x, (g) => [g] as never); return y;'), /TL1010 The rule of `onCotangent` gives the cotangent as `number\[\]`, expected `number`/);
});

/** Random functions do the same when they are printed and run as when they are interpreted, and type-check. */
import test from 'ava';
import { transformSync } from 'esbuild';
import { dump } from '../transformer/ir/dump.ts';
import { verify } from '../transformer/ir/verify.ts';
import { Names, printFunction } from '../transformer/print/index.ts';
import { typeErrors } from './support/handmade.ts';
import { run } from './support/interpret.ts';
import { same } from './support/programs.ts';
import { randomFunction } from './support/random-ir.ts';

const [FIRST, COUNT] = [Number(process.env.SEED ?? 1), Number(process.env.RUNS ?? 400)];

function observe(call: (trace: (...values: number[]) => number, args: unknown[]) => unknown, alias: boolean): unknown {
  const log: unknown[] = [];
  const a = Float64Array.of(0.5, -1, 2, 0.25);
  const b = alias ? a : Float64Array.of(1, 3, -0.5, -2);
  const trace = (...values: number[]) => {
    log.push(values);
    a[1] += 0.125;
    return log.length / 4;
  };
  return { result: call(trace, [0.75, -1.5, a, b]), log, a, b };
}

test(`${COUNT} random functions`, (t) => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const func = randomFunction(seed);
    verify(func, `generating ${seed}`);
    const text = printFunction(func, { names: new Names() });
    for (const alias of [false, true]) {
      const expected = observe((trace, args) => run(func, args, { function: () => func, scope: { trace } }), alias);
      const actual = observe((trace, args) => (new Function('trace', `${transformSync(text, { loader: 'ts' }).code}; return f;`))(trace)(...args), alias);
      if (!same(expected, actual)) return t.fail(`seed ${seed}\n${dump(func)}\n${text}\n${JSON.stringify(expected)}\n${JSON.stringify(actual)}`);
    }
  }
  t.pass();
});

test('random functions type-check', (t) => {
  const texts = Array.from({ length: 200 }, (_, i) => printFunction(randomFunction(FIRST + i, 20), { names: new Names() }));
  t.deepEqual(typeErrors(texts), []);
});

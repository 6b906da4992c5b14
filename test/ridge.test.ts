/** The regularisation of a ridge regression: four ways to one derivative (benchmarks/src/regression.ts). */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { compile, pathOf, programOf } from './support/compile.ts';
import { run } from './support/fixtures.ts';

const text = readFileSync(new URL('../benchmarks/src/regression.ts', import.meta.url), 'utf8');
const program = programOf([pathOf('ridge')], new Map([[pathOf('ridge'), text]]));

for (const optimise of [true, false]) {
  test(`closed form, argmin, unrolled and checkpointed agree${optimise ? '' : ', not optimised'}`, async (t) => {
    const compiled = compile(program, { name: 'ridge', sources: { 'input.ts': text } }, { optimise });
    t.deepEqual(compiled.diagnostics.map((d) => d.message), []);
    const { exports: { closedForm, dataOf, fit, misfit, slopes } } = await run(compiled.sources);
    const [train, validation] = [dataOf(30, 6, 1), dataOf(20, 6, 2)];
    for (const theta of [0.4, 3]) {
      const expected = closedForm(theta, train, validation);
      const loss = (shift: number) => misfit(fit(theta + shift, train), validation);
      const difference = (8 * (loss(1e-3) - loss(-1e-3)) - loss(2e-3) + loss(-2e-3)) / 12e-3;
      const found = { difference, argmin: slopes.argmin(theta, train, validation), unrolled: slopes.unrolled(theta, train, validation, 300, 0.06), checkpointed: slopes.checkpointed(theta, train, validation, 300, 0.06) };
      for (const [way, slope] of Object.entries(found)) t.true(Math.abs(slope - expected) < 1e-9 * Math.abs(expected), `${way} at ${theta}: ${slope}, not ${expected}`);
    }
  });
}

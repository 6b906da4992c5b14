/**
 * Programs as found in the wild: each compiles as it is, and its derivatives are right in both modes, of first and
 * second order, with all optimisations and with none. `WILD=spline` runs those whose names match.
 */
import test from 'ava';
import { checkFirstOrder, checkSecondOrder } from './wild/check.ts';
import { compileAll, loadProgram, programNames } from './wild/programs.ts';

const wanted = new RegExp(process.env.WILD ?? '');
const programs = await Promise.all(programNames().filter((name) => wanted.test(name)).map((name) => loadProgram(name)));

for (const optimise of [true, false]) {
  const compiled = compileAll(programs, { optimise });
  for (const wild of programs) {
    test.serial(`${wild.name}: ${optimise ? 'optimised' : 'plain'}`, async (t) => {
      const result = compiled.get(wild.name)!;
      if (result instanceof Error) throw result;
      t.deepEqual(result.diagnostics, []);
      t.deepEqual(result.typeErrors, []);
      const loaded = await result.load();
      for (const [fn, lists] of Object.entries(wild.cases)) {
        for (const [k, args] of lists.entries()) {
          checkFirstOrder(wild, result, loaded, fn, args);
          checkSecondOrder(wild, loaded, fn, args, k);
        }
      }
    });
  }
}

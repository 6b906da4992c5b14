/**
 * Every fixture: `linearize`, `jacfwd` and `jacrev` of its functions, optimised and not. The linear map is compared with
 * the oracle's tangents, and the Jacobians with the linear map, column by column.
 */
import test from 'ava';
import { type Compiled, compile, pathOf, programOf, typeErrors } from './support/compile.ts';
import { casesOf, fixtureNames, loadFixture, run } from './support/fixtures.ts';
import { checkLinear, isRefused, withJacobians } from './support/jacobians.ts';

const wanted = new RegExp(process.env.FIXTURES ?? '');
const fixtures = await Promise.all(fixtureNames().filter((name) => wanted.test(name)).map(loadFixture));
const first = programOf(fixtures.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file))));
const asked = fixtures.flatMap((fixture) => {
  const made = withJacobians(fixture, compile(first, fixture).input);
  return made ? [{ fixture, ...made }] : [];
});
const texts = new Map(asked.map(({ fixture, sources }) => [pathOf(fixture.name), sources['input.ts']]));
const program = programOf(asked.flatMap(({ fixture }) => Object.keys(fixture.sources).map((file) => pathOf(fixture.name, file))), texts);

for (const optimise of [true, false]) {
  const variants = new Map<string, Compiled | Error>(asked.map(({ fixture, sources }) => {
    try {
      return [fixture.name, compile(program, { ...fixture, sources }, { optimise })];
    } catch (error) {
      return [fixture.name, error as Error];
    }
  }));
  const complaints = typeErrors(new Map([...variants].flatMap(([name, v]) => (v instanceof Error ? [] : [[name, v]]))));
  for (const { fixture, wrt } of asked) {
    test.serial(`${fixture.name}${optimise ? '' : ', not optimised'}`, async (t) => {
      const compiled = variants.get(fixture.name)!;
      if (compiled instanceof Error) throw compiled;
      const refused = isRefused(compiled);
      t.deepEqual(complaints.get(fixture.name), []);
      const { exports } = await run(compiled.sources);
      for (const [fn, active] of wrt) for (const args of casesOf(fixture, exports)[fn] ?? []) checkLinear(fixture, exports, fn, active, args, refused);
      t.pass();
    });
  }
}

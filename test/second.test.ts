/** Every fixture whose result is a number: second derivatives by composition, optimised and not, against the oracle. */
import test from 'ava';
import { compile, pathOf, programOf } from './support/compile.ts';
import { fixtureNames, loadFixture, run } from './support/fixtures.ts';
import { checkSecond, linearIn, withSecond } from './support/second.ts';

const wanted = new RegExp(process.env.FIXTURES ?? '');
const fixtures = await Promise.all(fixtureNames().filter((name) => wanted.test(name)).map(loadFixture));
const first = programOf(fixtures.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file))));
const asked = fixtures.map((fixture) => ({ fixture, second: withSecond(fixture, compile(first, fixture).input) })).filter((x) => x.second);
const texts = new Map(asked.map(({ fixture, second }) => [pathOf(fixture.name), second!.sources['input.ts']]));
const program = programOf(asked.flatMap(({ fixture }) => Object.keys(fixture.sources).map((file) => pathOf(fixture.name, file))), texts);

for (const { fixture, second } of asked) {
  for (const optimise of [true, false]) {
    const title = `${fixture.name}${optimise ? '' : ', not optimised'}`;
    test.serial(`second order: ${title}`, async (t) => {
      const sources = second!.sources;
      const compiled = compile(program, { ...fixture, sources }, { optimise });
      const linear = linearIn({ diagnostics: compiled.diagnostics, sources });
      const { exports } = await run(compiled.sources);
      for (const [fn, wrt] of second!.wrt) checkSecond(fixture, exports, fn, wrt, linear.has(fn));
      t.pass();
    });
  }
}

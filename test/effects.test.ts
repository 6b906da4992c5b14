/**
 * Effects happen once each and in the primal's order, in every order of differentiation: the fixtures about effects, in
 * derivatives of derivatives. (The first order is checked with every fixture, see support/check.ts.)
 */
import test from 'ava';
import { flatten } from '../runtime/testing/vector.ts';
import { compile, pathOf, programOf } from './support/compile.ts';
import { observe } from './support/effects.ts';
import { type Fixture, casesOf, fixtureNames, loadFixture, run } from './support/fixtures.ts';

const fixtures = await Promise.all(fixtureNames().filter((name) => name.startsWith('effects-')).map(loadFixture));

/** The fixture with derivatives of its function, of both orders, as the user would ask for them. */
function withDerivatives({ sources }: Fixture): Record<string, string> {
  const scalar = /export function f\(x: number[,)]/.test(sources['input.ts']);
  const rest = /f\(x[^)]*?, ([^)]*)\)/.exec(sources['input.ts'])?.[1] ?? '';
  const names = rest.split(', ').filter(Boolean).map((p) => p.split(':')[0]);
  const parameters = ['x: number', rest].filter(Boolean).join(', ');
  const args = ['x', ...names].join(', ');
  const zeros = names.map(() => '0').map((z) => `, ${z}`).join('');
  if (!scalar) return sources;
  return { ...sources, 'input.ts': `${sources['input.ts']}
import { grad as _grad, jvp as _jvp, vjp as _vjp } from 'tapeless';
export const _twice = _grad(_grad(f));
export const _forward = (${parameters}): number => _jvp(_grad(f), [${args}], [1${zeros}])[1];
export const _pullback = (${parameters}) => _vjp(_grad(f), [${args}])[1];
` };
}

for (const fixture of fixtures) {
  const sources = withDerivatives(fixture);
  if (sources === fixture.sources) continue;
  for (const optimise of [true, false]) {
    test(`${fixture.name}: second order${optimise ? '' : ', not optimised'}`, async (t) => {
      const program = programOf(Object.keys(sources).map((file) => pathOf(fixture.name, file)), new Map(Object.entries(sources).map(([file, text]) => [pathOf(fixture.name, file), text])));
      const compiled = compile(program, { ...fixture, sources }, { optimise });
      t.deepEqual(compiled.diagnostics.map((d) => d.message), []);
      const { exports, runtime } = await run(compiled.sources);
      const fresh = <T>(f: () => T) => observe(() => {
        exports.reset?.();
        return f();
      });
      for (const args of casesOf(fixture, exports).f) {
        const primal = fresh(() => exports.f(...args));
        const slope = (h: number) => fresh(() => (runtime.grad(exports.f) as (...a: any[]) => number)(args[0] + h, ...args.slice(1))).result;
        const h = 1e-4 * Math.max(1, Math.abs(args[0]));
        const numeric = (4 * ((slope(h / 2) - slope(-h / 2)) / h) - (slope(h) - slope(-h)) / (2 * h)) / 3;
        const close = (what: string, x: number) => t.true(Math.abs(x - numeric) <= 1e-7 * Math.max(1, Math.abs(numeric)), `${what} at ${args}: ${x}, numerically ${numeric}`);
        for (const mode of ['_twice', '_forward']) {
          const { result, effects } = fresh(() => exports[mode](...args));
          t.deepEqual(effects, primal.effects, mode);
          close(mode, result);
        }
        const { result: pullback, effects } = fresh(() => exports._pullback(...args));
        t.deepEqual(effects, primal.effects);
        for (let i = 0; i < 2; i++) {
          const { result, effects: later } = observe(() => pullback(1));
          t.deepEqual(later, []);
          close('pullback', flatten(result)[0]);
        }
      }
    });
  }
}

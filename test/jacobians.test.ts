/**
 * Every fixture: `linearize`, `jacfwd` and `jacrev` of its functions, optimised and not. The linear map is compared with
 * the oracle's tangents, and the Jacobians with the linear map, column by column.
 */
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { copyOf, flatten, normals, unflatten } from '../runtime/testing/vector.ts';
import { type Compiled, compile, pathOf, programOf, typeErrors } from './support/compile.ts';
import { observe } from './support/effects.ts';
import { type Fixture, casesOf, fixtureNames, functionOf, loadFixture, run } from './support/fixtures.ts';
import { oracleJvp } from './oracle/index.ts';
import type { Transformed } from '../transformer/index.ts';

const wanted = new RegExp(process.env.FIXTURES ?? '');
const fixtures = await Promise.all(fixtureNames().filter((name) => wanted.test(name)).map(loadFixture));
const first = programOf(fixtures.flatMap((f) => Object.keys(f.sources).map((file) => pathOf(f.name, file))));
const asked = fixtures.flatMap((fixture) => {
  const made = withJacobians(fixture, compile(first, fixture).input);
  return made ? [{ fixture, ...made }] : [];
});
const texts = new Map(asked.map(({ fixture, sources }) => [pathOf(fixture.name), sources['input.ts']]));
const program = programOf(asked.flatMap(({ fixture }) => Object.keys(fixture.sources).map((file) => pathOf(fixture.name, file))), texts);

/** Asks for the linear map and the Jacobians of the exported functions. */
function withJacobians({ sources, receiver }: Fixture, input: Transformed): { sources: Record<string, string>; wrt: Map<string, number[]> } | undefined {
  const wrt = new Map(input.derivatives.filter((d) => d.mode === 'jvp' && new RegExp(`export (function|const) ${d.function}\\b`).test(sources['input.ts'])).map((d) => [d.function, d.wrt]));
  if (wrt.size === 0 || receiver) return undefined;
  const text = [...wrt].map(([f, argnums]) => `
export const linearize_${f} = (args: any) => _linearize(${f}, args);
export const jacfwd_${f} = (args: any) => (_jacfwd(${f}, { argnums: [${argnums}] }) as any)(...args);
export const jacrev_${f} = (args: any) => (_jacrev(${f}, { argnums: [${argnums}] }) as any)(...args);
`).join('');
  return { sources: { ...sources, 'input.ts': `${sources['input.ts']}\nimport { jacfwd as _jacfwd, jacrev as _jacrev, linearize as _linearize } from 'tapeless';\n${text}` }, wrt };
}

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
      // Structures that only the object knows, and rest parameters, have no Jacobian.
      const refused = new Set(compiled.diagnostics.map(({ code, message, span }) => {
        if (code !== 'TL3017' && code !== 'TL3019') throw new Error(`${code} ${message}`);
        return compiled.input.text.slice(0, compiled.input.text.indexOf('\n', span.start)).match(/(jac\w+_\w+) = [^\n]*$/)?.[1];
      }));
      t.deepEqual(complaints.get(fixture.name), []);
      const { exports } = await run(compiled.sources);
      for (const [fn, active] of wrt) for (const args of casesOf(fixture, exports)[fn] ?? []) checkLinear(fixture, exports, fn, active, args, refused.size > 0);
      t.pass();
    });
  }
}

function checkLinear(fixture: Fixture, exports: any, fn: string, wrt: number[], args: any[], refused: boolean): void {
  const { sources, rtol = 1e-11 } = fixture;
  const where = `${fn}(${args.map((a) => JSON.stringify(a)).join(', ')})`;
  const observed = <T>(run: () => T) => observe(() => {
    exports.reset?.();
    return run();
  });
  const near = (what: string, actual: number[], expected: number[]) => {
    const size = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs));
    if (actual.length !== expected.length) throw new Error(`${what} of ${where} has ${actual.length} numbers, not ${expected.length}`);
    actual.forEach((x, i) => {
      if (!Object.is(x, expected[i]) && !(Math.abs(x - expected[i]) <= rtol * size)) throw new Error(`${what} of ${where} at ${i} is ${x}, not ${expected[i]}`);
    });
  };
  const same = (what: string, a: unknown, b: unknown) => { if (!isDeepStrictEqual(a, b)) throw new Error(`${what} of ${where} differs`); };
  const after = args.map(copyOf);
  const { result: value, effects } = observed(() => functionOf(exports, fn)(...after));
  const random = normals(5);
  const given = args.map(copyOf);
  const { result: [own, push], effects: had } = observed(() => exports[`linearize_${fn}`](given));
  same('the value', own, value);
  same('the arguments after linearize', given, after);
  same('the effects of linearize', had, effects);
  const direction = () => args.map((x, i) => (wrt.includes(i) ? unflatten(x, flatten(x).map(random)) : undefined));
  const oracle = (tangents: unknown[]) => observe(() => oracleJvp(fixture.reference ?? sources, 'input.ts', fn, args, tangents)).result.tangent;
  for (const tangents of [direction(), direction()]) {
    const before = tangents.map(copyOf);
    const { result, effects: later } = observe(() => push(...tangents));
    same('the effects of the linear map', later, []);
    same('the tangents that were passed', tangents, before);
    const expected = flatten(oracle(tangents));
    if (expected.every(Number.isFinite)) near('the linear map', flatten(result), expected);
    same('the second call of the linear map', push(...tangents), result);
  }
  if (refused || args.length < Math.max(...wrt) + 1) return;
  const columns = wrt.flatMap((i) => flatten(args[i]).map((_, k) => {
    const tangents = args.map((x, j) => (j === i ? unflatten(x, flatten(x).map((_, l) => +(k === l))) : undefined));
    return flatten(push(...tangents));
  }));
  const rows = (columns[0] ?? []).map((_, j) => columns.map((c) => c[j])).flat();
  for (const mode of ['jacfwd', 'jacrev']) {
    const last = args.map(copyOf);
    const { result, effects: those } = observed(() => exports[`${mode}_${fn}`](last));
    same(`the effects of ${mode}`, those, effects);
    same(`the arguments after ${mode}`, last, after);
    near(mode, flatten(result), rows);
  }
}

/** The linear map and the Jacobians of a fixture's functions: the map against the oracle's tangents, the Jacobians against the map, column by column. */
import { isDeepStrictEqual } from 'node:util';
import { copyOf, flatten, normals, unflatten } from '../../runtime/testing/vector.ts';
import type { Transformed } from '../../transformer/index.ts';
import { oracleJvp } from '../oracle/index.ts';
import type { Compiled } from './compile.ts';
import { isOfArrays } from './check.ts';
import { observe } from './effects.ts';
import { type Fixture, functionOf } from './fixtures.ts';

export interface Jacobians {
  /** The fixture's modules, the one under test with Jacobians. */
  sources: Record<string, string>;
  /** By function: the parameters with respect to which. */
  wrt: Map<string, number[]>;
}

/** Asks for the linear map and the Jacobians of the exported functions. */
export function withJacobians(fixture: Fixture, input: Transformed): Jacobians | undefined {
  const { sources, receiver } = fixture;
  // The oracle knows no n-d arrays.
  if (isOfArrays(fixture)) return undefined;
  const wrt = new Map(input.derivatives.filter((d) => d.mode === 'jvp' && new RegExp(`export (function|const) ${d.function}\\b`).test(sources['input.ts'])).map((d) => [d.function, d.wrt]));
  if (wrt.size === 0 || receiver) return undefined;
  const text = [...wrt].map(([f, argnums]) => `
export const linearize_${f} = (args: any) => _linearize(${f}, args);
export const jacfwd_${f} = (args: any) => (_jacfwd(${f}, { argnums: [${argnums}] }) as any)(...args);
export const jacrev_${f} = (args: any) => (_jacrev(${f}, { argnums: [${argnums}] }) as any)(...args);
`).join('');
  return { sources: { ...sources, 'input.ts': `${sources['input.ts']}\nimport { jacfwd as _jacfwd, jacrev as _jacrev, linearize as _linearize } from 'tapeless';\n${text}` }, wrt };
}

/** Is a Jacobian refused, as those of structures that only the object knows are, and of rest parameters? Throws where the compiler says more. */
export function isRefused({ diagnostics }: Compiled): boolean {
  for (const { code, message } of diagnostics) if (code !== 'TL3017' && code !== 'TL3019') throw new Error(`${code} ${message}`);
  return diagnostics.length > 0;
}

/** Checks the linear map and the Jacobians of one function at one point; throws where one differs. */
export function checkLinear(fixture: Fixture, exports: any, fn: string, wrt: number[], args: any[], refused: boolean): void {
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

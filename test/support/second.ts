/**
 * Second derivatives of a fixture's functions: the Hessian times a vector, forward over reverse and reverse over reverse,
 * against the oracle.
 */
import { copyOf, flatten, normals, unflatten } from '../../runtime/testing/vector.ts';
import { oracleHvp } from '../oracle/index.ts';
import type { Diagnostic, Transformed } from '../../transformer/index.ts';
import { finiteDifference } from '../../runtime/testing/index.ts';
import { DIFFERENCES, isOfArrays, spoil } from './check.ts';
import { observe } from './effects.ts';
import { type Fixture, casesOf } from './fixtures.ts';

export interface Second {
  /** The fixture's modules, the one under test with second derivatives. */
  sources: Record<string, string>;
  /** By function: the parameters with respect to which. */
  wrt: Map<string, number[]>;
}

/** Asks for second derivatives of the functions that have a gradient; undefined where none has. */
export function withSecond({ sources }: Fixture, input: Transformed): Second | undefined {
  const wrt = new Map(input.derivatives.filter((d) => d.mode === 'grad' && new RegExp(`export (function|const) ${d.function}\\b`).test(sources['input.ts'])).map((d) => [d.function, d.wrt]));
  if (wrt.size === 0) return undefined;
  const text = [...wrt].map(([f, argnums]) => `
export const forward_${f} = (args: any, tangents: any) => _jvp(_grad(${f}, { argnums: [${argnums}] }), args, tangents)[1];
export const reverse_${f} = (args: any) => _vjp(_grad(${f}, { argnums: [${argnums}] }), args);
`).join('');
  return { sources: { ...sources, 'input.ts': `${sources['input.ts']}\nimport { grad as _grad, jvp as _jvp, vjp as _vjp } from 'tapeless';\n${text}` }, wrt };
}

/** The functions whose gradient is constant: the compiler says that it has no derivative. Throws where it says more. */
export function linearIn({ diagnostics, sources }: { diagnostics: Diagnostic[]; sources: Record<string, string> }): Set<string> {
  return new Set(diagnostics.map(({ code, message, span }) => {
    if (code !== 'TL3005') throw new Error(message);
    return /_(\w+) = [^\n]*$/.exec(sources['input.ts'].slice(0, span.start))![1];
  }));
}

/** Checks the second derivatives of one function; throws where one differs. A function that is linear has none: `absent`. */
export function checkSecond(fixture: Fixture, exports: any, fn: string, wrt: number[], absent: boolean): void {
  const { rtol = 1e-11 } = fixture;
  const sources = fixture.reference ?? fixture.sources;
  for (const [k, args] of (casesOf(fixture, exports)[fn] ?? []).entries()) {
    if (fixture.singular?.[fn]?.includes(k)) continue;
    const random = normals(17);
    const given = wrt.filter((i) => i < args.length);
    const tangents = args.map((x, i) => (given.includes(i) ? unflatten(x, flatten(x).map(random)) : undefined));
    const fresh = <T>(run: () => T): T => observe(() => {
      exports.reset?.();
      return run();
    }).result;
    const arrays = isOfArrays(fixture);
    const gradients = (...xs: any[]) => exports[`reverse_${fn}`](xs)[0].slice(0, given.length);
    if (arrays && flatten(exports[fn](...args)).length !== 1) continue;
    const expected = flatten(observe(() => {
      if (arrays) return finiteDifference(gradients).jvp(args, tangents);
      const { products } = oracleHvp(sources, 'input.ts', fn, args, tangents);
      return given.map((i) => products[i]);
    }).result);
    if (!expected.every(Number.isFinite)) continue;
    const near = (mode: string, got: unknown) => {
      const actual = flatten(got);
      const size = Math.max(1, ...expected.map(Math.abs));
      if (actual.length !== expected.length) throw new Error(`${mode} of ${fn} has ${actual.length} numbers, the oracle ${expected.length}`);
      actual.forEach((x, i) => {
        const close = Object.is(x, expected[i]) || Math.abs(x - expected[i]) <= (arrays ? DIFFERENCES : 100 * rtol) * size;
        if (!close) throw new Error(`${mode} of ${fn}(${args.map((a: unknown) => JSON.stringify(a)).join(', ')}) at ${i} is ${x}, the oracle says ${expected[i]}`);
      });
    };
    if (absent) {
      near('the second derivative', expected.map(() => 0));
      continue;
    }
    near('forward over reverse', fresh(() => exports[`forward_${fn}`](args.map(copyOf), tangents.map(copyOf))).slice(0, given.length));
    // Of an argument that is left out nothing says what its cotangent looks like.
    if (given.length < wrt.length) continue;
    const reverseArgs = args.map(copyOf);
    const [gradient, pullback] = fresh(() => exports[`reverse_${fn}`](reverseArgs));
    // What the caller holds is his to change before he asks for cotangents.
    spoil([reverseArgs, gradient]);
    const bar = given.map((i) => copyOf(tangents[i]));
    for (const time of ['first', 'second']) near(`reverse over reverse, ${time} time,`, given.map((i) => pullback(bar)[i]));
  }
}

/**
 * The properties that derivatives must have at a point: they agree with the oracle, with each other, do to the
 * arguments what the function does, have its other effects once and in its order, and leave tangents and cotangents alone.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { overlap } from '../../runtime/structure.ts';
import { finiteDifference } from '../../runtime/testing/index.ts';
import { copyOf, dot, flatten, normals, unflatten } from '../../runtime/testing/vector.ts';
import { oracleJvp, oracleVjp } from '../oracle/index.ts';
import type { Compiled } from './compile.ts';
import { type Effect, observe } from './effects.ts';
import { type Fixture, functionOf, type run } from './fixtures.ts';

const show = (x: unknown) => inspect(x, { depth: 9, breakLength: Infinity });

/** Checks all modes of a function at one point; throws where something differs. */
export function check(fixture: Fixture, compiled: Pick<Compiled, 'input'>, { exports, runtime }: Awaited<ReturnType<typeof run>>, fn: string, args: any[]): void {
  const { receiver, rtol = 1e-11 } = fixture;
  const sources = fixture.reference ?? fixture.sources;
  const arrays = isOfArrays(fixture);
  const where = `${fn}(${args.map((a) => JSON.stringify(a, (_, x) => (x?.isNDArray ? `[${x.shape}]` : x))).join(', ')})`;
  const f = functionOf(exports, fn);
  const random = normals(11);
  const after = args.map(copyOf);
  const observed = <T>(run: () => T) => observe(() => {
    exports.reset?.();
    return run();
  });
  const { result: value, effects } = observed(() => f.apply(receiver, after));
  const direction = (x: any) => unflatten(x, flatten(x).map(random));
  // Differences do not know which arguments are only counted by.
  const wrt = arrays ? compiled.input.derivatives.find((d) => d.function === fn)!.wrt : fixture.wrt;
  const isActive = (i: number) => !wrt || wrt.includes(i);
  const same = (what: string, actual: any, expected: any) => {
    if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what} of ${where} is ${show(actual)}, not ${show(expected)}`);
  };
  const apart = (what: string, a: any, b: any) => {
    if (overlap(a, b)) throw new Error(`${what} of ${where} and what the caller holds share memory`);
  };
  const near = (what: string, actual: any, expected: any) => {
    same(`structure of ${what}`, shape(actual), shape(expected));
    const [a, b] = [flatten(actual), flatten(expected)];
    const size = Math.max(1, ...b.filter(Number.isFinite).map(Math.abs));
    a.forEach((x, i) => {
      const close = Object.is(x, b[i]) || (Number.isFinite(b[i]) && Math.abs(x - b[i]) <= (arrays ? DIFFERENCES * size : Math.max(rtol * Math.max(Math.abs(x), Math.abs(b[i])), rtol * 1e-4 * size)));
      if (!close) throw new Error(`${what} of ${where} at ${i} is ${x}, the oracle says ${b[i]}`);
    });
  };

  /** What the derivative returns, having had the effects that it should. */
  const during = <T>(what: string, expected: Effect[], run: () => T): T => {
    const { result, effects: had } = expected === effects ? observed(run) : observe(run);
    same(`the effects of ${what}`, had, expected);
    return result;
  };
  const once = <T>(what: string, run: () => T) => during(what, effects, run);
  const tangents = args.map(direction);
  const givenTangents = tangents.map(copyOf);
  const forwardArgs = args.map(copyOf);
  const [forwardValue, tangent] = once('jvp', () => runtime.jvp.call(receiver as never, f, forwardArgs as never, givenTangents));
  if (arrays) near('the primal in jvp', forwardValue, value);
  else same('the primal in jvp', forwardValue, value);
  same('the arguments after jvp', forwardArgs, after);
  same('the tangents that were passed', givenTangents, tangents);
  apart('the tangent', tangent, givenTangents);
  near('the tangent', tangent, observe(() => (arrays ? finiteDifference(f).jvp(args as never, tangents.map((x, i) => (isActive(i) ? x : undefined)) as never) : oracleJvp(sources, 'input.ts', fn, args, tangents.map((x, i) => (isActive(i) ? x : undefined)), { receiver }).tangent)).result);

  const cotangent = direction(value);
  const given = copyOf(cotangent);
  const reverseArgs = args.map(copyOf);
  const [reverseValue, pullback] = once('vjp', () => runtime.vjp.call(receiver as never, f, reverseArgs as never));
  if (arrays) near('the primal in vjp', reverseValue, value);
  else same('the primal in vjp', reverseValue, value);
  same('the arguments after vjp', reverseArgs, after);
  // What the caller holds is his to change before he asks for cotangents.
  spoil(reverseArgs);
  spoil(reverseValue);
  const cotangents: any = during('the pullback', [], () => pullback(given as never));
  same('the cotangent that was passed', given, cotangent);
  const again: any = during('the second pullback', [], () => pullback(given as never));
  same('the second call of the pullback', again, cotangents);
  apart('the cotangents', cotangents, [given, again]);
  const pulledBack = (bar: any): any[] => observe(() => (arrays ? finiteDifference(f).vjp(args as never, bar) : oracleVjp(sources, 'input.ts', fn, args, bar, { receiver }).cotangents)).result;
  near('the cotangents', cotangents, pulledBack(cotangent).map((x, i) => (isActive(i) ? x : unflatten(x, flatten(x).map(() => 0)))));

  const [left, right] = [dot(flatten(cotangent), flatten(tangent)), dot(flatten(cotangents), flatten(tangents))];
  const scale = dot(flatten(cotangents).map(Math.abs), flatten(tangents).map(Math.abs));
  if (Math.abs(left - right) > rtol * Math.max(1e-4, Math.abs(left), scale)) throw new Error(`⟨ȳ, Jẋ⟩ = ${left}, ⟨Jᵀȳ, ẋ⟩ = ${right} at ${where}`);

  const gradient = compiled.input.derivatives.find((d) => d.function === fn && d.mode === 'grad');
  if (!gradient || flatten(value).length !== 1) return;
  const gradArgs = args.map(copyOf);
  const argnums = gradient.wrt.filter((i) => i < args.length);
  const [gradValue, gradients] = once('grad', () => runtime.valueAndGrad(f as (...args: any[]) => number, { argnums }).apply(receiver as never, gradArgs));
  // Loops over arrays keep in double precision what operations round, and add up in another order.
  if (arrays) near('the primal in grad', gradValue, value);
  else same('the primal in grad', gradValue, value);
  same('the arguments after grad', gradArgs, after);
  const expected = pulledBack(unflatten(value, [1]));
  near('the gradient', gradients, argnums.map((i) => expected[i]));
}

/** The oracle does not know operations on n-d arrays; central differences do. */
export function isOfArrays({ sources }: Fixture): boolean { return Object.values(sources).some((text) => text.includes("'tapeless/numpy'")); }

/** How far off central differences may be, in double precision. */
export const DIFFERENCES = 1e-7;

/** Puts NaN in the place of every number in an object. */
export function spoil(x: any): void {
  if (x?.isNDArray) return;
  if (ArrayBuffer.isView(x)) (x as Float64Array).fill(NaN);
  else if (x && typeof x === 'object') {
    for (const key of Object.keys(x)) {
      if (typeof x[key] === 'number') x[key] = NaN;
      else spoil(x[key]);
    }
  }
}

/** The structure of a value, without its numbers. */
function shape(x: any): unknown {
  if (typeof x === 'number') return 'number';
  if (x instanceof Float64Array || x instanceof Float32Array) return `${x.constructor.name} ${x.length}`;
  if (x?.isNDArray) return `n-d array [${x.shape}]`;
  if (Array.isArray(x)) return x.map(shape);
  return x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)]).sort()) : x;
}

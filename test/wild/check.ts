/** What must hold of the derivatives of a program: agreement with differences of the program itself, in both modes and both orders. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { copyOf, flatten, normals, unflatten } from '../../runtime/testing/vector.ts';
import { check as checkWithOracle } from '../support/check.ts';
import type { run } from '../support/fixtures.ts';
import { type Compiled, type Wild, argumentsToMove, movable } from './programs.ts';
import { differentiate } from './reference.ts';

type Loaded = Awaited<ReturnType<typeof run>>;

const TOLERANCE = 1e-8;
/** A component this much smaller than the largest is as exact as one that is not. */
const SMALL = 1e-2;

const show = (x: unknown) => inspect(x, { depth: 9, breakLength: Infinity });

/** One set of arguments of one function, with what is needed to move them. */
function point(wild: Wild, fn: string, args: any[]) {
  const moves = movable(wild, args);
  const numbers = flatten(args);
  const at = (step: number, direction: number[]) => unflatten(args, numbers.map((x, i) => x + step * direction[i]));
  const random = normals(5);
  const direction = numbers.map((x, i) => (moves[i] ? random() * Math.max(Math.abs(x), 0.1) : 0));
  return { where: `${wild.name}: ${fn}(${args.map((a) => JSON.stringify(a)).join(', ')})`, moves, numbers, at, direction };
}

function equal(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what} is ${show(actual)}, not ${show(expected)}`);
}

function near(what: string, actual: number[], expected: number[], errors: number[], size = Math.max(...expected.map(Math.abs))): void {
  equal(`the number of components of ${what}`, actual.length, expected.length);
  actual.forEach((x, i) => {
    const allowed = TOLERANCE * Math.max(Math.abs(expected[i]), SMALL * size);
    if (!(errors[i] <= allowed)) throw new Error(`the reference of ${what} at ${i} is not exact enough: ${expected[i]} ± ${errors[i]} (compiled: ${x})`);
    if (!(Math.abs(x - expected[i]) <= allowed)) throw new Error(`${what} at ${i} is ${x}, differences say ${expected[i]}`);
  });
}

/** First order: the primal bit for bit, effects on the arguments, both modes against differences and against the oracle. */
export function checkFirstOrder(wild: Wild, compiled: Compiled, { exports, runtime }: Loaded, fn: string, args: any[]): void {
  const { where, moves, numbers, at, direction } = point(wild, fn, args);
  const original = wild.original[fn];
  const after = args.map(copyOf);
  const value = original(...after);
  const ys = flatten(value);
  if (!ys.length || !ys.every(Number.isFinite)) throw new Error(`the value of ${where} is ${show(value)}`);

  const f = exports[fn];
  const once = args.map(copyOf);
  equal(`${where}: the value`, f(...once), value);
  equal(`${where}: the arguments afterwards`, once, after);

  const jacobian = numbers.map((x, j) => (moves[j]
    ? differentiate((t) => flatten(original(...at(t, numbers.map((_, i) => (i === j ? 1 : 0))))), Math.max(Math.abs(x), 0.1)) : undefined));
  const random = normals(3);
  const weights = ys.map(() => random());
  const sum = (xs: number[]) => xs.reduce((a, b) => a + b, 0);

  const forward = args.map(copyOf);
  const [jvpValue, tangent] = runtime.jvp(f, forward as never, unflatten(args, direction) as never);
  equal(`${where}: the value in jvp`, jvpValue, value);
  equal(`${where}: the arguments after jvp`, forward, after);
  const column = (i: number, part: 'value' | 'error') => sum(jacobian.map((d, j) => (d ? d[part][i] * (part === 'value' ? direction[j] : Math.abs(direction[j])) : 0)));
  const rowSize = (i: number) => Math.max(...jacobian.map((d, j) => (d ? Math.abs(d.value[i] * direction[j]) : 0)));
  near(`${where}: the tangent`, flatten(tangent), ys.map((_, i) => column(i, 'value')), ys.map((_, i) => column(i, 'error')), Math.max(...ys.map((_, i) => rowSize(i))));

  const reverse = args.map(copyOf);
  const [vjpValue, pullback] = runtime.vjp(f, reverse as never);
  equal(`${where}: the value in vjp`, vjpValue, value);
  equal(`${where}: the arguments after vjp`, reverse, after);
  const moved = (xs: number[]) => xs.filter((_, j) => moves[j]);
  const references = jacobian.filter((d) => d !== undefined);
  near(`${where}: the cotangents`, moved(flatten(pullback(unflatten(value, weights) as never))),
    references.map((d) => sum(weights.map((w, i) => w * d.value[i]))), references.map((d) => sum(weights.map((w, i) => Math.abs(w) * d.error[i]))));

  if (wild.oracle) checkWithOracle({ name: wild.name, sources: { 'input.ts': wild.source }, cases: {}, rtol: 1e-10 }, { input: compiled.program }, { exports, runtime }, fn, args);
}

/** Second order, forward over reverse and reverse over reverse, against differences of the gradient, which has been checked. */
export function checkSecondOrder(wild: Wild, { exports, runtime }: Loaded, fn: string, args: any[], k: number): void {
  const { where, at, direction } = point(wild, fn, args);
  const argnums = argumentsToMove(wild, args);
  const isMoved = movable(wild, args);
  const starts = args.map((_, i) => flatten(args.slice(0, i)).length);
  const moved = (gradients: any[]) => argnums.flatMap((i, n) => flatten(gradients[n]).filter((_, j) => isMoved[starts[i] + j]));
  const value = wild.original[fn](...args.map(copyOf));
  const cotangent = unflatten(value, flatten(value).map((_, i) => 1 + i / 2));
  const gradient = (xs: any[]): any[] => {
    const cotangents = runtime.vjp(exports[fn], xs as never)[1](cotangent as never) as any[];
    return argnums.map((i) => cotangents[i]);
  };
  const expected = differentiate((t) => moved(gradient(at(t, direction))), 1);
  const tangents = unflatten(args, direction);
  for (const mode of ['forward', 'reverse']) {
    const product = exports[`${fn}_${k}_${mode}`](...args.map(copyOf), ...tangents.map(copyOf));
    near(`${where}: the Hessian times a vector, ${mode} over reverse,`, moved(mode === 'forward' ? product : argnums.map((i) => product[i])), expected.value, expected.error);
  }
}

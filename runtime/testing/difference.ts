/**
 * Numerical differentiation. A forward difference (f(x + h) − f(x)) / h is off by f″ h / 2, a central one
 * (f(x + h) − f(x − h)) / 2h by f‴ h² / 6; rounding adds ε f / h to both. The error is least for h near √ε and ∛ε, and
 * then of the order of √ε ≈ 1e-8 and ε^⅔ ≈ 4e-11, where derivatives by the chain rule have one of the order of ε ≈ 1e-16.
 * A derivative along one direction takes two calls, whatever the number of arguments; all partial derivatives take
 * one or two calls for each number in the arguments, which is why gradients are not computed in this way.
 */
import { checkStructure, kindOf, mapParts, zerosLike } from '../structure.ts';
import { nameOf } from '../registry.ts';
import type { AnyFunction, Cotangents, Cotangent, Tangent, Tangents } from '../types.ts';
import { copyOf, dot, flatten, sortedKeys, unflatten } from './vector.ts';

export interface DifferenceOptions {
  /** 'central' (default): an error of the order of eps², two calls for each number. 'forward': of the order of eps, one call for each and one more. */
  scheme?: 'central' | 'forward';
  /** Step, relative to max(1, |x|). Default: 6e-6 for central, 1.5e-8 for forward differences. */
  eps?: number;
  /** The argument that the gradient or Jacobian is with respect to, counted from 0. Default: 0. */
  argnum?: number;
}

export interface FiniteDifference<P extends any[], R> {
  /**
   * The gradient of a function whose result is a number, in the structure of the argument; of others the Jacobian, the
   * structure of the result outside and that of the argument inside. 2n calls (central) or n + 1 (forward) for an argument of n numbers.
   */
  (...args: P): any;
  /** The tangent J ẋ, in the structure of the result: 2 calls. An `undefined` tangent of an argument is zero. */
  jvp(primals: Readonly<P>, tangents: Tangents<P>): Cotangent<R>;
  /** The cotangents ȳᵀ J, one for each argument: 2n or n + 1 calls, n being the count of numbers in all arguments. */
  vjp(primals: Readonly<P>, cotangent: Tangent<R>): Cotangents<P>;
}

/**
 * Derivatives of a function by finite differences. `f` may be any function, compiled or not; it is called on copies of
 * the arguments.
 *
 * @throws RangeError if the step is not positive, or there is no such argument or scheme.
 * @throws TypeError, RangeError if a tangent or cotangent has not the structure of its value.
 */
export function finiteDifference<P extends any[], R>(f: (...args: P) => R, options: DifferenceOptions = {}): FiniteDifference<P, R> {
  const { scheme = 'central', eps = scheme === 'central' ? 6e-6 : 1.5e-8, argnum = 0 } = options;
  if (scheme !== 'central' && scheme !== 'forward') throw new RangeError(`tapeless: finiteDifference: there is no scheme ${scheme}, only central and forward`);
  if (!(eps > 0)) throw new RangeError(`tapeless: finiteDifference: eps is ${eps}, expected a positive number`);

  /** f with other numbers in some of its arguments. */
  const at = (primals: Readonly<P>, numbers: readonly (readonly number[] | undefined)[]): R =>
    f(...primals.map((x, i) => (numbers[i] ? unflatten(x, numbers[i]) : copyOf(x))) as P);

  /** The slopes of all numbers in one argument; `read` takes the numbers of interest from a result. */
  const partials = (primals: Readonly<P>, i: number, read: (y: R) => number[], base: number[] | undefined): number[][] => {
    const x = flatten(primals[i]);
    return x.map((xk, k) => {
      // A step that xk + h represents exactly.
      const h = xk + eps * Math.max(1, Math.abs(xk)) - xk;
      const moved = (step: number) => {
        const numbers: number[][] = [];
        numbers[i] = x.slice();
        numbers[i][k] += step;
        return read(at(primals, numbers));
      };
      const after = moved(h);
      const before = base ?? moved(-h);
      return after.map((y, l) => (y - before[l]) / (base ? h : 2 * h));
    });
  };
  const baseOf = (primals: Readonly<P>, read: (y: R) => number[]) => (scheme === 'forward' ? read(at(primals, [])) : undefined);

  const whole = (...args: P): any => {
    if (!(argnum in args)) throw new RangeError(`tapeless: finiteDifference: ${nameOf(f as AnyFunction)} was called without argument ${argnum}`);
    let like!: R;
    const read = (y: R) => flatten(like = y);
    const columns = partials(args, argnum, read, baseOf(args, read));
    if (columns.length === 0) like = at(args, []);
    return nest(like, (row) => unflatten(zerosLike(args[argnum]), columns.map((column) => column[row])));
  };

  return Object.assign(whole, {
    jvp(primals: Readonly<P>, tangents: Tangents<P>) {
      tangents.forEach((tangent, i) => {
        if (tangent !== undefined) checkStructure(tangent, primals[i], `tapeless: finiteDifference: tangent of argument ${i}`);
      });
      const directions = primals.map((_, i) => (tangents[i] === undefined ? undefined : flatten(tangents[i])));
      const size = (parts: readonly (readonly number[] | undefined)[]) => parts.reduce((most, part) => (part ?? []).reduce((m, e) => Math.max(m, Math.abs(e)), most), 0);
      const starts = primals.map((x, i) => (directions[i] ? flatten(x) : undefined));
      const h = (eps * Math.max(1, size(starts))) / (size(directions) || 1);
      const moved = (step: number) => at(primals, starts.map((x, i) => x?.map((xk, k) => xk + step * directions[i]![k])));
      const after = moved(h);
      const before = flatten(moved(scheme === 'forward' ? 0 : -h));
      return unflatten(zerosLike(after), flatten(after).map((y, k) => (y - before[k]) / (scheme === 'forward' ? h : 2 * h)));
    },
    vjp(primals: Readonly<P>, cotangent: Tangent<R>) {
      const read = (y: R) => {
        checkStructure(cotangent, y, 'tapeless: finiteDifference: cotangent of the result');
        return [dot(flatten(cotangent), flatten(y))];
      };
      const base = baseOf(primals, read);
      return primals.map((x, i) => unflatten(zerosLike(x), partials(primals, i, read, base).map(([slope]) => slope))) as Cotangents<P>;
    },
  });
}

/** The structure of a result with something in the place of each of its numbers. */
function nest(y: any, leaf: (k: number) => unknown): any {
  let next = 0;
  const build = (x: any): any => {
    switch (kindOf(x)) {
      case 'number': return leaf(next++);
      case 'floats': return Array.from(x, () => leaf(next++));
      case 'nd': return x.like(Array.from({ length: x.size }, () => leaf(next++)));
      case 'discrete': return undefined;
      default: {
        const built = new Map(sortedKeys(x).map((key) => [String(key), build(x instanceof Map ? x.get(key) : x[key])]));
        return mapParts(x, (_, key) => built.get(String(key)));
      }
    }
  };
  return build(y);
}

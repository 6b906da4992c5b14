/**
 * Numerical differentiation. A central difference (F(h) − F(−h)) / 2h has an error series in h², so
 * differences with shrinking h can be extrapolated to h = 0 (Richardson); Ridders stops where rounding begins
 * to outweigh what extrapolation gains.
 */
import type { Cotangent } from '../types.ts';
import { copyOf, flatten, unflatten } from './vector.ts';

export interface DifferenceOptions {
  /** 'central' (default): 2n calls, error ε². 'forward': n + 1 calls, error ε. */
  scheme?: 'central' | 'forward';
  /** Step, relative to max(1, |x|). Default: 6e-6 for central, 1.5e-8 for forward differences. */
  eps?: number;
  /** The argument to differentiate with respect to, counted from 0. Default: 0. */
  argnum?: number;
}

/**
 * The gradient of a function by finite differences, in the structure of the argument. `f` may be any
 * function, compiled or not; it is called on copies of the arguments.
 *
 * @throws RangeError if there is no such argument or the step is not positive.
 */
export function finiteDifference<P extends any[]>(
  f: (...args: P) => number, { scheme = 'central', eps = scheme === 'central' ? 6e-6 : 1.5e-8, argnum = 0 }: DifferenceOptions = {},
): (...args: P) => any {
  if (!(eps > 0)) throw new RangeError(`tapeless: finiteDifference: eps is ${eps}, expected a positive number`);
  return (...args) => {
    if (!(argnum in args)) throw new RangeError(`tapeless: finiteDifference: there is no argument ${argnum}`);
    const x = flatten(args[argnum]);
    const at = (i: number, step: number) => {
      const moved = x.slice();
      if (step) moved[i] += step;
      return f(...args.map((arg, k) => (k === argnum ? unflatten(arg, moved) : copyOf(arg))) as P);
    };
    const base = scheme === 'forward' ? at(0, 0) : 0;
    const slopes = x.map((xi, i) => {
      // A step that xi + h represents exactly.
      const h = xi + eps * Math.max(1, Math.abs(xi)) - xi;
      return scheme === 'forward' ? (at(i, h) - base) / h : (at(i, h) - at(i, -h)) / (2 * h);
    });
    return unflatten(args[argnum], slopes) as Cotangent<P[number]>;
  };
}

const SHRINK = 1.6;
const ROWS = 14;

/**
 * The derivative at 0 of a curve of vectors by Ridders' method, with an estimate of its error.
 * Points where the curve is not finite (outside of its domain) count as steps that were too large.
 */
export function ridders(curve: (t: number) => number[], step: number): { slope: number[]; error: number } {
  let best = { slope: [] as number[], error: Infinity };
  let previous: number[][] = [];
  for (let row = 0, h = step; row < ROWS; row++, h /= SHRINK) {
    const plus = curve(h);
    const minus = curve(-h);
    const current = [plus.map((p, i) => (p - minus[i]) / (2 * h))];
    if (row === 0) best.slope = current[0];
    let factor = SHRINK ** 2;
    for (let k = 0; k < previous.length; k++, factor *= SHRINK ** 2) {
      const next = current[k].map((c, i) => (c * factor - previous[k][i]) / (factor - 1));
      const error = Math.max(distance(next, current[k]), distance(next, previous[k]));
      if (error <= best.error) best = { slope: next, error };
      current.push(next);
    }
    const last = previous.at(-1);
    if (last && distance(current.at(-1)!, last) > 4 * best.error) break;
    previous = current[0].every(Number.isFinite) ? current : [];
  }
  return best;
}

function distance(a: number[], b: number[]): number {
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - b[i])), 0);
}

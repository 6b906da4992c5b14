/**
 * Checks a function's derivatives in random directions: forward mode against finite differences, and reverse mode
 * against forward mode by ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩, which holds to rounding whatever the step of a difference.
 */
import { derivativesOf, nameOf } from '../registry.ts';
import { jvp, vjp } from '../transforms.ts';
import type { AnyFunction } from '../types.ts';
import { ridders } from './ridders.ts';
import { copyOf, dot, flatten, isSingle, normals, unflatten } from './vector.ts';

export interface CheckOptions {
  /** Order of the derivatives. Only 1; for the second derivatives of f, check its gradient function. */
  order?: 1;
  /** Which to check: 'fwd' (jvp), 'rev' (vjp). Default: both. */
  modes?: readonly ('fwd' | 'rev')[];
  /** The largest step along a random direction of standard normal numbers. Default: 0.01. */
  eps?: number;
  /** Tolerance against finite differences, relative and absolute. Default: 1e-6, with Float32Array 1e-2. */
  rtol?: number;
  atol?: number;
  /** Random directions for each argument. Default: 3. */
  directions?: number;
  /** Seed of the random directions. Default: 0. */
  seed?: number;
}

/**
 * Checks the derivatives of a compiled function at `args`, one argument after the other. The arguments are not changed.
 *
 * @throws Error that names the function, the argument, both values and their difference, where a derivative is wrong.
 * @throws Error if `f` was not compiled.
 * @throws RangeError for an option that makes no sense.
 */
export function checkGrads<F extends AnyFunction>(f: F, args: Readonly<Parameters<F>>, options: CheckOptions = {}): void {
  const single = args.some(isSingle);
  const {
    order = 1, modes = ['fwd', 'rev'], eps = 0.01, directions = 3, seed = 0,
    rtol = single ? 1e-2 : 1e-6, atol = rtol,
  } = options;
  if (order !== 1) throw new RangeError(`tapeless: checkGrads: order is ${order}, expected 1; check the gradient function for more`);
  if (!(eps > 0)) throw new RangeError(`tapeless: checkGrads: eps is ${eps}, expected a positive number`);
  const unknown = modes.find((mode) => mode !== 'fwd' && mode !== 'rev');
  if (unknown !== undefined) throw new RangeError(`tapeless: checkGrads: there is no mode ${unknown}, only fwd and rev`);

  const random = normals(seed);
  const copies = () => args.map(copyOf) as Parameters<F>;
  for (const argument of derivativesOf(f, 'checkGrads').wrt) {
    if (argument >= args.length) continue;
    const x = flatten(args[argument]);
    for (let k = 0; k < directions; k++) {
      const direction = x.map(random);
      const tangents: any = args.map((arg, i) => (i === argument ? unflatten(arg, direction) : undefined));
      const curve = (t: number) => {
        const moved = copies();
        moved[argument] = unflatten(args[argument], x.map((xi, i) => xi + t * direction[i]));
        return flatten(f(...moved));
      };
      const fail = (what: string, derivative: number, other: string, reference: number): never => {
        throw new Error(`tapeless: checkGrads: ${what} of ${nameOf(f)} with respect to argument ${argument} is ${derivative}, `
          + `${other} ${reference}, difference ${Math.abs(derivative - reference)} (direction ${k}, seed ${seed})`);
      };

      const numeric = ridders(curve, eps);
      let slope = numeric.slope;
      if (modes.includes('fwd')) {
        slope = flatten(jvp<AnyFunction>(f, copies(), tangents)[1]);
        const scale = Math.max(...slope.map(Math.abs), ...numeric.slope.map(Math.abs));
        slope.forEach((s, i) => {
          const close = Math.abs(s - numeric.slope[i]) <= atol + rtol * scale;
          if (!close) fail('the tangent', s, `central differences give (± ${numeric.error})`, numeric.slope[i]);
        });
      }
      if (modes.includes('rev')) {
        const [value, pullback] = vjp<AnyFunction>(f, copies());
        const cotangent = flatten(value).map(random);
        const back = flatten(pullback(unflatten(value, cotangent) as never)[argument]);
        const left = dot(cotangent, slope);
        const right = dot(back, direction);
        const scale = dot(cotangent.map(Math.abs), slope.map(Math.abs)) + dot(back.map(Math.abs), direction.map(Math.abs));
        const exact = modes.includes('fwd');
        const tolerance = exact && !single ? 1e-10 * scale : atol + rtol * scale;
        const close = Math.abs(left - right) <= tolerance;
        if (!close) fail('the cotangent (along a direction)', right, exact ? 'the tangent gives' : 'central differences give', left);
      }
    }
  }
}

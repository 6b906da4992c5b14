/** Gradients that are differentiated again where it is only known at run time of which function they are. */
import { register } from './registry.ts';
import { zerosLike } from './structure.ts';
import { unavailable } from './transforms.ts';
import type { AnyFunction, Argnums, Derivatives } from './types.ts';

/**
 * As `register`, for functions with derivatives of the second order. Others do not need what it brings along.
 * @internal
 */
export function registerSecond<F extends AnyFunction>(f: F, derivatives: Derivatives): F {
  return register(f, derivatives.gradient ? { ...derivatives, ofGradient: derivativesOfGradient } : derivatives);
}

/** The derivatives of `grad(f)`, from those of the function that gives all gradients. @internal */
export function derivativesOfGradient(f: AnyFunction, { wrt, gradient: all }: Derivatives, argnums: Argnums): Derivatives {
  const { jvp: forward, fwd, bwd, ...shape } = all!;
  const places = (typeof argnums === 'number' ? [argnums] : argnums).map((i) => wrt.indexOf(i));
  const pick = (list: any[]) => (typeof argnums === 'number' ? list[places[0]] : places.map((p) => list[p]));
  // Gradients that were not asked for have a cotangent of zero.
  const sweep = function (this: unknown, ...args: unknown[]): [any, any] {
    const [list, saved] = fwd!.apply(this, args);
    return [pick(list), { saved, zeros: list.map((x: unknown, k: number) => (places.includes(k) ? undefined : zerosLike(x))) }];
  };
  const pull = ({ saved, zeros }: { saved: unknown; zeros: unknown[] }, cotangent: any) => {
    const given = typeof argnums === 'number' ? [cotangent] : cotangent;
    return bwd!(saved, zeros.map((zero, k) => (places.includes(k) ? given[places.indexOf(k)] : zero)));
  };
  return {
    ...shape,
    ...(forward && {
      jvp(this: unknown, ...args: unknown[]) {
        const [values, tangents] = forward.apply(this, args);
        return [pick(values), pick(tangents)];
      },
    }),
    ...(fwd && bwd && {
      fwd: sweep,
      bwd: pull,
      grad(this: unknown, ...args: unknown[]) {
        const [value, saved] = sweep.apply(this, args);
        if (typeof value !== 'number') throw unavailable(f, 'grad');
        return [value, ...pull(saved, 1)];
      },
    }),
  };
}

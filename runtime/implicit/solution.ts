/**
 * What `root`, `fixedPoint` and `argmin` have in common. The solution x of a system G(x, θ) = 0 depends on θ as the implicit
 * function theorem says:
 *
 *   ∂G/∂x ẋ = −∂G/∂θ θ̇          forward:  solve for ẋ
 *   (∂G/∂x)ᵀ u = −x̄,  θ̄ = (∂G/∂θ)ᵀ u     reverse:  solve for u
 *
 * The compiler writes this out where it sees a call; what is here serves functions that are only known at run time.
 */
import { nameOf, register } from '../registry.ts';
import { checkStructure, zerosLike } from '../structure.ts';
import { jvp, vjp } from '../transforms.ts';
import type { AnyFunction } from '../types.ts';
import { type SolveOptions, type System, solveLinear } from './solve.ts';

/**
 * The solver as a function with derivatives. `equation` is G, which has derivatives and gives something of the structure
 * of x; it is looked up when a derivative is taken.
 */
export function solution<X, P extends any[]>(
  solver: (...theta: P) => X, equation: () => AnyFunction, params: number, system: System, options: SolveOptions | undefined,
): (...theta: P) => X {
  const x = (...theta: P): X => solver(...theta);
  const none = Array.from({ length: params }, () => undefined);
  return register(Object.defineProperty(x, 'name', { value: nameOf(solver) }) as typeof x, {
    wrt: none.map((_, i) => i), params,
    jvp(...args: any[]) {
      const [theta, tangents] = [args.slice(0, params) as P, args.slice(params)];
      const value = solver(...theta);
      const primals: any = [value, ...theta];
      const [residual, right] = jvp(equation(), primals, [undefined, ...tangents] as never);
      checkStructure(residual, zerosLike(value), `tapeless: ${system.name}: what ${nameOf(equation())} gives`);
      return [value, solveLinear((v) => jvp(equation(), primals, [v, ...none] as never)[1], right, system, options)];
    },
    fwd(...theta: P) {
      const value = solver(...theta);
      const [residual, pull] = vjp(equation(), [value, ...theta] as never);
      checkStructure(residual, zerosLike(value), `tapeless: ${system.name}: what ${nameOf(equation())} gives`);
      return [value, pull];
    },
    bwd(pull: (u: unknown) => unknown[], bar: unknown) {
      return pull(solveLinear((v) => pull(v)[0], bar, system, options)).slice(1);
    },
    grad(...args: any[]) {
      const theta = args.slice(0, params) as P;
      const value = solver(...theta);
      if (typeof value !== 'number') throw new TypeError(`tapeless: grad: the result of ${nameOf(solver)} is not a number; use vjp or jvp`);
      const [, pull] = vjp(equation(), [value, ...theta] as never);
      return [value, ...(pull(solveLinear((v) => (pull as AnyFunction)(v)[0], args.length > params ? args[params] : 1, system, options) as never) as unknown[]).slice(1)];
    },
  });
}

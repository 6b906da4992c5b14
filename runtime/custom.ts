/**
 * Functions whose derivative is given rather than derived. The compiler puts a rule in the place where it would
 * differentiate the function, and differentiates the rule where higher derivatives are asked for. Here is what remains at
 * run time: a rule that was not compiled is called as it is.
 */
import { nameOf, register, registered } from './registry.ts';
import { checkStructure, cloneOf, describe, zerosLike } from './structure.ts';
import type { AnyFunction, Cotangent, Cotangents, Tangent } from './types.ts';

/** Cotangents as a rule gives them, one for each argument; `undefined` is zero. */
export type RuleCotangents<P extends readonly unknown[]> = { readonly [K in keyof P]: Tangent<P[K]> | undefined };

/** A rule for reverse mode: the value, and the pullback that takes a cotangent of it to the cotangents of the arguments. */
export type VjpRule<F extends AnyFunction> = (...primals: Parameters<F>) =>
  readonly [value: ReturnType<F>, pullback: (cotangent: Cotangent<ReturnType<F>>) => RuleCotangents<Parameters<F>>];

/** A rule for forward mode: value and tangent from the arguments and their tangents, of which none is left out. */
export type JvpRule<F extends AnyFunction> = (primals: Parameters<F>, tangents: Required<Cotangents<Parameters<F>>>) =>
  readonly [value: ReturnType<F>, tangent: Tangent<ReturnType<F>>];

/**
 * Gives a function its derivative by a rule for reverse mode: `rule(...primals)` returns the value and its pullback, which
 * takes a cotangent in the structure of the value and returns a list with one cotangent for each argument, in the structure
 * of that argument (`undefined` for zero, and for arguments that have none).
 *
 *     export const relu = customVjp((x: number) => Math.max(x, 0), (x) => [Math.max(x, 0), (g) => [x > 0 ? g : 0]]);
 *
 * It returns `f`, and as a statement of its own it gives the rule to `f` itself, also to a function of a package:
 * `customVjp(erfinv, (x) => …)`. The rule must not change its arguments, nor return them as they are. Where it is linear in
 * the cotangent, forward mode comes from it, too; otherwise, give it by `customJvp`.
 *
 * @throws TypeError, RangeError when a derivative is taken, if the rule gives something else than this.
 */
export function customVjp<F extends AnyFunction>(f: F, rule: VjpRule<F>): F {
  const params = Math.max(f.length, rule.length);
  const run = function (self: unknown, primals: Parameters<F>) {
    const zeros = Array.from({ length: params }, (_, i) => zerosLike(primals[i]));
    const result: unknown = rule.apply(self, primals);
    if (!Array.isArray(result) || result.length !== 2 || typeof result[1] !== 'function') {
      throw new TypeError(`tapeless: customVjp: the rule of ${nameOf(f)} gives ${describe(result)}, expected [value, pullback]`);
    }
    const [value, pullback] = result as unknown as [ReturnType<F>, (cotangent: unknown) => unknown];
    return { value, pull: (cotangent: unknown) => complete(f, pullback(cotangent), zeros) };
  };
  return register(f, {
    ...registered(f),
    wrt: Array.from({ length: params }, (_, i) => i), params,
    fwd(this: unknown, ...primals: Parameters<F>) {
      const { value, pull } = run(this, primals);
      return [value, pull];
    },
    bwd: (pull: (cotangent: unknown) => unknown[], cotangent: unknown) => pull(cotangent),
    grad(this: unknown, ...args: any) {
      const { value, pull } = run(this, args.slice(0, params));
      if (typeof value !== 'number') throw new TypeError(`tapeless: grad: the result of ${nameOf(f)} is not a number; use vjp or jvp`);
      return [value, ...pull(args.length > params ? args[params] : 1)];
    },
  });
}

/**
 * Gives a function its derivative by a rule for forward mode: `rule(primals, tangents)` returns the value and its tangent, in
 * the structure of the value. Reverse mode comes from it, too, for a tangent is linear in the tangents of the arguments.
 *
 *     export const sinc = customJvp((x: number) => (x === 0 ? 1 : Math.sin(x) / x), ([x], [x_dot]) => …);
 *
 * For the rest, see `customVjp`; a function may have a rule for each mode.
 *
 * @throws TypeError, RangeError when a derivative is taken, if the rule gives something else than this.
 */
export function customJvp<F extends AnyFunction>(f: F, rule: JvpRule<F>): F {
  const known = registered(f);
  const params = Math.max(f.length, known?.params ?? 0);
  return register(f, {
    ...known,
    wrt: Array.from({ length: params }, (_, i) => i), params,
    jvp(this: unknown, ...args: any[]) {
      const result: unknown = rule.call(this, args.slice(0, params) as Parameters<F>, args.slice(params) as never);
      if (!Array.isArray(result) || result.length !== 2) {
        throw new TypeError(`tapeless: customJvp: the rule of ${nameOf(f)} gives ${describe(result)}, expected [value, tangent]`);
      }
      checkStructure(result[1], result[0], `tapeless: customJvp: the rule of ${nameOf(f)}: the tangent`);
      return result;
    },
  });
}

/**
 * Gives a function of numbers its partial derivatives, in one line. They are expressions over its parameters and `y`, the
 * result, which may use functions of `Math`, special functions of tapeless and functions of the module, by their names:
 *
 *     elementwise('myTanh(x)', ['1 - y * y']);
 *
 * The signature names a function that the module declares or imports. `singular` says where a partial may be infinite
 * at a finite argument: there, zero times infinity is zero.
 *
 * @throws RangeError if there is not one partial for each parameter.
 */
export function elementwise(signature: string, partials: readonly string[], options?: ElementwiseOptions): void {
  const parameters = /^\s*[\w$.]+\s*\(([^()]*)\)\s*$/.exec(signature)?.[1].split(',');
  if (!parameters) throw new TypeError(`tapeless: elementwise: ${JSON.stringify(signature)} is not a signature such as 'f(x, y)'`);
  const given = partials.length;
  if (given !== parameters.length) throw new RangeError(`tapeless: elementwise: ${signature} has ${given} partials, expected ${parameters.length}, one for each parameter`);
  void options;
}

export interface ElementwiseOptions {
  /** By parameter, counted from 0: a condition on the parameters, such as 'x === 0'. */
  readonly singular?: Readonly<Record<number, string>>;
}

/**
 * `x`, and code that runs on its cotangent in the reverse sweep: to clip it, to log it, to stop at it in a debugger.
 *
 *     const y = onCotangent(x, (g) => Math.max(-1, Math.min(1, g)));
 *
 * `callback` gets the cotangent of what `onCotangent` returns, in its structure; what it returns goes on in its place, and if
 * it returns nothing, the cotangent itself does. It may use variables of the function around, and must not change them. In
 * forward mode, tangents pass unchanged. Of an array or a record a copy is returned. Without the compiler that is all.
 */
export function onCotangent<T>(x: T, callback: (cotangent: Cotangent<T>) => Tangent<T> | void): T {
  void callback;
  return cloneOf(x);
}

/** Cotangents that a rule gives, checked and with zeros in place of `undefined`. */
function complete(f: AnyFunction, cotangents: unknown, zeros: readonly unknown[]): unknown[] {
  if (!Array.isArray(cotangents)) throw new TypeError(`tapeless: customVjp: the pullback of ${nameOf(f)} gives ${describe(cotangents)}, expected a list of cotangents`);
  if (cotangents.length !== zeros.length) {
    throw new RangeError(`tapeless: customVjp: the pullback of ${nameOf(f)} gives ${cotangents.length} cotangents, expected ${zeros.length}, one for each argument`);
  }
  return zeros.map((zero, i) => (cotangents[i] === undefined ? zero : ruleCotangent(cotangents[i], zero, nameOf(f), i)));
}

/**
 * A cotangent that a rule gives, checked against something of the structure that it must have.
 * @throws TypeError, RangeError
 * @internal
 */
export function ruleCotangent<T>(cotangent: T, like: unknown, f: string, i: number): T {
  checkStructure(cotangent, like, `tapeless: the rule of ${f}: cotangent of argument ${i}`);
  return cotangent;
}

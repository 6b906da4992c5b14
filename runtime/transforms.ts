/**
 * The transforms of a program's functions. The compiler has written the derivatives; what is left to do
 * here is to pick them, to check what the caller passes, and to put results into the caller's form.
 */
import { derivativesOf, nameOf } from './registry.ts';
import { checkStructure, describe, zerosLike } from './structure.ts';
import type { AnyFunction, Argnums, Cotangent, Cotangents, Derivatives, Gradient, GradOptions, ScalarFunction, Tangent, Tangents } from './types.ts';

/**
 * The gradient of a function whose result is a number.
 *
 * `grad(f)(...args)` has the structure of the argument that `argnums` names (by default the first), in units of
 * the result per unit of the argument; for a list of arguments (`[0]`, too) it is a tuple of gradients.
 * Like `f`, it takes `this`, and changes the arguments that `f` changes, and no others.
 *
 * @param derivatives Inserted by the compiler.
 * @throws Error if `f` was not compiled, or has no derivative with respect to that argument.
 * @throws RangeError if `f` has no such argument.
 * @throws TypeError when called, if an argument can have no derivative (a string where a number belongs).
 */
export function grad<F extends ScalarFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'grad'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => Gradient<F, A> {
  const run = gradient(f, derivatives, 'grad');
  const pick = picker(f, derivatives, options, 'grad');
  return function (this: unknown, ...args) {
    return pick(run(this, args), args);
  };
}

/**
 * Value and gradient at the cost of the gradient: `[f(...args), grad(f, options)(...args)]`. See `grad`.
 *
 * @param derivatives Inserted by the compiler.
 * @throws As `grad`.
 */
export function valueAndGrad<F extends ScalarFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'valueAndGrad'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => [value: ReturnType<F>, gradient: Gradient<F, A>] {
  const run = gradient(f, derivatives, 'valueAndGrad');
  const pick = picker(f, derivatives, options, 'valueAndGrad');
  return function (this: unknown, ...args) {
    const results = run(this, args);
    return [results[0], pick(results, args)];
  };
}

/**
 * Value and pullback (reverse mode): `const [y, pullback] = vjp(f, primals)`.
 *
 * `pullback(ȳ)` takes a cotangent of the structure of `y` and gives a list with the cotangent of each argument,
 * ȳᵀ ∂y/∂x, in the structure of that argument: zero where the result does not depend on it, `undefined`
 * for leaves without derivative. `f` runs once, in `vjp`; the pullback may be called many times, and later, and
 * gives fresh arrays each time. `this` of `vjp` is `this` of `f`; a closure is plainer: `vjp((x: number) => spring.energy(x), [x])`.
 *
 * @param derivatives Inserted by the compiler.
 * @throws Error if `f` was not compiled.
 * @throws TypeError, RangeError if a primal or a cotangent is of the wrong kind or length.
 */
export function vjp<F extends AnyFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'vjp'),
): [value: ReturnType<F>, pullback: (cotangent: Tangent<ReturnType<F>>) => Cotangents<Parameters<F>>] {
  const { wrt, params, fwd, bwd } = derivatives;
  if (!fwd || !bwd) throw unavailable(f, 'vjp');
  checkPrimals(f, primals, derivatives, 'vjp');
  if (primals.length > params) throw tooMany(f, primals, params, 'vjp');
  // The caller may change the arguments before the pullback runs, so their structure is taken down now.
  const inactive = primals.map((x, i) => (wrt.includes(i) ? undefined : zerosLike(x)));
  const [value, saved] = fwd.apply(this, primals);
  const pullback = (cotangent: unknown) => {
    checkStructure(cotangent, value, 'tapeless: vjp: cotangent of the result');
    const active = bwd(saved, cotangent);
    wrt.forEach((i, k) => checkKind(f, i, primals[i], active[k], 'vjp'));
    return inactive.map((zeros, i) => (wrt.includes(i) ? active[wrt.indexOf(i)] : zerosLike(zeros)));
  };
  return [value, pullback as never];
}

/**
 * Value and tangent (forward mode): `const [y, ẏ] = jvp(f, primals, tangents)`.
 *
 * Each tangent has the structure of its argument; `undefined` is zero, and what has no derivative in it (a string)
 * is ignored. ẏ = Σ ∂y/∂x · ẋ has the structure of `y`. The tangents are not changed.
 * Arguments that the result does not depend on, or that the mark's `wrt` leaves out, count as constant.
 * `this` of `jvp` is `this` of `f`.
 *
 * @param derivatives Inserted by the compiler.
 * @throws Error if `f` was not compiled.
 * @throws TypeError, RangeError if a primal or a tangent is of the wrong kind or length.
 */
export function jvp<F extends AnyFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, tangents: Tangents<Parameters<F>>,
  /** @internal */ derivatives: Derivatives = derivativesOf(f, 'jvp'),
): [value: ReturnType<F>, tangent: Cotangent<ReturnType<F>>] {
  const { wrt, params, jvp: run } = derivatives;
  if (!run) throw unavailable(f, 'jvp');
  checkPrimals(f, primals, derivatives, 'jvp');
  if (primals.length > params) throw tooMany(f, primals, params, 'jvp');
  if (tangents.length > primals.length) {
    throw new RangeError(`tapeless: jvp: ${tangents.length} tangents for ${primals.length} arguments of ${nameOf(f)}`);
  }
  tangents.forEach((tangent, i) => {
    if (tangent !== undefined) checkStructure(tangent, primals[i], `tapeless: jvp: tangent of argument ${i}`);
  });
  const args: unknown[] = [...primals];
  args.length = params;
  return run.call(this, ...args, ...wrt.map((i) => tangents[i] ?? zerosLike(primals[i] ?? 0)));
}

/**
 * The value itself, for whose derivative the compiler takes zero.
 */
export function stopGradient<T>(x: T): T {
  return x;
}

type Run = (self: unknown, args: unknown[]) => any[];

/** The function that gives value and gradients at once, with its arguments checked. */
function gradient(f: AnyFunction, derivatives: Derivatives, transform: string): Run {
  const { params, grad } = derivatives;
  if (!grad) throw unavailable(f, transform);
  return (self, args) => {
    checkPrimals(f, args, derivatives, transform);
    // `xs.map(grad(f))` passes more than f takes, and behind f's arguments comes the cotangent.
    if (args.length > params) args.length = params;
    return grad.apply(self, args);
  };
}

/** Picks the gradients that the caller asks for. */
function picker(f: AnyFunction, { wrt, params }: Derivatives, options: GradOptions | undefined, transform: string) {
  const argnums = options?.argnums ?? 0;
  const position = (i: number) => {
    if (!Number.isInteger(i) || i < 0 || i >= params) {
      throw new RangeError(`tapeless: ${transform}: ${nameOf(f)} has no argument ${i}, its ${params} arguments count from 0`);
    }
    if (!wrt.includes(i)) throw new Error(`tapeless: ${transform}: ${nameOf(f)} has no derivative with respect to argument ${i}`);
    return 1 + wrt.indexOf(i);
  };
  const take = (results: any[], args: unknown[], i: number, at: number) => {
    checkKind(f, i, args[i], results[at], transform);
    return results[at];
  };
  if (typeof argnums === 'number') {
    const at = position(argnums);
    return (results: any[], args: unknown[]) => take(results, args, argnums, at);
  }
  const at = argnums.map(position);
  return (results: any[], args: unknown[]) => argnums.map((i, k) => take(results, args, i, at[k])) as any;
}

/** Cheap enough for every call: no argument with a derivative is null, a string, a boolean or a function. */
function checkPrimals(f: AnyFunction, primals: readonly unknown[], { wrt }: Derivatives, transform: string): void {
  for (const i of wrt) {
    const x = primals[i];
    if (x === null || (typeof x !== 'number' && typeof x !== 'object' && x !== undefined)) {
      throw new TypeError(`tapeless: ${transform}: argument ${i} of ${nameOf(f)} is ${describe(x)}, which has no derivative`);
    }
  }
}

/** The cotangent tells what kind of argument was expected: a number, or something with parts. */
function checkKind(f: AnyFunction, i: number, x: unknown, cotangent: unknown, transform: string): void {
  if (typeof x !== typeof cotangent && x !== undefined) {
    throw new TypeError(`tapeless: ${transform}: argument ${i} of ${nameOf(f)} is ${describe(x)}, expected ${describe(cotangent)}`);
  }
}

function tooMany(f: AnyFunction, primals: readonly unknown[], params: number, transform: string): RangeError {
  return new RangeError(`tapeless: ${transform}: ${primals.length} primals, but ${nameOf(f)} has ${params} arguments`);
}

function unavailable(f: AnyFunction, transform: string): TypeError {
  return new TypeError(transform === 'vjp' || transform === 'jvp'
    ? `tapeless: ${transform}: ${nameOf(f)} was compiled without this derivative`
    : `tapeless: ${transform}: the result of ${nameOf(f)} is not a number; use vjp or jvp`);
}

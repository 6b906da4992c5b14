/**
 * The transforms of a program's functions. The compiler has written the derivatives; what is left to do
 * here is to pick them, to check what the caller passes, and to put results into the caller's form.
 */
import { derivativesOf, madeOf, nameOf, register } from './registry.ts';
import { checkStructure, cloneOf, copyTangent, describe, overlap, zerosLike } from './structure.ts';
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
 * @throws TypeError when called, if an argument can have no derivative (a string where a number belongs), or if
 *   arguments share memory to which `f` writes.
 */
export function grad<F extends ScalarFunction, const A extends Argnums = 0>(
  f: F, options?: GradOptions<A>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'grad'),
): (this: ThisParameterType<F>, ...args: Parameters<F>) => Gradient<F, A> {
  const made = madeOf(gradient(f, options, derivatives, 'grad', (_, gradients) => gradients), f);
  return derivatives.ofGradient ? register(made, derivatives.ofGradient(f, derivatives, options?.argnums ?? 0)) : made;
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
  return madeOf(gradient(f, options, derivatives, 'valueAndGrad', (value, gradients) => [value, gradients]), f);
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
 * @throws TypeError, RangeError if a primal or a cotangent is of the wrong kind or length, or as `grad`.
 */
export function vjp<F extends AnyFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, /** @internal */ derivatives: Derivatives = derivativesOf(f, 'vjp'),
): [value: ReturnType<F>, pullback: (cotangent: Tangent<ReturnType<F>>) => Cotangents<Parameters<F>>] {
  const { wrt, params, fwd, bwd } = derivatives;
  if (!fwd || !bwd) throw unavailable(f, 'vjp');
  if (derivatives.rest) {
    const [value, pullback] = vjp.call(this, f, gather(primals, params), { ...derivatives, rest: false });
    return [value, ((cotangent: Tangent<ReturnType<F>>) => spreadOut(pullback(cotangent))) as never];
  }
  checkPrimals(f, primals, derivatives, 'vjp');
  // The caller may change the arguments before the pullback runs, so their structure is taken down now.
  const inactive = primals.map((x, i) => (wrt.includes(i) ? undefined : zerosLike(x)));
  const [value, saved] = fwd.apply(this, primals);
  const pullback = (cotangent: unknown) => {
    checkStructure(cotangent, value, `tapeless: vjp: cotangent of the result of ${nameOf(f)}`);
    const active = bwd(saved, cotangent);
    wrt.forEach((i, k) => checkKind(f, i, primals[i], active[k], 'vjp'));
    // The reverse sweep keeps memory for its next run; the caller gets its own.
    return inactive.map((zeros, i) => (wrt.includes(i) ? copyTangent(active[wrt.indexOf(i)]) : zerosLike(zeros)));
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
 * @throws TypeError, RangeError if a primal or a tangent is of the wrong kind or length, or as `grad`.
 */
export function jvp<F extends AnyFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, tangents: Tangents<Parameters<F>>,
  /** @internal */ derivatives: Derivatives = derivativesOf(f, 'jvp'),
): [value: ReturnType<F>, tangent: Cotangent<ReturnType<F>>] {
  return forward.call(this, f, primals, tangents, derivatives, 'jvp');
}

/** What `jvp` and `hvp` do: the derivatives differ. */
function forward(this: unknown, f: AnyFunction, primals: readonly any[], tangents: readonly any[], derivatives: Derivatives, transform: string): any {
  const { wrt, params, jvp: run } = derivatives;
  if (!run) throw unavailable(f, transform);
  if (derivatives.rest) {
    if (tangents.length > primals.length) throw tooMany(f, tangents, primals, transform);
    const zeros = primals.map((x, i) => (i < tangents.length && tangents[i] !== undefined ? tangents[i] : i < params - 1 ? undefined : zerosLike(x)));
    return forward.call(this, f, gather(primals, params), gather(zeros, params), { ...derivatives, rest: false }, transform);
  }
  checkPrimals(f, primals, derivatives, transform);
  if (tangents.length > primals.length) throw tooMany(f, tangents, primals, transform);
  tangents.forEach((tangent, i) => {
    if (tangent !== undefined) checkStructure(tangent, primals[i], `tapeless: ${transform}: tangent of argument ${i} of ${nameOf(f)}`);
  });
  const args: unknown[] = [...primals];
  args.length = params;
  // Where the function writes to its arguments, its derivative writes to their tangents: not to the caller's.
  return run.call(this, ...args, ...wrt.map((i) => (tangents[i] === undefined ? zerosLike(primals[i]) : copyTangent(tangents[i], primals[i]))));
}

/**
 * Hessian times vector, forward over reverse: `hvp(f, primals, tangents)` is the derivative of `grad(f)`, the gradient with
 * respect to the first argument, in the direction of the tangents, Σ ∂²f/∂x₀∂x · ẋ, in the structure of that argument.
 * It costs a few times as much as `f` itself, whatever the number of unknowns, and runs `f` once.
 *
 * @param derivatives Inserted by the compiler.
 * @throws Error if `f` was not compiled, or, where it is only known at run time, not with `order=2`.
 * @throws TypeError if the result of `f` is not a number.
 * @throws TypeError, RangeError as `jvp`.
 */
export function hvp<F extends ScalarFunction>(
  this: ThisParameterType<F>,
  f: F, primals: Readonly<Parameters<F>>, tangents: Tangents<Parameters<F>>,
  /** @internal */ derivatives: Derivatives = derivativesOf(f, 'hvp'),
): Gradient<F, 0> {
  const { gradient: second, wrt } = derivatives;
  if (!second) throw derivatives.grad ? new Error(`tapeless: hvp: ${nameOf(f)} was compiled without second derivatives; put // @differentiate order=2 above it`) : unavailable(f, 'hvp');
  const place = wrt.indexOf(0);
  if (place < 0) throw new Error(`tapeless: hvp: ${nameOf(f)} has no derivative with respect to argument 0`);
  if (!second.tangent) return forward.call(this, f, primals, tangents, second, 'hvp')[1][place];
  return forward.call(this, f, primals, tangents, { ...second, jvp: second.tangent }, 'hvp')[place];
}

/**
 * The value, for whose derivative the compiler takes zero; of an array or a record, a copy.
 */
export function stopGradient<T>(x: T): T {
  return cloneOf(x);
}

function tooMany(f: AnyFunction, tangents: readonly unknown[], primals: readonly unknown[], transform: string): RangeError {
  return new RangeError(`tapeless: ${transform}: ${tangents.length} tangents for ${primals.length} arguments of ${nameOf(f)}`);
}

/** Arguments as derivatives of a function with a rest parameter take them: (1, 2, 3) → [1, [2, 3]] @internal */
export function gather(args: readonly unknown[], params: number): any {
  return [...args.slice(0, params - 1), args.slice(params - 1)];
}

function spreadOut(cotangents: readonly any[]): unknown[] {
  return [...cotangents.slice(0, -1), ...cotangents[cotangents.length - 1]];
}

/** `grad` and `valueAndGrad`: they differ in the result that they make of value and gradients. */
function gradient(
  f: AnyFunction, options: GradOptions | undefined, { wrt, params, rest, disjoint, grad }: Derivatives, transform: string, result: (value: any, gradients: any) => any,
): (this: any, ...args: any[]) => any {
  if (!grad) throw unavailable(f, transform);
  const argnums = options?.argnums ?? 0;
  const asked = typeof argnums === 'number' ? [argnums] : argnums;
  if (rest) {
    const last = params - 1;
    const places = asked.map((i) => Math.min(i, last));
    const run = gradient(f, { argnums: places }, { wrt, params, disjoint, grad }, transform, (value, gradients) => [value, gradients]);
    return function (this: unknown, ...args: unknown[]) {
      for (const i of asked) if (i >= last && i >= args.length) throw new RangeError(`tapeless: ${transform}: ${nameOf(f)} was called without argument ${i}`);
      const [value, gradients] = run.apply(this, gather(args, params));
      const parts = asked.map((i, k) => (i < last ? gradients[k] : gradients[k][i - last]));
      return result(value, typeof argnums === 'number' ? parts[0] : parts);
    };
  }
  const places = asked.map((i) => 1 + placeOf(f, i, { wrt, params }, transform));
  const pick = (results: any[], k: number, x: unknown) => {
    checkKind(f, asked[k], x, results[places[k]], transform);
    return results[places[k]];
  };
  // Scalar functions are called so often that a list of arguments would cost more than they do.
  if (params === 1 && argnums === 0) {
    return function (this: unknown, x: unknown) {
      checkPrimal(f, 0, x, transform);
      const results = grad.call(this, x);
      return result(results[0], pick(results, 0, x));
    };
  }
  return function (this: unknown, ...args: unknown[]) {
    for (let k = 0; k < wrt.length; k++) checkPrimal(f, wrt[k], args[wrt[k]], transform);
    if (disjoint) checkDisjoint(f, args, disjoint, transform);
    // `xs.map(grad(f))` passes more than f takes, and behind f's arguments comes the cotangent.
    const results = grad.apply(this, args.length > params ? args.slice(0, params) : args);
    return result(results[0], typeof argnums === 'number' ? pick(results, 0, args[argnums]) : asked.map((i, k) => pick(results, k, args[i])));
  };
}

/** Which of the arguments with a derivative this one is. @internal */
export function placeOf(f: AnyFunction, i: number, { wrt, params }: Pick<Derivatives, 'wrt' | 'params'>, transform: string): number {
  if (!Number.isInteger(i) || i < 0 || i >= params) {
    throw new RangeError(`tapeless: ${transform}: ${nameOf(f)} has no argument ${i}, its ${params} arguments count from 0`);
  }
  if (!wrt.includes(i)) throw new Error(`tapeless: ${transform}: ${nameOf(f)} has no derivative with respect to argument ${i}`);
  return wrt.indexOf(i);
}

/** Cheap enough for every call: what has a derivative is no string, boolean or function. @internal */
export function checkPrimal(f: AnyFunction, i: number, x: unknown, transform: string): void {
  if (typeof x !== 'number' && typeof x !== 'object' && x !== undefined) {
    throw new TypeError(`tapeless: ${transform}: argument ${i} of ${nameOf(f)} is ${describe(x)}, which has no derivative`);
  }
}

/** The cotangent tells what kind of argument was expected: a number, or something with parts. */
function checkKind(f: AnyFunction, i: number, x: unknown, cotangent: unknown, transform: string): void {
  if (x === null ? cotangent !== undefined : x !== undefined && typeof x !== typeof cotangent) {
    throw new TypeError(`tapeless: ${transform}: argument ${i} of ${nameOf(f)} is ${describe(x)}, expected ${describe(cotangent)}`);
  }
}

/** The checks of primals that are given as a list. @internal */
export function checkPrimals(f: AnyFunction, primals: readonly unknown[], { wrt, params, disjoint }: Derivatives, transform: string): void {
  if (primals.length > params) {
    throw new RangeError(`tapeless: ${transform}: ${primals.length} primals, but ${nameOf(f)} has ${params} arguments`);
  }
  for (const i of wrt) checkPrimal(f, i, primals[i], transform);
  if (disjoint) checkDisjoint(f, primals, disjoint, transform);
}

/** Derivatives take arguments to be apart; where the function writes to one, that must be so. @internal */
export function checkDisjoint(f: AnyFunction, args: readonly unknown[], pairs: readonly (readonly [number, number])[], transform: string): void {
  for (const [i, k] of pairs) {
    if (overlap(args[i], args[k])) {
      throw new TypeError(`tapeless: ${transform}: arguments ${i} and ${k} of ${nameOf(f)} share memory, and ${nameOf(f)} writes to argument ${i}; pass a copy`);
    }
  }
}

/** @internal */
export function unavailable(f: AnyFunction, transform: string): TypeError {
  return new TypeError(transform === 'grad' || transform === 'valueAndGrad'
    ? `tapeless: ${transform}: the result of ${nameOf(f)} is not a number; use vjp or jvp`
    : `tapeless: ${transform}: ${nameOf(f)} was compiled without this derivative`);
}

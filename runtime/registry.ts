/** Derivatives by function, for functions that are only known at run time. */
import type { AnyFunction, Derivatives } from './types.ts';

const registry = /* @__PURE__ */ new WeakMap<AnyFunction, Derivatives>();

/**
 * Attaches derivatives to a function and returns it. The compiler inserts the calls.
 * @internal
 */
export function register<F extends AnyFunction>(f: F, derivatives: Derivatives): F {
  // One place may need more of them than another.
  const known = registry.get(f);
  const gradient = known?.gradient && derivatives.gradient ? { gradient: { ...known.gradient, ...derivatives.gradient } } : {};
  registry.set(f, { ...known, ...derivatives, ...gradient });
  return f;
}

/** What is known of a function, if anything. */
export function registered(f: AnyFunction): Derivatives | undefined { return registry.get(f); }

/**
 * The derivatives of a function.
 * @throws Error if the compiler has not seen it.
 * @internal
 */
export function derivativesOf(f: AnyFunction, transform: string): Derivatives {
  if (typeof f !== 'function') throw new TypeError(`tapeless: ${transform}: expected a function, got ${f === null ? 'null' : typeof f}`);
  const derivatives = registry.get(f);
  const of = originOf(f);
  if (!derivatives && of !== f) {
    throw new Error(`tapeless: ${transform}: no further derivative of a gradient of ${nameOf(of)}, which is only known at run time; `
      + `put // @differentiate order=2 above it, or write ${transform}(grad(${nameOf(of)})), which works to any order.`);
  }
  if (!derivatives && `${f}`.endsWith('[native code] }')) throw new Error(`tapeless: ${transform}: ${nameOf(f)} is native; write (x) => ${nameOf(f)}(x) instead`);
  if (!derivatives) {
    throw new Error(`tapeless: ${nameOf(f)} was not compiled; `
      + 'put // @differentiate above it, add { "transform": "tapeless/transformer", "transformProgram": true } '
      + 'to "plugins" of "compilerOptions" in tsconfig.json, and compile with npx tspc (tsc ignores plugins). See the README.');
  }
  return derivatives;
}

const MADE_OF = Symbol('tapeless.of');

/** Notes of which function a transform has made this one. @internal */
export function madeOf<G extends AnyFunction>(made: G, f: AnyFunction): G {
  (made as { [MADE_OF]?: AnyFunction })[MADE_OF] = f;
  return made;
}

function originOf(f: AnyFunction): AnyFunction {
  const of = (f as { [MADE_OF]?: AnyFunction })[MADE_OF];
  return of ? originOf(of) : f;
}

/** How messages call a function. */
export function nameOf(f: AnyFunction): string {
  return f.name || 'the function';
}

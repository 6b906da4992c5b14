/** Derivatives by function, for functions that are only known at run time. */
import type { AnyFunction, Derivatives } from './types.ts';

const registry = /* @__PURE__ */ new WeakMap<AnyFunction, Derivatives>();

/**
 * Attaches derivatives to a function and returns it. The compiler inserts the calls.
 * @internal
 */
export function register<F extends AnyFunction>(f: F, derivatives: Derivatives): F {
  registry.set(f, derivatives);
  return f;
}

/**
 * The derivatives of a function.
 * @throws Error if the compiler has not seen it.
 * @internal
 */
export function derivativesOf(f: AnyFunction, transform: string): Derivatives {
  if (typeof f !== 'function') throw new TypeError(`tapeless: ${transform}: expected a function, got ${f === null ? 'null' : typeof f}`);
  const derivatives = registry.get(f);
  if (!derivatives) {
    throw new Error(`tapeless: ${nameOf(f)} was not compiled; `
      + 'put // @differentiate above it, add { "transform": "tapeless/transformer", "transformProgram": true } '
      + 'to "plugins" of "compilerOptions" in tsconfig.json, and compile with npx tspc (tsc ignores plugins). See the README.');
  }
  return derivatives;
}

/** How messages call a function. */
export function nameOf(f: AnyFunction): string {
  return f.name || 'the function';
}

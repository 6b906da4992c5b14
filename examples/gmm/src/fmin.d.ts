/**
 * The part of `fmin` that is used here; the package has no types. Its build is a script, not a module:
 * importing it defines the global variable `fmin`.
 */
declare module 'fmin' {}

interface Found { x: Float64Array; fx: number; fxprime: Float64Array }

declare const fmin: {
  /** Nonlinear conjugate gradients (Polak–Ribière) with a Wolfe line search. `f` returns the value and writes the gradient. */
  conjugateGradient(
    f: (x: Float64Array, gradient: Float64Array) => number,
    initial: Float64Array,
    options?: { maxIterations?: number },
  ): Found;
};

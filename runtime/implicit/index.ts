/** Derivatives of what solvers find, by the implicit function theorem: `tapeless/implicit`. */
export { argmin, minimum } from './argmin.ts';
export { fixedPoint } from './fixed.ts';
export { root } from './root.ts';
export type { SolveOptions } from './solve.ts';

/** The transforms that tapeless exports, as far as the text of a call tells: one line for each. */

import type { MatrixName } from '../ir/composed.ts';

export interface Transform {
  /** How many parameters a call has before the record of derivatives that the compiler inserts. */
  parameters: number;
  /** Which of them holds `argnums`. */
  options?: number;
  /** Which of them holds `inAxes`. */
  axes?: number;
  /** Its result is a function that can be transformed in turn: `grad(grad(f))`. */
  givesFunction?: boolean;
}

export const TRANSFORMS = {
  grad: { parameters: 2, options: 1, givesFunction: true },
  valueAndGrad: { parameters: 2, options: 1, givesFunction: true },
  vjp: { parameters: 2 },
  jvp: { parameters: 3 },
  hvp: { parameters: 3 },
  linearize: { parameters: 2 },
  jacfwd: { parameters: 2, options: 1, givesFunction: true },
  jacrev: { parameters: 2, options: 1, givesFunction: true },
  jacobian: { parameters: 2, options: 1, givesFunction: true },
  hessian: { parameters: 2, options: 1, givesFunction: true },
  vmap: { parameters: 2, axes: 1, givesFunction: true },
} satisfies Record<string, Transform>;

export type { MatrixName };

/** Is it a transform whose function the compiler writes as a whole, and not only the derivatives that it takes? */
export function isWhole(name: string): name is MatrixName | 'vmap' { return isMatrix(name) || name === 'vmap'; }

export function isMatrix(name: string): name is MatrixName { return name === 'jacfwd' || name === 'jacrev' || name === 'jacobian' || name === 'hessian'; }

export type TransformName = keyof typeof TRANSFORMS;

export function isTransform(name: string | undefined): name is TransformName { return name !== undefined && Object.hasOwn(TRANSFORMS, name); }

export function transformNamed(name: TransformName): Transform { return TRANSFORMS[name]; }

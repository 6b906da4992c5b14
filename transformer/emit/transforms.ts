/** What each transform demands of the function that it is given: the derivatives that a call hands to the run-time function. */
import type { TransformName } from '../parse/transforms.ts';

/** A way to differentiate, as `show` names it. */
export type Mode = 'jvp' | 'vjp' | 'grad';

/** A derivative in the record that goes to the run-time function. */
export type Member = 'grad' | 'jvp' | 'fwd' | 'bwd';

/** The functions that make up each mode, and how their comments begin. */
export const MEMBERS: Record<Mode, readonly Member[]> = { grad: ['grad'], jvp: ['jvp'], vjp: ['fwd', 'bwd'] };
export const DOCS: Record<Member, string> = { grad: 'Value and gradient', jvp: 'Value and tangent', fwd: 'Forward sweep', bwd: 'Reverse sweep' };
export const MODES: readonly Mode[] = ['jvp', 'vjp', 'grad'];

export const DEMANDS: Record<TransformName, readonly Mode[]> = {
  grad: ['grad'],
  valueAndGrad: ['grad'],
  vjp: ['vjp'],
  jvp: ['jvp'],
};

/** Is a gradient wanted, so that the function must return a number, and only some arguments count? */
export function isGradient(transform: TransformName): boolean { return DEMANDS[transform].includes('grad'); }

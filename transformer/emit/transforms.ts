/** What each transform demands of the function that it is given: the derivatives that a call hands to the run-time function. */
import type { MatrixName, TransformName } from '../parse/transforms.ts';

/** A way to differentiate, as `show` names it. */
export type Mode = 'jvp' | 'vjp' | 'grad' | 'linear' | 'tangent' | 'vmap' | MatrixName;

/** A derivative in the record that goes to the run-time function. */
export type Member = 'grad' | 'jvp' | 'fwd' | 'bwd' | 'lin' | 'push' | 'tangent' | 'vmap' | MatrixName;

/** The functions that make up each mode, and how their comments begin. */
export const MEMBERS: Record<Mode, readonly Member[]> = {
  grad: ['grad'], jvp: ['jvp'], vjp: ['fwd', 'bwd'], linear: ['lin', 'push'],
  jacfwd: ['jacfwd'], jacrev: ['jacrev'], jacobian: ['jacobian'], hessian: ['hessian'], vmap: ['vmap'], tangent: ['tangent'],
};
export const DOCS: Record<Member, string> = {
  grad: 'Value and gradient', jvp: 'Value and tangent', fwd: 'Forward sweep', bwd: 'Reverse sweep', lin: 'Value and linear map', push: 'Linear map',
  jacfwd: 'Jacobian by forward mode', jacrev: 'Jacobian by reverse mode', jacobian: 'Jacobian', hessian: 'Hessian', vmap: 'For a batch of arguments', tangent: 'Tangent',
};
export const MODES: readonly Mode[] = ['jvp', 'vjp', 'grad'];

/** What a record holds: derivatives of the function itself, and of its gradient. */
export interface Demand {
  modes: readonly Mode[];
  gradient?: Demand;
}

export const DEMANDS: Record<TransformName, Demand> = {
  grad: { modes: ['grad'] },
  valueAndGrad: { modes: ['grad'] },
  vjp: { modes: ['vjp'] },
  jvp: { modes: ['jvp'] },
  hvp: { modes: [], gradient: { modes: ['tangent'] } },
  linearize: { modes: ['linear'] },
  // Of functions that are known at run time only; others get a function as a whole, see whole.ts.
  jacfwd: { modes: ['vjp'] },
  jacrev: { modes: ['vjp'] },
  jacobian: { modes: ['vjp'] },
  hessian: { modes: [], gradient: { modes: ['vjp'] } },
  vmap: { modes: [] },
};

/** What a mark, or a function whose use is not known, provides: everything, up to an order. */
export function demandOfOrder(order: number): Demand {
  return { modes: MODES, ...(order > 1 ? { gradient: { modes: ['jvp', 'vjp'] } } : {}) };
}

/** Does a record for `a` have all that `b` asks for? */
export function covers(a: Demand, b: Demand): boolean {
  return b.modes.every((m) => a.modes.includes(m)) && (!b.gradient || (a.gradient !== undefined && covers(a.gradient, b.gradient)));
}

export function joinDemands(a: Demand, b: Demand): Demand {
  const gradient = a.gradient && b.gradient ? joinDemands(a.gradient, b.gradient) : a.gradient ?? b.gradient;
  return { modes: (Object.keys(MEMBERS) as Mode[]).filter((m) => a.modes.includes(m) || b.modes.includes(m)), ...(gradient ? { gradient } : {}) };
}

/** Is a gradient wanted, so that the function must return a number, and only some arguments count? */
export function isGradient(transform: TransformName): boolean {
  const { modes, gradient } = DEMANDS[transform];
  return modes.includes('grad') || gradient !== undefined;
}

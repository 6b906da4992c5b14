/** What users import from `tapeless`. It depends on nothing, and each transform stands alone. */
export { hessian, jacfwd, jacobian, jacrev, linearize } from './jacobians.ts';
export { grad, hvp, jvp, stopGradient, valueAndGrad, vjp } from './transforms.ts';
export { checkInverse, checkpoint, nextSnapshot, snapshotOf } from './checkpoint.ts';
export { solveLinear } from './implicit/solve.ts';
export { grown } from './saves.ts';
export { addInto, clear, cloneOf, linksOf, zerosLike } from './structure.ts';
export { customJvp, customVjp, elementwise, onCotangent, ruleCotangent, type ElementwiseOptions, type JvpRule, type RuleCotangents, type VjpRule } from './custom.ts';
export { digamma, erf, erfc, lgamma, logsumexp, normcdf, polygamma, sigmoid, softplus, xlogy } from './special/index.ts';
export { vmap } from './vmap.ts';
export { register } from './registry.ts';
export { registerSecond } from './second.ts';
export type { Argnums, Cotangent, Cotangents, Derivatives, Gradient, GradOptions, InAxes, Jacobian, Tangent, Tangents } from './types.ts';

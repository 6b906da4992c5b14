/** Special functions with derivatives, in marked functions and outside. */
export { erf, erfc, normcdf } from './erf.ts';
export { digamma, lgamma, polygamma } from './gamma.ts';
export { logsumexp, sigmoid, softplus, xlogy } from './logistic.ts';

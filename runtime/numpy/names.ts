/** The names of `np`. */
export { NDArray, NDArray as Array, type Operand, type KeepDims } from './array.ts';
export type { DType } from './dtype.ts';
export type { Axis, Shape } from './shape.ts';
export type { Nested } from './print.ts';
export { NumpyError } from './errors.ts';
export * from './create.ts';
export {
  add, sub, sub as subtract, mul, mul as multiply, div, div as divide, div as trueDivide, pow, pow as power, mod, mod as remainder, floorDivide,
  neg, neg as negative, abs, abs as absolute, sign, square, reciprocal, floor, ceil, trunc, round,
  maximum, minimum, atan2, atan2 as arctan2, hypot, logaddexp, xlogy, clip,
  sqrt, cbrt, exp, exp2, expm1, log, log2, log10, log1p,
  sin, cos, tan, asin, asin as arcsin, acos, acos as arccos, atan, atan as arctan,
  sinh, cosh, tanh, asinh, asinh as arcsinh, acosh, acosh as arccosh, atanh, atanh as arctanh,
  erf, erfc, normcdf, lgamma, digamma, polygamma, sigmoid, softplus,
} from './elementwise.ts';
export * from './compare.ts';
export { sum, prod, max, min, any, all, mean, variance, variance as var, std, argmax, argmin, cumsum, cumprod, type Moments } from './reductions.ts';
export * from './layout.ts';
export { matmul, matmulLhs, matmulRhs, contract, dot, dotLhs, dotRhs, outer, outerLhs, outerRhs } from './matmul.ts';
export * from './indexing.ts';
export * from './activations.ts';
export * from './joining.ts';
export * from './einsum.ts';
export { conv, convLhs, convRhs, type ConvOptions } from './conv.ts';
export * from './pooling.ts';
export * from './linalg.ts';
export * as linalg from './linalg.ts';
export * from './fft.ts';
export * as random from './random.ts';
export { erfinv } from './kernels/random.ts';
export { memory } from './pool.ts';
export { useWasm } from './wasm.ts';
export { sumTo, broadcastLike, reshapeLike, unsum, unmean, seed } from './adjoints.ts';
export { fuse, type Elements } from './fuse.ts';

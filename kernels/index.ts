// The kernels of np's CPU device, in AssemblyScript: compiled by scripts/kernels.js, embedded in the package as text.
export { pack32, pack64, multiply32, multiply64 } from './gemm';
export { exp32, log32, tanh32, sigmoid32, sqrt32, neg32, abs32, add32, sub32, mul32, div32, maximum32, minimum32, fill32, sum32 } from './blocks';

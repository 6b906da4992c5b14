// The kernels of np's CPU device, in AssemblyScript: compiled by scripts/kernels.js, embedded in the package as text.
export { pack32, pack64, multiply32, multiply64 } from './gemm';
export { exp32, log32, tanh32, sigmoid32 } from './blocks';

// The kernels of np's CPU device, in AssemblyScript: compiled by scripts/kernels.js, embedded in the package as text.
export { pack32, pack64, multiply32, multiply64 } from './gemm';
export { rows32, rows64, dots32, dots64 } from './thin';
export { exp32, log32, tanh32, sigmoid32 } from './blocks';

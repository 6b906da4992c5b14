/** Loads np with its kernels in WebAssembly, as the built package has them. */
import { compileKernels } from '../../scripts/kernels.js';

declare global { var TAPELESS_KERNELS: string | undefined; }
globalThis.TAPELESS_KERNELS = await compileKernels();

export { np } from '../../runtime/numpy/index.ts';

/** `tapeless/gpu`: runs kernels that `tapeless show --mode wgsl` prints. */
export { openDevice } from './device.ts';
export { type Argument, type Cotangent, Kernel } from './kernel.ts';
export type { Device } from './webgpu.ts';

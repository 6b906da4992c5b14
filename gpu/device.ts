/** Where a WebGPU device comes from: the browser's, or Dawn's through the npm package `webgpu` in Node. */
import type { Device } from './webgpu.ts';

interface Gpu {
  requestAdapter(): Promise<{ requestDevice(): Promise<unknown> } | null>;
}

/**
 * Opens a device; call its `destroy()` when it is not needed any more.
 * @returns undefined where WebGPU finds no adapter, which in Node without a graphics card is one that Vulkan knows
 * (`VK_ICD_FILENAMES` names the file that describes it, such as SwiftShader's).
 * @throws Error in Node where the package `webgpu` is not installed.
 */
export async function openDevice(): Promise<Device | undefined> {
  const adapter = await (await findGpu()).requestAdapter();
  return await adapter?.requestDevice() as Device | undefined;
}

/** Dawn does not survive the collection of this object. */
let dawnGpu: Gpu | undefined;

async function findGpu(): Promise<Gpu> {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
  if (navigator?.gpu) return navigator.gpu;
  if (dawnGpu) return dawnGpu;
  let dawn: { create(options: string[]): unknown };
  try {
    // Not a literal: a bundler for browsers need not find it.
    dawn = await import('webgpu' as string);
  } catch (cause) {
    throw new Error('There is no WebGPU here. In Node it comes with a package: npm install webgpu', { cause });
  }
  return (dawnGpu = dawn.create([]) as Gpu);
}

/** A WebGPU device for tests: that of the machine, or SwiftShader, a Vulkan on the CPU that comes with Chromium. */
import { existsSync } from 'node:fs';
import { type Device, openDevice } from '../../gpu/index.ts';

const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** Undefined where there is none, or the package `webgpu` is missing; under CI that is a failure. */
export async function testDevice(): Promise<Device | undefined> {
  const software = SWIFTSHADER.find(existsSync);
  if (software) process.env.VK_ICD_FILENAMES ??= software;
  if (process.env.CI) return await openDevice() ?? fail();
  return openDevice().catch(() => undefined);
}

function fail(): never {
  throw new Error('There is no WebGPU adapter. .ci/run installs chromium and libvulkan1 for one.');
}

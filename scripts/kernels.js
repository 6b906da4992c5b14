// Compiles kernels/ to WebAssembly, by AssemblyScript.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'kernels');

/** The module, in base64. */
export async function compileKernels() {
  let wasm = new Uint8Array();
  const { error, stderr } = await asc.main(
    ['index.ts', '--outFile', 'kernels.wasm', '--optimizeLevel', '3', '--shrinkLevel', '0', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1', '--noAssert'],
    {
      readFile: (name, base) => {
        try { return readFileSync(join(folder, base === '.' ? name : join(base, name)), 'utf8'); } catch { return null; }
      },
      writeFile: (name, contents) => { if (name.endsWith('.wasm')) wasm = contents; },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`kernels/ does not compile: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(wasm).toString('base64');
}

// Builds the package: JavaScript by esbuild, declarations by tsc.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileKernels } from './kernels.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

/**
 * @param {string[]} entryPoints
 * @param {import('esbuild').BuildOptions} [options]
 */
async function bundle(entryPoints, options) {
  await build({
    ...options,
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    outbase: '.',
    bundle: true,
    splitting: true,
    chunkNames: `${dirname(entryPoints[0])}/shared-[hash]`,
    packages: 'external',
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

// Programs that share no code: what users import, the driver of kernels, and the compiler.
await bundle(['runtime/index.ts', 'runtime/testing/index.ts', 'runtime/implicit/index.ts', 'runtime/numpy/index.ts', 'runtime/optim/index.ts'], { define: { TAPELESS_KERNELS: JSON.stringify(await compileKernels()) } });
await bundle(['gpu/index.ts']);
// `sideEffects: false` of package.json is for users' bundlers: modules of the compiler register rules when they are loaded.
await bundle(['transformer/plugin.ts', 'cli/index.ts'], { ignoreAnnotations: true });

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
process.exitCode = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' }).status ?? 1;

/**
 * Plants a fault into the compiler: bundles a module with another text for one of the source files, and loads it.
 * Faults are planted to see whether the tests, or the fuzzer, find them.
 *
 *   const plant = await planter('transformer/index.ts');
 *   const broken = await plant({ 'transformer/rules/scalar.ts': (text) => text.replace(`['cos(x)']`, `['-cos(x)']`) });
 *   broken.transform(…);
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type PluginBuild, context } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What to do to the texts of some files, given by their paths from the root. */
export type Edits = Record<string, (text: string) => string>;

export interface Planter<Exports> {
  /** Loads the module anew, with these changes. */
  (edits?: Edits): Promise<Exports>;
  end(): Promise<void>;
}

/** `entry` is a path from the root; `alias` replaces packages by such files. */
export async function planter<Exports = any>(entry: string, alias: Record<string, string> = {}): Promise<Planter<Exports>> {
  let planted = new Map<string, string>();
  const plugin = (build: PluginBuild) => build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = planted.get(path) ?? readFileSync(path, 'utf8');
    // A CommonJS bundle is loaded without a trace in the module cache, and forgotten with all it holds.
    return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
  });
  const bundler = await context({
    absWorkingDir: root, entryPoints: [entry], bundle: true, write: false, format: 'cjs', platform: 'node', target: 'es2022', packages: 'external',
    ignoreAnnotations: true, logLevel: 'silent', alias: Object.fromEntries(Object.entries(alias).map(([name, file]) => [name, root + file])),
    plugins: [{ name: 'plant', setup: plugin }],
  });
  let last: { edits: Edits; bundle: string } | undefined;
  const bundled = async (edits: Edits): Promise<string> => {
    planted = new Map(Object.entries(edits).map(([file, edit]) => {
      const text = readFileSync(root + file, 'utf8');
      const changed = edit(text);
      if (changed === text) throw new Error(`nothing was planted in ${file}`);
      return [root + file, changed];
    }));
    return (await bundler.rebuild()).outputFiles[0].text;
  };
  const load = async (edits: Edits = {}): Promise<Exports> => {
    // The same changes, to be loaded again, are not made again.
    if (last?.edits !== edits) last = { edits, bundle: await bundled(edits) };
    const module = { exports: {} };
    new Function('module', 'exports', 'require', last.bundle)(module, module.exports, createRequire(root));
    return module.exports as Exports;
  };
  return Object.assign(load, { end: () => bundler.dispose() });
}

/**
 * Fixtures: `fixtures/<feature>/input.ts` is a module with marked functions, `cases.ts` next to it says with
 * which arguments to run them. Other modules in the folder are imported by the input.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const runtime = fileURLToPath(new URL('../../runtime/index.ts', import.meta.url));
const numpy = fileURLToPath(new URL('../../runtime/numpy/index.ts', import.meta.url));
const implicit = fileURLToPath(new URL('../../runtime/implicit/index.ts', import.meta.url));

export interface Fixture {
  name: string;
  /** Texts of the modules by file name; `input.ts` is the one under test. */
  sources: Record<string, string>;
  /** The same for the oracle, where marks say what derivatives are: `reference.ts` says it by stopGradient. */
  reference?: Record<string, string>;
  /** Where it stands in the README's table of the language. */
  about?: { section: string; construct: string };
  /** Lists of arguments by function (`f`, `Class.method`, `default`); where they are instances, of the classes that the module exports. */
  cases: Record<string, any[][]> | ((exports: any) => Record<string, any[][]>);
  /** The arguments to which the mark restricts the derivatives. */
  wrt?: number[];
  /** Show the golden of the vjp, too, where the grad is shown. */
  vjp?: boolean;
  /** Fields of `this`, for a method. */
  receiver?: Record<string, unknown>;
  /** Cases, by function, in which a second derivative is infinite on the way. */
  singular?: Record<string, number[]>;
  /** Tolerance, where it is not that of double precision. */
  rtol?: number;
}

export function fixtureNames(): string[] {
  return readdirSync(root).filter((name) => name !== 'errors').sort();
}

export async function loadFixture(name: string): Promise<Fixture> {
  const directory = `${root}${name}/`;
  const files = readdirSync(directory).filter((file) => file.endsWith('.ts') && file !== 'cases.ts' && file !== 'reference.ts' && !file.startsWith('expected.'));
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(directory + file, 'utf8')]));
  const reference = existsSync(`${directory}reference.ts`) ? { reference: { ...sources, 'input.ts': readFileSync(`${directory}reference.ts`, 'utf8') } } : {};
  return { name, sources, ...reference, ...await import(pathToFileURL(`${directory}cases.ts`).href) };
}

/** Runs TypeScript modules, given as texts, and returns what `input.ts` exports, with the runtime that it uses. */
export async function run(sources: Record<string, string>): Promise<{ exports: any; runtime: typeof import('../../runtime/index.ts') }> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * as exports from "./input.ts"; export * as runtime from "tapeless";', resolveDir: '/fixture' },
    bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'silent', treeShaking: false,
    plugins: [{
      name: 'texts',
      setup(b) {
        b.onResolve({ filter: /^tapeless$/ }, () => ({ path: runtime }));
        b.onResolve({ filter: /^tapeless\/numpy$/ }, () => ({ path: numpy }));
        b.onResolve({ filter: /^tapeless\/implicit$/ }, () => ({ path: implicit }));
        b.onResolve({ filter: /^\.\/\w+\.ts$/, namespace: 'file' }, ({ path, importer }) => (importer === '<stdin>' ? { path: path.slice(2), namespace: 'text' } : undefined));
        b.onResolve({ filter: /^\.\// }, ({ path, namespace }) => (namespace === 'file' ? undefined : { path: path.slice(2), namespace: 'text' }));
        b.onLoad({ filter: /./, namespace: 'text' }, ({ path }) => ({ contents: sources[path], loader: 'ts' }));
      },
    }],
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
}

export function casesOf({ cases }: Pick<Fixture, 'cases'>, exports: any): Record<string, any[][]> {
  return typeof cases === 'function' ? cases(exports) : cases;
}

/** The function with this name among a module's exports: `f`, `Class.method`, `default`. */
export function functionOf(exports: any, name: string): (...args: any[]) => any {
  const [head, method] = name.split('.');
  return method ? exports[head].prototype[method] : exports[head];
}

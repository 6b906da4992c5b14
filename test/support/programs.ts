/** Runs a TypeScript program as itself and as IR, on equal arguments, and compares results, arguments and effects. */
import { build } from 'esbuild';
import { annotationHost } from '../../transformer/host/annotations.ts';
import type { Func } from '../../transformer/ir/ir.ts';
import { verify } from '../../transformer/ir/verify.ts';
import { Program } from '../../transformer/lower/program.ts';
import { Thrown, run, type Interpreter } from './interpret.ts';
import { printBack } from './printed.ts';

export type Sources = Record<string, string>;

export interface Outcome {
  result?: unknown;
  /** The message of what was thrown. */
  thrown?: string;
  /** The arguments afterwards. */
  args: unknown[];
  /** What `trace(…)` was called with. */
  trace: unknown[][];
}

export const MAIN = 'main.ts';

/** The modules as they run, each with a `__scope` of its module-level values. */
export async function load(sources: Sources, program: Program): Promise<Record<string, Record<string, unknown>>> {
  const files = Object.keys(sources);
  const entry = files.map((f, i) => `import * as m${i} from './${f}';`).join('\n') + `\nexport default { ${files.map((f, i) => `'${f}': m${i}`).join(', ')} };`;
  const bundled = await build({
    stdin: { contents: entry, resolveDir: '/', sourcefile: 'entry.ts', loader: 'ts' },
    bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'silent',
    plugins: [{
      name: 'sources',
      setup(b) {
        b.onResolve({ filter: /.*/ }, ({ path, kind }) => (kind === 'entry-point' ? undefined
          : { path: path === 'tapeless' ? path : path.replace(/^\.\//, '').replace(/\.js$/, '.ts').replace(/^(?!.*\.ts$)(.*)$/, '$1.ts'), namespace: 'sources' }));
        b.onLoad({ filter: /.*/, namespace: 'sources' }, ({ path }) => ({
          loader: 'ts',
          contents: path === 'tapeless' ? 'export const stopGradient = (x) => x; export const grad = (f) => f;' : sources[path] + scopeOf(path, program),
        }));
      },
    }],
  });
  const url = `data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].text).toString('base64')}`;
  return ((await import(url)) as { default: Record<string, Record<string, unknown>> }).default;
}

function scopeOf(file: string, program: Program): string {
  const names = [...program.module(file)!.bindings.values()]
    .filter((b) => b.kind !== 'import' && b.name !== 'default' && !(b.kind === 'other'))
    .map((b) => `get ${b.name}() { return ${b.name}; }`);
  return `\nexport const __scope = { ${names.join(', ')} };`;
}

export interface Compiled {
  program: Program;
  func: Func;
  original(args: unknown[]): Outcome;
  lowered(args: unknown[]): Outcome;
  /** The IR as text again, run in its module. */
  printed(args: unknown[]): Outcome;
  text: string;
}

export async function compile(sources: Sources | string, name = 'f'): Promise<Compiled> {
  const files = typeof sources === 'string' ? { [MAIN]: sources } : sources;
  const program = new Program(annotationHost(files));
  const func = program.function(`${MAIN}#${name}`);
  verify(func, 'lower');
  const back = printBack(files, MAIN, program, func);
  const modules = await load(back.sources, program);
  const scopes = (file: string) => modules[file].__scope as Record<string, unknown>;
  const world = (trace: unknown[][], self: unknown): Interpreter => ({
    function(callee) {
      const found = program.function(callee.id);
      verify(found, 'lower');
      return found;
    },
    free: (free, module) => (free === 'this' ? self : free in scopes(module) ? scopes(module)[free] : (globalThis as Record<string, unknown>)[free]),
    scope: { trace: (...args: unknown[]) => void trace.push(args), ...scopes(MAIN) },
  });
  const listen = (trace: unknown[][]) => { (globalThis as Record<string, unknown>).trace = (...values: unknown[]) => void trace.push(values); };
  return {
    program, func,
    text: back.text,
    printed: (args) => observe(args, (trace) => {
      listen(trace);
      const call = modules[MAIN][back.name] as (...a: unknown[]) => unknown;
      const isMethod = name.includes('.') && args.length > func.params.length;
      return isMethod ? call.apply(args[0], args.slice(1)) : call.apply(scopes(MAIN)[name.split('.')[0]], args);
    }),
    original: (args) => observe(args, (trace) => {
      listen(trace);
      const [first, member] = name.split('.');
      const value = scopes(MAIN)[first] as Record<string, (...a: unknown[]) => unknown>;
      if (!member) return (value as unknown as (...a: unknown[]) => unknown)(...args);
      return value[member] ? value[member](...args) : (args[0] as typeof value)[member](...args.slice(1));
    }),
    lowered: (args) => observe(args, (trace) => {
      const isMethod = name.includes('.') && args.length > func.params.length;
      return run(func, isMethod ? args.slice(1) : args, world(trace, args[0]));
    }),
  };
}

function observe(args: unknown[], call: (trace: unknown[][]) => unknown): Outcome {
  const trace: unknown[][] = [];
  try {
    return { result: call(trace), args, trace };
  } catch (error) {
    const value = error instanceof Thrown ? error.value : error;
    if (!(value instanceof Error)) return { thrown: String(value), args, trace };
    if (!(error instanceof Thrown) && error instanceof Error && /^(value \d|\w+ reads)/.test(error.message)) throw error;
    return { thrown: value.message, args, trace };
  }
}

/** Equal bit for bit, with the same aliases. */
export function same(a: unknown, b: unknown, seen = new Map<unknown, unknown>()): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (seen.has(a)) return seen.get(a) === b;
  seen.set(a, b);
  const [ka, kb] = [Object.keys(a), Object.keys(b)];
  return a.constructor === b.constructor && ka.length === kb.length
    && ka.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], seen));
}

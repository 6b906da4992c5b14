/** Runs a program's modules, and observes what they do to the world around them. */
import { Script } from 'node:vm';
import { transform } from 'esbuild';
import * as runtime from '../../runtime/index.ts';
import type { Sources } from './compile.ts';

/** The globals of a program, with a record of what it did with them, in order. */
export class World {
  readonly log: string[] = [];
  private clock = 0;

  readonly globals = {
    console: { log: (...values: unknown[]) => { this.log.push(`log ${values.map((x) => (typeof x === 'number' ? x : JSON.stringify(x))).join(' ')}`); } },
    performance: {
      now: () => {
        this.log.push('now');
        return ++this.clock;
      },
    },
  };
}

type Body = (module: object, exports: object, require: (specifier: string) => unknown, console: unknown, performance: unknown) => void;

/** A program as JavaScript, of which there can be many instances, each with a state and a world of its own. */
export class Code {
  private constructor(private readonly bodies: Map<string, Body>) {}

  static async of(sources: Sources): Promise<Code> {
    const texts = await Promise.all(Object.entries(sources).map(async ([file, text]) => {
      const { code } = await transform(text, { loader: 'ts', format: 'cjs', target: 'es2022' });
      return [file, new Function('module', 'exports', 'require', 'console', 'performance', code) as Body] as const;
    }));
    return new Code(new Map(texts));
  }

  start(): { exports: Record<string, any>; world: World } {
    const world = new World();
    const modules = new Map<string, { exports: Record<string, any> }>();
    const require = (specifier: string): Record<string, any> => {
      if (specifier === 'tapeless') return runtime;
      const file = specifier.replace(/^\.\//, '');
      const known = modules.get(file);
      if (known) return known.exports;
      const module = { exports: {} };
      modules.set(file, module);
      this.bodies.get(file)!(module, module.exports, require, world.globals.console, world.globals.performance);
      return module.exports;
    };
    return { exports: require('./input.ts'), world };
  }
}

const guarded = new Script('__fuzzed()');

/** Calls with a limit of time, for programs and derivatives that do not end. */
export function limited<T>(seconds: number, run: () => T): T {
  let result!: T;
  (globalThis as any).__fuzzed = () => { result = run(); };
  guarded.runInThisContext({ timeout: seconds * 1000 });
  return result;
}

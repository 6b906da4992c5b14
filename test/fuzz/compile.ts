/** Many programs in one program of the type checker, so that its libraries are read once. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type CheckerHost, checkerHost } from '../../transformer/host/checker.ts';
import type { TransformOptions, Transformed } from '../../transformer/index.ts';
import { LAX, isHarmless } from '../../transformer/plugin/lax.ts';
import { transformProgram } from '../../transformer/program.ts';

/** Texts of the modules of one program by file name; `input.ts` is the one under test. */
export type Sources = Record<string, string>;

const ROOT = '/fuzz/';
const WORLD = `${ROOT}world.d.ts`;
/** What programs find around them. All of it is observed by the harness, see world.ts. */
const AMBIENT = `declare const console: { log(...values: unknown[]): void };
declare const performance: { now(): number };
`;

const OPTIONS: ts.CompilerOptions = {
  strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [],
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2023.d.ts'],
  paths: { tapeless: [fileURLToPath(new URL('../../runtime/index.ts', import.meta.url))] },
};

const kept = new Map<string, ts.SourceFile | undefined>();

export interface BatchOptions {
  /** Check with `noUncheckedIndexedAccess`. */
  unchecked?: boolean;
  /** Check what the compiler makes, which is not held to the user's strictness. */
  output?: boolean;
}

/** A type-checked batch of programs. */
export class Batch {
  private readonly program: ts.Program;
  private readonly host: CheckerHost;

  constructor(private readonly programs: readonly Sources[], private readonly settings: BatchOptions = {}) {
    const texts = new Map(programs.flatMap((sources, i) => Object.entries(sources).map(([file, text]) => [pathOf(i, file), text] as const)));
    texts.set(WORLD, AMBIENT);
    const { unchecked = false, output = false } = settings;
    const options = { ...OPTIONS, noUncheckedIndexedAccess: unchecked, ...(output ? LAX : {}) };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists, readFile } = host;
    host.fileExists = (file) => (file.startsWith(ROOT) ? texts.has(file) : fileExists(file));
    host.directoryExists = (directory) => !directory.startsWith(ROOT) || [...texts.keys()].some((file) => file.startsWith(directory));
    host.readFile = (file) => texts.get(file) ?? readFile(file);
    host.getSourceFile = (file, ...rest) => {
      const text = texts.get(file);
      if (text !== undefined) return ts.createSourceFile(file, text, OPTIONS.target!, true);
      if (!kept.has(file)) kept.set(file, getSourceFile(file, ...rest));
      return kept.get(file);
    };
    this.program = ts.createProgram([...texts.keys()], options, host);
    // Users have only the declarations of the package.
    const known = checkerHost(ts, this.program);
    this.host = { ...known, resolve: (file, specifier) => (specifier === 'tapeless' ? undefined : known.resolve(file, specifier)) };
  }

  /** What the type checker says about a program. */
  errors(i: number): string[] {
    return Object.keys(this.programs[i]).flatMap((file) => {
      const source = this.program.getSourceFile(pathOf(i, file))!;
      const found = [...this.program.getSyntacticDiagnostics(source), ...this.program.getSemanticDiagnostics(source)];
      return found.filter((d) => !this.settings.output || !isHarmless(ts, d)).map((d) => {
        const { line } = ts.getLineAndCharacterOfPosition(source, d.start ?? 0);
        return `TS${d.code}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')} [${file}: ${source.text.split('\n')[line].trim()}]`;
      });
    });
  }

  transform(i: number, options?: TransformOptions): Map<string, Transformed> {
    const files = Object.keys(this.programs[i]);
    const results = transformProgram(files.map((file) => pathOf(i, file)), this.host, options);
    return new Map(files.flatMap((file) => {
      const result = results.get(pathOf(i, file));
      return result ? [[file, result] as const] : [];
    }));
  }
}

function pathOf(i: number, file: string): string { return `${ROOT}${i}/${file}`; }

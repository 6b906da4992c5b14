/** Type-checks and transforms the modules of fixtures, all in one program. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { checkerHost } from '../../transformer/host/checker.ts';
import { isHarmless } from '../../transformer/plugin/lax.ts';
import { type Diagnostic, type TransformOptions, type Transformed } from '../../transformer/index.ts';
import { transformProgram } from '../../transformer/program.ts';
import { type Fixture, root } from './fixtures.ts';

const OPTIONS: ts.CompilerOptions = {
  strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [],
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  paths: {
    tapeless: [fileURLToPath(new URL('../../runtime/index.ts', import.meta.url))],
    'tapeless/implicit': [fileURLToPath(new URL('../../runtime/implicit/index.ts', import.meta.url))],
    'tapeless/numpy': [fileURLToPath(new URL('../../runtime/numpy/index.ts', import.meta.url))],
    'tapeless/optim': [fileURLToPath(new URL('../../runtime/optim/index.ts', import.meta.url))],
    'tapeless/testing': [fileURLToPath(new URL('../../runtime/testing/index.ts', import.meta.url))],
  },
};
/** The user's strictness is for the user's text; see transformer/plugin/lax.ts. */
export const LENIENT: ts.CompilerOptions = { ...OPTIONS, strictNullChecks: false, noImplicitAny: false };
const libraries = new Map<string, ts.SourceFile | undefined>();

/** A program of the files on disk, with other texts for some of them. */
export function programOf(files: string[], texts = new Map<string, string>(), options = OPTIONS): ts.Program {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, OPTIONS.target!);
    if (!libraries.has(file)) libraries.set(file, getSourceFile(file, ...rest));
    return libraries.get(file);
  };
  return ts.createProgram(files, options, host);
}

export interface Compiled {
  /** Texts of the fixture's modules, transformed. */
  sources: Record<string, string>;
  /** The module under test. */
  input: Transformed;
  diagnostics: Diagnostic[];
}

export const pathOf = (fixture: string, file = 'input.ts'): string => `${root}${fixture}/${file}`;

/** Transforms a fixture of the program; throws where the compiler does. */
export function compile(program: ts.Program, { name, sources }: Pick<Fixture, 'name' | 'sources'>, options?: TransformOptions): Compiled {
  const files = Object.keys(sources);
  const results = transformProgram(files.map((file) => pathOf(name, file)), checkerHost(ts, program), options);
  return {
    sources: Object.fromEntries(files.map((file) => [file, results.get(pathOf(name, file))?.text ?? sources[file]])),
    input: results.get(pathOf(name))!,
    diagnostics: [...results.values()].flatMap((r) => r.diagnostics),
  };
}

/**
 * Messages of the type checker about these texts, by fixture. Whether something may be undefined is the user's strictness,
 * which generated code is not held to.
 */
export function typeErrors(compiled: Map<string, Compiled>): Map<string, string[]> {
  const texts = new Map([...compiled].flatMap(([name, { sources }]) => Object.entries(sources).map(([file, text]) => [pathOf(name, file), text] as const)));
  const program = programOf([...texts.keys()], texts, LENIENT);
  return new Map([...compiled].map(([name, { sources }]) => [name, Object.keys(sources).flatMap((file) => {
    const source = program.getSourceFile(pathOf(name, file))!;
    return ts.getPreEmitDiagnostics(program, source).filter((d) => !isHarmless(ts, d)).map((d) => {
      const line = ts.getLineAndCharacterOfPosition(source, d.start ?? 0).line;
      return `${ts.flattenDiagnosticMessageText(d.messageText, '\n')}\n  ${source.text.split('\n')[line]}`;
    });
  })]));
}

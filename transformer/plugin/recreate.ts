/** The program again, with other source files for some. */
import type ts from 'typescript';
import type { TypeScript } from '../host/checker.ts';
import type { Transformed } from '../index.ts';

/** A source file of the user's, and the one that stands in for it. */
export interface Change {
  original: ts.SourceFile;
  replaced: ts.SourceFile;
  transformed: Transformed;
}

/** Changes by the file that is now in the program. */
export type Changes = ReadonlyMap<ts.SourceFile, Change>;

/**
 * All files but the substituted are the same objects, so that nothing is parsed or bound twice.
 * There is no old program: it would bring back the files that are being replaced.
 */
export function recreate(
  ts: TypeScript,
  program: ts.Program,
  host: ts.CompilerHost,
  options: ts.CompilerOptions,
  substitute: (original: ts.SourceFile, language: ts.ScriptTarget | ts.CreateSourceFileOptions) => ts.SourceFile = (original) => original,
): ts.Program {
  const made = new Map<ts.SourceFile, ts.SourceFile>();
  const getSourceFile: ts.CompilerHost['getSourceFile'] = (name, language, ...rest) => {
    const original = program.getSourceFile(name);
    if (!original) return host.getSourceFile(name, language, ...rest);
    if (!made.has(original)) made.set(original, substitute(unredirected(original), language));
    return made.get(original);
  };
  return ts.createProgram({
    rootNames: program.getRootFileNames(),
    options,
    projectReferences: program.getProjectReferences(),
    configFileParsingDiagnostics: program.getConfigFileParsingDiagnostics(),
    host: Object.assign(Object.create(host) as ts.CompilerHost, { getSourceFile, getSourceFileByPath: undefined }),
  });
}

/** Of a package that is installed twice TypeScript keeps one file and shows it under both names; this is the file itself. */
function unredirected(file: ts.SourceFile): ts.SourceFile {
  return (file as { redirectInfo?: { unredirected: ts.SourceFile } }).redirectInfo?.unredirected ?? file;
}

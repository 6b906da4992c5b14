/**
 * Emit. JavaScript comes from the program with derivatives; its source maps lead back to the user's file, or
 * to `x.derivatives.ts` for what is ours: TypeScript's map, from JavaScript to the transformed text, is
 * composed with ours, from there to the sources. Declarations come from the user's own program: nothing of
 * what modules export for derivatives in other modules can get into them, or into what is said about them.
 */
import { posix } from 'node:path';
import remapping, { type EncodedSourceMap, type SourceMapInput } from '@jridgewell/remapping';
import type ts from 'typescript';
import type { TypeScript } from '../host/checker.ts';
import type { Change, Changes } from './recreate.ts';

/** `false` is both, `0` scripts alone, others declarations alone. Builders pass the numbers and what follows. */
type Only = boolean | 0 | 1 | 2 | undefined;
type Emit = (
  target?: ts.SourceFile, writeFile?: ts.WriteFileCallback, cancellation?: ts.CancellationToken, only?: Only,
  transformers?: ts.CustomTransformers, forceDeclarations?: boolean, ...rest: unknown[]
) => ts.EmitResult;

export function emitFromBoth(ts: TypeScript, users: ts.Program, program: ts.Program, host: ts.CompilerHost, changes: Changes): void {
  // ts-patch keeps the compiler's method under another name and calls it with the transformers of other plugins.
  const methods = program as unknown as { emit: Emit; originalEmit?: Emit };
  const key = methods.originalEmit ? 'originalEmit' : 'emit';
  const emit = methods[key]!;
  const usersEmit = users.emit as Emit;
  const { declaration, composite } = program.getCompilerOptions();

  methods[key] = (target, writeFile = host.writeFile.bind(host), cancellation, only, transformers, forceDeclarations, ...rest) => {
    const results: ts.EmitResult[] = [];
    if (!only) {
      results.push(emit(target, mapped(ts, changes, writeFile), cancellation, 0, transformers, forceDeclarations, ...rest));
      if (results[0].emitSkipped) return results[0];
    }
    if (only !== 0 && (declaration || composite || forceDeclarations)) {
      const write = standIn(ts, changes, writeFile);
      for (const file of target ? [target] : program.getSourceFiles().filter(hasDeclarations)) {
        const original = changes.get(file)?.original;
        results.push((original ? usersEmit : emit)(original ?? file, write, cancellation, only || true, transformers, forceDeclarations, ...rest));
      }
    }
    return merge(results);
  };

  const getDeclarationDiagnostics = program.getDeclarationDiagnostics;
  program.getDeclarationDiagnostics = (target, ...rest) =>
    (target ? [target] : program.getSourceFiles().filter(hasDeclarations)).flatMap((file) => {
      const original = changes.get(file)?.original;
      return original ? users.getDeclarationDiagnostics(original, ...rest) : getDeclarationDiagnostics(file, ...rest);
    });
}

function hasDeclarations(file: ts.SourceFile): boolean {
  return !file.isDeclarationFile && !file.fileName.endsWith('.json');
}

function merge(results: readonly ts.EmitResult[]): ts.EmitResult {
  const emittedFiles = results.flatMap((result) => result.emittedFiles ?? []);
  return {
    emitSkipped: results.some((result) => result.emitSkipped),
    diagnostics: results.flatMap((result) => result.diagnostics),
    ...(emittedFiles.length > 0 && { emittedFiles }),
  };
}

/** Builders know the file that stands in for the user's. */
function standIn(ts: TypeScript, changes: Changes, writeFile: ts.WriteFileCallback): ts.WriteFileCallback {
  const replaced = new Map([...changes.values()].map((change) => [change.original, change.replaced]));
  return (name, text, bom, onError, sourceFiles, data) => {
    const known = sourceFiles?.map((file) => replaced.get(ts.getOriginalNode(file) as ts.SourceFile) ?? file);
    writeFile(name, text, bom, onError, known, data);
  };
}

const INLINE = /^(\/\/# sourceMappingURL=data:application\/json;base64,)([\w+/=]+)\s*$/m;

/** Composes the maps that are written, in files of their own or at the end of the JavaScript. */
function mapped(ts: TypeScript, changes: Changes, writeFile: ts.WriteFileCallback): ts.WriteFileCallback {
  return (name, text, bom, onError, sourceFiles, data) => {
    const changed = (sourceFiles ?? []).flatMap((file) => changes.get(ts.getOriginalNode(file) as ts.SourceFile) ?? []);
    const composed = (json: string) => compose(name, json, changed, sourceFiles!.length);
    const result = changed.length === 0 ? text
      : name.endsWith('.map') ? composed(text)
      : text.replace(INLINE, (_, head: string, encoded: string) => head + Buffer.from(composed(Buffer.from(encoded, 'base64').toString())).toString('base64'));
    writeFile(name, result, bom, onError, sourceFiles, data);
  };
}

function compose(name: string, json: string, changed: readonly Change[], fileCount: number): string {
  const outer = JSON.parse(json) as EncodedSourceMap;
  const changeOf = (source: string) =>
    (fileCount === 1 ? changed[0] : changed.find(({ original }) => original.fileName === posix.resolve(posix.dirname(name), source)));
  return remapping(json, (source, { depth }) => {
    const map = depth === 1 ? changeOf(source)?.transformed.map : undefined;
    if (!map) return null;
    // Whether the user's text is in the map is for the user's options to say. Ours is nowhere else.
    const sourcesContent = map.sourcesContent?.map((content, i) => (i > 0 || outer.sourcesContent ? content : null));
    return { ...map, sourcesContent } as SourceMapInput;
  }).toString();
}

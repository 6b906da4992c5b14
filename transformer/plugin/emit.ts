/**
 * Emit. Source maps lead back to the user's file, or to `x.derivatives.ts` for derivatives: TypeScript's map,
 * from JavaScript to the transformed text, is composed with ours, from there to the sources. And what a
 * module exports for derivatives in other modules is left out of its declaration file.
 */
import { posix } from 'node:path';
import remapping, { type EncodedSourceMap, type SourceMapInput } from '@jridgewell/remapping';
import type ts from 'typescript';
import type { TypeScript } from '../host/checker.ts';
import type { Change, Changes } from './recreate.ts';

export function emitWithMaps(ts: TypeScript, program: ts.Program, host: ts.CompilerHost, changes: Changes): void {
  const changeOf = (file: ts.Node) => changes.get(ts.getOriginalNode(file) as ts.SourceFile);
  const emit = program.emit;
  program.emit = (target, writeFile = host.writeFile.bind(host), cancellation, onlyDts, transformers, ...rest) => {
    const write: ts.WriteFileCallback = (name, text, bom, onError, sourceFiles, data) => {
      const changed = (sourceFiles ?? []).flatMap((file) => changeOf(file) ?? []);
      writeFile(name, changed.length > 0 ? withMap(name, text, changed, sourceFiles!.length) : text, bom, onError, sourceFiles, data);
    };
    const afterDeclarations = [...(transformers?.afterDeclarations ?? []), withoutGenerated(ts, changeOf)];
    return emit(target, write, cancellation, onlyDts, { ...transformers, afterDeclarations }, ...rest);
  };
}

const INLINE = /^(\/\/# sourceMappingURL=data:application\/json;base64,)([\w+/=]+)\s*$/m;

function withMap(name: string, text: string, changed: readonly Change[], fileCount: number): string {
  if (name.endsWith('.map')) return compose(name, text, changed, fileCount);
  return text.replace(INLINE, (_, head: string, encoded: string) => {
    const map = compose(name, Buffer.from(encoded, 'base64').toString(), changed, fileCount);
    return head + Buffer.from(map).toString('base64');
  });
}

function compose(name: string, json: string, changed: readonly Change[], fileCount: number): string {
  const outer = JSON.parse(json) as EncodedSourceMap;
  const change = (source: string) =>
    (fileCount === 1 ? changed[0] : changed.find(({ original }) => original.fileName === posix.resolve(posix.dirname(name), source)));
  const map = remapping(json, (source, { depth }) => {
    const { map } = (depth === 1 && change(source)?.transformed) || {};
    // The user's text is for the user's options to include; ours is nowhere else.
    return map ? { ...map, sourcesContent: map.sources.map((_, i) => (outer.sourcesContent || i > 0 ? map.sourcesContent?.[i] ?? null : null)) } as SourceMapInput : null;
  });
  return map.toString();
}

/** `export { table as __tapeless_table }` is for other modules' derivatives, not for readers of the `.d.ts`. */
function withoutGenerated(ts: TypeScript, changeOf: (file: ts.Node) => Change | undefined): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  return ({ factory }) => (file) => {
    const change = changeOf(file);
    if (!change || !ts.isSourceFile(file)) return file;
    const { generated } = change.transformed;
    const isOurs = ({ pos, end }: ts.Node) => generated.some((range) => pos >= range.start - 1 && end <= range.end);
    const kept = file.statements.filter((statement) => !isOurs(ts.getOriginalNode(statement)));
    if (kept.length === file.statements.length) return file;
    const isModule = kept.some((s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s) || ts.isExportAssignment(s)
      || (ts.canHaveModifiers(s) && ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)));
    const nothing = factory.createExportDeclaration(undefined, false, factory.createNamedExports([]));
    return factory.updateSourceFile(file, isModule ? kept : [...kept, nothing]);
  };
}

/**
 * The plugin for ts-patch: `{ "transform": "tapeless/transformer", "transformProgram": true }`.
 *
 * TypeScript's program is made again with the transformed texts in place of the user's, so that derivatives
 * are type-checked and emitted like the rest. What it then says about positions is translated back: see
 * `plugin/report.ts` for diagnostics and `plugin/emit.ts` for source maps.
 */
import { createHash } from 'node:crypto';
import type ts from 'typescript';
import { checkerHost, isSource, type TypeScript } from './host/checker.ts';
import { emitFromBoth } from './plugin/emit.ts';
import { recreate, type Change, type Changes } from './plugin/recreate.ts';
import { report, setupDiagnostic } from './plugin/report.ts';
import { transformProgram } from './program.ts';

export { transform } from './index.ts';

interface Extras {
  ts: TypeScript;
  /** Given to transformers of source files only. */
  addDiagnostic?: (diagnostic: ts.Diagnostic) => void;
}

/** What ts-patch calls: with `transformProgram` for every program, without it as a transformer of source files. */
export default function tapeless(program: ts.Program, host: ts.CompilerHost | undefined, config: object, extras: Extras): ts.Program;
export default function tapeless(program: ts.Program, config: object, extras: Extras): ts.TransformerFactory<ts.SourceFile>;
export default function tapeless(program: ts.Program, ...rest: unknown[]): ts.Program | ts.TransformerFactory<ts.SourceFile> {
  const { ts, addDiagnostic } = rest.at(-1) as Extras;
  if (addDiagnostic) {
    addDiagnostic(setupDiagnostic(ts, program, 'TL4001'));
    return () => (file) => file;
  }
  if (!/^(5\.9|6\.)/.test(ts.version)) throw new Error(setupDiagnostic(ts, program, 'TL4002', ts.version).messageText as string);
  return withDerivatives(ts, program, (rest[0] as ts.CompilerHost | undefined) ?? ts.createCompilerHost(program.getCompilerOptions()));
}

function withDerivatives(ts: TypeScript, program: ts.Program, host: ts.CompilerHost): ts.Program {
  // A file with syntax errors stays as it is: TypeScript's own messages say the rest.
  const intact = program.getSourceFiles().filter((file) => isSource(ts, program, file) && program.getSyntacticDiagnostics(file).length === 0);
  const results = transformProgram(intact.map((file) => file.fileName), checkerHost(ts, program));
  if (results.size === 0) return program;

  const changes = new Map<ts.SourceFile, Change>();
  const next = recreate(ts, program, host, program.getCompilerOptions(), (original, language) => {
    const transformed = results.get(original.fileName);
    if (!transformed) return original;
    const replaced = ts.createSourceFile(original.fileName, transformed.text, language);
    changes.set(replaced, { original, replaced, transformed });
    return replaced;
  });
  for (const { replaced } of changes.values()) setVersion(replaced, replaced.text);
  report(ts, next, host, changes);
  emitFromBoth(ts, program, next, host, changes);
  const { incremental, composite } = next.getCompilerOptions();
  if (incremental || composite) recheckFaulty(next, changes);
  return next;
}

/** Builders (`--incremental`, `-w`, `-b`) tell by its version whether a file has changed. */
function setVersion(file: ts.SourceFile, content: string): void {
  Object.assign(file, { version: createHash('sha256').update(content).digest('hex') });
}

/**
 * A builder keeps the errors of a file by their positions and gives them back in a later run, where the
 * file is the transformed one, but the positions are the user's. So files with errors are always new to it.
 */
function recheckFaulty(program: ts.Program, changes: Changes): void {
  for (const { replaced } of changes.values()) {
    if (program.getSemanticDiagnostics(replaced).length > 0) setVersion(replaced, replaced.text + process.hrtime.bigint());
  }
}

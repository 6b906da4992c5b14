/**
 * The user's strictness is for the user's text. To tell whether a complaint about generated code comes from
 * strictness alone, the program is checked again without any: what is still said there is a defect.
 */
import type ts from 'typescript';
import type { TypeScript } from '../host/checker.ts';
import { recreate } from './recreate.ts';

export const LAX: ts.CompilerOptions = {
  strict: false, noImplicitAny: false, strictNullChecks: false, strictFunctionTypes: false, strictBindCallApply: false,
  strictPropertyInitialization: false, strictBuiltinIteratorReturn: false, noImplicitThis: false, useUnknownInCatchVariables: false,
  noUnusedLocals: false, noUnusedParameters: false, exactOptionalPropertyTypes: false, noImplicitReturns: false,
  noFallthroughCasesInSwitch: false, noUncheckedIndexedAccess: false, noImplicitOverride: false,
  noPropertyAccessFromIndexSignature: false, allowUnusedLabels: true, allowUnreachableCode: true, isolatedDeclarations: false,
  plugins: [],
};

/**
 * At run time nothing is private, so derivatives of methods may read what the class keeps for itself; and where bodies are
 * put in the place of calls, a value that is known is compared with what it cannot be.
 */
const HARMLESS = [2341, 2445, 2446, 2673, 2674, 2352, 2367, 2678, 4104];

/** Of strings, and of arrays that the program takes for tuples, we know less than the checker: not which of a few strings they are, or how long they are. */
const LESS_KNOWN = /(Type|Argument of type) '(string|number\[\])' is not assignable to (type|parameter of type) '("|readonly \[|\[|[A-Z])/;

export function isHarmless(ts: TypeScript, { code, messageText }: ts.Diagnostic): boolean {
  if (HARMLESS.includes(code)) return true;
  const lines = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n').filter((line) => !/^\s*Target requires/.test(line));
  return (code === 2322 || code === 2345) && (LESS_KNOWN.test(lines.at(-1)!) || /cannot be assigned to the mutable type/.test(lines.at(-1)!));
}

/** Where a file's text is wrong by any standard: the starts of what a lax check says. */
export function laxCheck(ts: TypeScript, program: ts.Program, host: ts.CompilerHost): (file: ts.SourceFile) => Set<number> {
  let lax: ts.Program | undefined;
  return (file) => {
    lax ??= recreate(ts, program, host, { ...program.getCompilerOptions(), ...LAX });
    const complaints = lax.getSemanticDiagnostics(file).filter((d) => !isHarmless(ts, d));
    return new Set(complaints.map((d) => d.start!));
  };
}

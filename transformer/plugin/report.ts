/**
 * Diagnostics. What TypeScript says about the transformed files is said about the user's instead, and what
 * the compiler has to say is added.
 *
 * Ours are reported as syntactic diagnostics, the only kind that is also shown under `--noEmit`,
 * `--noEmitOnError` and by builders. Complaints about generated code that only the user's strictness
 * makes (`noUncheckedIndexedAccess`, `noUnusedLocals`, …) are dropped; all others are a defect of
 * tapeless, reported as such at the user's function.
 */
import type ts from 'typescript';
import { diagnostic, type Code, type Diagnostic } from '../diagnostics.ts';
import type { TypeScript } from '../host/checker.ts';
import type { Span } from '../ir/ir.ts';
import { laxCheck } from './lax.ts';
import type { Change, Changes } from './recreate.ts';

/** Methods of a program that give diagnostics, some of them for builders only, and which see strictness. */
const METHODS: Record<string, 'strict' | 'plain'> = {
  getSyntacticDiagnostics: 'plain', getOptionsDiagnostics: 'plain', getGlobalDiagnostics: 'plain', getProgramDiagnostics: 'plain',
  getDeclarationDiagnostics: 'plain', getSemanticDiagnostics: 'strict', getBindAndCheckDiagnostics: 'strict', getSuggestionDiagnostics: 'strict',
};

/** TypeScript insists on a number; the message begins with the code that means something. */
const CODE = 0;

type Method = (...args: unknown[]) => readonly ts.Diagnostic[];

export function report(ts: TypeScript, program: ts.Program, host: ts.CompilerHost, changes: Changes): void {
  const translate = translator(ts, program, host, changes);
  const methods = program as unknown as Record<string, Method | undefined>;
  for (const [name, kind] of Object.entries(METHODS)) {
    const method = methods[name];
    if (method) methods[name] = (...args) => translate(method(...args), kind);
  }
  const emit = program.emit;
  program.emit = (...args) => {
    const result = emit(...args);
    return { ...result, diagnostics: translate(result.diagnostics, 'plain') };
  };

  const originals = new Map([...changes.values()].map(({ original }) => [original.fileName, original]));
  const ours = new Map([...changes].map(([file, { transformed }]) => [
    file,
    transformed.diagnostics.map((d) => toTypeScript(ts, d, (name) => originals.get(name) ?? program.getSourceFile(name))),
  ]));
  const syntacticOnly = program.getSyntacticDiagnostics;
  program.getSyntacticDiagnostics = (file, ...rest) => {
    const syntactic = syntacticOnly(file, ...rest);
    const added = file ? ours.get(file) ?? [] : [...ours.values()].flat();
    // tsc stops here if there is anything to report; type errors are often the cause of ours, so they belong to it.
    const semantic = added.length > 0 && syntactic.length === 0 ? program.getSemanticDiagnostics(file, ...rest) : [];
    return [...syntactic, ...added, ...semantic] as ts.DiagnosticWithLocation[];
  };
}

/** A diagnostic about the project's set-up, at the plugin's line of tsconfig.json. */
export function setupDiagnostic(ts: TypeScript, program: ts.Program, code: Code, ...args: string[]): ts.Diagnostic {
  const config = program.getCompilerOptions().configFile as ts.SourceFile | undefined;
  const plugin = /"tapeless\/transformer"/.exec(config?.text ?? '');
  const span = { file: '', start: plugin?.index ?? 0, end: plugin ? plugin.index + plugin[0].length : 0 };
  return toTypeScript(ts, diagnostic(code, span, ...args), () => (plugin ? config : undefined));
}

function toTypeScript(ts: TypeScript, { code, message, span, related }: Diagnostic, fileOf: (name: string) => ts.SourceFile | undefined): ts.Diagnostic {
  const at = ({ file, start, end }: Span) => ({ file: fileOf(file), start, length: end - start });
  return {
    ...located(at(span)),
    category: ts.DiagnosticCategory.Error,
    code: CODE,
    source: 'tapeless',
    messageText: `${code}: ${message}`,
    ...(related && {
      relatedInformation: related.map((r) => ({ ...located(at(r.span)), category: ts.DiagnosticCategory.Message, code: CODE, messageText: r.message })),
    }),
  };
}

function located({ file, start, length }: { file: ts.SourceFile | undefined; start: number; length: number }): Pick<ts.Diagnostic, 'file' | 'start' | 'length'> {
  return file ? { file, start, length } : { file: undefined, start: undefined, length: undefined };
}

/** From what TypeScript says about the transformed files to what the user should see. */
function translator(ts: TypeScript, program: ts.Program, host: ts.CompilerHost, changes: Changes) {
  const isFaulty = laxCheck(ts, program, host);
  const known = new WeakMap<ts.Diagnostic, ts.Diagnostic>();

  const changeOf = (d: ts.DiagnosticRelatedInformation) => (d.file && d.start !== undefined ? changes.get(d.file) : undefined);
  const isGenerated = (d: ts.DiagnosticRelatedInformation) => {
    const change = changeOf(d);
    return !!change && change.transformed.toSource(d.start!) === undefined;
  };

  function inUsersText<D extends ts.DiagnosticRelatedInformation>(d: D): D {
    const change = changeOf(d);
    return change ? { ...d, file: change.original, ...usersRange(change, d.start!, d.length ?? 0) } : d;
  }

  /** The same object for the same diagnostic: consumers remove duplicates by identity. */
  function once(d: ts.Diagnostic, make: () => ts.Diagnostic): ts.Diagnostic {
    let result = known.get(d);
    if (!result) known.set(d, result = make());
    return result;
  }

  function aboutUsers(d: ts.Diagnostic): ts.Diagnostic {
    const related = d.relatedInformation;
    if (!changeOf(d) && !related?.some(changeOf)) return d;
    return once(d, () => ({
      ...inUsersText(d),
      ...(related && { relatedInformation: related.filter((r) => !isGenerated(r)).map(inUsersText) }),
    }));
  }

  function defect(d: ts.Diagnostic): ts.Diagnostic {
    const change = changeOf(d)!;
    return once(d, () => {
      const span = { file: change.original.fileName, ...cause(ts, change, d.start!) };
      return toTypeScript(ts, diagnostic('TL9001', span, ts.flattenDiagnosticMessageText(d.messageText, ' ')), () => change.original);
    });
  }

  return (diagnostics: readonly ts.Diagnostic[], kind: 'strict' | 'plain'): ts.Diagnostic[] => {
    const users = diagnostics.filter((d) => !isGenerated(d)).map(aboutUsers);
    const wrong = new Set(users.filter((d) => d.category === ts.DiagnosticCategory.Error).map((d) => d.file));
    const blamed = new Set<string>();
    const defects = diagnostics.filter((d) => {
      if (!isGenerated(d) || d.category !== ts.DiagnosticCategory.Error) return false;
      // Derivatives of a text with errors have errors; the user's are enough.
      const { original, replaced } = changeOf(d)!;
      return !wrong.has(original) && (kind === 'plain' || isFaulty(replaced).has(d.start!));
    }).map(defect).filter(({ file, start }) => {
      // One for each function.
      const place = `${file!.fileName}:${start}`;
      return !blamed.has(place) && blamed.add(place);
    });
    return [...users, ...defects];
  };
}

function usersRange({ original, transformed }: Change, start: number, length: number): { start: number; length: number } {
  const from = transformed.toSource(start) ?? original.end;
  // What ends in a generated range ends before it.
  let last = start + length - 1;
  while (last > start && transformed.toSource(last) === undefined) last--;
  return { start: from, length: length === 0 ? 0 : (transformed.toSource(last) ?? from) + 1 - from };
}

/** Where the user's text has the reason for generated code: the function's name, or the place of an insertion. */
function cause(ts: TypeScript, { original, transformed }: Change, offset: number): { start: number; end: number } {
  const derivative = transformed.derivatives.find(({ text }) => {
    const start = transformed.text.lastIndexOf(text);
    return start >= 0 && offset >= start && offset <= start + text.length;
  });
  const name = derivative?.function.split('.').at(-1);
  const find = (node: ts.Node): ts.Node | undefined => {
    const own = (node as ts.NamedDeclaration).name;
    return own && ts.isIdentifier(own) && own.text === name ? own : ts.forEachChild(node, find);
  };
  const declared = name !== undefined && find(original);
  if (declared) return { start: declared.getStart(original), end: declared.end };
  let before = offset;
  while (before >= 0 && transformed.toSource(before) === undefined) before--;
  const start = transformed.toSource(before) ?? 0;
  return { start, end: start + 1 };
}

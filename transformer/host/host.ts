/**
 * What the core may ask about the world outside one module's text. `host/checker.ts` answers with the
 * TypeScript checker, `host/annotations.ts` from the annotations in the text alone.
 */
import type { Type } from '../ir/types.ts';

export interface Host {
  /** Text of a module of the program; undefined where there is no source (a `.d.ts`, a missing file). */
  source(file: string): string | undefined;
  /** The file that an import specifier in `file` names, if its source is in the program. */
  resolve(file: string, specifier: string): string | undefined;
  /**
   * The type of the node of `file` whose text is [start, end): a type annotation, the name of a declared
   * variable or parameter, or an expression. Undefined where it is not known.
   */
  typeAt(file: string, start: number, end: number): Type | undefined;
  /** The type of what iterating over the value of an expression gives. */
  elementAt?(file: string, start: number, end: number): Type | undefined;
  /** The signature that a derivative of the called function would have; undefined where it is not known. */
  signatureAt?(file: string, start: number, end: number): string | undefined;
  /** Module-level bindings of `file`, derivatives among them, that derivatives in other modules import. */
  demands?(file: string): readonly string[];
}

/** A binding of another module that the text of this one imports under a reserved name. */
export interface Demand {
  file: string;
  /** `=calls`: a function that assigns the variable `calls`. */
  name: string;
}

/** Under which name a module exports a binding for derivatives in other modules. */
export function reservedName(name: string): string {
  return `__tapeless_${name.replace(/^=/, 'set_')}`;
}

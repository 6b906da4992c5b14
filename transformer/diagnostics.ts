/**
 * Every message of the compiler: its code, what it says, and what the user can do.
 * 1xxx: marks, options and calls of transforms. 2xxx: outside the language.
 * 3xxx: cannot be differentiated. 4xxx: set-up. 9xxx: a defect of tapeless.
 */
import type { Span } from './ir/ir.ts';

interface Message {
  /** `{0}`, `{1}` … are replaced by the arguments. */
  text: string;
  /** What to do about it. */
  help: string;
}

export const MESSAGES = {
  TL1001: {
    text: '`@differentiate` marks nothing: the next statement is not a function.',
    help: 'Put the comment directly above a function declaration, a `const f = () => …`, a method or a default export.',
  },
  TL9001: {
    text: 'tapeless produced code that does not compile: {0}',
    help: 'This is a defect of tapeless, not of your code. Please report it with the function.',
  },
} as const satisfies Record<string, Message>;

export type Code = keyof typeof MESSAGES;

export interface Diagnostic {
  code: Code;
  /** The text and what to do, without the code. */
  message: string;
  span: Span;
  related?: { message: string; span: Span }[];
}

export function diagnostic(code: Code, span: Span, ...args: (string | number)[]): Diagnostic {
  const { text, help } = MESSAGES[code];
  const fill = (s: string) => s.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)] ?? ''));
  return { code, span, message: `${fill(text)} ${fill(help)}` };
}

/** Thrown where a function cannot go on; the pipeline catches it and goes on with the next function. */
export class CompileError extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(`${diagnostic.code}: ${diagnostic.message}`);
  }
}

export function fail(code: Code, span: Span, ...args: (string | number)[]): never {
  throw new CompileError(diagnostic(code, span, ...args));
}

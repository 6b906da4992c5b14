/** Text for people: colours, code frames and where a program's problems are. */
import { relative } from 'node:path';
import { styleText } from 'node:util';
import { codeFrameColumns, highlight } from '@babel/code-frame';
import type { Span } from '../transformer/ir/ir.ts';

/** The user asked for something that does not exist. */
export class UsageError extends Error {}

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  hasColors?(): boolean;
}

export interface Streams {
  stdout: Output;
  stderr: Output;
  /** False after `--no-color`. */
  color: boolean;
}

/** A diagnostic of tapeless or a syntax error. */
export interface Problem {
  code: string;
  message: string;
  span: Span;
  related?: { message: string; span: Span }[];
}

/** A terminal's colours, `NO_COLOR` and `FORCE_COLOR` as Node has them; a pipe gets plain text. */
function hasColors(stream: Output, color: boolean): boolean {
  if (!color) return false;
  const forced = process.env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return Boolean(stream.isTTY && stream.hasColors?.());
}

export function printSource(text: string, { stdout, color }: Streams): void {
  stdout.write(hasColors(stdout, color) ? highlight(text) : text);
}

/** Each problem with its place and the lines around it. */
export function printProblems(problems: readonly Problem[], source: (file: string) => string | undefined, { stderr, color }: Streams): void {
  const colors = hasColors(stderr, color);
  const style = (format: Parameters<typeof styleText>[0], text: string) => (colors ? styleText(format, text, { validateStream: false }) : text);
  const frame = ({ file, start, end }: Span) => {
    const text = source(file);
    const path = relative('.', file);
    if (text === undefined) return { place: style('cyan', path), code: '' };
    const from = position(text, start);
    const to = position(text, Math.max(start, end));
    const code = codeFrameColumns(text, { start: from, end: to }, { highlightCode: colors, forceColor: colors, linesAbove: 1, linesBelow: 1 });
    return { place: `${style('cyan', path)}:${style('yellow', `${from.line}`)}:${style('yellow', `${from.column}`)}`, code: `${code}\n` };
  };
  for (const { code, message, span, related = [] } of problems) {
    const at = frame(span);
    stderr.write(`${at.place} - ${style('red', 'error')} ${style('gray', code)}: ${message}\n${at.code}`);
    for (const { message, span } of related) {
      const other = frame(span);
      stderr.write(`  ${other.place} - ${message}\n${other.code.replace(/^(?=.)/gm, '  ')}`);
    }
    stderr.write('\n');
  }
}

/** Line and column of an offset, both from 1. */
function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

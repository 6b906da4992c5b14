/**
 * Puts the compiler's output into the user's module: small insertions in the text, and derivatives
 * after its end. Nothing of the user's is ever changed or removed, so each character of the result is
 * either the user's or ours, and a list of pieces tells which. The source map, the generated ranges and
 * `toSource` are read off that list.
 *
 * The map has two sources: the user's file, and `x.derivatives.ts` with what is ours, so that a debugger
 * steps through derivatives and stack traces name their lines.
 */
import { GenMapping, addSegment, setSourceContent, toEncodedMap, type EncodedSourceMap } from '@jridgewell/gen-mapping';

/** An offset in the user's text, and what goes there. */
export interface Insertion {
  at: number;
  text: string;
}

export interface Assembled {
  text: string;
  map: EncodedSourceMap;
  /** Ranges of `text` that are ours. */
  generated: { start: number; end: number }[];
  /** From an offset in `text` to the user's; undefined in generated ranges. */
  toSource(offset: number): number | undefined;
}

/** `from` is an offset in the user's text, or in the text of `x.derivatives.ts`. */
interface Piece {
  text: string;
  generated: boolean;
  from: number;
}

export function assemble(file: string, text: string, insertions: readonly Insertion[], appended: string): Assembled {
  const { pieces, derivatives } = cut(text, insertions, appended);
  const source = file.slice(file.lastIndexOf('/') + 1);
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.text.length;
  }
  return {
    text: pieces.map((piece) => piece.text).join(''),
    map: mapOf(pieces, source, text, derivatives),
    generated: pieces.flatMap((piece, i) => (piece.generated ? [{ start: starts[i], end: starts[i] + piece.text.length }] : [])),
    toSource(offset) {
      const i = starts.findLastIndex((start) => start <= offset);
      return pieces[i].generated ? undefined : pieces[i].from + offset - starts[i];
    },
  };
}

/** The name of the second source: `x.ts` → `x.derivatives.ts`. */
export function derivativesName(source: string): string {
  return source.replace(/(\.[cm]?[jt]sx?)?$/, '.derivatives$1');
}

/** The pieces of the result in order, and the text of the second source: the appended code, then the insertions. */
function cut(text: string, insertions: readonly Insertion[], appended: string): { pieces: Piece[]; derivatives: string } {
  const pieces: Piece[] = [];
  const ordered = [...insertions].sort((a, b) => a.at - b.at);
  let derivatives = appended;
  let from = 0;
  for (const { at, text: inserted } of ordered) {
    if (at > from) pieces.push({ text: text.slice(from, at), generated: false, from });
    if (derivatives !== '' && !derivatives.endsWith('\n')) derivatives += '\n';
    pieces.push({ text: inserted, generated: true, from: derivatives.length });
    derivatives += inserted;
    from = at;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), generated: false, from });
  if (appended !== '') {
    if (!/[\r\n]$/.test(text)) pieces.push({ text: '\n', generated: true, from: appended.length });
    pieces.push({ text: appended, generated: true, from: 0 });
  }
  return { pieces, derivatives };
}

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;
/** A segment starts wherever the emitter of another compiler can have one: at each boundary of tokens. */
const TOKEN = /[\w$\u0080-\uffff]+|[ \t]+|./gs;

function mapOf(pieces: readonly Piece[], source: string, text: string, derivatives: string): EncodedSourceMap {
  const map = new GenMapping({ file: source });
  const second = derivativesName(source);
  setSourceContent(map, source, text);
  if (derivatives !== '') setSourceContent(map, second, derivatives);
  const positionIn = { user: positions(text), ours: positions(derivatives) };
  let line = 0;
  let column = 0;
  for (const piece of pieces) {
    const position = piece.generated ? positionIn.ours : positionIn.user;
    let offset = piece.from;
    const lines = piece.text.split(LINE_BREAK);
    const breaks = piece.text.match(LINE_BREAK) ?? [];
    lines.forEach((content, i) => {
      const at = position(offset);
      const first = column;
      for (const { index } of content.matchAll(TOKEN)) {
        addSegment(map, line, first + index, piece.generated ? second : source, at.line, at.column + index);
      }
      if (i < breaks.length) {
        // The end of the line, too: statements end there.
        addSegment(map, line, first + content.length, piece.generated ? second : source, at.line, at.column + content.length);
        line++;
        column = 0;
        offset += content.length + breaks[i].length;
      } else {
        column += content.length;
      }
    });
  }
  return toEncodedMap(map);
}

/** Offset → line and column, both from 0. */
function positions(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (const { index, 0: { length } } of text.matchAll(LINE_BREAK)) starts.push(index + length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - starts[low] };
  };
}

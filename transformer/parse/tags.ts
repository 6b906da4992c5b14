/** Tags in comments, `@differentiate order=2`: where they are, and what follows them. */
import type * as t from '@babel/types';

export interface Tag {
  word: string;
  /** Offset of the `@` in the comment's value. */
  at: number;
  /** What follows on the same line, and where it begins, from the `@`. */
  rest: string;
  restAt: number;
}

/** The first tag at the start of a line of the comment whose word is wanted. */
export function findTag(comment: string, wanted: (word: string) => boolean): Tag | undefined {
  for (const m of comment.matchAll(/(^|\n)([\s*]*)@([A-Za-z]+)([^\n]*)/g)) {
    const word = m[3];
    if (wanted(word)) return { word, at: m.index + m[1].length + m[2].length, rest: m[4].replace(/[\s*]*$/, ''), restAt: word.length + 1 };
  }
  return undefined;
}

/** Levenshtein's distance. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Start of the first token after `offset`, over white space and comments. */
export function nextToken(offset: number, text: string, comments: readonly t.Comment[]): number {
  for (;;) {
    while (offset < text.length && /\s/.test(text[offset])) offset++;
    const comment = comments.find((c) => c.start === offset);
    if (!comment) return offset;
    offset = comment.end!;
  }
}

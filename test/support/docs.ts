/** The fenced blocks of a Markdown file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Block {
  file: string;
  /** Line of the fence, from 1. */
  line: number;
  language: string;
  /** What follows the language: `show=f:grad` → { show: 'f:grad' }. */
  attributes: Record<string, string>;
  text: string;
  /** Of the text in the file. */
  range: [number, number];
}

export function readRoot(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
}

export function blocksOf(file: string): Block[] {
  const text = readRoot(file);
  return [...text.matchAll(/^```(\w+)[ \t]*(.*)\n([^]*?)^```$/gm)].map((m) => ({
    file,
    line: text.slice(0, m.index).split('\n').length,
    language: m[1],
    attributes: Object.fromEntries(m[2].split(/\s+/).filter(Boolean).map((word) => word.split(/=(.*)/s).slice(0, 2))),
    text: m[3],
    range: [m.index + m[0].length - 3 - m[3].length, m.index + m[0].length - 3],
  }));
}

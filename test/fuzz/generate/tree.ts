/**
 * Programs as trees of text. A node knows only what it may be replaced with: a statement may be dropped or replaced
 * by what it contains, an expression by one of its own sort inside it. So programs shrink without a syntax tree of their own;
 * the type checker tells which of the smaller programs make sense.
 */

/** `stmt`, or the name of an expression's type. */
export type Sort = string;
export type Part = string | Tree | Block;
export interface Tree {
  sort: Sort;
  parts: readonly Part[];
}
/** A list of statements, each of which may be dropped. */
export interface Block {
  block: readonly Tree[];
}

const isBlock = (p: Part): p is Block => typeof p === 'object' && 'block' in p;

export function text(part: Part, indent = ''): string {
  if (typeof part === 'string') return part.replaceAll('\n', `\n${indent}`);
  if (isBlock(part)) return part.block.map((s) => `\n${indent}  ${text(s, `${indent}  `)}`).join('') + `\n${indent}`;
  return part.parts.map((p) => text(p, indent)).join('');
}

/** Makes trees of a sort from template strings. */
export function tree(sort: Sort): (strings: TemplateStringsArray, ...parts: (Part | number)[]) => Tree {
  return (strings, ...parts) => ({
    sort,
    parts: strings.flatMap((s, i): Part[] => (i < parts.length ? [s, typeof parts[i] === 'number' ? String(parts[i]) : parts[i] as Part] : [s])).filter((p) => p !== ''),
  });
}
export const num = tree('number');
export const bool = tree('boolean');
export const stmt = tree('stmt');
export const other = tree('');

/** Parts with commas between them. */
export function list(parts: readonly Part[]): Tree {
  return { sort: '', parts: parts.flatMap((p, i) => (i ? [', ', p] : [p])) };
}

/** Smaller blocks, larger steps first. */
export function* smallerBlock({ block }: Block): Generator<Block> {
  for (let size = block.length; size >= 1; size = size >> 1) {
    for (let i = block.length - size; i >= 0; i -= size) yield { block: without(block, i, size) };
  }
  for (const [i, statement] of block.entries()) {
    for (const inner of blocksIn(statement)) yield { block: [...block.slice(0, i), ...inner.block, ...block.slice(i + 1)] };
  }
  for (const [i, statement] of block.entries()) {
    for (const smaller of smallerTree(statement)) yield { block: [...block.slice(0, i), smaller, ...block.slice(i + 1)] };
  }
}

export const without = <T>(of: readonly T[], from: number, count = 1): T[] => [...of.slice(0, from), ...of.slice(from + count)];

function* blocksIn(part: Part): Generator<Block> {
  if (typeof part === 'string') return;
  if (isBlock(part)) yield part;
  else for (const p of part.parts) yield* blocksIn(p);
}

const SIMPLE: Record<Sort, string[]> = { number: ['1', '0.5'], boolean: ['true', 'false'], integer: ['0', '1'] };

export function* smallerTree(whole: Tree): Generator<Tree> {
  const { sort, parts } = whole;
  if (sort !== 'stmt' && sort !== '') {
    const short = text(whole);
    for (const simple of SIMPLE[sort] ?? []) if (short.length > simple.length && !SIMPLE[sort].includes(short)) yield { sort, parts: [simple] };
    for (const d of descendants(whole, sort)) if (text(d) !== short) yield d;
  }
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'string') continue;
    for (const p of isBlock(part) ? smallerBlock(part) : smallerTree(part)) yield { sort, parts: [...parts.slice(0, i), p, ...parts.slice(i + 1)] };
  }
}

function* descendants(whole: Tree, sort: Sort): Generator<Tree> {
  for (const p of whole.parts) {
    if (typeof p === 'string' || isBlock(p)) continue;
    if (p.sort === sort) yield p;
    else yield* descendants(p, sort);
  }
}

/**
 * Programs as trees of text. A node knows only what it may be replaced with: a statement may be dropped or replaced
 * by what it contains, a number by a number inside it or by 1. So programs shrink without a syntax tree of their own.
 */
export type Sort = 'stmt' | 'num' | 'bool' | 'other';
export type Part = string | Tree | Block;
export interface Tree {
  sort: Sort;
  parts: readonly Part[];
}
/** A list of statements, each of which may be dropped. */
export interface Block {
  block: readonly Tree[];
}

export interface Source {
  /** Declarations before the function under test. */
  head: Block;
  params: readonly { name: string; type: string }[];
  result: string;
  body: Block;
  /** Lists of arguments. */
  cases: readonly (readonly unknown[])[];
  /** Constructs that occur, for the counts. */
  tags: ReadonlySet<string>;
}

export const isBlock = (p: Part): p is Block => typeof p === 'object' && 'block' in p;

export function text(part: Part, indent = ''): string {
  if (typeof part === 'string') return part.replaceAll('\n', `\n${indent}`);
  if (isBlock(part)) return part.block.map((s) => `\n${indent}  ${text(s, `${indent}  `)}`).join('') + `\n${indent}`;
  return part.parts.map((p) => text(p, indent)).join('');
}

const SHARED: [name: RegExp, text: string][] = [
  [/\b(Point|State)\b/, 'interface Point { a: number; b: number }'],
  [/\bState\b/, 'interface State { p: number; v: number[]; w: Float64Array; q: Point }'],
  [/\bK\b/, 'const K = 0.75;'],
];

export function sourceText(source: Source): string {
  const own = ownText(source);
  return `${SHARED.map(([name, declaration]) => (name.test(own) ? `${declaration}\n\n` : '')).join('')}${own}`;
}

function ownText({ head, params, result, body }: Source): string {
  const declarations = head.block.map((d) => `${text(d)}\n\n`).join('');
  return `${declarations}// @differentiate\nexport function f(${params.map((p) => `${p.name}: ${p.type}`).join(', ')}): ${result} {${text(body)}}\n`;
}

/** Smaller sources, larger steps first. */
export function* smaller(source: Source): Generator<Source> {
  if (source.cases.length > 1) for (const c of source.cases) yield { ...source, cases: [c] };
  for (const head of smallerBlock(source.head)) yield { ...source, head };
  for (const i of source.params.keys()) {
    yield { ...source, params: without(source.params, i, 1), cases: source.cases.map((c) => without(c, i, 1)) };
  }
  for (const body of smallerBlock(source.body)) yield { ...source, body };
}

const without = <T>(list: readonly T[], from: number, count: number) => [...list.slice(0, from), ...list.slice(from + count)];

function* smallerBlock({ block }: Block): Generator<Block> {
  for (let size = block.length; size >= 1; size = size >> 1) {
    for (let i = block.length - size; i >= 0; i -= size) yield { block: without(block, i, size) };
  }
  for (const [i, statement] of block.entries()) {
    for (const inner of statement.parts) if (isBlock(inner)) yield { block: [...block.slice(0, i), ...inner.block, ...block.slice(i + 1)] };
  }
  for (const [i, statement] of block.entries()) {
    for (const tree of smallerTree(statement)) yield { block: [...block.slice(0, i), tree, ...block.slice(i + 1)] };
  }
}

function* smallerTree(tree: Tree): Generator<Tree> {
  if (tree.sort === 'num' || tree.sort === 'bool') {
    const short = text(tree);
    if (tree.sort === 'bool' && short !== 'true' && short !== 'false') {
      yield { sort: 'bool', parts: ['true'] };
      yield { sort: 'bool', parts: ['false'] };
    }
    if (tree.sort === 'num' && !/^[\d.]+$/.test(short)) for (const n of ['1', '0.5']) yield { sort: 'num', parts: [n] };
    yield* descendants(tree, tree.sort);
  }
  if (tree.sort === 'other') for (const d of descendants(tree, 'other')) yield d;
  for (const [i, part] of tree.parts.entries()) {
    if (typeof part === 'string') continue;
    for (const p of isBlock(part) ? smallerBlock(part) : smallerTree(part)) yield { ...tree, parts: [...tree.parts.slice(0, i), p, ...tree.parts.slice(i + 1)] };
  }
}

function* descendants(tree: Tree, sort: Sort): Generator<Tree> {
  for (const p of tree.parts) {
    if (typeof p === 'string' || isBlock(p)) continue;
    if (p.sort === sort) yield p;
    else yield* descendants(p, sort);
  }
}

/**
 * The tree that is printed: blocks of statements with variables that are assigned more than once and with
 * jumps, as in TypeScript. It still holds the operations and values of the IR. What structured SSA says by
 * carried values and results is a `copy` here: the parameters of a loop are assigned before it and at the
 * end of each iteration, the results of an `if` at the end of each branch. The results of a loop are its
 * parameters, which keep their last values.
 */
import type { Op, Value } from '../ir/ir.ts';

export interface Pair { target: Value; source: Value }

/** All sources are read before any target is assigned. */
export interface Copy { kind: 'copy'; pairs: Pair[] }
export interface Eval { kind: 'op'; op: Op }
export interface If { kind: 'if'; cond: Value; negate: boolean; then: Block; else: Block }
export interface Loop {
  kind: 'loop';
  op: Op;
  /** test: before or after the body; a loop without a condition ends by jumps alone. */
  after: boolean;
  cond?: Value;
  /** Scope of a `for` head: around test, body and update. */
  head: Block;
  /** What a `for` declares and initialises in its head. */
  init: Copy;
  test: Block;
  body: Block;
  update: Block;
}
export interface Break { kind: 'break' | 'continue' }
/** The end of a function, or of a branch of a conditional expression: the values that are its result. */
export interface Return { kind: 'return' | 'yield'; values: Value[] }
export type Stmt = Copy | Eval | If | Loop | Break | Return;

export class Block {
  parent?: Block;
  /** The statement of `parent` that this block is part of. */
  owner?: Stmt;
  loop?: Loop;
  constructor(public stmts: Stmt[] = []) {}

  isInside(outer: Block): boolean {
    for (let b: Block | undefined = this; b; b = b.parent) if (b === outer) return true;
    return false;
  }
}

export interface Tree {
  body: Block;
  /** Conditional expressions: an `if` that is printed as `c ? a : b`. Each block ends by `yield`. */
  ternaries: Map<Op, [Block, Block]>;
}

/** Blocks of a statement, in the order of evaluation. */
export function innerBlocks(stmt: Stmt, tree: Tree): Block[] {
  if (stmt.kind === 'if') return [stmt.then, stmt.else];
  if (stmt.kind === 'loop') return [stmt.head];
  if (stmt.kind === 'op') return tree.ternaries.get(stmt.op) ?? [];
  return [];
}

/** Fills in the links from blocks to what is around them. */
export function link(block: Block, tree: Tree, parent?: Block, owner?: Stmt, loop?: Loop): void {
  block.parent = parent;
  block.owner = owner;
  block.loop = loop;
  for (const stmt of block.stmts) {
    for (const inner of innerBlocks(stmt, tree)) link(inner, tree, block, stmt, loop);
    if (stmt.kind !== 'loop') continue;
    stmt.head.loop = stmt;
    for (const inner of loopBlocks(stmt)) link(inner, tree, stmt.head, undefined, stmt);
  }
}

export function loopBlocks(loop: Loop): Block[] {
  return loop.after ? [loop.body, loop.test] : [loop.test, loop.body, loop.update];
}

/** Every block with its statements, outside in. */
export function allBlocks(block: Block, tree: Tree, found: Block[] = []): Block[] {
  found.push(block);
  for (const stmt of block.stmts) {
    for (const inner of innerBlocks(stmt, tree)) allBlocks(inner, tree, found);
    if (stmt.kind === 'loop') for (const inner of loopBlocks(stmt)) allBlocks(inner, tree, found);
  }
  return found;
}

/** What a statement itself evaluates, in the order of evaluation (not what its blocks do). */
export function operands(stmt: Stmt): readonly Value[] {
  switch (stmt.kind) {
    case 'op': return stmt.op.args;
    case 'copy': return stmt.pairs.map((p) => p.source);
    case 'if': return [stmt.cond];
    case 'loop': return stmt.init.pairs.map((p) => p.source);
    case 'break': case 'continue': return [];
    default: return stmt.values;
  }
}

/** Does control never reach the end of these statements? */
export function endsInJump(stmts: readonly Stmt[]): boolean {
  const last = stmts.at(-1);
  if (!last) return false;
  if (last.kind === 'if') return endsInJump(last.then.stmts) && endsInJump(last.else.stmts);
  if (last.kind === 'loop') return last.test.stmts.length === 0 && !breaks(last.body);
  return last.kind === 'break' || last.kind === 'continue' || last.kind === 'return' || (last.kind === 'op' && last.op.kind === 'throw');
}

function breaks(block: Block): boolean {
  return block.stmts.some((s) => s.kind === 'break' || (s.kind === 'if' && (breaks(s.then) || breaks(s.else))));
}

/** Is this the constant `literal`? */
export function isConst(value: Value, literal: unknown): boolean {
  const def = value.def as Op;
  return def.kind === 'const' && Object.is(def.attr.value, literal);
}

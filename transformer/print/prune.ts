/**
 * Takes out of the tree what nobody needs: operations without an effect whose results are unused, variables that
 * are only handed on, branches with nothing in them. A value is needed if a statement that has an effect
 * reads it, or one that computes a needed value.
 */
import type { Value } from '../ir/ir.ts';
import { hasEffect } from './kinds.ts';
import { type Block, type Stmt, type Tree, allBlocks, innerBlocks, loopBlocks, operands } from './tree.ts';

export function prune(tree: Tree): void {
  const needed = new Set<Value>();
  for (let before = -1; before !== needed.size;) {
    before = needed.size;
    markBlock(tree.body, needed, tree);
  }
  for (const block of allBlocks(tree.body, tree)) block.stmts = block.stmts.filter((s) => sweep(s, needed, tree));
}

/** Marks what the block needs; says if anything in it must stay. */
function markBlock(block: Block, needed: Set<Value>, tree: Tree): boolean {
  let stays = false;
  for (const stmt of block.stmts.toReversed()) if (mark(stmt, needed, tree)) stays = true;
  return stays;
}

function mark(stmt: Stmt, needed: Set<Value>, tree: Tree): boolean {
  const need = (values: readonly Value[]) => values.forEach((v) => needed.add(v));
  switch (stmt.kind) {
    case 'copy': {
      const pairs = stmt.pairs.filter((p) => needed.has(p.target) && p.source !== p.target);
      need(pairs.map((p) => p.source));
      return pairs.length > 0;
    }
    case 'op': {
      const effect = hasEffectInside(stmt, tree);
      if (!effect && !stmt.op.results.some((r) => needed.has(r))) return false;
      need(stmt.op.args);
      for (const inner of innerBlocks(stmt, tree)) markBlock(inner, needed, tree);
      return true;
    }
    case 'if': {
      const then = markBlock(stmt.then, needed, tree);
      const otherwise = markBlock(stmt.else, needed, tree);
      if (then || otherwise) needed.add(stmt.cond);
      return then || otherwise;
    }
    case 'loop':
      for (const inner of loopBlocks(stmt)) markBlock(inner, needed, tree);
      need(stmt.init.pairs.filter((p) => needed.has(p.target)).map((p) => p.source));
      return true;
    default:
      need(operands(stmt));
      return true;
  }
}

function hasEffectInside(stmt: Stmt, tree: Tree): boolean {
  if (stmt.kind === 'op' && hasEffect(stmt.op)) return true;
  return innerBlocks(stmt, tree).some((b) => b.stmts.some((s) => hasEffectInside(s, tree)));
}

function sweep(stmt: Stmt, needed: ReadonlySet<Value>, tree: Tree): boolean {
  switch (stmt.kind) {
    case 'copy':
      stmt.pairs = stmt.pairs.filter((p) => needed.has(p.target) && p.source !== p.target);
      return stmt.pairs.length > 0;
    case 'op': return hasEffectInside(stmt, tree) || stmt.op.results.some((r) => needed.has(r));
    case 'if': return needed.has(stmt.cond) && mark(stmt, new Set(needed), tree);
    case 'loop':
      stmt.init.pairs = stmt.init.pairs.filter((p) => needed.has(p.target));
      return true;
    default: return true;
  }
}

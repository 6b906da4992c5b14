/** Changes of the tree that make better statements of it; after each, the analyses are made anew. */
import type { Value } from '../ir/ir.ts';
import type { Variable, Variables } from './coalesce.ts';
import { isPure, isSameVariable } from './kinds.ts';
import { type Liveness, readBy } from './liveness.ts';
import type { Nesting } from './nest.ts';
import { prune } from './prune.ts';
import { Block, type Pair, type Stmt, type Tree, allBlocks, endsInJump, innerBlocks, link, loopBlocks } from './tree.ts';

/**
 * A test that is more than one expression moves into the body.
 *
 *   while (t = …, t * t > t) { … }    →    while (true) { const t = …; if (!(t * t > t)) break; … }
 */
export function moveLongTests(tree: Tree, nesting: Nesting): boolean {
  let moved = false;
  for (const block of allBlocks(tree.body, tree)) {
    for (const loop of block.stmts) {
      if (loop.kind !== 'loop') continue;
      const end = loop.test.stmts.at(-1);
      if (end?.kind !== 'yield' || loop.test.stmts.every((s) => s === end || nesting.absorbed.has(s))) continue;
      const leave: Stmt = { kind: 'if', cond: end.values[0], negate: true, then: new Block([{ kind: 'break' }]), else: new Block() };
      const test = [...loop.test.stmts.slice(0, -1), leave];
      if (!loop.after) loop.body.stmts.unshift(...test);
      else if (!endsInJump(loop.body.stmts)) loop.body.stmts.push(...test);
      loop.test.stmts = [];
      moved = true;
    }
  }
  link(tree.body, tree);
  return moved;
}

/** At the end of a loop's body: `if (c) {} else { rest }` → `if (c) continue; rest` */
export function useContinue(tree: Tree, nesting: Nesting, liveness: Liveness, variables: Variables): boolean {
  const isNothing = (stmt: Stmt) => nesting.absorbed.has(stmt) || liveness.isDead(stmt)
    || (stmt.kind === 'copy' && stmt.pairs.every((p) => nesting.isVariable(p.source) && variables.of(p.source) === variables.of(p.target)));
  // Copies after the `if` are no assignments, but say which values are equal.
  const tail = (block: Block, after: Stmt[]): boolean => {
    const index = block.stmts.findLastIndex((s) => !isNothing(s));
    const last = block.stmts[index];
    if (last?.kind !== 'if') return false;
    const skipped = [...block.stmts.slice(index + 1), ...after];
    if (!last.then.stmts.every(isNothing) || last.else.stmts.every(isNothing)) return tail(last.then, skipped) || tail(last.else, skipped);
    const copies = skipped.flatMap((s): Stmt[] => s.kind === 'copy' ? [{ kind: 'copy', pairs: s.pairs.map((p) => ({ ...p })) }] : []);
    block.stmts.splice(index + 1, 0, ...last.else.stmts);
    last.then.stmts.push(...copies, { kind: 'continue' });
    last.else.stmts = [];
    return true;
  };
  let changed = false;
  for (const block of allBlocks(tree.body, tree)) {
    for (const stmt of block.stmts) if (stmt.kind === 'loop' && tail(stmt.body, [])) changed = true;
  }
  if (changed) link(tree.body, tree);
  return changed;
}

/** Takes out assignments that nobody reads. */
export function dropDead(tree: Tree, liveness: Liveness): boolean {
  let dropped = false;
  for (const block of allBlocks(tree.body, tree)) {
    for (const stmt of block.stmts) {
      const copy = stmt.kind === 'copy' ? stmt : stmt.kind === 'loop' ? stmt.init : undefined;
      if (!copy || copy.pairs.every((p) => liveness.live.has(p))) continue;
      copy.pairs = copy.pairs.filter((p) => liveness.live.has(p));
      dropped = true;
    }
  }
  if (dropped) prune(tree);
  return dropped;
}

/**
 * The next value of a variable is computed after the last use of the one before it, so that both are one variable:
 *
 *   const j_2 = j + 1; const e = x[j]; …; j = j_2;    →    const e = x[j]; j++; …
 */
export function delay({ target, source }: Pair, tree: Tree, nesting: Nesting, variables: Variables, delayed: Set<Value>): boolean {
  delayed.add(source);
  const definition = nesting.definition(source);
  if (!definition || !isPure(definition.op) || !isSameVariable(target, source) || !nesting.isVariable(source)) return false;
  const block = allBlocks(tree.body, tree).find((b) => b.stmts.includes(definition))!;
  const from = block.stmts.indexOf(definition);
  const [old, next] = [variables.of(target), variables.of(source)];
  const reads = block.stmts.map((s, i) => (i > from ? readInside(s, tree, nesting, variables) : new Set<Variable>()));
  const last = reads.findLastIndex((r) => r.has(old));
  if (last < 0 || reads.slice(0, last + 1).some((r) => r.has(next))) return false;
  block.stmts.splice(last + 1, 0, definition);
  block.stmts.splice(from, 1);
  return true;
}

/** Variables that a statement reads, with all that is in it. */
function readInside(stmt: Stmt, tree: Tree, nesting: Nesting, variables: Variables): Set<Variable> {
  if (nesting.absorbed.has(stmt)) return new Set();
  const reads = new Set([...readBy(stmt, tree, nesting)].map((v) => variables.of(v)));
  const inner = stmt.kind === 'op' ? [] : [...innerBlocks(stmt, tree), ...(stmt.kind === 'loop' ? loopBlocks(stmt) : [])];
  for (const block of inner) for (const s of block.stmts) for (const v of readInside(s, tree, nesting, variables)) reads.add(v);
  return reads;
}

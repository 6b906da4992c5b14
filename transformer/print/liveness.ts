/**
 * Which variables hold a value that is still to be read, at each point: the textbook's backward analysis, over
 * blocks, with loops to their fixpoint. Two values interfere if one is assigned while the other is live; they cannot
 * share a variable then. A copy does not make its target and its source interfere: they are equal.
 * An assignment whose target is not live is dead, and so does not keep its operands alive.
 */
import type { Func, Op, Value } from '../ir/ir.ts';
import { hasEffect } from './kinds.ts';
import type { Nesting } from './nest.ts';
import { type Block, type Loop, type Pair, type Stmt, type Tree, operands } from './tree.ts';

type Live = ReadonlySet<Value>;
const NONE: Live = new Set();

export class Liveness {
  readonly interference = new Map<Value, Set<Value>>();
  readonly live = new Set<Pair>();
  /** Results that are read; others need no variable. */
  readonly used = new Set<Value>();
  /** What is live after the loops around, and where their next iteration starts. */
  private loops: { after: Live; next: Live }[] = [];
  /** What was live at the start of a loop when it was last looked at: the next time it is that or more. */
  private starts = new Map<Loop, Live>();

  constructor(private tree: Tree, private nesting: Nesting, func: Func) {
    const atEntry = this.block(tree.body, NONE);
    const params = func.params.map((p) => p.value);
    for (const p of params) {
      this.interfere(p, atEntry);
      this.interfere(p, params);
    }
  }

  interferes(a: Value, b: Value): boolean {
    return this.interference.get(a)?.has(b) ?? false;
  }

  isDead(stmt: Stmt): boolean {
    if (stmt.kind === 'copy') return stmt.pairs.every((p) => !this.live.has(p));
    return stmt.kind === 'op' && !this.isEffect(stmt.op) && !stmt.op.results.some((r) => this.used.has(r));
  }

  /** Does evaluating the operation, with all that is nested in it, have an effect? */
  private isEffect(op: Op): boolean {
    if (hasEffect(op)) return true;
    const inside = [...op.args, ...(this.tree.ternaries.get(op) ?? []).flatMap((b) => operands(b.stmts.at(-1)!))];
    return inside.some((v) => !this.nesting.isVariable(v) && this.isEffect(v.def as Op));
  }

  private interfere(a: Value, others: Iterable<Value>, except?: Value): void {
    for (const b of others) {
      if (a === b || b === except) continue;
      this.edges(a).add(b);
      this.edges(b).add(a);
    }
  }

  private edges(v: Value): Set<Value> {
    let set = this.interference.get(v);
    if (!set) this.interference.set(v, (set = new Set()));
    return set;
  }

  /** What is live where the block starts: a set that goes backwards with it, statement by statement. */
  private block(block: Block, after: Live): Set<Value> {
    let live = new Set(after);
    for (let i = block.stmts.length - 1; i >= 0; i--) {
      if (!this.nesting.absorbed.has(block.stmts[i])) live = this.stmt(block.stmts[i], live);
    }
    return live;
  }

  /** `live` is the block's own, and may be changed. */
  private stmt(stmt: Stmt, live: Set<Value>): Set<Value> {
    switch (stmt.kind) {
      case 'break': return new Set(this.loops.at(-1)!.after);
      case 'continue': return new Set(this.loops.at(-1)!.next);
      case 'return': return readBy(stmt, this.tree, this.nesting);
      case 'yield': return this.reads(stmt, live);
      case 'if': {
        const otherwise = this.block(stmt.else, live);
        return this.reads(stmt, add(stmt.then.stmts.length > 0 ? this.block(stmt.then, live) : live, otherwise));
      }
      case 'copy': return this.copy(stmt.pairs, live);
      case 'loop': return this.loop(stmt, live);
      case 'op': {
        const results = stmt.op.results.filter((r) => live.has(r));
        if (stmt.op.kind === 'throw') live.clear();
        if (results.length === 0 && !this.isEffect(stmt.op)) return live;
        for (const r of results) {
          this.used.add(r);
          this.interfere(r, live);
        }
        results.forEach((r) => live.delete(r));
        return this.reads(stmt, live);
      }
    }
  }

  private reads(stmt: Stmt, live: Set<Value>): Set<Value> {
    for (const v of operands(stmt)) addReads(v, live, this.tree, this.nesting);
    if (stmt.kind === 'op') addBranches(stmt.op, live, this.tree, this.nesting);
    return live;
  }

  private copy(pairs: readonly Pair[], live: Set<Value>): Set<Value> {
    const needed = pairs.filter((p) => live.has(p.target));
    for (const pair of needed) {
      this.live.add(pair);
      // In a swap the source changes, too.
      this.interfere(pair.target, live, needed.some((p) => p.target === pair.source) ? undefined : pair.source);
    }
    for (const pair of needed) live.delete(pair.target);
    for (const pair of needed) addReads(pair.source, live, this.tree, this.nesting);
    return live;
  }

  private loop(loop: Loop, after: Live): Set<Value> {
    const around = { after, next: NONE };
    this.loops.push(around);
    const ends = loop.test.stmts.length > 0;
    let atStart = this.starts.get(loop) ?? NONE;
    for (let before = -1; before !== atStart.size;) {
      before = atStart.size;
      if (loop.after) {
        around.next = this.block(loop.test, ends ? add(new Set(after), atStart) : atStart);
        atStart = add(this.block(loop.body, around.next), atStart);
      } else {
        around.next = this.block(loop.update, atStart);
        const body = this.block(loop.body, around.next);
        atStart = add(this.block(loop.test, ends ? add(body, after) : body), atStart);
      }
    }
    this.loops.pop();
    this.starts.set(loop, atStart);
    return this.copy(loop.init.pairs, new Set(atStart));
  }
}

function add(set: Set<Value>, others: Live): Set<Value> {
  for (const v of others) set.add(v);
  return set;
}

/** Variables that a statement itself reads. */
export function readBy(stmt: Stmt, tree: Tree, nesting: Nesting): Set<Value> {
  const reads = new Set<Value>();
  for (const v of operands(stmt)) addReads(v, reads, tree, nesting);
  if (stmt.kind === 'op') addBranches(stmt.op, reads, tree, nesting);
  return reads;
}

/** Variables that the expression of a value reads. */
export function addReads(value: Value, reads: Set<Value>, tree: Tree, nesting: Nesting): void {
  if (nesting.isVariable(value)) {
    reads.add(value);
    return;
  }
  const op = value.def as Op;
  for (const v of op.args) addReads(v, reads, tree, nesting);
  addBranches(op, reads, tree, nesting);
}

function addBranches(op: Op, reads: Set<Value>, tree: Tree, nesting: Nesting): void {
  for (const block of tree.ternaries.get(op) ?? []) for (const v of operands(block.stmts.at(-1)!)) addReads(v, reads, tree, nesting);
}

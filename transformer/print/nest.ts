/**
 * Where each value is evaluated: nested in the expression of its only user, repeated at each use, or
 * kept in a variable.
 *
 * From the end of a block to its start, and in each statement from its last operand to its first, an operand is
 * pulled into the expression if nothing that runs between its own place and the new one conflicts with it: what was
 * already pulled to a later place runs later anyhow. Operands then run in the order in which they are
 * written. Values that depend on no memory go wherever their use is, into branches too, but not into loops.
 */
import type { Op, Value } from '../ir/ir.ts';
import { fieldKeys } from '../ir/types.ts';
import type { EffectTable } from './effects.ts';
import { isAtom, isCheap, isExpression, isSameVariable, repeatsOperands } from './kinds.ts';
import { type Block, type Eval, type Stmt, type Tree, allBlocks, operands } from './tree.ts';

interface Place { block: Block; index: number }

const MOST_REPEATED_LOADS = 5;

export class Nesting {
  /** Statements that are printed as part of others, or not at all. */
  readonly absorbed = new Set<Stmt>();
  private repeated = new Set<Value>();
  private host = new Map<Stmt, Stmt>();
  private places = new Map<Stmt, Place>();
  private definitions = new Map<Value, Eval>();
  private users = new Map<Value, Stmt[]>();

  /** `late`: values that are evaluated where they are copied to another variable, although they have a name. */
  constructor(private tree: Tree, private effects: EffectTable, private late: ReadonlySet<Value>) {
    const blocks = allBlocks(tree.body, tree);
    for (const block of blocks) {
      for (const [index, stmt] of block.stmts.entries()) {
        this.places.set(stmt, { block, index });
        if (stmt.kind === 'op') for (const r of stmt.op.results) this.definitions.set(r, stmt);
        for (const v of operands(stmt)) {
          const users = this.users.get(v);
          if (users) users.push(stmt);
          else this.users.set(v, [stmt]);
        }
      }
    }
    this.repeatConstants();
    for (const [value, stmt] of this.definitions) {
      if (this.usersOf(value).length > 1 && isCheap(value) && !this.isCaptured(value)) this.markRepeated(value, stmt);
    }
    // Inner blocks first: what they take from outside has not taken anything itself yet.
    for (const block of blocks.toReversed()) this.nestBlock(block);
    for (const [value, stmt] of this.definitions) {
      if (isCheap(value) && !this.isCaptured(value) && !this.absorbed.has(stmt) && stmt.op.args.every((a) => this.isStable(a))) this.markRepeated(value, stmt);
    }
    // A value that has to be a variable takes nothing from those it is made of, so one look at each is enough.
    for (const value of [...this.repeated]) {
      if ((value.def as Op).kind !== 'const' && !this.canRepeat(value)) this.repeated.delete(value);
    }
    for (const value of this.repeated) this.absorbed.add(this.definitions.get(value)!);
  }

  isVariable(value: Value): boolean {
    if (isAtom(value)) return false;
    const stmt = this.definitions.get(value);
    return !stmt || !this.absorbed.has(stmt);
  }

  usersOf(value: Value): readonly Stmt[] {
    return this.users.get(value) ?? [];
  }

  definition(value: Value): Eval | undefined {
    return this.definitions.get(value);
  }

  /** Is there an effect that makes it matter when the statement runs? */
  private isFree(stmt: Stmt): boolean {
    const { reads, writes, ordered } = this.effects.of(stmt);
    return reads.length === 0 && writes.length === 0 && !ordered;
  }

  private changes(stmt: Stmt): boolean {
    const { writes, ordered } = this.effects.of(stmt);
    return writes.length > 0 || ordered;
  }

  /**
   * A constant with a name is a variable if it is the start of one (`let s = 0`), or is never copied (`const eps = 1e-6`);
   * else a literal at each use.
   */
  private repeatConstants(): void {
    for (const [value, { op }] of this.definitions) {
      if (op.kind !== 'const') continue;
      const copies = this.usersOf(value).filter((s) => s.kind === 'copy' || s.kind === 'loop');
      const starts = copies.every((s) => s.kind === 'copy' && targetsOf(s, value).every((t) => isSameVariable(t, value)));
      if (this.late.has(value) || !starts) this.repeated.add(value);
    }
  }

  /** A comparator knows what it captures by its name. */
  private isCaptured(value: Value): boolean {
    return this.usersOf(value).some((stmt) => stmt.kind === 'op' && (stmt.op.kind === 'argsort' || (stmt.op.attr.product !== undefined && stmt.op.args[0] !== value)));
  }

  /** Not read from memory as part of another value. */
  private isStable(value: Value): boolean {
    const stmt = this.definitions.get(value);
    return !stmt || !this.absorbed.has(stmt) || this.isFree(stmt);
  }

  private markRepeated(value: Value, stmt: Eval): void {
    if (this.repeated.has(value)) return;
    this.repeated.add(value);
    for (const operand of stmt.op.args) {
      const inner = this.definitions.get(operand);
      if (inner && !this.absorbed.has(inner) && isCheap(operand) && !this.isCaptured(operand)) this.markRepeated(operand, inner);
    }
  }

  private nestBlock(block: Block): void {
    for (let index = block.stmts.length - 1; index >= 0; index--) {
      const stmt = block.stmts[index];
      if (this.absorbed.has(stmt) || (stmt.kind === 'op' && stmt.op.results.some((r) => this.repeated.has(r)))) continue;
      this.nestOperands(stmt, block, index, true);
    }
  }

  private nestOperands(user: Stmt, block: Block, index: number, effects: boolean): void {
    const values = operands(user);
    if (user.kind === 'op' && repeatsOperands(user.op)) return;
    for (let k = values.length - 1; k >= 0; k--) {
      const stmt = this.definitions.get(values[k]);
      // `x[i] += f(x)` would read x[i] before the call.
      const allowed = effects && user.kind !== 'copy' && user.kind !== 'loop' && !(user.kind === 'op' && user.op.kind.startsWith('accum'));
      // Of such a part it is asked, too, whether it is there.
      if (user.kind === 'op' && user.op.attr.optional?.includes(fieldKeys(user.op.result.type)[k])) continue;
      if (!stmt || !this.canNest(values[k], stmt, user) || !this.canMove(stmt, block, index, allowed)) continue;
      this.absorbed.add(stmt);
      this.host.set(stmt, user);
      this.nestOperands(stmt, block, index, allowed);
    }
  }

  private canNest(value: Value, stmt: Eval, user: Stmt): boolean {
    if (this.repeated.has(value) || this.absorbed.has(stmt) || this.usersOf(value).length !== 1) return false;
    if (!isExpression(stmt.op) && !this.tree.ternaries.has(stmt.op)) return false;
    return !value.name || (this.late.has(value) && (user.kind === 'copy' || user.kind === 'loop'));
  }

  private canMove(stmt: Eval, block: Block, index: number, effects: boolean): boolean {
    const from = this.places.get(stmt)!;
    if (this.isFree(stmt)) return from.block.loop === block.loop;
    if (from.block !== block || (!effects && this.changes(stmt))) return false;
    for (let i = from.index + 1; i < index; i++) {
      if (!this.absorbed.has(block.stmts[i]) && this.effects.conflict(stmt, block.stmts[i])) return false;
    }
    return true;
  }

  /** Does the value stay the same from its definition to all its uses? */
  private canRepeat(value: Value): boolean {
    const stmt = this.definitions.get(value)!;
    const roots = this.rootsOf(value);
    if (stmt.op.kind === 'load' && (roots.length > MOST_REPEATED_LOADS || roots.some((r) => this.places.get(r)!.block.loop !== this.places.get(stmt)!.block.loop))) return false;
    return roots.every((root) => this.isUnchanged(stmt, root));
  }

  /** The statements in which the value ends up. */
  private rootsOf(value: Value): Stmt[] {
    return this.usersOf(value).flatMap((user) => {
      let root = user;
      for (let host = this.host.get(root); host; host = this.host.get(root)) root = host;
      const result = root.kind === 'op' ? root.op.results[0] : undefined;
      return result && this.repeated.has(result) ? this.rootsOf(result) : [root];
    });
  }

  private isUnchanged(stmt: Eval, root: Stmt): boolean {
    const from = this.places.get(stmt)!;
    let { block, index } = this.places.get(root)!;
    while (true) {
      const start = block === from.block ? from.index + 1 : 0;
      for (let i = start; i < index; i++) if (this.effects.conflict(stmt, block.stmts[i])) return false;
      if (block === from.block) return true;
      // In a loop that does not hold the definition, what comes later in the text may have run before.
      const { loop } = block;
      if (loop && loop !== from.block.loop && this.effects.conflict(stmt, loop)) return false;
      const owner = block.owner ?? block.parent?.owner;
      if (!owner) return false;
      // Where a conditional expression is nested, its statement is elsewhere than it is evaluated.
      let place = owner;
      for (let host = this.host.get(place); host; host = this.host.get(place)) place = host;
      ({ block, index } = this.places.get(place)!);
    }
  }
}

/** What a value is copied to by a statement. */
export function targetsOf(stmt: Stmt, value: Value): Value[] {
  const pairs = stmt.kind === 'copy' ? stmt.pairs : stmt.kind === 'loop' ? stmt.init.pairs : [];
  return pairs.filter((p) => p.source === value).map((p) => p.target);
}

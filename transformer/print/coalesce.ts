/**
 * Which values share a variable. Values that are copied to one another get one variable if they do not interfere
 * and if the user sees no difference: they belong to one variable of the user's, or one of them has no name.
 *
 *   s0 = 0; s1 = loop-carried; s2 = s1 + e; copy s1 ← s2      →     let s = 0; for (…) s += e;
 */
import { Func, type Value } from '../ir/ir.ts';
import { showType } from '../ir/types.ts';
import { isSameVariable } from './kinds.ts';
import type { Liveness } from './liveness.ts';
import type { Nesting } from './nest.ts';
import { type Block, type Pair, type Tree, allBlocks } from './tree.ts';

/** The values that share one `let` or `const`. */
export interface Variable {
  values: Set<Value>;
  /** The value whose name it has. */
  named: Value | undefined;
  param: boolean;
  interference: Set<Value>;
}

export class Variables {
  private variables = new Map<Value, Variable>();
  /** Copies between different variables that remain. */
  readonly remaining: Pair[] = [];

  constructor(tree: Tree, private nesting: Nesting, private liveness: Liveness, private params: readonly Value[]) {
    const stmts = allBlocks(tree.body, tree).flatMap((b) => b.stmts);
    const remains = (p: Pair) => liveness.live.has(p) && nesting.isVariable(p.source);
    const pairs = stmts.flatMap((s) => s.kind === 'copy' ? s.pairs : []).filter(remains);
    const related = (p: Pair) => isSameVariable(p.target, p.source);
    for (const pair of [...pairs.filter(related), ...pairs.filter((p) => !related(p))]) {
      if (!this.merge(this.of(pair.target), this.of(pair.source))) this.remaining.push(pair);
    }
    this.mergeReassigned(tree);
    // What the head of a `for` declares is its own.
    this.remaining.push(...stmts.flatMap((s) => s.kind === 'loop' ? s.init.pairs : []).filter(remains));
  }

  of(value: Value): Variable {
    let variable = this.variables.get(value);
    if (!variable) {
      variable = {
        values: new Set([value]), param: value.def instanceof Func,
        interference: new Set(this.liveness.interference.get(value)),
        named: value.name ? value : undefined,
      };
      this.variables.set(value, variable);
    }
    return variable;
  }

  /**
   * Values of one variable of the user's that are not copied to one another: `a += b; a -= c;`. They share a variable if
   * they are of one block, or if the outer one is assigned in the inner one's block.
   */
  private mergeReassigned(tree: Tree): void {
    const groups = new Map<string, Map<Variable, { home: Block; writes: Block[] }>>();
    const note = (value: Value, block: Block) => {
      const variable = this.of(value);
      if (!variable.named) return;
      const key = String(variable.named.variable ?? variable.named.name);
      const group = groups.get(key) ?? groups.set(key, new Map()).get(key)!;
      const known = group.get(variable);
      if (!known) group.set(variable, { home: block, writes: [block] });
      else {
        known.writes.push(block);
        while (!block.isInside(known.home)) known.home = known.home.parent!;
      }
    };
    for (const p of this.params) note(p, tree.body);
    for (const block of allBlocks(tree.body, tree)) {
      for (const stmt of block.stmts) {
        if (this.nesting.absorbed.has(stmt)) continue;
        if (stmt.kind === 'op') stmt.op.results.filter((r) => this.liveness.used.has(r)).forEach((r) => note(r, block));
        if (stmt.kind === 'copy') stmt.pairs.filter((p) => this.liveness.live.has(p)).forEach((p) => note(p.target, block));
      }
    }
    for (const group of groups.values()) {
      for (const [a, one] of group) {
        for (const [b, other] of group) {
          if (a === b || !this.isCurrent(a) || !this.isCurrent(b)) continue;
          const [outer, inner] = one.home.isInside(other.home) ? [other, one] : [one, other];
          if (!inner.home.isInside(outer.home) || !(inner.home === outer.home || outer.writes.some((w) => w.isInside(inner.home)))) continue;
          if (this.merge(a, b)) {
            one.home = outer.home;
            one.writes.push(...other.writes);
          }
        }
      }
    }
  }

  private isCurrent(variable: Variable): boolean {
    const [first] = variable.values;
    return this.variables.get(first) === variable;
  }

  private merge(a: Variable, b: Variable): boolean {
    if (a === b) return true;
    if ((a.param && b.param) || (a.named && b.named && !isSameVariable(a.named, b.named))) return false;
    for (const v of b.values) if (a.interference.has(v)) return false;
    const [x, y] = [...a.values, ...b.values].map((v) => showType(v.type, false)).filter((t, i, all) => all.indexOf(t) === i);
    if (y !== undefined && x !== y) return false;
    for (const v of b.values) {
      a.values.add(v);
      this.variables.set(v, a);
    }
    for (const v of b.interference) a.interference.add(v);
    a.named = (b.param ? b.named : a.named) ?? b.named;
    a.param ||= b.param;
    return true;
  }
}

/**
 * Common subexpressions: an operation that has been done with the same operands, on a path that leads here, is not
 * done again. What reads memory counts as the same only while nothing has written what it reads: every cell has a
 * version, which each write raises. Before a loop is entered the versions of all that it writes are raised.
 *
 *   a = x[i]; b = x[i] * y  →  a = x[i]; b = a * y
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { allOps, substitute } from '../ir/walk.ts';
import { isMemory, showType } from '../ir/types.ts';
import type { Functions } from '../analyse/functions.ts';

/** Exactly so, in floating point, too. */
const COMMUTATIVE = new Set(['add', 'mul', 'eq', 'ne']);
const PURE = new Set(['prim', 'const', 'free', 'load', 'field', 'length', 'cast', 'view']);

export function eliminateCommonSubexpressions(func: Func, functions: Functions): void {
  new Numbering(func, functions).run();
}

class Numbering {
  private numbers = new Map<string, number>();
  private replaced = new Map<Value, Value>();
  private version = new Map<Cell, number>();
  private versions = 0;
  private aliases: Aliases;

  constructor(private func: Func, functions: Functions) {
    this.aliases = new Aliases(func, functions.summaries);
  }

  run(): void {
    this.region(this.func.body, new Map());
    substitute(this.func.body, this.replaced);
  }

  private get(v: Value): Value {
    let w = v;
    for (let next = this.replaced.get(w); next; next = this.replaced.get(w)) w = next;
    return w;
  }

  private raise(op: Op): void {
    for (const cell of this.aliases.writes.get(op) ?? []) this.version.set(cell.find(), ++this.versions);
  }

  private raiseAll(op: Op): void {
    for (const region of op.regions) for (const inner of allOps(region)) this.raise(inner);
  }

  private region(region: Region, seen: Map<string, Op>): void {
    const updates = updatesOf(region);
    region.ops = region.ops.filter((op) => {
      op.args = op.args.map((a) => this.get(a));
      if (op.kind === 'loop') this.raiseAll(op);
      const key = updates.has(op) ? undefined : this.key(op);
      if (key !== undefined) {
        const before = seen.get(key);
        if (before) {
          if (op.attr.terms && before.attr.terms) before.attr = { ...before.attr, terms: [...new Set([...before.attr.terms, ...op.attr.terms])] };
          op.results.forEach((r, k) => {
            const other = before.results[k];
            if (!other.name && r.name) Object.assign(other, { name: r.name, variable: r.variable });
            this.replaced.set(r, other);
          });
          return false;
        }
      }
      for (const inner of op.regions) this.region(inner, new Map(seen));
      if (op.regions.length > 0) this.raiseAll(op);
      this.raise(op);
      if (key !== undefined) seen.set(key, op);
      return true;
    });
  }

  /** A short name for a key: written out, what is shared within what is shared would be longer than any memory. */
  private number(key: string): number {
    let n = this.numbers.get(key);
    if (n === undefined) this.numbers.set(key, (n = this.numbers.size));
    return n;
  }

  /** Operations of the same key have the same results. */
  private key(op: Op, local: Map<Value, string> = new Map()): string | undefined {
    const name = (v: Value) => {
      const w = this.get(v);
      return local.get(w) ?? String(w.id);
    };
    if (op.kind === 'if') {
      const parts: string[] = [];
      const inner = new Map(local);
      for (const region of op.regions) {
        for (const o of region.ops) {
          const key = this.key(o, inner);
          if (key === undefined) return undefined;
          o.results.forEach((r, k) => inner.set(r, `[${this.number(key)}#${k}]`));
        }
        parts.push(region.yields.map((v) => inner.get(v) ?? name(v)).join(','));
      }
      return `if(${name(op.args[0])})${parts.join('|')}`;
    }
    if (op.attr.np && !op.attr.kernel && op.args.every((a) => !isMemory(a.type)) && op.results.every((r) => !isMemory(r.type))) {
      const args = op.args.map(name);
      if (COMMUTATIVE.has(op.attr.np.fn)) args.sort();
      return ['np', op.attr.np.fn, ...args].join(' ');
    }
    if (!PURE.has(op.kind) || op.attr.mutable) return undefined;
    const { fn, value, key, name: free, module } = op.attr as typeof op.attr & { module?: string };
    // A constant that the user has named is no other constant.
    const literal = op.kind === 'const' ? `${Object.is(value, -0) ? '-0' : `${typeof value}:${String(value)}`} ${op.result.name ?? ''}` : '';
    // The same object may be seen as of several types.
    const type = op.kind === 'cast' || (op.kind === 'const' && value == null) ? showType(op.result.type) : '';
    const at = op.kind === 'load' || op.kind === 'field' || op.kind === 'length' ? this.version.get(this.aliases.readCell(op)) ?? 0 : '';
    const args = op.args.map(name);
    if (fn !== undefined && COMMUTATIVE.has(fn)) args.sort();
    return [op.kind, fn, literal, type, key, free, module, at, ...args].join(' ');
  }
}

/** i + 1 as the loop's next i is a step of its own, `i++`, even where the body uses i + 1 as an index. */
function updatesOf(region: Region): Set<Op> {
  const found = new Set<Op>();
  if (region.owner instanceof Func || region.owner.kind !== 'loop') return found;
  const { params } = region.owner;
  region.yields.forEach((v, k) => {
    if (v.def instanceof Op && v.def.kind === 'prim' && v.def.parent === region && v.def.args[0] === params[k] && constantOf(v.def.args[1] ?? params[k]) !== undefined) found.add(v.def);
  });
  return found;
}

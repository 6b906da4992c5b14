/**
 * Is what an operation reads still in memory when the forward sweep has ended?
 *
 * A load can be repeated in the reverse sweep if nothing writes its cell after it. "After" is the order of the
 * text, and within a loop every write comes after every load, in the next iteration, unless the memory is
 * created anew by each iteration. Reverse sweeps never write the primal's memory, so that is all there is to ask.
 */
import { Func, Op, type Region, type Value, homeRegion, isInside, outerRegion } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import { type Type, fieldKeys, fieldType, sameType } from '../ir/types.ts';
import type { Aliases } from './alias.ts';
import type { Cell } from './cell.ts';

/** Operations that make memory. */
export const CREATES = new Set(['new', 'literal', 'copy', 'clone', 'zeros', 'splice', 'argsort']);

export class Order {
  private position = new Map<Op, number>();

  constructor(func: Func, readonly aliases: Aliases) {
    let n = 0;
    for (const op of allOps(func.body)) this.position.set(op, n++);
  }

  /** Can the cell that `load` (or `field`, `length`) reads change after it? */
  overwritten(load: Op): boolean {
    const cell = this.aliases.readCell(load);
    const holder = this.aliases.of(load.args[0]);
    return this.writesAfter(cell, holder, load);
  }

  /**
   * May anything that can be reached from `v`, an argument or a result of `call`, be written after the call? Of writes
   * within `besides` only those count that come after it, in the next iteration of a loop around it.
   */
  writtenAfter(call: Op, v: Value, besides?: Op): boolean { return this.changedAfter(call, v, this.aliases.writes, besides); }

  /** May a part of what can be reached from `v` be exchanged for another after the operation, or become longer or shorter? */
  reboundAfter(op: Op, v: Value): boolean { return this.changedAfter(op, v, this.aliases.rebinds); }

  /** May a part of what can be reached from `v` be exchanged at any time? */
  rebound(v: Value): boolean {
    const cells = this.aliases.cells(v);
    return [...this.aliases.rebinds.values()].some((changed) => [...changed].some((c) => cells.has(c.find())));
  }

  /** May an object that can be reached from `v` get a number that it did not have? */
  enlarged(v: Value): boolean {
    const written = new Set([...this.aliases.writes.values()].flatMap((cells) => [...cells].map((c) => c.find())));
    const visit = (type: Type, cell: Cell, within: Type[]): boolean => {
      if (type.kind === 'dictionary' && written.has(cell.at('length'))) return true;
      if (type.kind === 'array' || type.kind === 'dictionary') return visit(type.element, cell.at('*'), within);
      return !within.some((t) => sameType(t, type)) && fieldKeys(type).some((key) => {
        const part = fieldType(type, key)!;
        return (part.kind === 'number' && part.absent !== undefined && written.has(cell.at(key))) || visit(part, cell.at(key), [...within, type]);
      });
    };
    return visit(v.type, this.aliases.of(v), []);
  }

  private changedAfter(op: Op, v: Value, changes: Map<Op, Set<Cell>>, besides?: Op): boolean {
    const cells = this.aliases.cells(v);
    for (const [write, changed] of changes) {
      if (![...changed].some((c) => cells.has(c.find())) || !this.position.has(write)) continue;
      const later = this.position.get(write)! > this.position.get(op)! && !(besides && within(write, besides));
      if (later || this.sharedLoop(write, op, this.aliases.of(v))) return true;
    }
    return false;
  }

  /** May an array change its length at any time? */
  resized(array: Value): boolean { return this.resizes(array).length > 0; }

  /** The operations that may change the length of an array. */
  resizes(array: Value): Op[] {
    const cell = this.aliases.of(array).at('length');
    return [...this.aliases.writes].filter(([, cells]) => [...cells].some((c) => c.find() === cell)).map(([op]) => op);
  }

  private writesAfter(cell: Cell, holder: Cell, load: Op): boolean {
    for (const [write, cells] of this.aliases.writes) {
      let touches = false;
      for (const c of cells) if (c.find() === cell) touches = true;
      if (!touches || !this.position.has(write) || this.writesNewer(write, load)) continue;
      if (this.position.get(write)! > this.position.get(load)!) return true;
      if (this.sharedLoop(write, load, holder)) return true;
    }
    return false;
  }

  /**
   * Does the write go to an object that is created after the one that is read? It does if it names the object by
   * the allocation, and the other object was there before that: `next[i] = … previous[i]`, where each iteration
   * makes a new `next`, which is `previous` in the following one.
   */
  private writesNewer(write: Op, load: Op): boolean {
    const made = write.args[0].def;
    if (!(made instanceof Op) || !CREATES.has(made.kind) || write.kind === 'call') return false;
    const read = load.args[0];
    if (!isInside(made.parent, homeRegion(read))) return false;
    return read.def instanceof Func || read.def.params.includes(read) || this.before(read.def, made);
  }

  /** A loop around both whose next iteration sees the same memory. */
  private sharedLoop(write: Op, load: Op, holder: Cell): boolean {
    for (let r: Region | undefined = load.parent; r; r = outerRegion(r)) {
      if (r.owner instanceof Func || r.owner.kind !== 'loop') continue;
      const loop = r.owner;
      if (!within(write, loop)) continue;
      const fresh = !holder.find().outside && holder.find().allocations.size > 0 && [...holder.find().allocations].every((a) => within(a, loop))
        && !loop.params.some((p) => this.aliases.of(p) === holder.find());
      if (!fresh) return true;
    }
    return false;
  }

  before(a: Op, b: Op): boolean {
    return this.position.get(a)! < this.position.get(b)!;
  }
}

export function within(op: Op, loop: Op): boolean {
  for (let r: Region | undefined = op.parent; r; r = outerRegion(r)) if (r.owner === loop) return true;
  return false;
}

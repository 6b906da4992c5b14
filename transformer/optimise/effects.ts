/**
 * What an operation, with all that is in it, reads and writes: cells of memory classes. Additions to a cell commute
 * with additions, and with nothing else.
 */
import { type Aliases, type Cell } from '../analyse/alias.ts';
import type { Op } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';

export class Effects {
  readonly reads = new Set<Cell>();
  readonly adds = new Set<Cell>();
  readonly stores = new Set<Cell>();

  constructor(op: Op, private aliases: Aliases) {
    this.collect(op);
    for (const region of op.regions) for (const inner of allOps(region)) this.collect(inner);
  }

  private collect(op: Op): void {
    switch (op.kind) {
      case 'load': case 'field': case 'length': this.reads.add(this.aliases.readCell(op).find()); break;
      case 'pop': case 'shift': case 'splice': case 'argsort': case 'copy': case 'clone': case 'zeros': case 'call': case 'extern': case 'addinto':
        // Whatever is written has its cell already.
        for (const a of op.args) {
          if (isMemory(a.type)) for (const cell of this.aliases.of(a).reachable()) this.reads.add(cell);
        }
        break;
    }
    const adds = op.kind === 'accum' || op.kind === 'accumfield';
    for (const cell of this.aliases.writes.get(op) ?? []) (adds ? this.adds : this.stores).add(cell.find());
  }

  writes(cell: Cell): boolean {
    return this.adds.has(cell) || this.stores.has(cell);
  }

  /** May the two run in either order? */
  commutes(other: Effects): boolean {
    for (const cell of this.reads) if (other.writes(cell)) return false;
    for (const cell of other.reads) if (this.writes(cell)) return false;
    for (const cell of this.stores) if (other.writes(cell)) return false;
    for (const cell of other.stores) if (this.writes(cell)) return false;
    return true;
  }
}

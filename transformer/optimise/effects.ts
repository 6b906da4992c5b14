/**
 * What an operation, with all that is in it, reads and writes: cells of memory classes. Additions to a cell commute
 * with additions, and with nothing else.
 */
import type { Aliases, Cell, Summaries } from '../analyse/alias.ts';
import { touches } from '../analyse/touches.ts';
import type { Op } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';

export class Effects {
  readonly reads = new Set<Cell>();
  readonly adds = new Set<Cell>();
  readonly stores = new Set<Cell>();
  /** It does something that is not memory. */
  impure = false;

  constructor(op: Op, aliases: Aliases, summaries: Summaries) {
    for (const one of [op, ...op.regions.flatMap((region) => [...allOps(region)])]) {
      const touched = touches(one, aliases, summaries);
      for (const kind of ['reads', 'adds', 'stores'] as const) for (const cell of touched[kind]) this[kind].add(cell.find());
      this.impure ||= touched.impure;
    }
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

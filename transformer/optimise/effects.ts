/**
 * What an operation, with all that is in it, reads and writes: cells of memory classes. Additions to a cell commute
 * with additions, and with nothing else.
 */
import type { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { Touched, type Touches } from '../analyse/touches.ts';
import type { Op } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';

export class Effects extends Touched {
  constructor(op: Op, aliases: Aliases, functions: Touches) {
    super();
    this.add(op, aliases, functions);
    for (const region of op.regions) for (const inner of allOps(region)) this.add(inner, aliases, functions);
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

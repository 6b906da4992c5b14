/**
 * The classes of Steensgaard's analysis (see alias.ts), joined by union-find. What a class stands for has cells: `*` for
 * the elements of an array, `length`, one a field for tuples and records; a cell of memory type is a class in turn.
 */
import type { Op } from '../ir/ir.ts';

export class Cell {
  private forward?: Cell;
  private cells = new Map<string, Cell>();
  /** Operations that create memory of this class. */
  allocations = new Set<Op>();
  /** May memory that exists before the call (arguments, outer variables) be of this class? */
  outside = false;
  private anyKey = false;

  find(): Cell {
    if (!this.forward) return this;
    return (this.forward = this.forward.find());
  }

  at(key: string): Cell {
    const self = this.find();
    // A tuple that serves as an array has elements like one.
    if (key === '*') self.joinPositions();
    else if (self.cells.has('*') && isPosition(key)) return self.at('*');
    else if (self.anyKey && key !== 'length') return self.at('*');
    let cell = self.cells.get(key);
    if (!cell) {
      self.cells.set(key, (cell = new Cell()));
      cell.outside = self.outside;
    }
    return cell.find();
  }

  /** A record that serves as a dictionary: any field may be the one that a key names. */
  joinFields(): void {
    const self = this.find();
    self.anyKey = true;
    for (const [key, cell] of [...self.cells]) {
      if (key === '*' || key === 'length') continue;
      self.find().cells.delete(key);
      self.find().adopt('*', cell);
    }
  }

  private joinPositions(): void {
    for (const [key, cell] of this.cells) {
      if (!isPosition(key)) continue;
      this.cells.delete(key);
      this.adopt('*', cell);
    }
  }

  entries(): [string, Cell][] {
    return [...this.find().cells].map(([key, cell]) => [key, cell.find()]);
  }

  union(other: Cell): void {
    const a = this.find();
    const b = other.find();
    if (a === b) return;
    b.forward = a;
    for (const op of b.allocations) a.allocations.add(op);
    if (b.outside) a.markOutside();
    if (b.anyKey) a.anyKey = true;
    for (const [key, cell] of b.cells) this.adopt(key, cell);
    if (this.find().anyKey) this.find().joinFields();
    const merged = this.find();
    if (merged.cells.has('*')) merged.joinPositions();
  }

  /** Memory may hold itself, so what is not here yet is taken as it is: a new cell would go round for ever. */
  private adopt(key: string, cell: Cell): void {
    const self = this.find();
    const mine = self.cells.get(key);
    if (mine) mine.union(cell);
    else {
      self.cells.set(key, cell);
      if (self.outside) cell.markOutside();
    }
  }

  /** What memory from outside holds is from outside, too. */
  markOutside(): void {
    const self = this.find();
    if (self.outside) return;
    self.outside = true;
    for (const [, cell] of self.entries()) cell.markOutside();
  }

  /** This class and all that can be reached from it. */
  reachable(found = new Set<Cell>()): Set<Cell> {
    const self = this.find();
    if (!found.has(self)) {
      found.add(self);
      for (const [, cell] of self.entries()) cell.reachable(found);
    }
    return found;
  }
}

function isPosition(key: string): boolean { return /^\d+$/.test(key); }

/** Goes through the classes of another export function beside ours; `made` is told of those of which it makes memory. */
export function beside(made: (ours: Cell) => void): (theirs: Cell, ours: Cell) => void {
  const map = new Map<Cell, Cell>();
  const walk = (theirs: Cell, ours: Cell) => {
    const key = theirs.find();
    const known = map.get(key);
    if (known) {
      known.union(ours);
      return;
    }
    map.set(key, ours);
    if (key.allocations.size > 0) made(ours.find());
    for (const [name, cell] of key.entries()) walk(cell, ours.at(name));
  };
  return walk;
}

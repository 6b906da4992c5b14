/**
 * Summaries of functions that call each other. "Every call makes new memory and writes nothing" is where the iteration
 * starts; what is united stays united from one analysis to the next, so it ends.
 */
import type { Func } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { Aliases } from './alias.ts';
import type { Cell } from './cell.ts';
import { FixedPoint } from './fixed-point.ts';

export class SummaryTable {
  private table = new FixedPoint<Aliases | 'nothing'>('nothing', (id) => new Aliases(this.source(id)!, this.get), (a, b) => signature(a) === signature(b));

  /** @param source the function as it was lowered, for optimising it would need its summary; undefined while there is none. */
  constructor(private source: (id: string) => Func | undefined) {}

  readonly get = (id: string): Aliases | 'nothing' | undefined => {
    if (this.source(id)) return this.table.get(id);
    this.table.assume();
    return undefined;
  };

  /** There are functions that there were not before. */
  renew(): void { this.table.forget(); }
}

/** What callers see of a summary, as text. */
function signature(aliases: Aliases | 'nothing'): string {
  if (aliases === 'nothing') return '';
  const all = (map: Map<unknown, Set<Cell>>) => new Set([...map.values()].flatMap((cells) => [...cells].map((c) => c.find())));
  const written = all(aliases.writes);
  const rebound = all(aliases.rebinds);
  const numbers = new Map<Cell, number>();
  const show = (cell: Cell): string => {
    const known = numbers.get(cell);
    if (known !== undefined) return String(known);
    numbers.set(cell, numbers.size);
    const flags = [cell.allocations.size > 0 && 'new', cell.outside && 'outside', written.has(cell) && 'written', rebound.has(cell) && 'rebound'];
    const parts = cell.entries().sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, c]) => `${key}:${show(c)}`);
    return `{${flags.filter(Boolean).join()} ${parts.join(' ')}}`;
  };
  const { params, body } = aliases.func;
  return [...params.map((p) => p.value), ...body.yields].map((v) => (isMemory(v.type) ? show(aliases.of(v)) : '')).join(';') + aliases.writesOuter;
}

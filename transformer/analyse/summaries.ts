/**
 * Summaries of functions that call each other: the least fixed point. The iteration starts from "every call makes new
 * memory and writes nothing", analyses each function with what is known of the others, and ends when no summary
 * changes any more. What is united stays united from one round to the next, so it ends.
 */
import type { Func } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { Aliases, type Cell } from './alias.ts';

export class SummaryTable {
  private done = new Map<string, Aliases>();
  /** Analyses of the round in progress. */
  private round: Map<string, Aliases | 'nothing'> | undefined;

  /** @param source the function as it was lowered, for optimising it would need its summary; undefined while there is none. */
  constructor(private source: (id: string) => Func | undefined) {}

  readonly get = (id: string): Aliases | 'nothing' | undefined => {
    const known = this.done.get(id) ?? this.round?.get(id);
    if (known) return known;
    if (!this.source(id)) return undefined;
    if (this.round) {
      // A callee that this round has not seen yet.
      this.round.set(id, 'nothing');
      return this.analyse(id, this.round);
    }
    const round = (this.round = new Map<string, Aliases | 'nothing'>([[id, 'nothing']]));
    try {
      for (let changed = true; changed;) {
        changed = false;
        for (const member of [...round.keys()]) {
          const before = signature(round.get(member)!);
          if (signature(this.analyse(member, round)) !== before) changed = true;
        }
      }
    } finally {
      this.round = undefined;
    }
    for (const [member, aliases] of round) if (aliases !== 'nothing') this.done.set(member, aliases);
    return this.done.get(id)!;
  };

  private analyse(id: string, round: Map<string, Aliases | 'nothing'>): Aliases {
    const aliases = new Aliases(this.source(id)!, this.get);
    round.set(id, aliases);
    return aliases;
  }
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

/**
 * What depends on what through a call: which results of a function, and which cells of memory that it returns or writes,
 * depend in a differentiable way on which argument. A count that a function returns beside a sum is then no more active
 * than the count itself. What was in an argument and comes along as it is does not count: its class is the caller's, who
 * knows what is in it.
 */
import type { Op } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { Activity } from './activity.ts';
import { Aliases } from './alias.ts';
import type { Cell } from './cell.ts';
import { discreteCells } from './discrete.ts';
import { FixedPoint } from './fixed-point.ts';
import type { Functions } from './functions.ts';
import type { World } from './world.ts';

/** What depends on one argument. */
export interface Flow {
  /** By result; of memory, see `cells`. */
  results: boolean[];
  /** The caller's cells, at a call. */
  cells(call: Op, caller: Aliases): Set<Cell>;
  /** It grows from round to round. */
  size: number;
}

const NOTHING: Flow = { results: [], cells: () => new Set(), size: 0 };

export class Flows {
  private aliases = new Map<string, Aliases>();
  private table = new FixedPoint<Flow[]>([], (id) => this.analyse(id), (a, b) => sizeOf(a) === sizeOf(b));

  constructor(private functions: Pick<Functions, 'primal' | 'summaries'>, private world: World) {}

  /** What depends on the argument at this place. */
  from(id: string, place: number): Flow { return this.table.get(id)[place] ?? NOTHING; }

  private analyse(id: string): Flow[] {
    const func = this.functions.primal(id);
    let aliases = this.aliases.get(id);
    if (!aliases) this.aliases.set(id, (aliases = new Aliases(func, this.functions.summaries)));
    const uses = this.world.discrete(id);
    const discrete = uses && discreteCells(uses, (k) => aliases.of(func.params[k].value));
    return func.params.map((_p, place) => flowOf(new Activity(func, aliases, this.world, func.params.map((_, i) => i === place), undefined, [], 'flow', discrete), place));
  }
}

const sizeOf = (flows: Flow[]) => flows.reduce((sum, flow) => sum + flow.size, 0);

/** From the analysis of a function in which one argument alone is varied. */
function flowOf(activity: Activity, place: number): Flow {
  const { func: { params, body }, aliases } = activity;
  const argument = params[place].value;
  const own = isMemory(argument.type) ? aliases.of(argument).reachable() : new Set<Cell>();
  const written = new Set([...aliases.writes.values()].flatMap((cells) => [...cells].map((c) => c.find())));
  const reached = (within: Cell, cell: Cell) => activity.variedCells.has(cell) && (!own.has(cell) || written.has(cell) || within.allocations.size > 0);
  const results = body.yields.map((v) => !isMemory(v.type) && activity.isVaried(v));
  const all = new Set([...params.map((p) => p.value), ...body.yields].filter((v) => isMemory(v.type)).flatMap((v) => [...aliases.of(v).reachable()]));
  return {
    results,
    size: results.filter(Boolean).length + [...all].filter((c) => activity.variedCells.has(c)).length,
    cells(call, caller) {
      const found = new Set<Cell>();
      const met = new Map<Cell, Set<Cell>>();
      const walk = (theirs: Cell, ours: Cell) => {
        const seen = met.get(theirs) ?? new Set();
        if (seen.has(ours)) return;
        met.set(theirs, seen.add(ours));
        for (const [key, cell] of theirs.entries()) {
          if (reached(theirs, cell)) found.add(ours.at(key));
          walk(cell, ours.at(key));
        }
      };
      params.forEach((p, k) => { if (isMemory(p.value.type)) walk(aliases.of(p.value), caller.of(call.args[k])); });
      body.yields.forEach((y, k) => { if (isMemory(y.type)) walk(aliases.of(y), caller.of(call.results[k])); });
      return found;
    },
  };
}

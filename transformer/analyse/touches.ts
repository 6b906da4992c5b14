/**
 * What a call does to the memory that it is given: which cells it reads, which it only adds to, and which it writes in
 * other ways. Additions commute, so that calls of reverse sweeps, which only add to shadows, may change places.
 *
 * A function touches what its operations touch, and what those that it calls touch of the memory that it hands on. For
 * functions that call each other that is a least fixed point: it is looked for from "nothing" on until nothing is added.
 */
import type { Op } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { Aliases, type Cell, type Summaries } from './alias.ts';

export interface Touched {
  reads: Set<Cell>;
  adds: Set<Cell>;
  stores: Set<Cell>;
  /** It does what is not memory: prints, throws, calls what is not known. */
  impure: boolean;
}

const READS = new Set(['load', 'field', 'length']);
/** They read all that can be reached from what they are given. */
const READS_DEEP = new Set(['pop', 'shift', 'splice', 'argsort', 'copy', 'clone', 'zeros', 'links', 'extern', 'addinto']);

/** What one operation touches, without what is in its regions, in the classes of the function around it. */
export function touches(op: Op, aliases: Aliases, summaries: Summaries): Touched {
  return op.kind === 'call' ? touchedByCall(op, aliases, summaries, new Map()) : touchedByOperation(op, aliases);
}

function touchedByOperation(op: Op, aliases: Aliases): Touched {
  const touched: Touched = { reads: new Set(), adds: new Set(), stores: new Set(), impure: op.kind === 'throw' || (op.kind === 'extern' && !op.attr.pure) };
  if (READS.has(op.kind)) touched.reads.add(aliases.readCell(op).find());
  if (READS_DEEP.has(op.kind)) for (const a of op.args) if (isMemory(a.type)) for (const cell of aliases.of(a).reachable()) touched.reads.add(cell);
  const written = op.kind === 'accum' || op.kind === 'accumfield' ? touched.adds : touched.stores;
  for (const cell of aliases.writes.get(op) ?? []) written.add(cell.find());
  return touched;
}

function touchedByCall(op: Op, aliases: Aliases, summaries: Summaries, found: Map<Aliases, Touched>): Touched {
  const touched: Touched = { reads: new Set(), adds: new Set(), stores: new Set(), impure: false };
  const callee = summaries(op.attr.callee!.id);
  if (callee === 'nothing') return touched;
  if (!callee) {
    for (const a of op.args) if (isMemory(a.type)) for (const cell of aliases.of(a).reachable()) touched.reads.add(cell);
    for (const cell of aliases.writes.get(op) ?? []) touched.stores.add(cell.find());
    return { ...touched, impure: true };
  }
  const theirs = touchedByFunction(callee, summaries, found);
  const seen = new Set<Cell>();
  const walk = (their: Cell, our: Cell): void => {
    if (seen.has(their)) return;
    seen.add(their);
    for (const kind of ['reads', 'adds', 'stores'] as const) if (theirs[kind].has(their)) touched[kind].add(our.find());
    for (const [key, cell] of their.entries()) walk(cell.find(), our.at(key));
  };
  callee.func.params.forEach(({ value }, k) => { if (isMemory(value.type)) walk(callee.of(value), aliases.of(op.args[k])); });
  // Memory of modules is not among the arguments.
  if (callee.writesOuter) for (const cell of aliases.writes.get(op) ?? []) touched.stores.add(cell.find());
  return { ...touched, impure: theirs.impure };
}

function touchedByFunction(callee: Aliases, summaries: Summaries, found: Map<Aliases, Touched>): Touched {
  const known = found.get(callee);
  if (known) return known;
  const all: Touched = { reads: new Set(), adds: new Set(), stores: new Set(), impure: false };
  found.set(callee, all);
  const size = () => all.reads.size + all.adds.size + all.stores.size + Number(all.impure);
  for (let before = -1; before !== size();) {
    before = size();
    for (const op of allOps(callee.func.body)) {
      const one = op.kind === 'call' ? touchedByCall(op, callee, summaries, found) : touchedByOperation(op, callee);
      for (const kind of ['reads', 'adds', 'stores'] as const) for (const cell of one[kind]) all[kind].add(cell.find());
      all.impure ||= one.impure;
    }
  }
  return all;
}

/**
 * What operations do to memory: which cells they read, which they only add to, and which they write in other ways.
 * Additions commute, so that calls of reverse sweeps, which only add to shadows, may change places.
 *
 * A function touches what its operations touch, and what those that it calls touch of the memory that it hands on; for
 * functions that call each other that is a least fixed point (see fixed-point.ts).
 */
import type { Op } from '../ir/ir.ts';
import { isMemory } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import type { Aliases, Summaries } from './alias.ts';
import type { Cell } from './cell.ts';
import { FixedPoint } from './fixed-point.ts';

export class Touched {
  readonly reads = new Set<Cell>();
  readonly adds = new Set<Cell>();
  readonly stores = new Set<Cell>();
  /** It does what is not memory: prints, throws, calls what is not known. */
  impure = false;

  /** Of a function: the analysis to which the cells belong. */
  constructor(readonly aliases?: Aliases) {}

  get size(): number { return this.reads.size + this.adds.size + this.stores.size + Number(this.impure); }

  /** Adds what an operation does, without what is in its regions; `functions` are those that it may call. */
  add(op: Op, aliases: Aliases, functions: Touches): void {
    if (op.kind === 'call') return this.addCall(op, aliases, functions);
    if (op.kind === 'throw' || (op.kind === 'extern' && !op.attr.pure)) this.impure = true;
    if (READS.has(op.kind)) this.reads.add(aliases.readCell(op).find());
    if (READS_DEEP.has(op.kind)) this.readDeep(op, aliases);
    const written = op.kind === 'accum' || op.kind === 'accumfield' ? this.adds : this.stores;
    for (const cell of aliases.writes.get(op) ?? []) written.add(cell.find());
  }

  private addCall(op: Op, aliases: Aliases, functions: Touches): void {
    const theirs = functions(op.attr.callee!.id);
    const writes = aliases.writes.get(op) ?? [];
    if (!theirs) {
      this.impure = true;
      this.readDeep(op, aliases);
      for (const cell of writes) this.stores.add(cell.find());
      return;
    }
    this.impure ||= theirs.impure;
    if (!theirs.aliases) return;
    aliases.besides(op, theirs.aliases, (their, our) => {
      for (const kind of ['reads', 'adds', 'stores'] as const) if (theirs[kind].has(their)) this[kind].add(our.find());
    });
    // Memory of modules is not among the arguments.
    if (theirs.aliases.writesOuter) for (const cell of writes) this.stores.add(cell.find());
  }

  private readDeep(op: Op, aliases: Aliases): void {
    for (const a of op.args) if (isMemory(a.type)) for (const cell of aliases.of(a).reachable()) this.reads.add(cell);
  }
}

/** What a function touches; undefined where that is not known. */
export type Touches = (id: string) => Touched | undefined;

const READS = new Set(['load', 'field', 'length']);
/** They read all that can be reached from what they are given. */
const READS_DEEP = new Set(['pop', 'shift', 'splice', 'argsort', 'copy', 'clone', 'zeros', 'links', 'extern', 'addinto']);

export class TouchTable {
  private table = new FixedPoint<Touched>(new Touched(), (id) => this.analyse(id), (a, b) => a.size === b.size);

  constructor(private summaries: Summaries) {}

  readonly get: Touches = (id) => {
    if (this.summaries(id)) return this.table.get(id);
    this.table.assume();
    return undefined;
  };

  /** There are functions that there were not before. */
  renew(): void { this.table.forget(); }

  private analyse(id: string): Touched {
    const aliases = this.summaries(id);
    if (!aliases || aliases === 'nothing') return new Touched();
    const touched = new Touched(aliases);
    for (const op of allOps(aliases.func.body)) touched.add(op, aliases, this.get);
    return touched;
  }
}

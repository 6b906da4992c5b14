/**
 * Dead code: operations, carried values and results of branches that nothing needs.
 *
 * Liveness starts at effects and at what the function yields, and goes from uses to definitions. Carried values are
 * followed one by one, so that a value that a loop carries only for itself dies. Writes to memory are needed only if
 * the memory is: if someone outside can see it, or something alive reads it.
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { Func, Op, type Region, type Value, constantOf, outerRegion } from '../ir/ir.ts';
import { type Type, fieldKeys, fieldType, holdsRecursion, isMemory } from '../ir/types.ts';
import { allOps, allRegions, keepCarried, keepResults } from '../ir/walk.ts';
import type { Functions } from '../analyse/functions.ts';

/** Where a loop goes, the number at which it began is no variable of the user's any more. */
function forgetNames({ kind, args, params }: Op): false {
  if (kind === 'loop') args.forEach((a, k) => { if (constantOf(a) !== undefined && a.variable === params[k].variable) a.name = undefined; });
  return false;
}

/** Operations that write parts of parts of what they are given. */
const DEEP = new Set(['call', 'extern', 'addinto', 'clear']);

export function eliminateDeadCode(func: Func, functions: Functions): void {
  new Liveness(func, functions).sweep();
}

class Liveness {
  private liveOps = new Set<Op>();
  private liveValues = new Set<Value>();
  private liveCells = new Set<Cell>();
  /** Classes of objects of which something alive reads a part. What an object holds may be alive, and the object not. */
  private liveHolders = new Set<Cell>();
  private work: Value[] = [];
  private aliases: Aliases;
  /** Operations that write only memory of our own, waiting for someone to read it. */
  private waiting: { op: Op; cells: Cell[] }[] = [];

  constructor(private func: Func, private functions: Functions) {
    this.aliases = new Aliases(func, functions.summaries);
    for (const op of allOps(func.body)) {
      const cells = this.aliases.writes.get(op);
      if (this.hasEffect(op)) this.markOp(op);
      else if (op.kind === 'detach') this.waiting.push({ op, cells: [...this.aliases.of(op.args[0]).reachable()] });
      else if (cells) this.waiting.push({ op, cells: [...cells] });
    }
    func.body.yields.forEach((v) => this.markValue(v));
    this.func.params.forEach((p) => { if (isMemory(p.value.type)) this.markCells(p.value); });
    this.run();
  }

  private hasEffect(op: Op): boolean {
    switch (op.kind) {
      case 'throw': return true;
      case 'extern': return !op.attr.pure;
      case 'undef': return op.attr.text === 'boundary';
      case 'call': return !this.functions.pure(op.attr.callee!.id) || [...(this.aliases.writes.get(op) ?? [])].some((c) => c.find().outside);
      // Memory that was there before the call can be seen by others; a freed binding, too.
      case 'store': case 'accum': case 'fill': case 'push': case 'setfield': case 'accumfield': case 'addinto': case 'clear': case 'pop': case 'unshift': case 'shift': case 'splice': case 'resize':
        return this.aliases.of(op.args[0]).outside;
      default: return false;
    }
  }

  private run(): void {
    for (;;) {
      for (let v = this.work.pop(); v; v = this.work.pop()) this.follow(v);
      const ready = this.waiting.filter(({ op, cells }) => this.liveOps.has(op) || (cells.some((c) => this.liveCells.has(c.find()))
        && (DEEP.has(op.kind) || this.liveHolders.has(this.aliases.of(op.args[0])))));
      if (ready.length === 0) return;
      this.waiting = this.waiting.filter((w) => !ready.includes(w));
      for (const { op } of ready) this.markOp(op);
    }
  }

  private markValue(v: Value): void {
    if (this.liveValues.has(v)) return;
    this.liveValues.add(v);
    this.work.push(v);
  }

  private readPart(op: Op, ...cells: Cell[]): void {
    for (const cell of cells) this.liveCells.add(cell);
    this.liveHolders.add(this.aliases.of(op.args[0]));
  }

  /** Memory that is alive as a whole: everything that can be reached from it may be read. */
  private markCells(v: Value): void {
    for (const cell of this.aliases.of(v).reachable()) {
      this.liveCells.add(cell);
      this.liveHolders.add(cell);
    }
  }

  /** What goes through a whole object to its numbers reads the references on the way. */
  private markLinks(v: Value): void {
    const visit = (cell: Cell, type: Type) => {
      this.liveHolders.add(cell);
      const of = (key: string, part: Type) => {
        if (!isMemory(part) || this.liveCells.has(cell.at(key)) && this.liveCells.has(cell.at('length')) && holdsRecursion(part)) return;
        this.liveCells.add(cell.at(key)).add(cell.at('length'));
        visit(cell.at(key), part);
      };
      if (type.kind === 'links') visit(cell, type.of);
      else if (type.kind === 'array') of('*', type.element);
      else for (const key of fieldKeys(type)) of(key, fieldType(type, key)!);
    };
    visit(this.aliases.of(v), v.type);
  }

  private follow(v: Value): void {
    const op = v.def;
    if (op instanceof Func) return;
    if (op.kind === 'if') {
      const k = op.results.indexOf(v);
      op.regions.forEach((r) => this.markValue(r.yields[k]));
    } else if (op.kind === 'loop') {
      const k = op.params.includes(v) ? op.params.indexOf(v) : op.results.indexOf(v);
      this.markValue(op.args[k]);
      this.markValue(op.regions[1].yields[k]);
      this.markValue(op.params[k]);
    }
    this.markOp(op);
  }

  private markOp(op: Op): void {
    if (this.liveOps.has(op)) return;
    this.liveOps.add(op);
    for (let r: Region | undefined = op.parent; r; r = outerRegion(r)) if (r.owner instanceof Op) this.markOp(r.owner);
    if (op.kind === 'loop') {
      this.markValue(op.regions[0].yields[0]);
      if (op.attr.loop!.exit) this.markValue(op.params[0]);
    } else op.args.forEach((a) => this.markValue(a));
    switch (op.kind) {
      case 'load': case 'field': case 'length': this.readPart(op, this.aliases.readCell(op)); break;
      case 'splice': this.markCells(op.args[3]);
      // falls through
      case 'pop': case 'shift': this.readPart(op, this.aliases.of(op.args[0]).at('*'), this.aliases.of(op.args[0]).at('length')); break;
      case 'copy': case 'clone': case 'zeros': case 'call': case 'extern': case 'argsort':
        for (const a of op.args) if (isMemory(a.type)) this.markCells(a);
        break;
      case 'addinto': this.markCells(op.args[1]); this.markLinks(op.args[0]); break;
      case 'clear': case 'links': this.markLinks(op.args[0]); break;
    }
  }

  sweep(): void {
    for (const v of this.func.body.yields) if (isMemory(v.type)) this.markCells(v);
    this.run();
    for (const region of allRegions(this.func.body)) {
      region.ops = region.ops.filter((op) => this.liveOps.has(op) || forgetNames(op));
      for (const op of region.ops) {
        if (op.kind === 'if') keepResults(op, op.results.map((r) => this.liveValues.has(r)));
        if (op.kind === 'loop') keepCarried(op, op.params.map((p, k) => this.liveValues.has(p) || this.liveValues.has(op.results[k])));
      }
    }
  }
}

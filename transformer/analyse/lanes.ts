/**
 * Which values of a derivative depend on its tangents, or cotangents, so that in vector mode there is one for each lane.
 * A number has lanes if an operand has; memory has, all of it, if a number with lanes is stored somewhere in it. What
 * is copied or added has lanes on both sides. The least fixed point, over SSA values and classes of memory (alias.ts).
 */
import { type Func, type Op, type Value } from '../ir/ir.ts';
import { type Type, holdsRecursion, isDynamic, isMemory, someType } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import type { Aliases } from './alias.ts';
import type { Cell } from './cell.ts';

/** A derivative with lanes. */
export interface LanesRequest {
  id: string;
  lanes: number;
  /** By parameter, and by yielded value: has it lanes? */
  params: boolean[];
  results: boolean[];
}

/** From which of its parameters, and of its yielded values, on a derivative takes and gives tangents or cotangents. Before them are the primal's. */
export interface LinearFrom { params: number; results: number }

/** Vector mode does not know how to do this; one tangent after the other is what is left. */
export class Unlanable extends Error {}

export class Laned {
  private values = new Set<Value>();
  private wide = new Set<Cell>();
  private changed = false;

  constructor(
    func: Func, private aliases: Aliases, request: LanesRequest,
    private tangentsFrom: (id: string) => LinearFrom,
  ) {
    do {
      this.changed = false;
      func.params.forEach((p, i) => { if (request.params[i]) this.mark(p.value); });
      func.body.yields.forEach((v, i) => { if (request.results[i] && isMemory(v.type)) this.mark(v); });
      for (const op of allOps(func.body)) this.visit(op);
    } while (this.changed);
    func.params.forEach((p, i) => { if (!request.params[i] && isMemory(p.value.type) && this.isWide(p.value)) throw new Unlanable('memory of the caller'); });
    for (const op of allOps(func.body)) for (const v of [...op.results, ...op.params]) if (isMemory(v.type) && this.isWide(v)) checkType(v.type);
  }

  /** Is it a number, or a boolean, of which there is one for each lane? */
  has(v: Value): boolean { return this.values.has(v); }

  /** Does the memory hold numbers with lanes? */
  isWide(v: Value): boolean {
    for (const cell of this.aliases.of(v).reachable()) if (this.wide.has(cell)) return true;
    return false;
  }

  private depends(v: Value): boolean { return isMemory(v.type) ? this.isWide(v) : this.values.has(v); }

  private mark(v: Value): void {
    const grow = <T>(set: Set<T>, item: T) => {
      if (set.has(item)) return;
      set.add(item);
      this.changed = true;
    };
    if (isMemory(v.type)) for (const cell of this.aliases.cells(v)) grow(this.wide, cell);
    else if (v.type.kind === 'number' || v.type.kind === 'boolean') grow(this.values, v);
  }

  private visit(op: Op): void {
    const [a] = op.args;
    const flow = (from: readonly Value[], to: readonly Value[]) => { if (from.some((v) => this.depends(v))) for (const v of to) this.mark(v); };
    switch (op.kind) {
      case 'prim': case 'load': case 'field': case 'pop': case 'shift': flow(op.kind === 'prim' ? op.args : [a], op.results); break;
      case 'store': case 'accum': case 'fill': case 'push': case 'unshift': case 'setfield': case 'accumfield': flow(op.args.slice(1), [a]); break;
      case 'literal': flow(op.args, op.results); break;
      case 'copy': case 'clone': case 'cast': case 'view': flow([a, ...op.results], [a, ...op.results]); break;
      case 'addinto': flow(op.args, op.args); break;
      case 'splice': flow([a, op.args[3], op.result], [a, op.args[3], op.result]); break;
      case 'if':
        flow(op.args, op.results);
        op.results.forEach((r, k) => flow(op.regions.map((region) => region.yields[k]), [r]));
        break;
      case 'loop': op.params.forEach((p, k) => flow([op.args[k], op.regions[1].yields[k], p, op.results[k]], [p, op.results[k]])); break;
      case 'call': {
        if (!op.args.some((v) => this.depends(v))) break;
        const from = this.tangentsFrom(op.attr.callee!.id);
        for (const r of op.results.slice(from.results)) this.mark(r);
        const written = new Set(this.aliases.writesOfArguments(op));
        for (const v of op.args.slice(from.params)) if (isMemory(v.type) && [...this.aliases.of(v).reachable()].some((c) => written.has(c))) this.mark(v);
        break;
      }
      case 'extern': case 'argsort': if (op.args.some((v) => this.depends(v))) throw new Unlanable(op.attr.text ?? op.kind); break;
    }
    // Part of what an object holds is not wide without the rest.
    for (const v of [...op.args, ...op.results]) if (isMemory(v.type) && this.isWide(v)) this.mark(v);
  }
}

function checkType(type: Type): void {
  if (type.absent || isDynamic(type) || holdsRecursion(type) || someType(type, (t) => t.kind === 'dictionary' || t.kind === 'saved')) throw new Unlanable(type.kind);
}

/**
 * Activity: which values a derivative has to follow. A value is *varied* if it depends, in a differentiable way,
 * on an argument that we differentiate with respect to; it is *useful* if a result depends on it in that way.
 * Active = varied and useful. Scalars are SSA values; the cells of memory classes (see alias.ts) stand for what
 * is stored. Both properties only ever grow, so that going through the function until nothing changes gives the
 * least fixed point.
 *
 * Some operations lose the derivative although it exists: `x | 0`, a string made from a number, a call of a
 * function without source. Usefulness is followed through those as well; where such an operation has a varied
 * operand and its result reaches a result of the function, the derivative would be wrong: an error. So is a number
 * that comes back from the world outside (see world.ts), or that stays in memory of a module.
 */
import { type Func, type Op, type Region, type Value, mayKeep, outerRegion } from '../ir/ir.ts';
import { isDifferentiable, isFloatArray, isMemory, isValueType } from '../ir/types.ts';
import { allOps } from '../ir/walk.ts';
import { dependsOn, numpyRule } from '../rules/numpy.ts';
import { partialOf, ruleOfOp } from '../rules/rule.ts';
import type { Aliases } from './alias.ts';
import type { Cell } from './cell.ts';
import { discreteCells } from './discrete.ts';
import { checkLost, checkModules } from './lost.ts';
import { within } from './order.ts';
import { type World, mayRecall } from './world.ts';

/**
 * What is asked for: a derivative (then numbers that stay in memory of a module are errors); what depends on what, also by
 * way of arrays of whole numbers; what the results depend on, or what they depend on *smoothly*, by operations that have
 * a derivative.
 */
export type Purpose = 'derivative' | 'flow' | 'use' | 'smooth';

/** Comparisons and predicates: their result decides where the program goes, its derivative is that of the side that runs. */
export const PREDICATES = new Set(['lt', 'le', 'gt', 'ge', 'eq', 'ne', 'not', 'isNaN', 'isFinite', 'isInteger', 'isSafeInteger', 'is']);

export class Activity {
  private varied = new Set<Value>();
  private useful = new Set<Value>();
  readonly variedCells = new Set<Cell>();
  readonly usefulCells = new Set<Cell>();
  private changed = false;
  /** Operations that hand a varied number to the world. */
  readonly leaks: Op[] = [];
  private position = new Map<Op, number>();

  constructor(
    readonly func: Func,
    readonly aliases: Aliases,
    private world: World,
    /** By parameter: is it varied at entry? */
    wrt: boolean[],
    /** By yielded value: does its cotangent matter? Without this, only what is varied is found. */
    results?: boolean[],
    /** By yielded value: memory that the caller makes vary. */
    written: boolean[] = [],
    private purpose: Purpose = 'derivative',
    /** Numbers in arguments that are taken to be discrete (see discrete.ts). */
    discrete: ReadonlySet<Cell> = new Set(),
  ) {
    for (const op of allOps(func.body)) this.position.set(op, this.position.size);
    func.params.forEach((p, i) => { if (wrt[i]) this.markArgument(p.value, discrete); });
    func.body.yields.forEach((v, i) => { if (written[i]) this.markArgument(v, discrete); });
    this.iterate(() => { for (const op of allOps(func.body)) this.forward(op); });
    if (purpose === 'derivative') checkModules(this);
    if (!results) return;
    func.body.yields.forEach((v, i) => { if (results[i]) this.markUseful(v); });
    // Arguments that are memory and active for the caller: what is written there is a result, too.
    func.params.forEach((p, i) => { if (wrt[i] && isMemory(p.value.type)) this.markKept(p.value); });
    if (purpose === 'use' || purpose === 'smooth') {
      this.markStored();
      // A shadow that a reverse sweep is handed over and writes is used: another sweep goes on with what is there.
      for (const { value } of func.params) if (value.type.kind === 'saved') this.markKept(value);
    }
    const ops = allOps(func.body).reverse();
    this.iterate(() => { for (const op of ops) this.backward(op); });
  }

  /** Does this value have a tangent and a cotangent? For memory: does any number in it? */
  active(v: Value): boolean {
    if (!isMemory(v.type)) return isValueType(v.type) && this.varied.has(v) && this.useful.has(v);
    if (!isDifferentiable(v.type)) return false;
    for (const cell of this.aliases.of(v).reachable()) if (this.variedCells.has(cell) && this.usefulCells.has(cell)) return true;
    return false;
  }

  /** Is the value varied, whatever becomes of it? */
  isVaried(v: Value): boolean {
    if (!isMemory(v.type)) return this.varied.has(v);
    for (const cell of this.aliases.of(v).reachable()) if (this.variedCells.has(cell)) return true;
    return false;
  }

  /** Does a result depend on the value in a differentiable way? */
  isUseful(v: Value): boolean {
    if (!isMemory(v.type)) return this.useful.has(v);
    for (const cell of this.aliases.of(v).reachable()) if (this.usefulCells.has(cell)) return true;
    return false;
  }

  /** In how many of its parts is the value useful? */
  usefulParts(v: Value): number {
    if (!isMemory(v.type)) return Number(this.useful.has(v));
    return [...this.aliases.of(v).reachable()].filter((cell) => this.usefulCells.has(cell)).length;
  }

  /** The operation before this one that handed a varied number to the world, from where this one may take it. */
  recalled(op: Op): Op | undefined {
    if (this.leaks.length === 0 || !mayRecall(op, this.world)) return undefined;
    const loops = [...enclosing(op)];
    return this.leaks.find((leak) => leak !== op && (this.position.get(leak)! < this.position.get(op)! || loops.some((loop) => within(leak, loop))));
  }

  private iterate(pass: () => void): void {
    do {
      this.changed = false;
      pass();
    } while (this.changed);
  }

  private grow<T>(set: Set<T>, item: T): void {
    if (set.has(item)) return;
    set.add(item);
    this.changed = true;
  }

  private markVaried(v: Value): void {
    if (isMemory(v.type)) for (const cell of this.aliases.cells(v)) this.grow(this.variedCells, cell);
    // A boolean decides where the program goes, as comparisons do.
    else if (v.type.kind !== 'boolean') this.grow(this.varied, v);
  }

  /** The numbers of an argument are varied; its strings, booleans and arrays of whole numbers are what they are. */
  private markArgument(v: Value, discrete: ReadonlySet<Cell>): void {
    const fixed = isMemory(v.type) ? this.aliases.fixedCells(v, this.purpose === 'derivative') : new Set<Cell>();
    if (!isMemory(v.type)) this.markVaried(v);
    else for (const cell of this.aliases.cells(v)) if (!fixed.has(cell) && !discrete.has(cell)) this.grow(this.variedCells, cell);
  }

  /** What an argument holds when the function ends; of what a reverse sweep is handed over, the shadows that it writes. */
  private markKept(v: Value): void {
    if (v.type.kind !== 'saved') return this.markUseful(v);
    const reachable = this.aliases.of(v).reachable();
    for (const cells of this.aliases.writes.values()) for (const c of cells) if (reachable.has(c.find())) this.grow(this.usefulCells, c.find());
  }

  private markUseful(v: Value): void {
    if (v.type.kind === 'saved') {
      // What the reverse sweep uses of it: an index is a number, and has no cotangent.
      const uses = this.world.uses(v.type.reverse, this.purpose === 'smooth');
      if (uses) this.markUsed(this.aliases.of(v), uses.aliases.of(uses.func.params[0].value), uses);
    } else if (isMemory(v.type)) for (const cell of this.aliases.cells(v)) this.grow(this.usefulCells, cell);
    else this.grow(this.useful, v);
  }

  /** What is put into memory of arguments is a result, too. What was there before is none by that. */
  private markStored(): void {
    for (const op of this.aliases.writes.keys()) {
      if (op.kind === 'call' || op.kind === 'resize' || op.args.length < 2 || !this.aliases.writesOfArguments(op).some((c) => c.outside)) continue;
      this.markUseful(op.args[op.args.length - 1]);
    }
  }

  /** What a field has been set to just before it is read: `this.state = next; return this.state / 2 ** 32`. */
  private storedBefore(read: Op): Value | undefined {
    const { ops } = read.parent;
    const cell = this.aliases.readCell(read);
    for (let i = ops.indexOf(read) - 1; i >= 0; i--) {
      const op = ops[i];
      if (op.kind === 'setfield' && op.args[0] === read.args[0] && op.attr.key === read.attr.key) return op.args[1];
      if ([op, ...op.regions.flatMap((r) => allOps(r))].some((o) => [...this.aliases.writes.get(o) ?? []].some((c) => c.find() === cell))) return undefined;
    }
    return undefined;
  }

  /** The arguments of a call, as far as the callee uses them. */
  private markUsedBy(op: Op): void {
    const uses = this.world.uses(op.attr.callee!.id, this.purpose === 'smooth');
    if (!uses) return;
    op.args.forEach((x, k) => {
      const parameter = uses.func.params[k].value;
      if (isMemory(x.type) && isMemory(parameter.type)) this.markUsed(this.aliases.of(x), uses.aliases.of(parameter), uses);
      else if (uses.isUseful(parameter)) this.markUseful(x);
    });
  }

  /** Of what is given, the classes that the callee uses. */
  private markUsed(ours: Cell, theirs: Cell, uses: Activity, seen = new Map<Cell, Set<Cell>>()): void {
    const met = seen.get(theirs);
    if (met?.has(ours)) return;
    seen.set(theirs, (met ?? new Set()).add(ours));
    if (uses.usefulCells.has(theirs)) this.grow(this.usefulCells, ours);
    for (const [key, cell] of theirs.entries()) this.markUsed(ours.at(key), cell, uses, seen);
  }

  private cellsOf(op: Op): Cell[] {
    const cell = this.aliases.of(op.args[0]);
    if (op.kind === 'field' || op.kind === 'setfield' || op.kind === 'accumfield') return [cell.at(op.attr.key!)];
    return [cell.at('*')];
  }

  private forward(op: Op): void {
    const flow = (from: boolean, to: Value) => { if (from && !isMemory(to.type)) this.grow(this.varied, to); };
    const store = (from: Value, cell: Cell) => {
      if (!isMemory(from.type) && this.varied.has(from)) this.grow(this.variedCells, cell.find());
    };
    const [a, i, v] = op.args;
    switch (op.kind) {
      case 'prim':
        if (PREDICATES.has(op.attr.fn!)) break;
        flow(op.args.some((x, k) => this.varied.has(x) && !this.blocked(op, k)), op.result);
        break;
      case 'load': case 'field': case 'pop': case 'shift':
        // What an array of whole numbers holds has lost its derivative when it was stored (see lost.ts).
        if (this.purpose === 'derivative' && a.type.kind === 'typed' && !isFloatArray(a.type)) break;
        flow(this.variedCells.has(this.cellsOf(op)[0].find()), op.result); break;
      case 'store': case 'accum': store(v, this.cellsOf(op)[0]); break;
      case 'fill': case 'push': case 'unshift': store(i, this.aliases.of(a).at('*')); break;
      case 'splice': for (const [from, to] of this.moves(op)) if (this.variedCells.has(from)) this.grow(this.variedCells, to); break;
      case 'setfield': case 'accumfield': store(i, this.cellsOf(op)[0]); break;
      case 'literal': this.parts(op).forEach(([part, cell]) => store(part, cell)); break;
      case 'copy': case 'clone': case 'addinto': this.flowCells(this.variedCells, op, true); break;
      case 'if': op.results.forEach((r, k) => flow(op.regions.some((region) => this.varied.has(region.yields[k])), r)); break;
      case 'loop':
        op.params.forEach((p, k) => {
          flow(this.varied.has(op.args[k]) || this.varied.has(op.regions[1].yields[k]), p);
          flow(this.varied.has(p) || this.varied.has(op.regions[1].yields[k]), op.results[k]);
        });
        break;
      case 'call': case 'extern': {
        if (op.attr.discrete) break;
        const varied = op.args.map((x, k) => carries(op, k) && this.isVaried(x));
        if (varied.includes(true) && (op.kind === 'call' ? this.world.leaks(op.attr.callee!.id, varied) : mayKeep(op)) && !this.leaks.includes(op)) {
          this.leaks.push(op);
          this.changed = true;
        }
        if (!varied.includes(true) && !this.recalled(op)) break;
        if (op.kind === 'call' && !this.recalled(op)) this.flowThrough(op, varied);
        else {
          for (const r of op.results) this.markVaried(r);
          if (op.kind === 'call') for (const cell of this.aliases.writesOfArguments(op)) this.grow(this.variedCells, cell);
        }
        break;
      }
    }
  }

  private backward(op: Op): void {
    const flow = (from: boolean, to: Value) => { if (from && !isMemory(to.type)) this.grow(this.useful, to); };
    const need = (cell: Cell, from: Value) => flow(this.usefulCells.has(cell.find()), from);
    const [a, i, v] = op.args;
    switch (op.kind) {
      case 'prim':
        if (PREDICATES.has(op.attr.fn!) || !this.useful.has(op.result)) break;
        op.args.forEach((x, k) => flow(!this.blocked(op, k), x));
        break;
      case 'load': case 'field': case 'pop': case 'shift': {
        if (!this.useful.has(op.result)) break;
        const stored = this.purpose === 'use' || this.purpose === 'smooth' ? this.storedBefore(op) : undefined;
        if (stored) flow(true, stored);
        else this.grow(this.usefulCells, this.cellsOf(op)[0].find());
        break;
      }
      case 'store': case 'accum': need(this.cellsOf(op)[0], v); break;
      case 'fill': case 'push': case 'unshift': need(this.aliases.of(a).at('*'), i); break;
      case 'splice': for (const [from, to] of this.moves(op)) if (this.usefulCells.has(to)) this.grow(this.usefulCells, from); break;
      case 'setfield': case 'accumfield': need(this.cellsOf(op)[0], i); break;
      case 'literal': this.parts(op).forEach(([part, cell]) => need(cell, part)); break;
      case 'copy': case 'clone': case 'addinto': this.flowCells(this.usefulCells, op, false); break;
      case 'if': op.results.forEach((r, k) => op.regions.forEach((region) => flow(this.useful.has(r), region.yields[k]))); break;
      case 'loop':
        op.params.forEach((p, k) => {
          // The result is the last carried value, also of a loop that never runs.
          flow(this.useful.has(op.results[k]), p);
          flow(this.useful.has(p), op.regions[1].yields[k]);
          flow(this.useful.has(p), op.args[k]);
        });
        break;
      case 'call': case 'extern': {
        if (op.attr.discrete || (this.purpose === 'smooth' && isBigInt(op.result))) break;
        if (op.kind === 'call' && (this.purpose === 'use' || this.purpose === 'smooth')) {
          this.markUsedBy(op);
          break;
        }
        const used = (x: Value) => this.isUseful(x);
        if (!op.results.some(used) && !op.args.some((x) => isMemory(x.type) && used(x))) break;
        op.args.forEach((x, k) => { if (op.kind === 'extern' ? carries(op, k) : this.reaches(op, k)) this.markUseful(x); });
        break;
      }
    }
  }

  /** What a call makes varied. */
  private flowThrough(op: Op, varied: boolean[]): void {
    varied.forEach((is, place) => {
      if (!is) return;
      op.results.forEach((r, k) => { if (this.flowAt(op, place).results[k]) this.grow(this.varied, r); });
      for (const cell of this.flowAt(op, place).cells) this.grow(this.variedCells, cell);
    });
  }

  /** Does a result of the call that is used depend on the argument, or what it leaves in memory that is used? */
  private reaches(op: Op, place: number): boolean {
    const { results, cells } = this.flowAt(op, place);
    return op.results.some((r, k) => results[k] && this.useful.has(r)) || [...cells].some((c) => this.usefulCells.has(c));
  }

  private flows = new Map<Op, { results: boolean[]; cells: Set<Cell> }[]>();

  /** What depends on an argument of a call. */
  private flowAt(op: Op, place: number): { results: boolean[]; cells: Set<Cell> } {
    let known = this.flows.get(op);
    if (!known) this.flows.set(op, (known = []));
    if (!known[place]) {
      const flow = this.world.flows.from(op.attr.callee!.id, place);
      known[place] = { results: flow.results, cells: flow.cells(op, this.aliases) };
    }
    return known[place];
  }

  /** Is the path through this operand closed, because its partial is zero everywhere? */
  private blocked(op: Op, k: number): boolean {
    const rule = ruleOfOp(op);
    if (!rule && this.purpose === 'smooth') return op.attr.fn !== 'concat';
    return rule !== undefined && partialOf(rule, k) === undefined;
  }

  private parts(op: Op): [Value, Cell][] {
    const cell = this.aliases.of(op.result);
    const type = op.result.type;
    const keys = type.kind === 'record' ? type.fields.map((f) => f.name) : undefined;
    const positional = type.kind === 'tuple' || type.kind === 'saved';
    return op.args.map((part, k) => [part, cell.at(keys ? keys[k] : positional ? String(k) : '*')]);
  }

  /** From where to where a splice moves elements: inserted ones into the array, others out of it. */
  private moves(op: Op): [Cell, Cell][] {
    const [array, items, removed] = [op.args[0], op.args[3], op.result].map((v) => this.aliases.of(v).at('*'));
    return [[items, array], [array, removed]];
  }

  /** Deep flow between the target and the source of copy, clone and addinto. */
  private flowCells(set: Set<Cell>, op: Op, forward: boolean): void {
    if (op.attr.text === 'stopGradient') return;
    const [target, source] = op.kind === 'addinto' ? [op.args[0], op.args[1]] : [op.result, op.args[0]];
    const seen = new Map<Cell, Set<Cell>>();
    const walk = (from: Cell, to: Cell) => {
      const met = seen.get(from) ?? new Set();
      if (met.has(to) || from === to) return;
      seen.set(from, met.add(to));
      if (set.has(from)) this.grow(set, to);
      for (const key of new Set([...from.entries(), ...to.entries()].map(([k]) => k))) walk(from.at(key), to.at(key));
    };
    const [t, s] = [this.aliases.of(target), this.aliases.of(source)];
    if (forward) walk(s, t); else walk(t, s);
  }

  /** The operator on whole numbers by which a callee uses what varies, in an object whose other numbers have derivatives. */
  varies(call: Op): Op | undefined {
    const id = call.attr.callee?.id;
    const uses = id === undefined ? undefined : this.world.discrete(id);
    const cells = uses && discreteCells(uses, (k) => this.aliases.of(call.args[k]));
    return cells && [...cells].some((c) => this.variedCells.has(c)) ? this.world.discreteOperator(id!) : undefined;
  }

  /** Operations that lose a derivative which the result would need are errors. */
  check(): void {
    // The first one is where the derivative is lost.
    for (const op of allOps(this.func.body)) checkLost(this, op);
  }
}

function isBigInt(v: Value | undefined): boolean { return v?.type.kind === 'opaque' && v.type.text === 'bigint'; }

function* enclosing(op: Op): Generator<Op> {
  for (let r: Region | undefined = op.parent; r; r = outerRegion(r)) if ('kind' in r.owner && r.owner.kind === 'loop') yield r.owner;
}

/** Does the result depend on this argument? */
export function carries(op: Op, place: number): boolean {
  return op.attr.np && numpyRule(op) ? dependsOn(op, place) : op.attr.carries?.includes(place) ?? true;
}

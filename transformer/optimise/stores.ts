/**
 * Writes that nothing reads any more, to shadows, and to memory that the caller has handed over.
 *
 * The reverse of `y[i] = e` reads y_bar[i] and clears it, for an earlier value of the same element would have a
 * cotangent of its own. Most arrays are written once, and then the clearing is for nobody:
 *
 *   for (i) { e_bar = y_bar[i]; y_bar[i] = 0; … }  →  for (i) { e_bar = y_bar[i]; … }
 *
 * A step that is run again for its reverse alone need not end in the state that comes after it:
 *
 *   f_step_bwd(x, x_bar) { t = x[i]; x[i] = …; x_bar[i] *= cos(t) }  →  f_step_bwd(x, x_bar) { t = x[i]; x_bar[i] *= cos(t) }
 *
 * And a shadow that is nothing but a copy of the cotangent that was given is that cotangent:
 *
 *   y_bar = new Float64Array(n); y_bar += seed; … y_bar[i] …  →  … seed[i] …
 *
 * So is one that is only added to a new one:
 *
 *   x_bar = new Float64Array(n); c = new Float64Array(n); …; x_bar += c; … x_bar …  →  c = new Float64Array(n); …; … c …
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import { Func, Op, type Region, type Value, outerRegion, constantOf } from '../ir/ir.ts';
import { isMemory, sameType } from '../ir/types.ts';
import { allOps, allRegions, substitute } from '../ir/walk.ts';
import { isBefore } from './rebuild.ts';
import type { Functions } from '../analyse/functions.ts';

const WRITES = new Set(['store', 'setfield', 'fill', 'accum', 'accumfield']);

/** Removes such writes, and says whether there were any. */
export function removeDeadStores(func: Func, functions: Functions): boolean {
  const aliases = new Aliases(func, functions.summaries);
  const escaped = escapes(func, aliases);
  const handedOver = cellsHandedOver(func, aliases);
  const ops = allOps(func.body);
  const position = new Map<Op, number>();
  for (const op of ops) position.set(op, position.size);
  const dead = new Set<Op>();
  for (const op of ops) {
    const value = op.args[op.args.length - 1];
    if (!WRITES.has(op.kind) || op.attr.again) continue;
    const cell = aliases.of(op.args[0]);
    const own = !op.kind.startsWith('accum') && !cell.outside && cell.allocations.size > 0 && constantOf(value) === 0;
    if (!(own || (handedOver.has(cell) && !aliases.extends(op))) || escaped.has(cell)) continue;
    const [written] = aliases.writes.get(op)!;
    const read = ops.some((other) => reads(other, written.find(), aliases) && mayFollow(other, op, position, cell));
    if (!read) dead.add(op);
  }
  remove(func.body, dead);
  if (dead.size > 0) readInPlace(func, functions);
  return dead.size > 0;
}

/** What was saved of memory that does not change any more is still there:  saved[i] = x[i]; … saved[j] …  →  … x[j] … */
function readInPlace(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  const ops = allOps(func.body);
  for (const made of ops) {
    if (!made.attr.saves || made.kind !== 'new' || made.result.type.kind !== 'typed') continue;
    const users = ops.filter((op) => op.args.includes(made.result) && op.kind !== 'length');
    const [save, ...others] = users.filter((op) => op.kind !== 'load');
    const load = save?.args[2]?.def;
    if (others.length > 0 || save?.kind !== 'store' || !(load instanceof Op) || load.kind !== 'load' || load.args[1] !== save.args[1] || !isBefore(load.args[0], made)) continue;
    const cell = aliases.readCell(load).find();
    if ([...aliases.writes.values()].some((cells) => [...cells].some((c) => c.find() === cell))) continue;
    for (const user of users) if (user !== save) user.args = [load.args[0], user.args[1]];
    remove(func.body, new Set([save]));
  }
}

/** Memory of arguments that nobody looks at after the call. */
function cellsHandedOver(func: Func, aliases: Aliases): Set<Cell> {
  const of = (dies: boolean) => func.params.filter((p) => isMemory(p.value.type) && (p.dies ?? false) === dies).flatMap(({ value }) => [...aliases.of(value).reachable()]);
  const found = new Set(of(true));
  for (const cell of of(false)) found.delete(cell);
  return new Set([...found].filter((cell) => !aliases.isOuter(cell) && cell.allocations.size === 0));
}

function escapes(func: Func, aliases: Aliases): Set<Cell> {
  const found = new Set<Cell>();
  const add = (v: Value) => { if (isMemory(v.type)) for (const c of aliases.of(v).reachable()) found.add(c); };
  func.body.yields.forEach(add);
  for (const op of allOps(func.body)) if (op.kind === 'call' || op.kind === 'extern') op.args.forEach(add);
  return found;
}

function reads(op: Op, cell: Cell, aliases: Aliases): boolean {
  switch (op.kind) {
    case 'load': case 'field': return aliases.readCell(op).find() === cell;
    case 'pop': case 'shift': return aliases.of(op.args[0]).at('*') === cell;
    case 'splice': return [op.args[0], op.args[3]].some((v) => aliases.of(v).at('*') === cell);
    case 'argsort': return op.args.some((v) => isMemory(v.type) && [...aliases.of(v).reachable()].some((c) => c.entries().some(([, e]) => e === cell)));
    case 'copy': case 'clone': return [...aliases.of(op.args[0]).reachable()].some((c) => c.at('*') === cell || c === cell || c.entries().some(([, e]) => e === cell));
    case 'addinto': return [...aliases.of(op.args[1]).reachable()].some((c) => c.entries().some(([, e]) => e === cell));
    default: return false;
  }
}

/** Can `read` run after `store` and see the same element? */
function mayFollow(read: Op, store: Op, position: Map<Op, number>, cell: Cell): boolean {
  if (position.get(read)! > position.get(store)!) return true;
  const loops = loopsAround(store).filter((l) => loopsAround(read).includes(l))
    // Memory that each iteration makes anew is not seen by the next one.
    .filter((l) => cell.outside || ![...cell.allocations].every((a) => loopsAround(a).includes(l)));
  if (loops.length === 0) return false;
  // One loop that reads the element before it stores to it, another element in each iteration.
  const [loop] = loops;
  const sameElement = read.kind === 'load' && (store.kind === 'store' || store.kind === 'accum') && read.args[1] === store.args[1] && read.parent === store.parent
    // Views have indexes of their own.
    && (read.args[0] === store.args[0] || read.args[0].type.kind !== 'typed');
  return !(loops.length === 1 && sameElement && loop.attr.loop!.head?.some((k) => loop.params[k] === store.args[1]));
}

function loopsAround(op: Op): Op[] {
  const loops: Op[] = [];
  for (let r: Region | undefined = op.parent; r; r = outerRegion(r)) if (r.owner instanceof Op && r.owner.kind === 'loop') loops.push(r.owner);
  return loops;
}

function remove(region: Region, dead: Set<Op>): void {
  region.ops = region.ops.filter((op) => !dead.has(op));
  for (const op of region.ops) for (const r of op.regions) remove(r, dead);
}

export function useGivenCotangents(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  const escaped = escapes(func, aliases);
  const map = new Map<Value, Value>();
  for (const op of func.body.ops) {
    if (op.kind !== 'addinto') continue;
    const [shadow, given] = op.args;
    const made = shadow.def;
    const cell = aliases.of(shadow);
    if (!(made instanceof Op) || !made.attr.shadow || made.parent !== func.body || !sameType(shadow.type, given.type)) continue;
    // A part that has another name, too, must not lose what is added to it under this one.
    const whole = [...cell.reachable()].every((c) => !c.outside && !escaped.has(c) && [...c.allocations].every((op) => op === made));
    if (!whole || cell.allocations.size !== 1) continue;
    const others = [...aliases.writes].some(([write, cells]) => write !== op && [...cells].some((c) => cell.reachable().has(c.find()) || cell.entries().some(([, e]) => e === c.find())));
    // What is given must not change either, and must be there where the shadow was made.
    if (others || !(given.def instanceof Func)) continue;
    map.set(shadow, given);
    remove(func.body, new Set([op]));
  }
  substitute(func.body, map);
}

export function useNewCotangents(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  const escaped = escapes(func, aliases);
  const isOwn = ({ def, type }: Value, region: Region): boolean => def instanceof Op && def.parent === region && (def.kind === 'new' || def.kind === 'copy')
    && (type.kind === 'typed' || (type.kind === 'array' && type.element.kind === 'number'));
  const isAlone = (v: Value) => {
    const cell = aliases.of(v);
    return !cell.outside && cell.allocations.size === 1 && cell.allocations.has(v.def as Op);
  };
  const uses = (op: Op, v: Value): boolean => op.args.includes(v) || op.regions.some((r) => r.yields.includes(v) || r.ops.some((inner) => uses(inner, v)));
  const map = new Map<Value, Value>();
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) {
      if (op.kind !== 'addinto') continue;
      const [shadow, given] = op.args;
      // It has become something else, to which the rest is added.
      if (map.has(shadow) || map.has(given)) continue;
      if (!isOwn(shadow, region) || !isOwn(given, region) || !isAlone(shadow) || !isAlone(given) || !sameType(shadow.type, given.type)) continue;
      if ((shadow.def as Op).kind !== 'new' || !(shadow.def as Op).attr.shadow) continue;
      const at = region.ops.indexOf(op);
      if (region.ops.slice(0, at).some((before) => uses(before, shadow))) continue;
      if (region.yields.includes(given) || region.ops.slice(at + 1).some((after) => uses(after, given))) continue;
      if (escaped.has(aliases.of(given))) continue;
      Object.assign(given, { name: shadow.name, variable: shadow.variable });
      map.set(shadow, given);
      remove(func.body, new Set([op, shadow.def as Op]));
    }
  }
  substitute(func.body, map);
}

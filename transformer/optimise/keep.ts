/**
 * Dear values are kept. Reverse mode computes again what it can (differentiate/saves.ts); where that is dear (see
 * analyse/cost.ts) and the two sweeps have not become one pass, the forward sweep's value is saved instead:
 *
 *   for (i↑) { … exp(x[i]) … } … for (i↓) { … exp(x[i]) … }
 *     →  t_saved = new Float64Array(n); for (i↑) { t = exp(x[i]); t_saved[i] = t; … } … for (i↓) { … t_saved[i] … }
 *
 * This is the elimination of common subexpressions across the sweeps. An operation of the reverse sweep is one of the
 * forward sweep if it does the same with the same values, where
 *
 * (a) the reverse loop's index is that of the forward loop,
 * (b) what it reads of an array of saves is what the forward loop has put there at this index, and
 * (c) what it reads of other memory is what the forward sweep read, which saves.ts has seen to (`recomputed`).
 *
 * In a nest of loops memory would grow by the product of their lengths: there it is done only where the innermost loop
 * saves something anyhow, so that it grows by a factor at most. `// @recompute` above a loop forbids it,
 * `// @store` has everything saved, see saves.ts.
 */
import { Aliases } from '../analyse/alias.ts';
import { isDear } from '../analyse/cost.ts';
import type { Functions } from '../analyse/functions.ts';
import { counted, isInvariant } from '../analyse/loops.ts';
import { Order } from '../analyse/order.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { F64, type Type, elementType, sameType } from '../ir/types.ts';
import { allOps, allRegions, substitute } from '../ir/walk.ts';
import { tripCount } from '../analyse/trips.ts';
import { sub } from '../rules/arithmetic.ts';
import { isBefore, rebuildBefore } from './rebuild.ts';

/** A loop of the forward sweep and its reverse, in those around them. */
interface Pair {
  forward: Op;
  reverse: Op;
  outer?: Pair;
  /** Forward values of values of the reverse sweep. */
  known: Map<Value, Value>;
  /** Values of the forward loop's body, by what is done with what. */
  values: Map<string, Value>;
}

/** What a pair keeps one value an iteration with: the length of the buffer, and the iteration's number in both sweeps. */
interface Places { length: Value; index: Value; back: Value }

export function keepDear(func: Func, functions: Functions): boolean {
  if (![...allOps(func.body)].some((op) => isDear(op) && op.attr.origin === 'recomputed')) return false;
  return new Keeping(func, functions).run();
}

class Keeping {
  private order: Order;
  private replaced = new Map<Value, Value>();
  private buffers = new Map<Value, { buffer: Value; index: Value }>();

  constructor(private func: Func, functions: Functions) {
    this.order = new Order(func, new Aliases(func, functions.summaries));
  }

  run(): boolean {
    for (const op of allOps(this.func.body)) {
      if (op.kind === 'store' && (op.args[0].def as Op).attr?.saves && !this.buffers.has(op.args[2])) this.buffers.set(op.args[2], { buffer: op.args[0], index: op.args[1] });
    }
    for (const region of [...allRegions(this.func.body)]) this.pairs(region, region);
    substitute(this.func.body, this.replaced);
    return this.replaced.size > 0;
  }

  private pairs(forwards: Region, backwards: Region, outer?: Pair): void {
    for (const reverse of [...backwards.ops]) {
      const forward = reverse.attr.reverses;
      if (reverse.kind !== 'loop' || forward?.kind !== 'loop' || forward.parent !== forwards || !forwards.ops.includes(forward)) continue;
      const { index } = reverse.attr;
      if (!index || !forward.params.includes(index) || forward.attr.loop!.keeping === 'recompute') continue;
      const pair: Pair = { forward, reverse, known: new Map([...outer?.known ?? [], [reverse.params[0], index]]), values: new Map(outer?.values), ...(outer ? { outer } : {}) };
      for (const op of forward.regions[1].ops) {
        const key = keyOf(op, op.args);
        if (key !== undefined && !pair.values.has(key)) pair.values.set(key, op.result);
      }
      for (const op of [...reverse.regions[1].ops]) if (isDear(op) && op.attr.origin === 'recomputed') this.keep(op, pair);
      this.pairs(forward.regions[1], reverse.regions[1], pair);
    }
  }

  private keep(op: Op, pair: Pair): void {
    const value = this.forwardOf(op.result, pair);
    if (!value || (value.def as Op).parent !== pair.forward.regions[1]) return;
    if (pair.outer && !this.savesAnyhow(pair)) return;
    const places = this.places(pair, op);
    const there = places && !pair.outer ? this.there(value, places) : undefined;
    if (there) return this.replace(op, pair, value, there, places!.back);
    const name = `${value.name ?? (value.def as Op).attr.fn}_saved`;
    const array = places && this.array(pair, F64, places, name);
    if (!array) return;
    const body = pair.forward.regions[1];
    const after = Math.max(...[value, places.index].map((v) => (body.ops.includes(v.def as Op) ? body.ops.indexOf(v.def as Op) + 1 : 0)));
    new Builder(body, op.span, true, after).store(array.buffer, places.index, value);
    this.replace(op, pair, value, array.back, places.back);
  }

  private replace(op: Op, pair: Pair, value: Value, array: Value, index: Value): void {
    const back = pair.reverse.regions[1];
    const b = new Builder(back, op.span, false, back.ops.indexOf(op), op.attr.terms);
    const load = b.op('load', [array, index], [op.result.type], { origin: 'saved' }, op.result.name ? { name: op.result.name } : {}).result;
    pair.known.set(load, value);
    this.replaced.set(op.result, load);
    back.ops.splice(back.ops.indexOf(op), 1);
  }

  /** An array into which the program puts the value anyhow, each iteration at its own place, and nothing else. */
  private there(value: Value, { index }: Places): Value | undefined {
    const { aliases } = this.order;
    for (const op of (value.def as Op).parent.ops) {
      const [array, at, v] = op.args;
      if (op.kind !== 'store' || v !== value || at !== index || !sameType(array.type, F64)) continue;
      const cell = aliases.of(array).at('*').find();
      const others = [...aliases.writes].some(([write, cells]) => write !== op && [...cells].some((c) => c.find() === cell));
      if (!others && isBefore(array, loopAround(op))) return array;
    }
    return undefined;
  }

  /** Does the innermost loop of a nest save something for each of its iterations, whatever is done here? */
  private savesAnyhow({ forward }: Pair): boolean {
    return forward.regions[1].ops.some((op) => op.kind === 'store' && (op.args[0].def as Op).attr?.saves && forward.parent.ops.includes(op.args[0].def as Op));
  }

  /** A buffer with one element for each iteration of the pair's loop: in the region around the forward loop, and in that around the reverse loop. */
  private array(pair: Pair, type: Type, { length }: Places, name: string): { buffer: Value; back: Value } | undefined {
    const { forward, reverse, outer } = pair;
    const before = (op: Op) => new Builder(op.parent, op.span, true, op.parent.ops.indexOf(op));
    if (!outer) {
      const buffer = before(forward).new(type, length, { saves: true }, { name });
      return { buffer, back: buffer };
    }
    const places = this.places(outer, reverse);
    const rows = places && this.array(outer, { kind: 'array', element: type }, places, name);
    if (!rows) return undefined;
    const b = before(forward);
    const buffer = b.new(type, length, { saves: true }, { name });
    b.store(rows.buffer, places.index, buffer);
    const back = before(reverse).op('load', [rows.back, places.back], [elementType(rows.buffer.type)], { origin: 'saved' }, { name }).result;
    return { buffer, back };
  }

  /** `at`: the operation of the reverse loop before which the iteration's number must be known. */
  private places(pair: Pair, at: Op): Places | undefined {
    const { forward, reverse } = pair;
    const [back] = reverse.params;
    const index = pair.known.get(back)!;
    const count = counted(forward, (v) => isInvariant(v, forward, this.order));
    if (!count || count.induction.param !== index) return undefined;
    const { start, step } = count.induction;
    const bound = rebuildBefore(count.bound, forward);
    const known = (v: Value) => constantOf(v) !== undefined || isBefore(v, outermost(pair).forward);
    if (!known(start) || !bound) return undefined;
    const b = new Builder(forward.parent, forward.span, true);
    const limit = bound();
    b.index = forward.parent.ops.indexOf(forward);
    const length = tripCount(count, b, limit, start);
    const number = (region: Region, i: Value, before: number) => {
      const here = new Builder(region, forward.span, true, before);
      const first = constantOf(start);
      return here.quotient(sub(here, i, first === undefined ? start : here.const(first)), step);
    };
    return { length, index: number(forward.regions[1], index, 0), back: number(reverse.regions[1], back, reverse.regions[1].ops.indexOf(at)) };
  }

  /** The value of the forward sweep that a value of the reverse sweep is, if it is one. */
  private forwardOf(v: Value, pair: Pair): Value | undefined {
    const known = pair.known.get(v);
    if (known) return known;
    if (constantOf(v) !== undefined || isBefore(v, outermost(pair).forward)) return v;
    const op = v.def;
    if (!(op instanceof Op) || op.results.length !== 1) return undefined;
    const found = op.kind === 'load' && op.attr.origin === 'saved' ? this.savedValue(op, pair) : this.same(op, pair);
    if (found) pair.known.set(v, found);
    return found;
  }

  /** (b) */
  private savedValue({ args: [array, index] }: Op, pair: Pair): Value | undefined {
    const buffer = this.forwardOf(array, pair);
    const place = buffer && (buffer.def as Op).attr?.saves ? this.forwardOf(index, pair) : undefined;
    if (!place) return undefined;
    const stores = [...allOps(outermost(pair).forward.regions[1])].filter((op) => op.kind === 'store' && op.args[0] === buffer);
    return stores.length === 1 && stores[0].args[1] === place ? stores[0].args[2] : undefined;
  }

  private same(op: Op, pair: Pair): Value | undefined {
    // (c)
    if ((op.kind === 'load' || op.kind === 'field' || op.kind === 'length') && op.attr.origin !== 'recomputed') return undefined;
    const args = op.args.map((a) => this.forwardOf(a, pair));
    if (!args.every((a) => a !== undefined)) return undefined;
    const key = keyOf(op, args);
    return key === undefined ? undefined : pair.values.get(key);
  }
}

function loopAround(op: Op): Op { return op.parent.owner as Op; }

function outermost(pair: Pair): Pair { return pair.outer ? outermost(pair.outer) : pair; }

const PURE = new Set(['prim', 'load', 'field', 'length']);
const COMMUTATIVE = new Set(['add', 'mul']);

function keyOf({ kind, attr, results }: Op, args: readonly Value[]): string | undefined {
  if (!PURE.has(kind) || attr.primitive || results.length !== 1) return undefined;
  // Constants are the same by what they are.
  const operands = args.map((a) => {
    const c = constantOf(a);
    return c === undefined ? String(a.id) : `=${Object.is(c, -0) ? '-0' : c}`;
  });
  if (COMMUTATIVE.has(attr.fn!)) operands.sort();
  return [kind, attr.fn, attr.key, ...operands].join(' ');
}

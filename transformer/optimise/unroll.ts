/**
 * Loops with a small constant number of iterations, written out:
 *
 *   for (let i = 0; i < 3; i++) s += a[i] * b[i]   →   s += a[0] * b[0]; s += a[1] * b[1]; s += a[2] * b[2]
 *
 * Arrays that such loops go through have constant indexes then, and short ones become values (scalars.ts). Only for
 * functions marked with `optimize=speed`, for it is not the user's shape any more; and only up to a size, because V8
 * does not optimise functions whose bytecode is too long.
 *
 * The loop is counted, from a constant to a constant, nothing leaves it early, and it has no mark.
 */
import { lengthOf } from '../analyse/covered.ts';
import { type Counted, counted, definedOutside } from '../analyse/loops.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value, constantOf, freshVariable } from '../ir/ir.ts';
import { allOps, allRegions, cloneOp, substitute } from '../ir/walk.ts';
import { EXACT } from './simplify.ts';

/** Iterations of a loop, operations of what is written out for it, and of the whole function. */
const ITERATIONS = 16;
const SIZE = 400;
const WHOLE = 1500;

/** Writes one loop out, an inner one first, and says whether there was one. */
export function unrollLoop(func: Func): boolean {
  let size = 0;
  for (const op of allOps(func.body)) if (op.kind !== 'const') size++;
  for (const region of [...allRegions(func.body)].reverse()) {
    for (const op of region.ops) {
      const numbers = op.kind === 'loop' ? numbersOf(op) : undefined;
      if (!numbers) continue;
      const added = numbers.length * [...allOps(op.regions[1])].length;
      if (added > SIZE || size + added > WHOLE) continue;
      unroll(op, numbers, func);
      return true;
    }
  }
  return false;
}

/** The numbers that a loop's index goes through, if they are few and known. */
function numbersOf(loop: Op): { index: Value; at: number }[] | undefined {
  const { policy, loop: info } = loop.attr;
  if (policy || info!.keeping) return undefined;
  const count = counted(loop, (v) => boundOf(v, loop) !== undefined);
  const first = count && constantOf(count.induction.start);
  const bound = count && boundOf(count.bound, loop);
  if (!count || first === undefined || bound === undefined) return undefined;
  const { step, param } = count.induction;
  const numbers: { index: Value; at: number }[] = [];
  for (let i = first; goesOn(count, i, bound); i += step) {
    if (numbers.length === ITERATIONS) return undefined;
    numbers.push({ index: param, at: i });
  }
  return numbers;
}

/** A constant, or the length of an array that was made with a constant one. */
function boundOf(v: Value, loop: Op): number | undefined {
  const { def } = v;
  if (!(def instanceof Op) || def.kind !== 'length') return constantOf(v);
  const [array] = def.args;
  const length = definedOutside(array, loop.regions[0]) && lengthOf(array);
  return length ? constantOf(length) : undefined;
}

function goesOn({ offset, closed, induction: { step } }: Counted, i: number, bound: number): boolean {
  const at = i + offset;
  return step > 0 ? at < bound || (closed && at === bound) : at > bound || (closed && at === bound);
}

function unroll(loop: Op, numbers: readonly { index: Value; at: number }[], func: Func): void {
  const { parent } = loop;
  const [, body] = loop.regions;
  const carried = new Set(loop.params.map((p) => p.variable));
  let current = loop.args;
  for (const { index, at } of numbers) {
    const b = new Builder(parent, loop.span, false, parent.ops.indexOf(loop));
    const map = new Map(loop.params.map((p, k) => [p, p === index ? b.const(at) : current[k]]));
    // What is made of the index alone is a number, too.
    const known = new Set([map.get(index)!]);
    for (const op of body.ops) {
      const args = op.args.map((a) => map.get(a) ?? a);
      const numbersAlone = op.kind === 'prim' && EXACT[op.attr.fn!] && args.every((a) => constantOf(a) !== undefined) && args.some((a) => known.has(a));
      if (!numbersAlone) {
        b.insert(cloneOp(op, map, parent));
        continue;
      }
      const value = b.const(EXACT[op.attr.fn!](constantOf(args[0])!, constantOf(args[1] ?? args[0])!));
      map.set(op.result, value);
      known.add(value);
    }
    renew(body, map, carried);
    current = body.yields.map((y) => map.get(y) ?? y);
  }
  parent.ops.splice(parent.ops.indexOf(loop), 1);
  substitute(func.body, new Map(loop.results.map((r, k) => [r, current[k]])));
}

/** Each copy has variables of its own, besides those that the loop carries. */
function renew(body: Region, map: Map<Value, Value>, carried: ReadonlySet<number | undefined>): void {
  const fresh = new Map<number, number>();
  for (const op of allOps(body)) {
    for (const v of [...op.results, ...op.params]) {
      const copy = map.get(v);
      if (!copy || v.variable === undefined || carried.has(v.variable)) continue;
      if (!fresh.has(v.variable)) fresh.set(v.variable, freshVariable());
      copy.variable = fresh.get(v.variable);
    }
  }
}

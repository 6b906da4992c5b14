/**
 * Which buffers are written before they are read. A buffer is *covered* in a region if each run of the region assigns
 * every element before it looks at any: then it does not matter whether the buffer is new or was used before.
 *
 * That is seen where the first operation of the region that touches the buffer is a `fill`, or a counted loop, upwards
 * from 0 (or from c, after assignments to 0 … c − 1) to the buffer's length, that assigns the element of its number in
 * every iteration and looks at no other.
 */
import { Op, type Region, type Value, constantOf, homeRegion, isInside, outerRegion } from '../ir/ir.ts';
import { allOps, allRegions } from '../ir/walk.ts';
import { isNonNegative } from './integers.ts';
import { type Counted, counted, definedOutside } from './loops.ts';

/** How many elements: the value that an array was made with, or that of the array it is a copy of. */
export function lengthOf(array: Value): Value | undefined {
  const op = array.def;
  if (!(op instanceof Op)) return undefined;
  if (op.kind === 'new' && op.result.type.kind === 'typed') return op.args[0];
  return undefined;
}

/** Is the number the length of the array? */
export function isLengthOf(v: Value, array: Value): boolean {
  const length = lengthOf(array);
  if (length !== undefined && v === length) return true;
  if (!(v.def instanceof Op) || v.def.kind !== 'length') return false;
  const [other] = v.def.args;
  return other === array || (length !== undefined && lengthOf(other) === length);
}

/** Every use is of its elements or its length, so that nobody else knows the array. */
export function isPrivate(array: Value, body: Region): boolean {
  for (const op of allOps(body)) {
    if (op.args.some((a, k) => a === array && !(k === 0 && ELEMENTWISE.has(op.kind)))) return false;
    if (op.attr.compare && op.args.includes(array)) return false;
  }
  for (const region of allRegions(body)) if (region.yields.includes(array)) return false;
  return true;
}

const ELEMENTWISE = new Set(['load', 'store', 'accum', 'fill', 'length']);

export function isCovered(array: Value, region: Region): boolean {
  let from = 0;
  let looked = false;
  for (const op of region.ops) {
    if (!touches(op, array)) continue;
    if (op.kind === 'fill') return true;
    if (op.kind === 'store' && constantOf(op.args[1]) === from) {
      from++;
      continue;
    }
    if (op.kind !== 'loop') return false;
    if (assignsAll(op, array, from)) return true;
    // A loop that covers it in each iteration; if it never runs, what comes after still has to.
    if (!isCovered(array, op.regions[1])) return false;
    looked = true;
  }
  return looked;
}

function touches(op: Op, array: Value): boolean {
  if (op.args[0] === array && op.kind !== 'length' && op.kind !== 'new') return true;
  return op.regions.some((r) => r.ops.some((inner) => touches(inner, array)));
}

function assignsAll(loop: Op, array: Value, from: number): boolean {
  const count = countOf(loop);
  if (!count || count.induction.step !== 1 || count.offset !== 0 || count.closed || !isLengthOf(count.bound, array)) return false;
  const start = constantOf(count.induction.start);
  if (start === undefined || start < 0 || start > from) return false;
  let assigned = false;
  for (const op of loop.regions[1].ops) {
    if (op.kind === 'store' && op.args[0] === array && op.args[1] === count.induction.param) assigned = true;
    else if (!(op.args[0] === array && op.args[1] === count.induction.param && assigned) && touches(op, array)) return false;
  }
  return assigned;
}

/** The loop's count, where its bound is a value from outside it, or the length of an array from outside. */
function countOf(loop: Op): Counted | undefined {
  const outside = (v: Value) => definedOutside(v, loop.regions[0]) && definedOutside(v, loop.regions[1]);
  return counted(loop, (v) => outside(v) || (v.def instanceof Op && v.def.kind === 'length' && outside(v.def.args[0]) && v.def.args[0].type.kind === 'typed'));
}

/** The index of a loop that goes once through all indexes of the array, up or down. */
export function isWhole(loop: Op, array: Value): Value | undefined {
  const count = countOf(loop);
  if (!count || count.offset !== 0) return undefined;
  const { start, step, param } = count.induction;
  if (step === 1) return constantOf(start) === 0 && !count.closed && isLengthOf(count.bound, array) ? param : undefined;
  return constantOf(count.bound) === 0 && isWithin(param, array) ? param : undefined;
}

/** Is the index known to be inside the array? It is the number of a counted loop up to the array's length, or down from it. */
export function isWithin(index: Value, array: Value): boolean {
  const op = index.def;
  if (!(op instanceof Op) || op.kind !== 'loop' || !op.params.includes(index)) return false;
  const count = countOf(op);
  if (!count || count.induction.param !== index || count.offset !== 0) return false;
  const { start, step } = count.induction;
  if (step === 1) return !count.closed && isAtLeastZero(start) && isLengthOf(count.bound, array);
  // for (i = n - 1; i >= 0; i--)
  const first = start.def;
  return step === -1 && count.closed && isAtLeastZero(count.bound) && first instanceof Op && first.kind === 'prim'
    && ((first.attr.fn === 'sub' && constantOf(first.args[1]) === 1) || (first.attr.fn === 'add' && constantOf(first.args[1]) === -1)) && isLengthOf(first.args[0], array);
}

/** Numbers that cannot be negative, those of loops that count down to zero or more among them. */
function isAtLeastZero(v: Value): boolean {
  if (isNonNegative(v)) return true;
  const op = v.def;
  if (!(op instanceof Op)) return false;
  if (op.kind === 'prim' && op.attr.fn === 'add') return op.args.every(isAtLeastZero);
  if (op.kind !== 'loop' || !op.params.includes(v)) return false;
  const count = countOf(op);
  return count?.induction.param === v && count.offset === 0 && (count.induction.step > 0 ? isAtLeastZero(count.induction.start) : count.closed && isAtLeastZero(count.bound));
}

/** The innermost loop whose body holds every use of a value. */
export function innermostLoop(v: Value, body: Region): Op | undefined {
  let common: Region | undefined;
  const meet = (region: Region) => {
    if (!common) common = region;
    while (!isInside(region, common!)) common = outerRegion(common!);
  };
  for (const op of allOps(body)) if (op.args.includes(v)) meet(op.parent);
  for (const region of allRegions(body)) if (region.yields.includes(v)) meet(region);
  for (let region = common; region; region = outerRegion(region)) {
    if (region === homeRegion(v)) return undefined;
    const { owner } = region;
    if (owner instanceof Op && owner.kind === 'loop' && region === owner.regions[1] && isInside(owner.parent, homeRegion(v))) return owner;
  }
  return undefined;
}

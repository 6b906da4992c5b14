/**
 * The first addition to each element of an array of zeros is an assignment, and where all elements are assigned the
 * array need not be cleared before:
 *
 *   t_bar.fill(0); for (i…) t_bar[i] += e   →   for (i…) t_bar[i] = e
 *   x_bar = new Float64Array(n); for (i…) x_bar[i] += e   →   x_bar = new Float64Array(n); for (i…) x_bar[i] = e
 *
 * where the loop goes once through all indexes of the array, up or down, each iteration adds to its element before it
 * looks at it, and to no other, and nothing touches the array between the two.
 */
import { Aliases } from '../analyse/alias.ts';
import { isWhole } from '../analyse/covered.ts';
import type { Functions } from '../analyse/functions.ts';
import { type Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { allRegions } from '../ir/walk.ts';
import { Effects } from './effects.ts';

export function assignFirst(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  for (const region of [...allRegions(func.body)]) {
    for (const op of [...region.ops]) {
      const array = cleared(op);
      if (array) assign(op, array, region, aliases, functions);
    }
  }
}

/** The array of numbers that is zero after the operation. */
function cleared(op: Op): Value | undefined {
  const array = op.kind === 'new' ? op.result : op.kind === 'fill' && constantOf(op.args[1]) === 0 ? op.args[0] : undefined;
  return array?.type.kind === 'typed' ? array : undefined;
}

function assign(start: Op, array: Value, region: Region, aliases: Aliases, functions: Functions): void {
  const cell = aliases.of(array).at('*').find();
  const touches = (op: Op) => {
    const { reads, adds, stores } = new Effects(op, aliases, functions.touched);
    return reads.has(cell) || adds.has(cell) || stores.has(cell);
  };
  const loop = region.ops.slice(region.ops.indexOf(start) + 1).find(touches);
  if (loop?.kind !== 'loop') return;
  const index = isWhole(loop, array);
  if (!index) return;
  const touching = loop.regions[1].ops.filter(touches);
  const [first] = touching;
  const own = (op: Op) => op.args[0] === array && op.args[1] === index && op.regions.length === 0;
  if (first?.kind !== 'accum' || !first.attr.loose || !touching.every(own)) return;
  const [, , value] = first.args;
  const store = new Op('store', [array, index, value], first.span, first.attr);
  store.parent = first.parent;
  store.parent.ops[store.parent.ops.indexOf(first)] = store;
  aliases.writes.set(store, aliases.writes.get(first)!);
  if (start.kind === 'fill') region.ops.splice(region.ops.indexOf(start), 1);
}

/**
 * Sums that a loop adds up in one element of a shadow are added up in a variable, and written back once:
 *
 *   for (i…) x_bar[k] += e   →   let sum = 0; for (i…) sum += e; x_bar[k] += sum
 *
 * where the array and the index are the same in every iteration, the addition is the derivative's own (its sums may be
 * rearranged), the loop does not read or write elements of that class in any other way than by adding to them, and the
 * array has elements of 64 bits at a fixed place: then `x_bar[k] += 0`, where the loop never runs, changes nothing.
 */
import { Aliases } from '../analyse/alias.ts';
import { definedOutside } from '../analyse/loops.ts';
import type { Functions } from '../analyse/functions.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, Value, freshVariable } from '../ir/ir.ts';
import { F64, NUMBER, sameType } from '../ir/types.ts';
import { Effects } from './effects.ts';

export function sumInLocals(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  // Inner loops first: what they write back, a loop around them may add up in turn.
  const visit = (region: Region): void => {
    for (const op of [...region.ops]) {
      op.regions.forEach(visit);
      if (op.kind === 'loop') for (const sum of sums(op, aliases, functions)) sumOutside(op, sum, aliases);
    }
  };
  visit(func.body);
}

/** The additions of the loop's body whose place is the same in each iteration. */
function sums(loop: Op, aliases: Aliases, functions: Functions): Op[] {
  const outside = (v: Value) => loop.regions.every((r) => definedOutside(v, r));
  const found = loop.regions[1].ops.filter((op) => op.kind === 'accum' && op.attr.loose && sameType(op.args[0].type, F64) && outside(op.args[0]) && outside(op.args[1]));
  if (found.length === 0) return [];
  const effects = new Effects(loop, aliases, functions.touched);
  if (effects.impure) return [];
  return found.filter((op) => [...aliases.writes.get(op)!].every((c) => !effects.reads.has(c.find()) && !effects.stores.has(c.find())));
}

function sumOutside(loop: Op, sum: Op, aliases: Aliases): void {
  const [array, index, term] = sum.args;
  const [, inner] = loop.regions;
  const { parent } = loop;
  const variable = freshVariable();
  const make = (def: Op): Value => {
    const value = new Value(NUMBER, sum.span, nameOf(array, index), variable);
    value.def = def;
    return value;
  };
  loop.args.push(new Builder(parent, sum.span, true, parent.ops.indexOf(loop)).const(0));
  const param = make(loop);
  const result = make(loop);
  loop.params.push(param);
  loop.results.push(result);
  const at = inner.ops.indexOf(sum);
  inner.ops.splice(at, 1);
  const b = new Builder(inner, sum.span, true, at, sum.attr.terms);
  inner.yields.push(b.prim('add', [param, term], { name: param.name, variable }));
  const after = new Builder(parent, sum.span, true, parent.ops.indexOf(loop) + 1, sum.attr.terms);
  after.accum(array, index, result);
  const written = parent.ops[after.index! - 1];
  aliases.writes.set(written, aliases.writes.get(sum)!);
  aliases.writes.delete(sum);
}

function nameOf(array: Value, index: Value): string {
  if (!array.name) return 'sum';
  const digits = index.def instanceof Op && index.def.kind === 'const' ? String(index.def.attr.value) : undefined;
  return /^\d+$/.test(digits ?? '') ? `${array.name}_${digits}` : index.name ? `${array.name}_${index.name}` : 'sum';
}

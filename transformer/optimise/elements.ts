/**
 * Accesses of one element of a shadow, one after the other, are one access:
 *
 *   a[i] = 0; a[i] += v   →   a[i] = v
 *   a[i] += v; x = a[i]   →   x = a[i] + v; a[i] = x
 *   a[i] = v; a[i] = w    →   a[i] = w
 *
 * where the array and the index, or the object and the key, are the same values, both are in one region, nothing between
 * them touches elements of that class, and the element is no number of 32 bits, which would be rounded in between.
 */
import { Aliases } from '../analyse/alias.ts';
import type { Cell } from '../analyse/cell.ts';
import type { Functions } from '../analyse/functions.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { NUMBER } from '../ir/types.ts';
import { allRegions, substitute } from '../ir/walk.ts';
import { add } from '../rules/arithmetic.ts';
import { Effects } from './effects.ts';

export function joinAccesses(func: Func, functions: Functions): void {
  const aliases = new Aliases(func, functions.summaries);
  const replaced = new Map<Value, Value>();
  for (const region of allRegions(func.body)) joinIn(region, aliases, functions, replaced);
  substitute(func.body, replaced);
}

function joinIn(region: Region, aliases: Aliases, functions: Functions, replaced: Map<Value, Value>): void {
  /** What touched each class of elements last. */
  const last = new Map<Cell, Op>();
  for (const op of [...region.ops]) {
    const { reads, adds, stores } = new Effects(op, aliases, functions.touched);
    const cells = [...reads, ...adds, ...stores];
    const before = cells.length === 1 && kindOf(op) ? last.get(cells[0]) : undefined;
    const after = before && kindOf(before) && samePlace(before, op) ? joined(before, op, replaced) : undefined;
    for (const cell of cells) last.set(cell, after ?? op);
    if (after) aliases.writes.set(after, new Set(cells));
  }
}

type Access = 'load' | 'store' | 'accum';

function kindOf({ kind, args }: Op): Access | undefined {
  if (args[0]?.type.kind === 'typed' && args[0].type.name === 'Float32Array') return undefined;
  switch (kind) {
    case 'load': case 'field': return 'load';
    case 'store': case 'setfield': return 'store';
    case 'accum': case 'accumfield': return 'accum';
    default: return undefined;
  }
}

function samePlace(a: Op, b: Op): boolean {
  if (a.args[0] !== b.args[0] || a.attr.key !== b.attr.key) return false;
  return a.attr.key !== undefined || (a.args[1] !== undefined && (a.args[1] === b.args[1] || (constantOf(a.args[1]) !== undefined && constantOf(a.args[1]) === constantOf(b.args[1]))));
}

const valueOf = (op: Op): Value => op.args[op.args.length - 1];

/** The one write that does what both do, if there is one. */
function joined(first: Op, second: Op, replaced: Map<Value, Value>): Op | undefined {
  const { parent } = first;
  const remove = (op: Op) => parent.ops.splice(parent.ops.indexOf(op), 1);
  const place = first.args.slice(0, first.attr.key === undefined ? 2 : 1);
  const [load, store]: ['load' | 'field', 'store' | 'setfield'] = first.attr.key === undefined ? ['load', 'store'] : ['field', 'setfield'];
  const kinds = `${kindOf(first)} ${kindOf(second)}`;
  const at = (op: Op) => new Builder(parent, op.span, true, parent.ops.indexOf(op), op.attr.terms);
  const { key } = first.attr;
  const attr = key === undefined ? {} : { key };
  switch (kinds) {
    case 'store store':
      // Of the primal's own writes, none is left out.
      if (!isZero(valueOf(first)) && !first.attr.loose) return undefined;
      remove(first);
      return second;
    case 'store accum': {
      if (!second.attr.loose || !(isZero(valueOf(first)) || first.attr.loose)) return undefined;
      const b = at(second);
      const write = b.op(store, [...place, add(b, valueOf(first), valueOf(second))], [], { ...attr, loose: true });
      remove(first);
      remove(second);
      return write;
    }
    case 'accum load': {
      if (!first.attr.loose || second.result.type.absent) return undefined;
      const b = at(first);
      const read = b.op(load, place, [NUMBER], attr).result;
      const sum = b.prim('add', [read, valueOf(first)], second.result.name ? { name: second.result.name } : {});
      const write = b.op(store, [...place, sum], [], { ...attr, loose: true });
      replaced.set(second.result, sum);
      remove(first);
      remove(second);
      return write;
    }
    default: return undefined;
  }
}

function isZero(v: Value): boolean { return constantOf(v) === 0; }

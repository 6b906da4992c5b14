/**
 * One buffer for a nest of loops. What an inner loop saves in an array of its own, of the same length in every iteration
 * of the outer one, goes into one array for all of them:
 *
 *   rows = new Array(n); for (k…) { row = new Float64Array(m); rows[k] = row; for (j…) row[j] = v }
 *   … for (k…) { row = rows[k]; for (j…) … row[j] … }
 *     →  rows = new Float64Array(n * m); for (k…) for (j…) rows[k * m + j] = v … rows[k * m + j] …
 *
 * Only for arrays of saves, which nothing else reads, and for buffers of an iteration that are written before they are
 * read, at indices that are known to be inside.
 */
import { isCovered, isWithin } from '../analyse/covered.ts';
import type { Functions } from '../analyse/functions.ts';
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value } from '../ir/ir.ts';
import { allOps, allRegions, capturedValues, substitute } from '../ir/walk.ts';
import { add, mul } from '../rules/arithmetic.ts';
import { type KeepsLength, isBefore, keepsLength, rebuildBefore } from './rebuild.ts';

const ELEMENTWISE = new Set(['load', 'store', 'accum', 'length']);

/** Flattens one level of one nest, and says whether there was one. */
export function flattenSaves(func: Func, functions: Functions): boolean {
  const uses = usesOf(func.body);
  let keeps: KeepsLength | undefined;
  const lengths: KeepsLength = (array, from) => (keeps ??= keepsLength(func, functions))(array, from);
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) if (op.kind === 'new' && op.attr.saves && op.result.type.kind === 'array' && flatten(op, uses, func.body, lengths)) return true;
  }
  return false;
}

function flatten(rows: Op, uses: Map<Value, (Op | Region)[]>, body: Region, keeps: KeepsLength): boolean {
  const users = uses.get(rows.result) ?? [];
  const loads: Op[] = [];
  let save: Op | undefined;
  for (const user of users) {
    if (!(user instanceof Op) || user.args[0] !== rows.result) return false;
    if (user.kind === 'load') loads.push(user);
    else if (user.kind === 'store' && !save) save = user;
    else return false;
  }
  const row = save?.args[2].def;
  if (!save || !(row instanceof Op) || row.kind !== 'new' || !(row.attr.saves || isCovered(row.result, row.parent)) || !(row.result.type.kind === 'typed' || (row.attr.saves && row.result.type.kind === 'array')) || row.parent !== save.parent) return false;
  const width = rebuildBefore(row.args[0], rows, keeps);
  if (!width) return false;
  const parts = [row.result, ...loads.map((load) => load.result)];
  const byPart = parts.map((part) => (uses.get(part) ?? []).filter((user) => user !== save));
  if (!byPart.every((list, k) => list.every((user) => user instanceof Op && user.args[0] === parts[k] && !user.args.slice(1).includes(parts[k]) && ELEMENTWISE.has(user.kind)))) return false;

  // The row's number must be known where the row is made.
  if (!isBefore(save.args[1], row)) {
    const { ops } = row.parent;
    const between = ops.slice(ops.indexOf(row) + 1, ops.indexOf(save));
    if (between.some((op) => op.args.includes(row.result) || capturedValues(op).has(row.result))) return false;
    ops.splice(ops.indexOf(row), 1);
    ops.splice(ops.indexOf(save), 0, row);
  }

  const m = width();
  row.args = [m];
  // All rows are of one length.
  const lengths = (byPart.flat() as Op[]).filter((user) => user.kind === 'length');
  substitute(body, new Map(lengths.map((length) => [length.result, m])));
  const elements = byPart.map((list) => (list as Op[]).filter((user) => user.kind !== 'length'));
  if (!row.attr.saves && !elements.flat().every((user) => isWithin(user.args[1], row.result))) return false;

  const outside = new Builder(rows.parent, rows.span, true, rows.parent.ops.indexOf(rows));
  const { result } = rows;
  result.type = row.result.type;
  rows.args = [mul(outside, rows.args[0], m)];
  if (result.name) result.name = result.name.replace(/(_saved)+$/, '_saved');
  place(save.args[1], m, result, elements[0], row);
  loads.forEach((load, k) => place(load.args[1], m, result, elements[k + 1], load));
  for (const gone of [save, row, ...loads, ...lengths]) gone.parent.ops.splice(gone.parent.ops.indexOf(gone), 1);
  return true;
}

/** row[j] → rows[k * m + j], with k * m computed where the row was taken. */
function place(k: Value, m: Value, rows: Value, elements: readonly Op[], at: Op): void {
  const b = new Builder(at.parent, at.span, true, at.parent.ops.indexOf(at));
  const start = mul(b, k, m);
  for (const element of elements) {
    const here = new Builder(element.parent, element.span, true, element.parent.ops.indexOf(element));
    element.args = [rows, add(here, start, element.args[1]), ...element.args.slice(2)];
  }
}

export function usesOf(body: Region): Map<Value, (Op | Region)[]> {
  const uses = new Map<Value, (Op | Region)[]>();
  const use = (v: Value, by: Op | Region) => uses.set(v, [...(uses.get(v) ?? []), by]);
  for (const op of allOps(body)) for (const a of new Set(op.args)) use(a, op);
  for (const region of allRegions(body)) for (const y of region.yields) use(y, region);
  return uses;
}

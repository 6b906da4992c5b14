/**
 * One buffer for a nest of loops. What an inner loop saves in an array of its own, of the same length in every iteration
 * of the outer one, goes into one array for all of them:
 *
 *   rows = new Array(n); for (k…) { row = new Float64Array(m); rows[k] = row; for (j…) row[j] = v }
 *   … for (k…) { row = rows[k]; for (j…) … row[j] … }
 *     →  rows = new Float64Array(n * m); for (k…) for (j…) rows[k * m + j] = v … rows[k * m + j] …
 *
 * Only for arrays of saves: nothing but saves is stored in them, and nothing else reads them.
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value } from '../ir/ir.ts';
import { allOps, allRegions } from '../ir/walk.ts';
import { add, mul } from '../rules/arithmetic.ts';
import { rebuildBefore } from './rebuild.ts';

/** Flattens one level of one nest, and says whether there was one. */
export function flattenSaves(func: Func): boolean {
  const uses = usesOf(func.body);
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) if (op.kind === 'new' && op.attr.saves && op.result.type.kind === 'array' && flatten(op, uses)) return true;
  }
  return false;
}

function flatten(rows: Op, uses: Map<Value, (Op | Region)[]>): boolean {
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
  if (!save || !(row instanceof Op) || row.kind !== 'new' || !row.attr.saves || row.result.type.kind !== 'typed' || row.parent !== save.parent) return false;
  const isElement = (user: Op | Region) => user instanceof Op && user.args[0] === user.args.find((a) => a === row.result || loads.some((l) => l.result === a))
    && (user.kind === 'load' || user.kind === 'store') && user.args[2] !== row.result;
  const elements = (uses.get(row.result) ?? []).filter((user) => user !== save);
  const read = loads.map((load) => uses.get(load.result) ?? []);
  if (![...elements, ...read.flat()].every(isElement)) return false;
  const width = rebuildBefore(row.args[0], rows);
  if (!width) return false;

  const m = width();
  const outside = new Builder(rows.parent, rows.span, true, rows.parent.ops.indexOf(rows));
  const { result } = rows;
  result.type = row.result.type;
  rows.args = [mul(outside, rows.args[0], m)];
  if (result.name) result.name = result.name.replace(/(_saved)+$/, '_saved');
  // The row's number is known where the row was made, for the compiler has counted the loop.
  place(save.args[1], m, result, elements as Op[], row);
  loads.forEach((load, k) => place(load.args[1], m, result, read[k] as Op[], load));
  for (const gone of [save, row, ...loads]) gone.parent.ops.splice(gone.parent.ops.indexOf(gone), 1);
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

function usesOf(body: Region): Map<Value, (Op | Region)[]> {
  const uses = new Map<Value, (Op | Region)[]>();
  const use = (v: Value, by: Op | Region) => uses.set(v, [...(uses.get(v) ?? []), by]);
  for (const op of allOps(body)) for (const a of new Set(op.args)) use(a, op);
  for (const region of allRegions(body)) for (const y of region.yields) use(y, region);
  return uses;
}

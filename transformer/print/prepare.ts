/**
 * Brings the IR into a form in which jumps can be seen: `if` operations at the ends of their regions, and
 * flags as constants where their value is known.
 */
import type { Func, Op, Region, Value } from '../ir/ir.ts';
import { Builder } from '../ir/build.ts';
import { countUses, substitute } from '../ir/walk.ts';
import { flagOf, ways } from './exits.ts';
import { isPure } from './kinds.ts';

export function prepare(func: Func): void {
  visit(func.body);
}

function visit(region: Region): void {
  region.ops = region.ops.filter((op) => op.kind !== 'detach');
  for (const op of [...region.ops]) {
    op.regions.forEach(visit);
    if (op.kind !== 'if') continue;
    const { kind, attr } = op.args[0].def as Op;
    if (kind === 'const') putInPlace(op, op.regions[attr.value ? 0 : 1], region);
    else op.regions.forEach((branch, i) => writeFacts(branch, op, facts(op.args[0], i === 0)));
  }
  hoist(region);
}

/** An `if` whose condition is known: only one branch runs. */
function putInPlace(op: Op, branch: Region, region: Region): void {
  for (const inner of branch.ops) inner.parent = region;
  region.ops.splice(region.ops.indexOf(op), 1, ...branch.ops);
  substitute(region, new Map(op.results.map((r, i) => [r, branch.yields[i]])));
}

/** In the branches of an `if`, its condition is true or false, and so may be other flags that were set with it. */
function facts(condition: Value, truth: boolean): Map<Value, boolean> {
  const known = new Map<Value, boolean>();
  if (condition.type.kind !== 'boolean') return known;
  known.set(condition, truth);
  const def = condition.def as Op;
  if (def.kind === 'prim' && def.attr.fn === 'not') for (const [v, is] of facts(def.args[0], !truth)) known.set(v, is);
  if ((def.kind !== 'if' && def.kind !== 'loop') || !def.results.includes(condition)) return known;
  const flags = [...def.results.keys()].filter((i) => def.results[i].type.kind === 'boolean');
  const index = def.results.indexOf(condition);
  // A loop ends with what it started with or with what some iteration yields.
  const all = def.kind === 'if' ? def.regions.flatMap((r) => ways(r, flags)) : [def.args, ...ways(def.regions[1], flags)];
  const possible = all.filter((way) => flagOf(way, index) !== !truth);
  for (const i of flags) {
    const states = possible.filter((way) => way[i] !== def.params[i]).map((way) => flagOf(way, i));
    if (states.length > 0 && states[0] !== undefined && states.every((s) => s === states[0])) known.set(def.results[i], states[0]);
  }
  return known;
}

function writeFacts(branch: Region, op: Op, known: ReadonlyMap<Value, boolean>): void {
  const uses = countUses(branch);
  const map = new Map<Value, Value>();
  for (const [value, is] of known) {
    if (uses.has(value)) map.set(value, new Builder(branch, op.span, false, 0).const(is));
  }
  if (map.size === 0) return;
  substitute(branch, map);
  visit(branch);
}

/**
 * Puts what the last `if` (or loop) does not matter to before it, so that it is the last operation and can jump:
 *
 *   exit = if c { … }; i2 = i + 1; yield exit, i2    →    i2 = i + 1; exit = if c { … }; yield exit, i2
 */
function hoist(region: Region): void {
  const structured = (ops: readonly Op[]) => ops.findLastIndex((o) => o.regions.length > 0);
  let last = structured(region.ops);
  if (last < 0) return;
  const trailing = new Set(region.ops.slice(last + 1));
  moveBefore(region, last, region.ops.length, () => true);
  last = structured(region.ops);
  const before = structured(region.ops.slice(0, last));
  if (before >= 0) moveBefore(region, before, last, (o) => !o.result.name || trailing.has(o));
}

/** Moves the operations between `at` and `end` to before `at`, if all are arithmetic; those stay that depend on `at` itself. */
function moveBefore(region: Region, at: number, end: number, fits: (op: Op) => boolean): void {
  const between = region.ops.slice(at + 1, end);
  if (!between.every((o) => isPure(o) && fits(o))) return;
  const pinned = new Set(region.ops[at].results);
  const stays = between.filter((o) => {
    const depends = o.args.some((a) => pinned.has(a));
    if (depends) pinned.add(o.result);
    return depends;
  });
  const moves = between.filter((o) => !stays.includes(o));
  region.ops.splice(at, end - at, ...moves, region.ops[at], ...stays);
}

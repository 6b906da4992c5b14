/**
 * One buffer for rows of different lengths. What inner loops save in arrays that each iteration of an outer loop makes for
 * itself goes, one after the other, into one array that grows; instead of the rows, it is kept where each begins. Rows of
 * one iteration that are of one length are put in place together, element by element:
 *
 *   for (k…) { a = new Float64Array(m); as[k] = a; b = new Float64Array(m); bs[k] = b; for (j…) { a[j] = v; b[j] = w } }
 *   … for (k…) { a = as[k]; b = bs[k]; for (j…) … a[j] … b[j] … }
 *     →  for (k…) { starts[k] = end; end += 2 * m; saved = grown(saved, end, n); for (j…) { saved[start + 2 * j] = v; saved[start + 2 * j + 1] = w } }
 *        … for (k…) { start = starts[k]; for (j…) … saved[start + 2 * j] … saved[start + 2 * j + 1] … }
 *
 * where the rows are saves, known by nothing but the arrays of rows, which are read only after the loops that fill them.
 * Where all rows are of one length, flatten.ts has done better already. Done last, for what is printed: arrays that are
 * exchanged for longer ones are not easily seen through.
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, Value, freshVariable, isInside } from '../ir/ir.ts';
import { F64, NUMBER, type Type, sameType } from '../ir/types.ts';
import { allRegions } from '../ir/walk.ts';
import { add, mul } from '../rules/arithmetic.ts';
import { usesOf } from './flatten.ts';
import { isBefore } from './rebuild.ts';

/** An array of rows, the row that each iteration makes and its place, and where rows are read. */
interface Rows { rows: Op; row: Op; save: Op; elements: Op[]; loads: { load: Op; elements: Op[] }[]; loops: Op[] }

export function stackSaves(func: Func): boolean {
  const groups = new Map<string, Rows[]>();
  const uses = usesOf(func.body);
  for (const region of allRegions(func.body)) {
    for (const op of region.ops) {
      const found = op.kind === 'new' && op.attr.saves ? rowsOf(op, uses) : undefined;
      if (!found) continue;
      const key = [op.args[0].id, found.row.args[0].id, found.save.args[1].id, ...found.loops.map((loop) => loop.results[0]?.id)].map(String).join(' ');
      groups.set(key, [...groups.get(key) ?? [], found]);
    }
  }
  for (const group of groups.values()) new Stack(group).build();
  return groups.size > 0;
}

function rowsOf(rows: Op, uses: Map<Value, (Op | Region)[]>): Rows | undefined {
  const { type } = rows.result;
  if (type.kind !== 'array' || !sameType(type.element, F64)) return undefined;
  const users = uses.get(rows.result) ?? [];
  if (!users.every((user): user is Op => user instanceof Op && user.args[0] === rows.result && (user.kind === 'load' || user.kind === 'store'))) return undefined;
  const [save, more] = users.filter((user) => user.kind === 'store');
  const row = save?.args[2].def;
  if (!save || more || !(row instanceof Op) || row.kind !== 'new' || !row.attr.saves || row.parent !== save.parent) return undefined;
  const loops = loopsBetween(row.parent, rows.parent);
  if (!loops) return undefined;
  const elementsOf = (array: Value): Op[] | undefined => {
    const list = (uses.get(array) ?? []).filter((user) => user !== save);
    return list.every((user): user is Op => user instanceof Op && user.args[0] === array && (user.kind === 'load' || user.kind === 'store')) ? list : undefined;
  };
  const elements = elementsOf(row.result);
  const loads = users.filter((user) => user.kind === 'load').map((load) => ({ load, elements: elementsOf(load.result) }));
  const [outer] = loops;
  if (!elements?.every((user) => isInside(user.parent, row.parent)) || !loads.every(({ load, elements: list }) => list?.every((user) => user.kind === 'load') && isAfter(outer, load))) return undefined;
  return { rows, row, save, elements, loads: loads as Rows['loads'], loops };
}

/** The loops whose bodies lead from one region to another, outermost first; undefined where a branch is among them. */
function loopsBetween(inner: Region, outer: Region): Op[] | undefined {
  const loops: Op[] = [];
  for (let region = inner; region !== outer;) {
    const { owner } = region;
    if (!(owner instanceof Op) || owner.kind !== 'loop' || region !== owner.regions[1]) return undefined;
    loops.unshift(owner);
    region = owner.parent;
  }
  return loops.length > 0 ? loops : undefined;
}

function isAfter(loop: Op, op: Op): boolean { return loop.results.length > 0 && isBefore(loop.results[0], op); }

class Stack {
  private loops: Op[];
  private saved = freshVariable();
  private end = freshVariable();

  private name: string;

  constructor(private group: Rows[]) {
    this.loops = group[0].loops;
    this.name = group.length === 1 ? group[0].rows.result.name?.replace(/(_saved)+$/, '_saved') ?? 'saved' : 'saved';
  }

  build(): void {
    const { group, loops } = this;
    const [{ rows, row, save }] = group;
    const before = new Builder(rows.parent, rows.span, true, rows.parent.ops.indexOf(rows));
    const starts = before.new(F64, rows.args[0], { saves: true }, { name: 'starts' });
    const initial = [
      before.new(F64, before.const(0), { saves: true }, { name: this.name, variable: this.saved }),
      before.op('const', [], [NUMBER], { value: 0 }, { name: 'end', variable: this.end }).result,
    ];
    let carried = initial;
    const inner = loops.map((loop) => (carried = this.carry(loop, carried)));
    const [saved, end] = inner[inner.length - 1];
    const here = new Builder(row.parent, row.span, true, row.parent.ops.indexOf(row));
    const [m] = row.args;
    const next = here.prim('add', [end, mul(here, here.const(group.length), m)], { name: 'end', variable: this.end });
    const grown = here.extern('grown', [saved, next, rows.args[0]], F64, { runtime: true, pure: true, discrete: true })!;
    Object.assign(grown, { name: this.name, variable: this.saved });
    new Builder(save.parent, save.span, true, save.parent.ops.indexOf(save)).store(starts, save.args[1], end);
    // From the innermost loop outwards, what is carried on is what the loop inside has left.
    let left = [grown, next];
    for (const loop of loops.toReversed()) {
      loop.regions[1].yields.push(...left);
      left = loop.results.slice(-2);
    }
    const [whole] = left;
    for (const [g, { elements, loads, ...made }] of group.entries()) {
      for (const element of elements) this.place(element, grown, end, g);
      for (const { load, elements: list } of loads) {
        const start = new Builder(load.parent, load.span, true, load.parent.ops.indexOf(load)).op('load', [starts, load.args[1]], [NUMBER], { origin: 'saved' }, { name: 'start' }).result;
        for (const element of list) {
          this.place(element, whole, start, g);
          if (!element.result.name) element.attr = { ...element.attr, hint: made.rows.result.name?.replace(/(_saved)+$/, '') };
        }
        remove(load);
      }
      [made.save, made.row, made.rows].forEach(remove);
    }
  }

  /** Lets a loop carry the buffer and its end. */
  private carry(loop: Op, initial: Value[]): Value[] {
    const make = (type: Type, k: number) => {
      const value = new Value(type, loop.span, [this.name, 'end'][k], [this.saved, this.end][k]);
      value.def = loop;
      return value;
    };
    loop.args.push(...initial);
    const params = [F64, NUMBER].map(make);
    loop.params.push(...params);
    loop.results.push(...[F64, NUMBER].map(make));
    return params;
  }

  private place(element: Op, buffer: Value, start: Value, g: number): void {
    const b = new Builder(element.parent, element.span, true, element.parent.ops.indexOf(element));
    const at = add(b, start, mul(b, b.const(this.group.length), element.args[1]));
    element.args = [buffer, add(b, at, b.const(g)), ...element.args.slice(2)];
  }
}

function remove(op: Op): void { op.parent.ops.splice(op.parent.ops.indexOf(op), 1); }

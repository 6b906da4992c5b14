/**
 * Which assignments may make an array longer: `xs[xs.length] = v`, `out = []; out[i] = v`. JavaScript lets every
 * assignment do so, but programs that count on it are few, and to suspect every `x[i] = v` would say of every array that
 * its length changes. So an assignment is suspected where there is a reason: its index is the length, or the array
 * starts empty and gets its elements in no other way, or elements are taken from the array somewhere, or the program
 * asks whether an element is there, `xs[i] ?? 0`. It is cleared
 * where a test around it says that its index is less than the length.
 */
import { Op, type Region, type Value, constantOf, outerRegion } from '../ir/ir.ts';
import { allOps } from '../ir/walk.ts';
import type { Cell } from './cell.ts';

const GROWS = new Set(['push', 'unshift', 'splice']);
const SHRINKS = new Set(['pop', 'shift', 'splice', 'resize']);

export class Extensions {
  private grown = new Set<Cell>();
  private shrunk = new Set<Cell>();

  constructor(body: Region, private of: (v: Value) => Cell) {
    for (const op of allOps(body)) {
      if (GROWS.has(op.kind)) this.grown.add(of(op.args[0]));
      if (SHRINKS.has(op.kind)) this.shrunk.add(of(op.args[0]));
      const asked = op.kind === 'prim' && op.args.some(isUndefined) ? op.args.find((v) => v.def instanceof Op && v.def.kind === 'load') : undefined;
      if (asked) this.shrunk.add(of((asked.def as Op).args[0]));
    }
  }

  /** Someone else takes elements from the array. */
  noteShrunk(cell: Cell): void { this.shrunk.add(cell.find()); }

  mayExtend(store: Op): boolean {
    const [array, index] = store.args;
    if (array.type.kind !== 'array' || store.attr.inside) return false;
    const cell = this.of(array);
    const isLength = (v: Value) => v.def instanceof Op && v.def.kind === 'length' && this.of(v.def.args[0]) === cell;
    if (isLength(index)) return true;
    const known = constantOf(index);
    const lengths = [...cell.allocations].flatMap((op) => (op.kind === 'literal' ? [op.args.length] : []));
    const suspect = this.shrunk.has(cell) || (!this.grown.has(cell) && lengths.some((n) => n === 0 || (known !== undefined && known >= n)));
    return suspect && !isBefore(index, isLength) && !isTested(store, index, isLength);
  }
}

function isUndefined({ def }: Value): boolean { return def instanceof Op && def.kind === 'const' && def.attr.value === undefined; }

/** `x.length - 1` */
function isBefore(index: Value, isLength: (v: Value) => boolean): boolean {
  const op = index.def;
  return op instanceof Op && op.kind === 'prim' && op.attr.fn === 'sub' && isLength(op.args[0]) && (constantOf(op.args[1]) ?? 0) > 0;
}

/** Is there a loop or branch around that runs only while the index is less than the length? */
function isTested(store: Op, index: Value, isLength: (v: Value) => boolean): boolean {
  for (let r: Region | undefined = store.parent; r; r = outerRegion(r)) {
    const { owner } = r;
    if (!(owner instanceof Op)) return false;
    const test = owner.kind === 'if' && owner.regions[0] === r ? owner.args[0]
      : owner.kind === 'loop' && owner.attr.loop!.test === 'before' && owner.regions[1] === r ? owner.regions[0].yields[0] : undefined;
    const op = test?.def;
    if (!(op instanceof Op) || op.kind !== 'prim') continue;
    const [a, b] = op.attr.fn === 'gt' ? [op.args[1], op.args[0]] : op.args;
    if ((op.attr.fn === 'lt' || op.attr.fn === 'gt') && a === index && isLength(b)) return true;
  }
  return false;
}

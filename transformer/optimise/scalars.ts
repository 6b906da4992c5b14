/**
 * Short arrays of numbers whose elements are all taken by constant indexes are tuples, of which promote.ts makes values:
 *
 *   a = new Float64Array(2); a[0] = x; a[1] = a[0] * y; return a[1]   →   a_0 = x; a_1 = a_0 * y; return a_1
 *
 * where the array is made here, is known by nobody else and never changes its length, its elements are numbers of 64 bits
 * or of no fixed size, and every index is a constant inside of it.
 */
import { Builder } from '../ir/build.ts';
import { type Func, Op, type Region, type Value, constantOf } from '../ir/ir.ts';
import { F64, NUMBER, type Type, sameType } from '../ir/types.ts';
import { allRegions, substitute } from '../ir/walk.ts';
import { usesOf } from './flatten.ts';

/** Longer arrays stay arrays. */
const SHORT = 16;

export function arraysToTuples(func: Func): boolean {
  const uses = usesOf(func.body);
  const replaced = new Map<Value, Value>();
  let any = false;
  for (const region of [...allRegions(func.body)]) {
    for (const op of [...region.ops]) {
      const length = lengthOf(op);
      if (length === undefined || !(uses.get(op.result) ?? []).every((user) => isAccess(user, op.result, length))) continue;
      toTuple(op, length, (uses.get(op.result) ?? []) as Op[], replaced);
      any = true;
    }
  }
  substitute(func.body, replaced);
  return any;
}

/** How many elements, of an array that may be a tuple. */
function lengthOf({ kind, args, results: [result] }: Op): number | undefined {
  if (kind !== 'new' && kind !== 'literal') return undefined;
  const isNumbers = sameType(result.type, F64) || (result.type.kind === 'array' && result.type.element.kind === 'number' && !result.type.element.absent);
  const length = isNumbers ? kind === 'new' ? constantOf(args[0]) : args.length : undefined;
  // Elements of `new Array(n)` are not there until they are assigned.
  return length !== undefined && Number.isInteger(length) && length >= 0 && length <= SHORT ? length : undefined;
}

function isAccess(user: Op | Region, array: Value, length: number): user is Op {
  if (!(user instanceof Op) || user.args.slice(1).includes(array)) return false;
  const index = user.args[1] && constantOf(user.args[1]);
  switch (user.kind) {
    case 'load': case 'store': case 'accum': return index !== undefined && Number.isInteger(index) && index >= 0 && index < length;
    case 'length': return true;
    default: return false;
  }
}

function toTuple(op: Op, length: number, users: Op[], replaced: Map<Value, Value>): void {
  const type: Type = { kind: 'tuple', elements: Array.from({ length }, () => NUMBER) };
  const here = (at: Op) => new Builder(at.parent, at.span, at.attr.loose, at.parent.ops.indexOf(at), at.attr.terms);
  const b = here(op);
  const { name, variable } = op.result;
  const parts = op.kind === 'new' ? Array.from({ length }, () => b.const(0)) : op.args;
  const tuple = b.literal(type, parts, op.attr.shadow ? { shadow: true } : {}, { ...(name ? { name } : {}), ...(variable !== undefined ? { variable } : {}) });
  for (const user of users) {
    const at = here(user);
    const [, index, value] = user.args;
    const key = String(index && constantOf(index));
    switch (user.kind) {
      case 'load': replaced.set(user.result, at.field(tuple, key, user.result.name ? { name: user.result.name } : {})); break;
      case 'store': at.setfield(tuple, key, value); break;
      case 'accum': at.accumfield(tuple, key, value); break;
      default: replaced.set(user.result, at.const(length));
    }
    user.parent.ops.splice(user.parent.ops.indexOf(user), 1);
  }
  op.parent.ops.splice(op.parent.ops.indexOf(op), 1);
}

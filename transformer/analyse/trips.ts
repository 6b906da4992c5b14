/** How often a counted loop runs, as an expression of its bound and its start. */
import type { Counted } from './loops.ts';
import { isInteger, isNonNegative } from './integers.ts';
import type { Builder } from '../ir/build.ts';
import { Op, type Value, constantOf } from '../ir/ir.ts';
import { add, mul, sub } from '../rules/arithmetic.ts';

/** The induction variable's last value: start + (trips - 1) * step, as far as it can be said simply. */
export function lastIndex(counted: Counted, b: Builder, bound: Value, start: Value): Value {
  const { induction: { step }, closed } = counted;
  if (Math.abs(step) !== 1) return add(b, start, mul(b, steps(counted, b, bound, start), b.const(step)));
  const end = endOf(counted, b, bound);
  return closed ? end : add(b, end, b.const(-step));
}

/** Where the loop ends, as a whole number. */
function endOf({ induction: { step }, offset, closed }: Counted, b: Builder, bound: Value): Value {
  const limit = offset === 0 ? bound : sub(b, bound, b.const(offset));
  return isInteger(limit) ? limit : b.prim(closed === step > 0 ? 'floor' : 'ceil', [limit]);
}

/** How many steps it takes from the start to the last index: one less than iterations. */
function steps(counted: Counted, b: Builder, bound: Value, start: Value): Value {
  const { induction: { step }, closed } = counted;
  if (Math.abs(step) === 1) {
    const last = lastIndex(counted, b, bound, start);
    return step === 1 ? sub(b, last, start) : sub(b, start, last);
  }
  const quotient = b.quotient(sub(b, endOf(counted, b, bound), start), step);
  return closed ? b.prim('floor', [quotient]) : add(b, b.prim('ceil', [quotient]), b.const(-1));
}

/** The number of iterations: at least 0, whatever the bounds are. */
export function tripCount(counted: Counted, b: Builder, bound: Value, start: Value): Value {
  const n = plusOne(b, steps(counted, b, bound, start));
  return isNonNegative(n) ? n : b.prim('max', [n, b.const(0)], { name: 'trips' });
}

/** n + 1, where n may be m - 1 already. */
function plusOne(b: Builder, n: Value): Value {
  const op = n.def;
  const c = constantOf(n);
  if (c !== undefined) return b.const(c + 1);
  if (op instanceof Op && op.kind === 'prim' && op.attr.loose && op.attr.fn === 'add' && constantOf(op.args[1]) === -1) return op.args[0];
  if (op instanceof Op && op.kind === 'prim' && op.attr.loose && op.attr.fn === 'sub' && constantOf(op.args[1]) === 1) return op.args[0];
  return add(b, n, b.const(1));
}

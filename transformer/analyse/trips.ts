/** How often a counted loop runs, as an expression of its bound and its start. */
import type { Counted } from './loops.ts';
import { isInteger, isNonNegative } from './integers.ts';
import type { Builder } from '../ir/build.ts';
import { Op, type Value, constantOf } from '../ir/ir.ts';
import { add, mul, sub } from '../rules/arithmetic.ts';

/** The induction variable's last value: start + (trips - 1) * step, as far as it can be said simply. */
export function lastIndex({ induction: { step }, offset, closed }: Counted, b: Builder, bound: Value, start: Value): Value {
  const limit = offset === 0 ? bound : sub(b, bound, b.const(offset));
  const up = step > 0;
  const whole = isInteger(limit) ? limit : b.prim(closed ? (up ? 'floor' : 'ceil') : up ? 'ceil' : 'floor', [limit]);
  if (Math.abs(step) === 1) return closed ? whole : add(b, whole, b.const(-step));
  const span = sub(b, whole, start);
  const steps = closed ? b.prim('floor', [b.prim('div', [span, b.const(step)])])
    : add(b, b.prim('ceil', [b.prim('div', [span, b.const(step)])]), b.const(-1));
  return add(b, start, mul(b, steps, b.const(step)));
}

/** The number of iterations: at least 0, whatever the bounds are. */
export function tripCount(counted: Counted, b: Builder, bound: Value, start: Value): Value {
  const { step } = counted.induction;
  const steps = sub(b, lastIndex(counted, b, bound, start), start);
  const n = step === 1 ? plusOne(b, steps) : plusOne(b, b.prim('div', [steps, b.const(step)]));
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

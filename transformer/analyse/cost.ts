/**
 * What it costs to compute a value again, against keeping it. A value that is kept costs a store, a load and eight bytes
 * for each iteration: some two nanoseconds, a few multiplications. Arithmetic, square roots, comparisons and rounding
 * cost less or no more; exponentials, logarithms, powers, circular and hyperbolic functions, which are not
 * instructions of the processor, cost three to ten times as much.
 */
import { type Op, OPERATORS, constantOf } from '../ir/ir.ts';

const CHEAP = new Set([
  'abs', 'sqrt', 'floor', 'ceil', 'round', 'trunc', 'sign', 'max', 'min', 'fround', 'imul', 'clz32', 'stopGradient', 'isNaN', 'isFinite', 'isInteger',
]);

/** Is a scalar operation dearer to do again than its result is to keep? */
export function isDear({ kind, attr, args }: Op): boolean {
  if (kind !== 'prim') return false;
  // V8 makes a product of a square.
  if (attr.fn === 'pow') return ![2, 1, 0.5].includes(constantOf(args[1])!);
  return attr.primitive !== undefined || !(attr.fn! in OPERATORS || CHEAP.has(attr.fn!));
}

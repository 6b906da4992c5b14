/** Comparisons and choices: results are bool arrays, or chosen by them. */
import { type NDArray, type Operand, shapeOf } from './array.ts';
import { binary, common, lift } from './elementwise.ts';
import { type Scalar1, map1, select } from './kernels/map.ts';
import { broadcastShapes } from './shape.ts';

export function greater(x: Operand, y: Operand): NDArray { return binary('greater', (a, b) => +(a > b), x, y, common(x, y), 'bool'); }
export function greaterEqual(x: Operand, y: Operand): NDArray { return binary('greaterEqual', (a, b) => +(a >= b), x, y, common(x, y), 'bool'); }
export function less(x: Operand, y: Operand): NDArray { return binary('less', (a, b) => +(a < b), x, y, common(x, y), 'bool'); }
export function lessEqual(x: Operand, y: Operand): NDArray { return binary('lessEqual', (a, b) => +(a <= b), x, y, common(x, y), 'bool'); }
export function equal(x: Operand, y: Operand): NDArray { return binary('equal', (a, b) => +(a === b), x, y, common(x, y), 'bool'); }
export function notEqual(x: Operand, y: Operand): NDArray { return binary('notEqual', (a, b) => +(a !== b), x, y, common(x, y), 'bool'); }

export function logicalAnd(x: Operand, y: Operand): NDArray { return binary('logicalAnd', (a, b) => +(a !== 0 && b !== 0), x, y, common(x, y), 'bool'); }
export function logicalOr(x: Operand, y: Operand): NDArray { return binary('logicalOr', (a, b) => +(a !== 0 || b !== 0), x, y, common(x, y), 'bool'); }
export function logicalXor(x: Operand, y: Operand): NDArray { return binary('logicalXor', (a, b) => +((a !== 0) !== (b !== 0)), x, y, common(x, y), 'bool'); }
export function logicalNot(x: Operand): NDArray { return test('logicalNot', (a) => +(a === 0), x); }

export function isnan(x: Operand): NDArray { return test('isnan', (a) => +Number.isNaN(a), x); }
export function isinf(x: Operand): NDArray { return test('isinf', (a) => +(Math.abs(a) === Infinity), x); }
export function isfinite(x: Operand): NDArray { return test('isfinite', (a) => +Number.isFinite(a), x); }

/** x where the condition is true (or not 0), y elsewhere; all three are broadcast together. */
export function where(condition: Operand, x: Operand, y: Operand): NDArray {
  const test = lift(condition);
  return select(x, y, test, broadcastShapes('where', broadcastShapes('where', shapeOf(x), shapeOf(y)), test.shape), common(x, y));
}

function test(op: string, f: Scalar1, x: Operand): NDArray { return map1(lift(x), 'bool', op, f); }

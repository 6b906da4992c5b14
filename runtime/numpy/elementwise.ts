/** Elementwise arithmetic and functions, with broadcasting. Numbers may stand for arrays. */
import { type NDArray, type Operand, made, shapeOf } from './array.ts';
import { type DType, cast, floating, isFloat, promote, promoteNumber, typedArray } from './dtype.ts';
import { fail } from './errors.ts';
import { type Scalar1, type Scalar2, map1, map2 } from './kernels/map.ts';
import { broadcastShapes } from './shape.ts';
import { digamma as digamma1, erf as erf1, erfc as erfc1, lgamma as lgamma1, normcdf as normcdf1, polygamma as polygamma1 } from '../special/index.ts';

/** The dtype in which two operands meet. @internal */
export function common(x: Operand, y: Operand): DType {
  if (typeof x === 'number') return typeof y === 'number' ? 'float32' : promoteNumber(y.dtype, x);
  return typeof y === 'number' ? promoteNumber(x.dtype, y) : promote(x.dtype, y.dtype);
}

/** A number as a 0-d array; float32, if not told otherwise. @internal */
export function lift(x: Operand, dtype: DType = 'float32'): NDArray {
  if (typeof x !== 'number') return x;
  const data = typedArray(dtype, 1);
  data[0] = cast(x, dtype);
  return made([], dtype, data);
}

/** @internal */
export function binary(op: string, f: Scalar2, x: Operand, y: Operand, dtype = common(x, y), result = dtype): NDArray {
  return map2(x, y, broadcastShapes(op, shapeOf(x), shapeOf(y)), dtype, result, op, f);
}

/** A function whose result is a floating-point number, whatever its operand is. */
function float(op: string, f: Scalar1, operand: Operand): NDArray {
  const x = lift(operand);
  return map1(x, floating(x.dtype), op, f);
}

/** A function that keeps numbers whole; `whole` where integers need no computation at all. */
function keeping(op: string, f: Scalar1, operand: Operand, whole = false): NDArray {
  const x = lift(operand);
  if (x.dtype === 'bool' && !whole) fail(op, 'has no meaning for bool; convert by x.astype(…) first');
  return whole && !isFloat(x.dtype) ? x : map1(x, x.dtype, op, f);
}

/** Results of bool are bool: `add` is or, `mul` is and, as in NumPy. */
const or: Scalar2 = (x, y) => (x + y !== 0 ? 1 : 0);

export function add(x: Operand, y: Operand): NDArray {
  const dtype = common(x, y);
  return binary('add', dtype === 'bool' ? or : (a, b) => a + b, x, y, dtype);
}
export function sub(x: Operand, y: Operand): NDArray { return binary('sub', (a, b) => a - b, x, y, number('sub', common(x, y))); }
export function mul(x: Operand, y: Operand): NDArray {
  const dtype = common(x, y);
  return binary('mul', dtype === 'int32' ? Math.imul : (a, b) => a * b, x, y, dtype);
}
/** The quotient, a floating-point number for integers, too. */
export function div(x: Operand, y: Operand): NDArray { return binary('div', (a, b) => a / b, x, y, floating(common(x, y))); }
/** The power; C's, where Math.pow differs: 1 to any power is 1. */
export function pow(x: Operand, y: Operand): NDArray {
  const dtype = number('pow', common(x, y));
  return binary('pow', dtype === 'int32' ? wholePower : power, x, y, dtype);
}
/** The remainder with the divisor's sign, as in NumPy. @throws NumpyError for an integer divisor of 0. */
export function mod(x: Operand, y: Operand): NDArray {
  const dtype = number('mod', common(x, y));
  return binary('mod', dtype === 'int32' ? (a, b) => remainder(a, whole('mod', b)) : remainder, x, y, dtype);
}
/** The quotient rounded down. @throws NumpyError for an integer divisor of 0. */
export function floorDivide(x: Operand, y: Operand): NDArray {
  const dtype = number('floorDivide', common(x, y));
  return binary('floorDivide', dtype === 'int32' ? (a, b) => Math.floor(a / whole('floorDivide', b)) : floored, x, y, dtype);
}
/** NaN if one of the two is. */
export function maximum(x: Operand, y: Operand): NDArray { return binary('maximum', Math.max, x, y); }
export function minimum(x: Operand, y: Operand): NDArray { return binary('minimum', Math.min, x, y); }
export function atan2(y: Operand, x: Operand): NDArray { return binary('atan2', Math.atan2, y, x, floating(common(y, x))); }
export function hypot(x: Operand, y: Operand): NDArray { return binary('hypot', Math.hypot, x, y, floating(common(x, y))); }
/** log(exp(x) + exp(y)) without overflow. */
export function logaddexp(x: Operand, y: Operand): NDArray { return binary('logaddexp', addExponentials, x, y, floating(common(x, y))); }
/** x log y, and 0 where x is 0. */
export function xlogy(x: Operand, y: Operand): NDArray { return binary('xlogy', (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b)), x, y, floating(common(x, y))); }
/** x, not below `low` and not above `high`. */
export function clip(x: Operand, low: Operand, high: Operand): NDArray { return minimum(maximum(x, low), high); }

export function neg(x: Operand): NDArray { return keeping('neg', (a) => -a, x); }
export function abs(x: Operand): NDArray { return keeping('abs', Math.abs, x); }
export function sign(x: Operand): NDArray { return keeping('sign', Math.sign, x); }
export function square(x: Operand): NDArray { return mul(x, x); }
export function reciprocal(x: Operand): NDArray { return div(1, x); }
export function floor(x: Operand): NDArray { return keeping('floor', Math.floor, x, true); }
export function ceil(x: Operand): NDArray { return keeping('ceil', Math.ceil, x, true); }
export function trunc(x: Operand): NDArray { return keeping('trunc', Math.trunc, x, true); }
/** The nearest integer; of two, the even one. */
export function round(x: Operand): NDArray { return keeping('round', roundEven, x, true); }

export function sqrt(x: Operand): NDArray { return float('sqrt', Math.sqrt, x); }
export function cbrt(x: Operand): NDArray { return float('cbrt', Math.cbrt, x); }
export function exp(x: Operand): NDArray { return float('exp', Math.exp, x); }
export function exp2(x: Operand): NDArray { return float('exp2', (a) => 2 ** a, x); }
export function expm1(x: Operand): NDArray { return float('expm1', Math.expm1, x); }
export function log(x: Operand): NDArray { return float('log', Math.log, x); }
export function log2(x: Operand): NDArray { return float('log2', Math.log2, x); }
export function log10(x: Operand): NDArray { return float('log10', Math.log10, x); }
export function log1p(x: Operand): NDArray { return float('log1p', Math.log1p, x); }
export function sin(x: Operand): NDArray { return float('sin', Math.sin, x); }
export function cos(x: Operand): NDArray { return float('cos', Math.cos, x); }
export function tan(x: Operand): NDArray { return float('tan', Math.tan, x); }
export function asin(x: Operand): NDArray { return float('asin', Math.asin, x); }
export function acos(x: Operand): NDArray { return float('acos', Math.acos, x); }
export function atan(x: Operand): NDArray { return float('atan', Math.atan, x); }
export function sinh(x: Operand): NDArray { return float('sinh', Math.sinh, x); }
export function cosh(x: Operand): NDArray { return float('cosh', Math.cosh, x); }
export function tanh(x: Operand): NDArray { return float('tanh', Math.tanh, x); }
export function asinh(x: Operand): NDArray { return float('asinh', Math.asinh, x); }
export function acosh(x: Operand): NDArray { return float('acosh', Math.acosh, x); }
export function atanh(x: Operand): NDArray { return float('atanh', Math.atanh, x); }
export function erf(x: Operand): NDArray { return float('erf', erf1, x); }
export function erfc(x: Operand): NDArray { return float('erfc', erfc1, x); }
/** The distribution function of the standard normal distribution. */
export function normcdf(x: Operand): NDArray { return float('normcdf', normcdf1, x); }
export function lgamma(x: Operand): NDArray { return float('lgamma', lgamma1, x); }
export function digamma(x: Operand): NDArray { return float('digamma', digamma1, x); }
/** The derivative of order n of `digamma`. */
export function polygamma(n: number, x: Operand): NDArray { return float('polygamma', (a) => polygamma1(n, a), x); }
/** 1 / (1 + exp(−x)) */
export function sigmoid(x: Operand): NDArray { return float('sigmoid', logistic, x); }
/** log(1 + exp(x)) */
export function softplus(x: Operand): NDArray { return float('softplus', (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), x); }

function number(op: string, dtype: DType): DType {
  return dtype === 'bool' ? fail(op, 'has no meaning for bool; convert by x.astype(…) first') : dtype;
}

function whole(op: string, divisor: number): number { return divisor === 0 ? fail(op, 'division of an integer by 0') : divisor; }

function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

function wholePower(x: number, y: number): number {
  if (y < 0) fail('pow', `an integer to the negative power ${y}; convert by x.astype('float32') first`);
  let result = 1;
  for (; y > 0; y >>= 1, x = Math.imul(x, x)) if (y & 1) result = Math.imul(result, x);
  return result;
}

function remainder(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

function floored(x: number, y: number): number {
  return y === 0 ? x / y : Math.round((x - remainder(x, y)) / y);
}

function addExponentials(x: number, y: number): number {
  const most = Math.max(x, y);
  return Math.abs(most) === Infinity ? most : most + Math.log1p(Math.exp(Math.min(x, y) - most));
}

function roundEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

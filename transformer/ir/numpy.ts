/**
 * Operations on n-d arrays. An array is a value, like a number: an operation makes a new one and changes nothing, and its
 * cotangent is a value that is added to others. In the intermediate representation it is an `extern` without effects that
 * says which function of numpy it is; differentiation has rules for these (rules/numpy.ts), and printing writes them as
 * the user does, `np.tanh(x)` or `x.add(y)`.
 */
import { BOOLEAN, ND, NUMBER, STRING, type Type } from './types.ts';

export interface NumpyCall {
  /** The function's name, one for all of its aliases. */
  fn: string;
  form: 'function' | 'method' | 'getter';
  /** The name by which the user called it, if it is an alias. */
  as?: string;
}

/** NumPy's other names. */
const ALIASES: Record<string, string> = {
  subtract: 'sub', multiply: 'mul', divide: 'div', trueDivide: 'div', negative: 'neg', power: 'pow', absolute: 'abs',
  arcsin: 'asin', arccos: 'acos', arctan: 'atan', arctan2: 'atan2', arcsinh: 'asinh', arccosh: 'acosh', arctanh: 'atanh',
  amax: 'max', amin: 'min', concat: 'concatenate', permuteDims: 'transpose', T: 'transpose', flatten: 'ravel',
};

export function numpyName(name: string): string { return Object.hasOwn(ALIASES, name) ? ALIASES[name] : name; }

/** What arithmetic on numbers is called on arrays, where it has another name. */
const OF_SCALAR: Record<string, string> = {
  max: 'maximum', min: 'minimum', lt: 'less', le: 'lessEqual', gt: 'greater', ge: 'greaterEqual', eq: 'equal', ne: 'notEqual',
};

export function numpyOfScalar(fn: string): string { return OF_SCALAR[fn] ?? fn; }

/** Functions of each element that have no name as functions of a number, and are written out. */
const WRITTEN_OUT = ['square', 'reciprocal', 'relu', 'silu'];
const SCALARS = new Map<string, string>([
  ...Object.entries(OF_SCALAR).map(([scalar, name]) => [name, scalar] as const),
  ...[
    'add', 'sub', 'mul', 'div', 'neg', 'pow', 'exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sqrt', 'cbrt', 'abs', 'sin', 'cos', 'tan', 'asin', 'acos',
    'atan', 'atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'sign', 'floor', 'ceil', 'trunc', 'erf', 'erfc', 'normcdf', 'lgamma', 'digamma', 'sigmoid', 'softplus', 'xlogy', ...WRITTEN_OUT,
  ].map((name) => [name, name] as const),
]);

/** What a function of each element is called on numbers; undefined of one that is not the same there. */
export function scalarOfNumpy(fn: string): string | undefined { return SCALARS.get(fn); }

const LIST: Type = { kind: 'array', element: ND };
const NUMBERS: Type = { kind: 'array', element: NUMBER, readonly: true };
/** What is no array that functions and methods give. */
const RESULTS: Record<string, Type> = {
  item: NUMBER, size: NUMBER, ndim: NUMBER, shape: NUMBERS, dtype: STRING, device: STRING, toString: STRING,
  split: LIST, unstack: LIST, unconcatenate: LIST, arraySplit: LIST, array_equal: BOOLEAN, allclose: BOOLEAN, arrayEqual: BOOLEAN, allClose: BOOLEAN,
};

export function numpyResult(fn: string): Type { return Object.hasOwn(RESULTS, fn) ? RESULTS[fn] : ND; }

/** Properties of an array; `T` is an operation. */
export const GETTERS = new Set(['shape', 'size', 'ndim', 'dtype', 'device', 'T']);

/** Operations that derivatives write as methods. */
export const METHODS = new Set(['add', 'sub', 'mul', 'div', 'neg', 'matmul', 'sum', 'mean', 'item']);

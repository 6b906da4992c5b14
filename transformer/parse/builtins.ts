/** How many numbers functions of `Math` take that have a derivative; those that take any number are not among them. */
export const ARITY: Readonly<Record<string, number>> = {
  ...Object.fromEntries([
    'abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'fround', 'log', 'log10', 'log1p', 'log2',
    'sin', 'sinh', 'sqrt', 'tan', 'tanh',
  ].map((name) => [name, 1])),
  atan2: 2, pow: 2,
};

/**
 * The functions of `Math` in WGSL. Most are built in; for the others, and where the built-in one is not good in 32 bits,
 * a few lines are printed with the kernel.
 */

export interface WgslFunction {
  /** What is called; of a function with any number of arguments, for two at a time. */
  name: string;
  /** The text of what is called, where it is not built in, and what that calls. */
  text?: string;
  uses?: string[];
}

const BUILT_IN = ['abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'ceil', 'cos', 'cosh', 'exp', 'floor', 'log', 'log2', 'max', 'min', 'sign', 'sin', 'sinh', 'sqrt', 'tan', 'trunc'];

export const FUNCTIONS: Record<string, WgslFunction> = {
  ...Object.fromEntries(BUILT_IN.map((name) => [name, { name }])),
  pow: {
    name: 'power',
    text: `// WGSL's pow knows no negative bases.
fn power(x: f32, n: f32) -> f32 {
  if (n == 0.0) { return 1.0; }
  if (x == 0.0) { return select(1.0 / x, 0.0, n > 0.0); }
  let p = pow(abs(x), n);
  return select(p, -p, x < 0.0 && floor(0.5 * n) != 0.5 * n);
}`,
  },
  // tanh as sinh / cosh overflows at 90.
  tanh: { name: 'tanh_f32', text: 'fn tanh_f32(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }' },
  round: { name: 'round_up', text: 'fn round_up(x: f32) -> f32 { return floor(x + 0.5); }' },
  cbrt: { name: 'cbrt', text: 'fn cbrt(x: f32) -> f32 { return select(sign(x) * pow(abs(x), 1.0 / 3.0), 0.0, x == 0.0); }' },
  log10: { name: 'log10', text: 'fn log10(x: f32) -> f32 { return 0.4342944819 * log(x); }' },
  expm1: {
    name: 'expm1',
    text: `fn expm1(x: f32) -> f32 {
  if (abs(x) > 0.25) { return exp(x) - 1.0; }
  return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0)))));
}`,
  },
  log1p: {
    name: 'log1p',
    text: `fn log1p(x: f32) -> f32 {
  if (abs(x) > 0.25) { return log(1.0 + x); }
  let s = x / (2.0 + x); // log((1 + s) / (1 - s))
  return 2.0 * s * (1.0 + s * s * (1.0 / 3.0 + s * s * (1.0 / 5.0 + s * s / 7.0)));
}`,
  },
  hypot: {
    name: 'hypot',
    text: `fn hypot(a: f32, b: f32) -> f32 {
  let m = max(abs(a), abs(b));
  return select(m * length(vec2f(a, b) / m), 0.0, m == 0.0);
}`,
  },
  isInteger: { name: 'is_integer', text: 'fn is_integer(x: f32) -> bool { return floor(x) == x; }' },
  fround: { name: '' },
  stopGradient: { name: '' },
};

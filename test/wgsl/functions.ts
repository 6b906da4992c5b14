/** Functions of numbers that run on a GPU, as people write them. */

/** Straight arithmetic, with a negative base and with exp. */
export function gaussian(x: number, mean: number, sd: number): number {
  const z = (x - mean) / sd;
  return Math.exp(-0.5 * z ** 2) / (sd * Math.sqrt(2 * Math.PI));
}

/** One branch assigns, one returns early. */
export function huber(residual: number, delta: number): number {
  const a = Math.abs(residual);
  if (a > 10 * delta) return 9.5 * delta * delta + 0.1 * (a - 10 * delta);
  let loss = 0.5 * a * a;
  if (a > delta) {
    loss = delta * (a - 0.5 * delta);
  } else if (a < 0.01) {
    loss *= 1 + a;
  }
  return loss;
}

const LAYERS = 6;

/** A loop whose reverse sweep saves what it carried; the parameter is assigned. */
export function recurrent(x: number, weight: number, bias: number): number {
  for (let k = 0; k < LAYERS; k++) x = Math.tanh(weight * x + bias);
  return x;
}

function square(x: number): number {
  return x * x;
}

/** A helper with a loop and an early return. */
function newton(a: number, steps: number): number {
  let y = a > 1 ? a : 1;
  for (let i = 0; i < steps; i++) {
    const next = 0.5 * (y + a / y);
    if (Math.abs(next - y) < 1e-7 * y) return next;
    y = next;
  }
  return y;
}

/** Helpers; how often the loop runs is known only when it runs. */
export function distance(x: number, y: number): number {
  return newton(square(x) + square(y), 20) + Math.hypot(x, 2 * y);
}

/** Iterates until it leaves the circle: two values take turns. */
export function orbit(a: number, b: number): number {
  let [x, y] = [0, 0];
  let n = 0;
  while (x * x + y * y < 4 && n < 12) {
    [x, y] = [x * x - y * y + a, 2 * x * y + b];
    n++;
  }
  return Math.log1p(x * x + y * y) + n * a;
}

/** A table, an array of its own, a nested loop with `continue`, and a condition that is a number. */
export function quadrature(a: number, b: number, skip: number): number {
  const nodes = [-0.7745966692, 0, 0.7745966692];
  const weights = [5 / 9, 8 / 9, 5 / 9];
  const parts = new Float64Array(4);
  for (let k = 0; k < 4; k++) {
    if (skip && k === 2) continue;
    const from = a + (k * (b - a)) / 4;
    for (let i = 0; i < nodes.length; i++) {
      const x = from + ((b - a) / 8) * (1 + nodes[i]);
      parts[k] += weights[i] * Math.sin(x) * Math.expm1(0.1 * x);
    }
  }
  let sum = 0;
  for (const part of parts) sum += part;
  return ((b - a) / 8) * sum;
}

/** What WGSL has not, or not in the same way. */
export function special(x: number, y: number): number {
  const whole = Math.round(3 * x) % 4;
  let s = Math.cbrt(x) + Math.log10(y) + Math.atan2(x, y) + Math.max(x, y, 0.5) - Math.min(y, 1);
  do {
    s += (x - 2) ** 3 * 0.01 + Math.tanh(100 * x);
    x -= 1;
  } while (x > 0 && !(s > 5));
  return s + whole;
}

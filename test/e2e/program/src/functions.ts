import { stretch, weighted, type Spring } from './library.js';

// @differentiate
export function rosenbrock(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i]!;
    const b = x[i + 1]! - x[i]! * x[i]!;
    s += a * a + 100 * b * b;
  }
  return s;
}

/** @differentiate */
export function power(x: number, y: number, n = 7): number {
  for (let i = 0; i < n; i++) y = y * Math.sin(x * y);
  return x > y ? y + Math.log(x) : y - x;
}

// @differentiate wrt=spring,length
export const energy = (spring: Spring, length: number, label: string): number => {
  const force = stretch(spring, length);
  return label === 'none' ? 0 : (0.5 * force * force) / spring.stiffness;
};

// @differentiate
export function loss(w: number[][], x: number[], target: number[]): number {
  const out: number[] = [];
  for (const row of w) {
    let z = 0;
    for (let j = 0; j < row.length; j++) z += row[j]! * x[j]!;
    out.push(Math.tanh(z));
  }
  let sum = weighted(out);
  for (let i = 0; i < out.length; i++) sum += (out[i]! - target[i]!) ** 2;
  return sum;
}

// @differentiate
export default function root(a: number, x: number): number {
  let steps = 0;
  while (Math.abs(x * x - a) > 1e-3) {
    x = x - (x * x - a) / (2 * x);
    if (++steps > 50) break;
  }
  return x;
}

// @differentiate
export function polar(r: number, angle: number): [number, number] {
  return [r * Math.cos(angle), r * Math.sin(angle)];
}

// @differentiate
export function guarded(x: number): number {
  if (x < 0) {
    throw new RangeError('x is negative');
  }
  return Math.sqrt(x);
}

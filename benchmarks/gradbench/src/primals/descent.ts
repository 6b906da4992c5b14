/** Gradient descent. */

export type Objective = (x: number[]) => number;
export type Gradient = (x: number[]) => number[];

/**
 * Where f is least. The rate doubles after ten steps downwards and is halved by one upwards; it ends where the gradient,
 * or a step, is shorter than 1e-5.
 */
export function argmin(f: Objective, gradient: Gradient, start: number[]): number[] {
  let x = [...start];
  let value = f(x);
  let slope = gradient(x);
  let rate = 1e-5;
  let steps = 0;
  while (norm(slope) > 1e-5) {
    if (steps === 10) {
      rate *= 2;
      steps = 0;
      continue;
    }
    const next = x.map((xi, i) => xi - rate * slope[i]);
    if (norm(next.map((xi, i) => xi - x[i])) <= 1e-5) break;
    const nextValue = f(next);
    if (nextValue < value) {
      x = next;
      value = nextValue;
      slope = gradient(x);
      steps++;
    } else {
      rate /= 2;
      steps = 0;
    }
  }
  return x;
}

/** The unit vectors along which forward mode finds a gradient. */
export function units(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
}

function norm(x: number[]): number {
  return Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 0));
}

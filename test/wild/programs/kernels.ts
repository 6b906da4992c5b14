/** Kernel functions from a factory, and kernel ridge regression's prediction. */
export type Kernel = (a: number[], b: number[]) => number;

export type KernelName = 'linear' | 'rbf' | 'polynomial' | 'periodic';

interface KernelOptions {
  gamma?: number;
  degree?: number;
  coef0?: number;
}

const dot = (a: number[], b: number[]) => a.reduce((s, x, i) => s + x * b[i], 0);

export function makeKernel(name: KernelName, { gamma = 1, degree = 3, coef0 = 1 }: KernelOptions = {}): Kernel {
  switch (name) {
    case 'linear':
      return dot;
    case 'rbf':
      return (a, b) => Math.exp(-gamma * a.reduce((s, x, i) => s + (x - b[i]) ** 2, 0));
    case 'polynomial':
      return (a, b) => (gamma * dot(a, b) + coef0) ** degree;
    case 'periodic':
      return (a, b) => {
        const s = Math.sin(gamma * Math.sqrt(a.reduce((t, x, i) => t + (x - b[i]) ** 2, 0)));
        return Math.exp(-2 * s * s);
      };
    default:
      throw new Error(`no kernel ${name}`);
  }
}

// @differentiate
export function predict(kind: KernelName, gamma: number, support: number[][], alphas: number[], x: number[]): number {
  const kernel = makeKernel(kind, { gamma });
  return support.reduce((sum, s, i) => sum + alphas[i] * kernel(s, x), 0);
}

/** Norm in the space of a sum of two kernels. */
// @differentiate
export function norm(points: number[][], gamma: number): number {
  const combine = (k1: Kernel, k2: Kernel): Kernel => (a, b) => k1(a, b) + 0.5 * k2(a, b);
  const k = combine(makeKernel('rbf', { gamma }), makeKernel('polynomial', { degree: 2 }));
  let total = 0;
  for (const p of points) for (const q of points) total += k(p, q);
  return Math.sqrt(total);
}

/** Natural cubic spline through points, evaluated by binary search. */
interface Spline {
  xs: number[];
  ys: number[];
  second: number[];
}

function fitSpline(xs: number[], ys: number[]): Spline {
  const n = xs.length;
  const second = new Array(n).fill(0);
  const u = new Array(n).fill(0);
  for (let i = 1; i < n - 1; i++) {
    const sig = (xs[i] - xs[i - 1]) / (xs[i + 1] - xs[i - 1]);
    const p = sig * second[i - 1] + 2;
    second[i] = (sig - 1) / p;
    const d = (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]) - (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1]);
    u[i] = ((6 * d) / (xs[i + 1] - xs[i - 1]) - sig * u[i - 1]) / p;
  }
  for (let k = n - 2; k >= 0; k--) second[k] = second[k] * second[k + 1] + u[k];
  return { xs, ys, second };
}

function evaluateSpline({ xs, ys, second }: Spline, x: number): number {
  let lo = 0;
  let hi = xs.length - 1;
  while (hi - lo > 1) {
    const mid = Math.floor((lo + hi) / 2);
    if (xs[mid] > x) hi = mid;
    else lo = mid;
  }
  const h = xs[hi] - xs[lo];
  if (h === 0) throw new Error('x values must be distinct');
  const a = (xs[hi] - x) / h;
  const b = (x - xs[lo]) / h;
  return a * ys[lo] + b * ys[hi] + ((a ** 3 - a) * second[lo] + (b ** 3 - b) * second[hi]) * (h * h) / 6;
}

// @differentiate
export function interpolate(points: [number, number][], x: number): number {
  const sorted = [...points].sort((p, q) => p[0] - q[0]);
  const spline = fitSpline(sorted.map((p) => p[0]), sorted.map((p) => p[1]));
  return evaluateSpline(spline, x);
}

// @differentiate
export function fitError(knots: Float64Array, heights: Float64Array, data: Array<{ x: number; y: number }>): number {
  const spline = fitSpline([...knots], [...heights]);
  let sse = 0;
  for (const { x, y } of data) {
    const r = y - evaluateSpline(spline, x);
    sse += r * r;
  }
  return sse;
}

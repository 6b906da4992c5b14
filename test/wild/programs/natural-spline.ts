/** Natural cubic spline by the Thomas algorithm, as a closure that is evaluated at many points. */
export type Curve = (t: number) => number;

function thomas(lower: number[], diagonal: number[], upper: number[], rhs: number[]): number[] {
  const n = rhs.length;
  const c = upper.slice();
  const d = rhs.slice();
  c[0]! /= diagonal[0]!;
  d[0]! /= diagonal[0]!;
  for (let i = 1; i < n; i++) {
    const m = diagonal[i]! - lower[i]! * c[i - 1]!;
    c[i] = c[i]! / m;
    d[i] = (d[i]! - lower[i]! * d[i - 1]!) / m;
  }
  for (let i = n - 2; i >= 0; i--) d[i]! -= c[i]! * d[i + 1]!;
  return d;
}

export function naturalSpline(knots: number[], values: number[]): Curve {
  const n = knots.length;
  const h = knots.slice(1).map((k, i) => k - knots[i]!);
  const lower: number[] = [], diagonal: number[] = [], upper: number[] = [], rhs: number[] = [];
  for (let i = 0; i < n; i++) {
    const end = i === 0 || i === n - 1;
    lower.push(end ? 0 : h[i - 1]!);
    diagonal.push(end ? 1 : 2 * (h[i - 1]! + h[i]!));
    upper.push(end ? 0 : h[i]!);
    rhs.push(end ? 0 : 6 * ((values[i + 1]! - values[i]!) / h[i]! - (values[i]! - values[i - 1]!) / h[i - 1]!));
  }
  const m = thomas(lower, diagonal, upper, rhs);
  return (t) => {
    let i = 0;
    while (i < n - 2 && t > knots[i + 1]!) i++;
    const [a, b] = [(knots[i + 1]! - t) / h[i]!, (t - knots[i]!) / h[i]!];
    return a * values[i]! + b * values[i + 1]! + (((a ** 3 - a) * m[i]! + (b ** 3 - b) * m[i + 1]!) * h[i]! ** 2) / 6;
  };
}

const integrate = (f: Curve, a: number, b: number, n = 8): number => {
  const h = (b - a) / n;
  let s = (f(a) + f(b)) / 2;
  for (let i = 1; i < n; i++) s += f(a + i * h);
  return s * h;
};

// @differentiate
export function workDone(knots: number[], forces: number[], from: number, to: number): number {
  const force = naturalSpline(knots, forces);
  return integrate((t) => force(t) * (1 + 0.1 * t), from, to);
}

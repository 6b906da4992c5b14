/** Gauss–Legendre quadrature; nodes and weights are computed once for each order. */
type Rule = { nodes: number[]; weights: number[] };

const cache = new Map<number, Rule>();

function legendre(n: number, x: number): { p: number; dp: number } {
  let [p0, p1] = [1, x];
  for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
  return { p: p1, dp: (n * (x * p1 - p0)) / (x * x - 1) };
}

function ruleOf(n: number): Rule {
  const known = cache.get(n);
  if (known) return known;
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = 1; i <= n; i++) {
    let x = Math.cos((Math.PI * (i - 0.25)) / (n + 0.5));
    let derivative = 0;
    for (let step = 0; step < 20; step++) {
      const { p, dp } = legendre(n, x);
      derivative = dp;
      const dx = p / dp;
      x -= dx;
      if (Math.abs(dx) < 1e-15) break;
    }
    nodes.push(x);
    weights.push(2 / ((1 - x * x) * derivative ** 2));
  }
  const rule = { nodes, weights };
  cache.set(n, rule);
  return rule;
}

export function integrate(f: (x: number) => number, a: number, b: number, n = 5): number {
  const { nodes, weights } = ruleOf(n);
  const half = (b - a) / 2;
  const middle = (a + b) / 2;
  return half * nodes.reduce((sum, x, i) => sum + weights[i]! * f(middle + half * x), 0);
}

// @differentiate
export function arcLength(a: number, b: number, frequency: number): number {
  return integrate((x) => Math.sqrt(1 + (frequency * Math.cos(frequency * x)) ** 2), a, b, 6);
}

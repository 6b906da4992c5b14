/** Explicit Runge–Kutta methods from their Butcher tableaux. */
interface Tableau { readonly a: readonly (readonly number[])[]; readonly b: readonly number[]; readonly c: readonly number[] }

const TABLEAUX = {
  heun: { a: [[], [1]], b: [0.5, 0.5], c: [0, 1] },
  rk4: { a: [[], [0.5], [0, 0.5], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6], c: [0, 0.5, 0.5, 1] },
} as const satisfies Record<string, Tableau>;

type Field = (t: number, y: readonly number[]) => number[];

function step(method: Tableau, f: Field, t: number, y: readonly number[], h: number): number[] {
  const k: number[][] = [];
  method.c.forEach((c, s) => {
    const at = y.map((yi, i) => yi + h * (method.a[s] ?? []).reduce((sum, a, j) => sum + a * k[j]![i]!, 0));
    k.push(f(t + c * h, at));
  });
  return y.map((yi, i) => yi + h * method.b.reduce((sum, b, s) => sum + b * k[s]![i]!, 0));
}

// @differentiate
export function vanDerPol(method: keyof typeof TABLEAUX, y0: [number, number], mu: number, duration: number): number {
  const steps = 5;
  let y: number[] = [...y0];
  for (let n = 0, h = duration / steps; n < steps; n++) y = step(TABLEAUX[method], (_t, [x = 0, v = 0]) => [v, mu * (1 - x * x) * v - x], n * h, y, h);
  return Math.hypot(...y);
}

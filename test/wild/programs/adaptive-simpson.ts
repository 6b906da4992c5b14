/** Adaptive Simpson quadrature by recursion, applied to a few integrals with parameters. */
type Integrand = (x: number) => number;

function simpson(fa: number, fm: number, fb: number, h: number): number {
  return (h / 6) * (fa + 4 * fm + fb);
}

function refine(f: Integrand, a: number, fa: number, m: number, fm: number, b: number, fb: number, whole: number, eps: number, depth: number): number {
  const lm = (a + m) / 2;
  const rm = (m + b) / 2;
  const flm = f(lm);
  const frm = f(rm);
  const left = simpson(fa, flm, fm, m - a);
  const right = simpson(fm, frm, fb, b - m);
  const delta = left + right - whole;
  if (depth <= 0 || Math.abs(delta) <= 15 * eps) return left + right + delta / 15;
  return refine(f, a, fa, lm, flm, m, fm, left, eps / 2, depth - 1)
    + refine(f, m, fm, rm, frm, b, fb, right, eps / 2, depth - 1);
}

export function integrate(f: Integrand, a: number, b: number, eps = 1e-6): number {
  const m = (a + b) / 2;
  const [fa, fm, fb] = [f(a), f(m), f(b)];
  return refine(f, a, fa, m, fm, b, fb, simpson(fa, fm, fb, b - a), eps, 20);
}

/** The period of a pendulum. */
// @differentiate
export function period(length: number, amplitude: number, gravity = 9.81): number {
  const k = Math.sin(amplitude / 2);
  return 4 * Math.sqrt(length / gravity) * integrate((phi) => 1 / Math.sqrt(1 - (k * Math.sin(phi)) ** 2), 0, Math.PI / 2);
}

// @differentiate
export function probability(mean: number, sigma: number, low: number, high: number): number {
  const density = (x: number) => Math.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
  return integrate(density, low, high, 1e-5);
}

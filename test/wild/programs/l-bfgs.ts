type Vec = number[];
const dot = (a: Vec, b: Vec) => a.reduce((s, x, i) => s + x * b[i], 0);
const axpy = (alpha: number, x: Vec, y: Vec): Vec => y.map((v, i) => v + alpha * x[i]);
const scale = (x: Vec, s: number): Vec => x.map((v) => v * s);
/** A fixed number of L-BFGS steps on a quadratic bowl with a quartic term. */
// @differentiate
export function minimise(start: Vec, target: Vec, stiffness: number, iterations: number): number {
  const f = (x: Vec) => x.reduce((s, v, i) => s + stiffness * (v - target[i]) ** 2 + 0.1 * v ** 4, 0);
  const g = (x: Vec) => x.map((v, i) => 2 * stiffness * (v - target[i]) + 0.4 * v ** 3);
  let x = [...start];
  let gradient = g(x);
  const memory: { s: Vec; y: Vec; rho: number }[] = [];
  for (let it = 0; it < iterations; it++) {
    let q = gradient.slice();
    const alphas: number[] = [];
    for (let i = memory.length - 1; i >= 0; i--) {
      const { s, y, rho } = memory[i];
      const a = rho * dot(s, q);
      alphas.unshift(a);
      q = axpy(-a, y, q);
    }
    if (memory.length > 0) {
      const { s, y } = memory[memory.length - 1];
      q = scale(q, dot(s, y) / dot(y, y));
    } else q = scale(q, 0.1);
    memory.forEach(({ s, y, rho }, i) => { q = axpy(alphas[i] - rho * dot(y, q), s, q); });
    const next = axpy(-1, q, x);
    const nextGradient = g(next);
    const s = axpy(-1, x, next), y = axpy(-1, gradient, nextGradient);
    memory.push({ s, y, rho: 1 / dot(s, y) });
    if (memory.length > 2) memory.shift();
    [x, gradient] = [next, nextGradient];
  }
  return f(x) + x[0];
}

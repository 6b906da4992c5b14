/** Runge–Kutta of fourth order for y₀′ = x₀, yᵢ′ = xᵢ yᵢ₋₁ from y = 0 at t = 0 to t = 2, in `steps` steps. */
// @differentiate
export function solve(x: Float64Array, steps: number): Float64Array {
  const n = x.length;
  const h = 2 / steps;
  const y = new Float64Array(n);
  const at = new Float64Array(n);
  const k1 = new Float64Array(n);
  const k2 = new Float64Array(n);
  const k3 = new Float64Array(n);
  const k4 = new Float64Array(n);
  for (let step = 0; step < steps; step++) {
    slope(x, y, k1);
    for (let i = 0; i < n; i++) at[i] = y[i] + (h / 2) * k1[i];
    slope(x, at, k2);
    for (let i = 0; i < n; i++) at[i] = y[i] + (h / 2) * k2[i];
    slope(x, at, k3);
    for (let i = 0; i < n; i++) at[i] = y[i] + h * k3[i];
    slope(x, at, k4);
    for (let i = 0; i < n; i++) y[i] += (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return y;
}

/** The derivative of y by time, into k. */
function slope(x: Float64Array, y: Float64Array, k: Float64Array): void {
  k[0] = x[0];
  for (let i = 1; i < x.length; i++) k[i] = x[i] * y[i - 1];
}

/** The last component, whose gradient is asked for. */
// @differentiate
export function lastComponent(x: Float64Array, steps: number): number {
  return solve(x, steps)[x.length - 1];
}

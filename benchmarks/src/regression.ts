/** Ridge regression: how a validation loss depends on the regularisation θ, by four ways to differentiate the fit. */
import { grad } from 'tapeless';
import { argmin } from 'tapeless/implicit';

/** A matrix A by rows, and the vector b. */
export interface Data {
  a: Float64Array;
  b: Float64Array;
}

/** A x − b */
function residual({ a, b }: Data, x: Float64Array): Float64Array {
  const r = new Float64Array(b.length);
  for (let i = 0; i < b.length; i++) {
    let s = -b[i];
    for (let j = 0; j < x.length; j++) s += a[i * x.length + j] * x[j];
    r[i] = s;
  }
  return r;
}

/** ½ |A x − b|² */
export function misfit(x: Float64Array, data: Data): number {
  let s = 0;
  for (const e of residual(data, x)) s += e * e;
  return 0.5 * s;
}

/** E(x, θ) = ½ |A x − b|² + ½ θ |x|² */
export function energy(x: Float64Array, theta: number, data: Data): number {
  let s = 0;
  for (let j = 0; j < x.length; j++) s += x[j] * x[j];
  return misfit(x, data) + 0.5 * theta * s;
}

/** (AᵀA + θ I)⁻¹ v, by Cholesky's decomposition. */
function solve(theta: number, { a, b }: Data, v: Float64Array): Float64Array {
  const n = v.length;
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k <= j; k++) {
      let s = j === k ? theta : 0;
      for (let i = 0; i < b.length; i++) s += a[i * n + j] * a[i * n + k];
      for (let i = 0; i < k; i++) s -= l[j * n + i] * l[k * n + i];
      l[j * n + k] = j === k ? Math.sqrt(s) : s / l[k * n + k];
    }
  }
  const x = v.slice();
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) x[j] -= l[j * n + i] * x[i];
    x[j] /= l[j * n + j];
  }
  for (let j = n - 1; j >= 0; j--) {
    for (let i = j + 1; i < n; i++) x[j] -= l[i * n + j] * x[i];
    x[j] /= l[j * n + j];
  }
  return x;
}

/** x*(θ), where E is least. */
export function fit(theta: number, data: Data): Float64Array {
  const n = data.a.length / data.b.length;
  const v = new Float64Array(n);
  for (let i = 0; i < data.b.length; i++) for (let j = 0; j < n; j++) v[j] += data.a[i * n + j] * data.b[i];
  return solve(theta, data, v);
}

/** The derivative in closed form: of the fit, (AᵀA + θ I) ∂x* = −x*; of the loss, the residual times A ∂x*. */
export function closedForm(theta: number, train: Data, validation: Data): number {
  const x = fit(theta, train);
  const slope = solve(theta, train, x.map((v) => -v));
  const r = residual(validation, x);
  let s = 0;
  for (let i = 0; i < r.length; i++) for (let j = 0; j < x.length; j++) s += r[i] * validation.a[i * x.length + j] * slope[j];
  return s;
}

const best = argmin(energy)((theta: number, data: Data) => fit(theta, data));

/** The validation loss, by a solver that is not differentiated. */
export function byArgmin(theta: number, train: Data, validation: Data): number {
  return misfit(best(theta, train), validation);
}

/** The validation loss, by steps of gradient descent that are. */
export function unrolled(theta: number, train: Data, validation: Data, steps: number, rate: number): number {
  const x = new Float64Array(train.a.length / train.b.length);
  for (let k = 0; k < steps; k++) {
    const g = grad(energy)(x, theta, train);
    for (let j = 0; j < x.length; j++) x[j] -= rate * g[j];
  }
  return misfit(x, validation);
}

/** The same with twelve snapshots. */
export function checkpointed(theta: number, train: Data, validation: Data, steps: number, rate: number): number {
  const x = new Float64Array(train.a.length / train.b.length);
  // @checkpoint snapshots=12
  for (let k = 0; k < steps; k++) {
    const g = grad(energy)(x, theta, train);
    for (let j = 0; j < x.length; j++) x[j] -= rate * g[j];
  }
  return misfit(x, validation);
}

/** The derivatives with respect to θ. */
export const slopes = { argmin: grad(byArgmin), unrolled: grad(unrolled), checkpointed: grad(checkpointed) };

/** Data without randomness: a matrix of `rows` × `columns`, and what a smooth x would give, with an error. */
export function dataOf(rows: number, columns: number, phase: number): Data {
  const a = Float64Array.from({ length: rows * columns }, (_, k) => {
    const h = Math.sin(12.9898 * (k + 1) + 78.233 * phase) * 43758.5453;
    return 2 * (h - Math.floor(h)) - 1;
  });
  const b = Float64Array.from({ length: rows }, (_, i) => {
    let s = 0.3 * Math.sin(7 * i + phase);
    for (let j = 0; j < columns; j++) s += a[i * columns + j] * Math.cos(j);
    return s;
  });
  return { a, b };
}

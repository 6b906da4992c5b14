/** Adam inside a function, parameters as a dictionary of arrays, generic tree map, Object.entries / fromEntries. */
type Params = Record<string, number[]>;
const mapParams = (f: (v: number, key: string, i: number) => number, p: Params): Params =>
  Object.fromEntries(Object.entries(p).map(([key, values]) => [key, values.map((v, i) => f(v, key, i))]));
function loss(p: Params, xs: readonly number[], ys: readonly number[]): number {
  let s = 0;
  xs.forEach((x, i) => {
    const h = p.w.map((w, k) => Math.tanh(w * x + p.b[k]));
    const y = h.reduce((acc, v, k) => acc + v * p.out[k], 0);
    s += (y - ys[i]) ** 2;
  });
  return s / xs.length;
}
// @differentiate
export function perturbed(params: Params, scale: number): number {
  const scaled = mapParams((v, key) => (key === 'b' ? v : v * scale), params);
  let norm = 0;
  for (const [key, values] of Object.entries(scaled)) {
    const weight = key === 'out' ? 0.1 : 0.01;
    for (const v of values) norm += weight * v * v;
  }
  return loss(scaled, [-1, 0, 0.5, 1.5], [0.2, -0.4, 0.3, 1]) + norm;
}

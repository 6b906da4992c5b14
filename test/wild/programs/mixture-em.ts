/** Expectation–maximisation for a one-dimensional mixture of Gaussians; the likelihood after some steps. */
type Component = { weight: number; mean: number; variance: number };

const density = (x: number, { mean, variance }: Component) => Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
const normalise = (xs: number[]) => {
  const total = sum(xs);
  return xs.map((x) => x / total);
};

function expectation(data: number[], components: Component[]): number[][] {
  return data.map((x) => normalise(components.map((c) => c.weight * density(x, c))));
}

function maximisation(data: number[], responsibilities: number[][], k: number): Component[] {
  return [...Array(k).keys()].map((j) => {
    const r = responsibilities.map((row) => row[j]!);
    const n = sum(r);
    const mean = sum(r.map((w, i) => w * data[i]!)) / n;
    const variance = Math.max(sum(r.map((w, i) => w * (data[i]! - mean) ** 2)) / n, 1e-3);
    return { weight: n / data.length, mean, variance };
  });
}

// @differentiate
export function fittedLogLikelihood(data: number[], initialMeans: number[], steps: number): number {
  let components: Component[] = initialMeans.map((mean) => ({ weight: 1 / initialMeans.length, mean, variance: 1 }));
  while (steps-- > 0) components = maximisation(data, expectation(data, components), components.length);
  return data.map((x) => Math.log(sum(components.map((c) => c.weight * density(x, c))))).reduce((a, b) => a + b);
}

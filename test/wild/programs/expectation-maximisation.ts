interface Component { weight: number; mean: number; sd: number }
type Responsibilities = number[][];
const gaussian = (x: number, { mean, sd }: Component) => Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));
function eStep(data: readonly number[], components: Component[]): Responsibilities {
  return data.map((x) => {
    const joint = components.map((c) => c.weight * gaussian(x, c));
    const total = joint.reduce((a, b) => a + b);
    return joint.map((j) => j / total);
  });
}
function mStep(data: readonly number[], r: Responsibilities): Component[] {
  const k = r[0].length;
  const result: Component[] = [];
  for (let j = 0; j < k; j++) {
    const column = r.map((row) => row[j]);
    const n = column.reduce((a, b) => a + b, 0);
    const mean = data.reduce((s, x, i) => s + x * column[i], 0) / n;
    const variance = data.reduce((s, x, i) => s + column[i] * (x - mean) ** 2, 0) / n;
    result.push({ weight: n / data.length, mean, sd: Math.sqrt(variance + 1e-3) });
  }
  return result;
}
/** Log-likelihood after a few steps of EM from given centres. */
// @differentiate
export function fitted(data: number[], centres: number[], steps = 3): number {
  let components: Component[] = centres.map((mean) => ({ weight: 1 / centres.length, mean, sd: 1 }));
  for (let i = 0; i < steps; i++) components = mStep(data, eStep(data, components));
  return data.map((x) => Math.log(components.map((c) => c.weight * gaussian(x, c)).reduce((a, b) => a + b))).reduce((a, b) => a + b);
}

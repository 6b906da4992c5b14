/** Residuals of curve fits, with the model passed as a callback. */
export type ModelFunction = (x: number, parameters: readonly number[]) => number;

export interface Observation {
  x: number;
  y: number;
  sigma?: number;
}

function residuals(model: ModelFunction, parameters: readonly number[], data: Observation[]): number[] {
  return data.map(({ x, y, sigma = 1 }) => (model(x, parameters) - y) / sigma);
}

const peak: ModelFunction = (x, [height, center, width, offset]) =>
  offset + height * Math.exp(-(((x - center) / width) ** 2));

function decay(x: number, [amplitude, rate]: readonly number[]): number {
  return amplitude * Math.exp(-rate * x);
}

// @differentiate
export function peakResiduals(parameters: number[], data: Observation[]): number[] {
  return residuals(peak, parameters, data);
}

// @differentiate
export function chiSquared(parameters: number[], data: Observation[], which: 'peak' | 'decay'): number {
  const model = which === 'peak' ? peak : decay;
  return residuals(model, parameters, data).reduce((sum, r) => sum + r * r, 0);
}

// @differentiate
export function robustLoss(parameters: number[], data: Observation[], huber = 1.0): number {
  const rho = (r: number) => {
    const size = Math.abs(r);
    return size <= huber ? 0.5 * r * r : huber * (size - 0.5 * huber);
  };
  return residuals((x, p) => p[0] + p[1] * x, parameters, data).map(rho).reduce((a, b) => a + b, 0);
}

/** Positions on Kepler orbits: Newton's method for the eccentric anomaly. */
export interface OrbitalElements {
  semiMajorAxis: number;
  eccentricity: number;
  argumentOfPeriapsis?: number;
  meanAnomalyAtEpoch?: number;
}

const TAU = 2 * Math.PI;
const MAX_ITERATIONS = 30;

export class ConvergenceError extends Error {}

function solveKepler(meanAnomaly: number, e: number, tolerance = 1e-14): number {
  let E = e < 0.8 ? meanAnomaly : Math.PI;
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const delta = (E - e * Math.sin(E) - meanAnomaly) / (1 - e * Math.cos(E));
    E -= delta;
    if (Math.abs(delta) < tolerance) return E;
  }
  throw new ConvergenceError(`no solution for M = ${meanAnomaly}`);
}

// @differentiate
export function positionAt(elements: OrbitalElements, t: number, mu = 1): { x: number; y: number; r: number } {
  const { semiMajorAxis: a, eccentricity: e, argumentOfPeriapsis = 0, meanAnomalyAtEpoch = 0 } = elements;
  const n = Math.sqrt(mu / a ** 3);
  const M = (((meanAnomalyAtEpoch + n * t) % TAU) + TAU) % TAU;
  const E = solveKepler(M, e);
  const nu = 2 * Math.atan2(Math.sqrt(1 + e) * Math.sin(E / 2), Math.sqrt(1 - e) * Math.cos(E / 2));
  const r = a * (1 - e * Math.cos(E));
  const angle = nu + argumentOfPeriapsis;
  return { x: r * Math.cos(angle), y: r * Math.sin(angle), r };
}

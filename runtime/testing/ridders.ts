/**
 * Ridders' method: a central difference (F(h) − F(−h)) / 2h has an error series in h², so differences with shrinking h
 * can be extrapolated to h = 0 (Richardson); it stops where rounding begins to outweigh what extrapolation gains.
 * C. J. F. Ridders, "Accurate computation of F′(x) and F′(x) F″(x)", Advances in Engineering Software 4 (1982), 75–76.
 */
const SHRINK = 1.6;
const ROWS = 14;

/**
 * The derivative at 0 of a curve of vectors by Ridders' method, with an estimate of its error.
 * Points where the curve is not finite (outside of its domain) count as steps that were too large.
 */
export function ridders(curve: (t: number) => number[], step: number): { slope: number[]; error: number } {
  let best = { slope: [] as number[], error: Infinity };
  let previous: number[][] = [];
  for (let row = 0, h = step; row < ROWS; row++, h /= SHRINK) {
    const plus = curve(h);
    const minus = curve(-h);
    const current = [plus.map((p, i) => (p - minus[i]) / (2 * h))];
    if (row === 0) best.slope = current[0];
    let factor = SHRINK ** 2;
    for (let k = 0; k < previous.length; k++, factor *= SHRINK ** 2) {
      const next = current[k].map((c, i) => (c * factor - previous[k][i]) / (factor - 1));
      const error = Math.max(distance(next, current[k]), distance(next, previous[k]));
      if (error <= best.error) best = { slope: next, error };
      current.push(next);
    }
    const last = previous.at(-1);
    if (last && distance(current.at(-1)!, last) > 4 * best.error) break;
    previous = current[0].every(Number.isFinite) ? current : [];
  }
  return best;
}

function distance(a: number[], b: number[]): number {
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - b[i])), 0);
}

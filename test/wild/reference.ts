/**
 * The reference that knows nothing of the compiler or of the oracle: central differences of the program itself,
 * extrapolated to step zero (Richardson). Of several first steps each component takes the extrapolation that
 * changes least from one row of the tableau to the next; so a kink in the neighbourhood, or rounding, only
 * rules out the steps that feel it.
 */
const FIRST_STEPS = [0.2, 0.03, 3e-3, 3e-4];
const ROWS = 7;

export interface Derivative {
  value: number[];
  /** How far each component may be off. */
  error: number[];
}

/** The derivative at zero of a function of one variable with several results. */
export function differentiate(f: (t: number) => number[], scale = 1): Derivative {
  let best: Derivative | undefined;
  for (const first of FIRST_STEPS) {
    let h = first * scale;
    let above: number[][] = [];
    for (let row = 0; row < ROWS; row++, h /= 2) {
      let left: number[], right: number[];
      try {
        [left, right] = [f(-h), f(h)];
      } catch {
        // The step leaves what the program is defined for.
        above = [];
        continue;
      }
      if (row > 0 && above.length === 0) row = 0;
      const current = [right.map((y, i) => (y - left[i]) / (2 * h))];
      for (let column = 1; column <= row; column++) {
        const [finer, coarser] = [current[column - 1], above[column - 1]];
        const next = finer.map((d, i) => d + (d - coarser[i]) / (4 ** column - 1));
        current.push(next);
        best ??= { value: next.slice(), error: next.map(() => Infinity) };
        next.forEach((d, i) => {
          const error = Math.max(Math.abs(d - finer[i]), Math.abs(d - coarser[i]));
          if (error < best!.error[i]) [best!.value[i], best!.error[i]] = [d, error];
        });
      }
      above = current;
    }
  }
  return best!;
}

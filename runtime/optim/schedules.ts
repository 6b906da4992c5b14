/** Learning rates as functions of the number of steps taken, with optax's names and formulas. */
export type Schedule = (count: number) => number;

export function constantSchedule(value: number): Schedule { return () => value; }

/** From `start` to `end` in `steps` steps by (1 − t)^power; constant before `begin` and after the end. */
export function polynomialSchedule(start: number, end: number, power: number, steps: number, begin = 0): Schedule {
  return (count) => (start - end) * (1 - Math.min(Math.max(count - begin, 0), steps) / steps) ** power + end;
}

export function linearSchedule(start: number, end: number, steps: number, begin = 0): Schedule { return polynomialSchedule(start, end, 1, steps, begin); }

export interface Decay { begin?: number; staircase?: boolean; end?: number }
/** start · rate^(count / steps), a staircase if so asked, not beyond `end`. */
export function exponentialDecay(start: number, steps: number, rate: number, { begin = 0, staircase = false, end }: Decay = {}): Schedule {
  return (count) => {
    if (count <= begin) return start;
    const t = (count - begin) / steps;
    const value = start * rate ** (staircase ? Math.floor(t) : t);
    return end === undefined ? value : rate < 1 ? Math.max(value, end) : Math.min(value, end);
  };
}

/** Half a cosine from `start` to alpha · start in `steps` steps. I. Loshchilov and F. Hutter, "SGDR", arXiv:1608.03983. */
export function cosineDecaySchedule(start: number, steps: number, alpha = 0, exponent = 1): Schedule {
  return (count) => start * ((1 - alpha) * (0.5 * (1 + Math.cos((Math.PI * Math.min(count, steps)) / steps))) ** exponent + alpha);
}

/** Linear from `start` to `peak` in `warmup` steps, then a cosine to `end` at step `steps`. */
export function warmupCosineDecaySchedule(start: number, peak: number, warmup: number, steps: number, end = 0): Schedule {
  return joinSchedules([linearSchedule(start, peak, warmup), cosineDecaySchedule(peak, steps - warmup, peak === 0 ? 0 : end / peak)], [warmup]);
}

/** `start`, multiplied by each scale from its boundary on. */
export function piecewiseConstantSchedule(start: number, scales: Readonly<Record<number, number>>): Schedule {
  return (count) => Object.entries(scales).reduce((value, [at, scale]) => (count >= Number(at) ? value * scale : value), start);
}

/** One schedule after the other, each counting from its boundary. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  return (count) => {
    const i = boundaries.filter((b) => count >= b).length;
    return schedules[i](count - (boundaries[i - 1] ?? 0));
  };
}

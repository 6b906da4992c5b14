/** Distance of two time series by dynamic time warping, hard and soft. */

// @differentiate
export function dtw(a: number[], b: number[]): number {
  const n = a.length;
  const m = b.length;
  const cost: number[][] = Array.from({ length: n + 1 }, () => Array(m + 1).fill(Infinity));
  cost[0][0] = 0;
  for (let i = 1; i <= n; i++) {
    for (let j = 1; j <= m; j++) {
      const d = (a[i - 1] - b[j - 1]) ** 2;
      cost[i][j] = d + Math.min(cost[i - 1][j], cost[i][j - 1], cost[i - 1][j - 1]);
    }
  }
  return Math.sqrt(cost[n][m]);
}

const SMOOTHING = 0.1;

const softMin = (...values: number[]) => {
  const least = Math.min(...values);
  if (least === Infinity) return Infinity;
  return least - SMOOTHING * Math.log(values.reduce((sum, v) => sum + Math.exp((least - v) / SMOOTHING), 0));
};

// @differentiate
export function softDtw(a: number[], b: number[]): number {
  let previous = [0, ...b.map(() => Infinity)];
  for (const x of a) {
    const current = [Infinity];
    for (const [j, y] of b.entries()) {
      current.push((x - y) ** 2 + softMin(previous[j], previous[j + 1], current[j]));
    }
    previous = current;
  }
  return previous[b.length];
}

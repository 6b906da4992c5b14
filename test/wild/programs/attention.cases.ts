const w = (r: number, c: number, k: number) => Array.from({ length: r }, (_, i) => Array.from({ length: c }, (_, j) => Math.sin(k + 3 * i + 7 * j)));
const head = (k: number) => ({ query: w(3, 2, k), key: w(3, 2, k + 1), value: w(3, 2, k + 2) });
export const cases = { blockLoss: [[{ heads: [head(0.2), head(4)], output: w(4, 3, 9), gain: [1, 0.8, 1.2] }, w(3, 3, 1.5), w(3, 3, 5)]] };

const [a, b] = [[0.1, 0.9, 1.7, 1.2, 0.2], [0.0, 0.3, 1.1, 1.9, 1.6, 0.4]];
export const cases = { dtw: [[a, b]], softDtw: [[a, b]] };

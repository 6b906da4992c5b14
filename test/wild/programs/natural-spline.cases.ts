export const cases = { workDone: [[[0, 0.8, 1.9, 3], [1, 2.3, 0.7, 1.6], 0.17, 2.71]] };

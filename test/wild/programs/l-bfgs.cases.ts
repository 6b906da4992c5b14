export const cases = { minimise: [[[1, -0.5], [0.3, 0.8], 1.3, 2], [[0.4, 0.9, -0.2], [0.1, 0.2, 0.3], 0.7, 3]] };
export const fixed = [3];

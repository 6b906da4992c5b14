export const cases = { productAt: [[[1, 0.5, -2], [0.3, 1.1, 0, 0.7], 0.8]] };

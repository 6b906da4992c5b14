export const cases = { period: [[1.2, 0.9], [0.6, 1.4, 1.62]], probability: [[0.3, 0.8, -0.5, 1.7]] };

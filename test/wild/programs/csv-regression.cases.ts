export const cases = { prediction: [['x, y\n0, 1.1\n1, 1.9\n# comment\n2, 4.3\n3,8.8\n', 1.4, { ridge: 0.1 }, 0.3]] };

export const cases = { simulate: [[0.21, 0.3, 1.2, 0.31, 12], [0.4, 0.5, 1.5, 0.2, 20]] };
export const fixed = [2, 3, 4];

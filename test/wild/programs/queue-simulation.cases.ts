export const cases = { meanWait: [[2.1, 0.9, [[0.3, 0.7], [0.1, 0.8], [0.4, 0.3], [0.2, 0.9], [0.05, 0.5], [0.6, 0.35]]]] };
export const fixed = [3];

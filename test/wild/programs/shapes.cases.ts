export const cases = { heightOfCenter: [[2, 0.7, 0.9, 1.3]] };

export const cases = { invariants: [[[[1.2, -0.3, 0.5], [0.4, 0.9, -1.1], [0.2, 0.7, 1.5]], 0.4]] };

export const cases = { ladder: [[[1, 2, 0.5], [0.3, 0.2, 0.1], [0.02, 0.01, 0.03], [0.4, 1.1, 2.3]]] };
export const fixed = [3];

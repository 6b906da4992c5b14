export const cases = { perturbed: [[{ w: [0.5, -1.2], b: [0.1, 0.3], out: [0.7, -0.4] }, 1.3]] };

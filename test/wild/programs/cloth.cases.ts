export const cases = { sway: [[0.6, 0.98, 3.1, 0.4, 6]] };
export const fixed = [4];

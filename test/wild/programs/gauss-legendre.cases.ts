export const cases = { arcLength: [[0.2, 1.1, 1.3]] };

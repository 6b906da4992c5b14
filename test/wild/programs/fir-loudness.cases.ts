export const cases = { loudness: [[Float64Array.of(0.3, -0.8, 0.5, 0.05, 1.1, -0.4, 0.2), 0.21, 2.3, 1.7]] };

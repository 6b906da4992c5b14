export const cases = { luminance: [[0.37, 1.62, 0.45], [-2.21, 0.83, 0.6]] };

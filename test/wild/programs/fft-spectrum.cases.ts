export const cases = { spectralFlatness: [[[0.3, 1.1, -0.4, 0.8, -1.2, 0.1, 0.6, -0.7]]] };

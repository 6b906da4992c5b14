export const cases = { negativeLogLikelihood: [[[0.1, 0.9, 2.2, 2.7, 4.1], { process: 0.3, measurement: 0.5 }, 0.8]] };

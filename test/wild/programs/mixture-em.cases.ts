export const cases = { fittedLogLikelihood: [[[-2.1, -1.5, -1.9, 0.8, 1.4, 2.2], [-1, 1.2], 2]] }; export const fixed = [2];

export const cases = { logLikelihood: [[{ mean: -0.4, persistence: 0.9, noise: 0.3 }, [0.5, -0.9, 0.2, 1.4], 8, 7], [{ mean: -0.2, persistence: 0.8, noise: 0.4 }, [0.1, 0.7]]] };
export const fixed = [2, 3];

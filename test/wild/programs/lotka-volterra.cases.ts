export const cases = {
  simulate: [
    [{ alpha: 1.1, beta: 0.4, delta: 0.1, gamma: 0.4 }, [10, 5], 6.3],
    [{ alpha: 0.66, beta: 1.33, delta: 1.02, gamma: 0.97 }, [0.9, 0.8], 4, { tolerance: 1e-5, initialStep: 1.7 }],
  ],
};
export const fixed = ['tolerance', 'maxSteps'];

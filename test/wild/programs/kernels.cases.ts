const support = [[0.3, 1.2], [-0.7, 0.4], [1.1, -0.9]];
const alphas = [0.8, -1.3, 0.5];
export const cases = {
  predict: ['linear', 'rbf', 'polynomial', 'periodic'].map((kind) => [kind, 0.6, support, alphas, [0.5, 0.2]]),
  norm: [[support, 0.7]],
};

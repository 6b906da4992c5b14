export const cases = {
  spanningTree: [[[[0, 0.1], [1.2, 0.3], [0.7, 1.9], [2.3, 1.1], [-0.5, 1.4]], 1.7]],

};

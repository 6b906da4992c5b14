const a = [[0.2, 2, -1.3], [3.1, -0.4, 1.7], [1.2, 2.6, 0.8]];
export const cases = {
  solve: [[a, [1.5, -2.2, 0.7]]],
  determinant: [[a], [[[4]]]],
};

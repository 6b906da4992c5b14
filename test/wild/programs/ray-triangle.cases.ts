const triangles = [
  [[-1, -1.2, 5], [1.4, -1, 5.5], [0.2, 1.7, 4.8]],
  [[-1, -1, 3], [1.5, -1, 3.4], [0.1, 1.6, 3.2]],
  [[5, 5, 3], [6, 5, 3], [5, 6, 3]],
];
export const cases = {
  nearestHit: [
    [{ origin: [0.1, 0.05, -0.3], direction: [0.02, -0.01, 1] }, triangles, 100],
    [{ origin: [0.1, 0.05, -0.3], direction: [0.9, 0.7, -1] }, triangles, 100],
  ],
};

export const cases = {
  interpolate: [[[[2.1, 0.4], [0, 1], [1.2, 2.2], [3.7, -0.5], [3, 0.1]], 1.7]],
  fitError: [[Float64Array.of(0, 1.1, 2.3, 3), Float64Array.of(0.2, 1.4, 0.3, -0.6), [{ x: 0.5, y: 1 }, { x: 1.9, y: 0.9 }, { x: 2.8, y: -0.2 }]]],
};

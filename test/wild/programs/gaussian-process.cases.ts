export const cases = {
  negativeLogLikelihood: [[
    { amplitude: 1.3, lengthScale: 0.8, noise: 0.3 },
    [{ x: 0.1, y: 0.4 }, { x: 0.9, y: 1.1 }, { x: 1.4, y: 0.7 }, { x: 2.6, y: -0.5 }],
  ]],
};

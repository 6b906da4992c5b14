export const cases = {
  loss: [[
    { intercept: -0.3, weights: { age: 0.7, pressure: 0.4, smoker: 0.9 } },
    [
      { age: 63, pressure: 141, smoker: true, sick: true }, { age: 41, pressure: 117, smoker: false, sick: false },
      { age: 55, pressure: 128, smoker: true, sick: false }, { age: 71, pressure: 120, smoker: false, sick: true },
    ],
  ]],
};

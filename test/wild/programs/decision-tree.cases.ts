export const cases = { treeLoss: [[
  { feature: 0, threshold: 0.4, left: { value: 1.2 }, right: { feature: 1, threshold: -0.3, sharpness: 2.5, left: { value: -0.7 }, right: { value: 0.9 } } },
  [{ x: [0.1, 0.5], y: 1 }, { x: [0.9, -0.8], y: -0.5 }, { x: [0.6, 0.2], y: 0.4 }],
]] };
export const fixed = ['feature'];

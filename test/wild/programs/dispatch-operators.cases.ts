export const cases = { rpn: [['x 2 ^ y sin * 3 x / + neg exp', { x: 1.3, y: 0.7 }]] };

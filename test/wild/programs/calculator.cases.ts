export const cases = {
  calculate: [
    ['3 * x ^ 2 + (y - 1.5) / (x + y)', { x: 1.3, y: 0.6 }],
    ['a*b - c/(a + 2) ^ b', { a: 0.7, b: 1.9, c: -0.4 }],
  ],
};

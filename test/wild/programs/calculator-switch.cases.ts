export const cases = { evaluateAt: [['2 * sin(x) - x^3 / (1 + exp(-x))', 0.8], ['sqrt(x*x + pi) * -x', 1.4]] };

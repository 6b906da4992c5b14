export const cases = {
  price: ['call', 'put', 'straddle'].map((type) => [type, 101.7, 97, 0.03, 0.24, 0.6]),
  impliedVolatility: [[11.5, 101.7, 97, 0.03, 0.6]],
};

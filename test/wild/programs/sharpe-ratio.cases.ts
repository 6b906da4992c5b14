const assets = [
  { ticker: 'AAA', returns: [0.01, -0.02, 0.015, 0.003, -0.004, 0.02] },
  { ticker: 'BBB', returns: [0.004, 0.001, -0.01, 0.012, 0.002, -0.003] },
  { ticker: 'CCC', returns: [-0.01, 0.03, 0.02, -0.025, 0.01, 0.005] },
];
export const cases = { sharpeRatio: [[[0.2, -0.3, 0.5], assets], [[0.2, -0.3, 0.5], assets, 0.05]], maxDrawdown: [[[0.2, -0.3, 0.5], assets]] };

export const cases = {
  logLikelihood: [[
    { initial: [0.6, 0.4], transition: [[0.7, 0.3], [0.45, 0.55]], emission: [[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]] },
    [0, 1, 2, 2, 0, 1, 1],
  ]],
};
export const fixed = [1];

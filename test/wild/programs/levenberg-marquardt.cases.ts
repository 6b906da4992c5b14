const data = [{ x: 0.1, y: 0.7, sigma: 0.5 }, { x: 0.6, y: 1.3 }, { x: 1.1, y: 2.2, sigma: 0.7 }, { x: 1.9, y: 1.1 }, { x: 2.7, y: -2.4 }];
export const cases = {
  peakResiduals: [[[1.7, 1.2, 0.8, 0.3], data]],
  chiSquared: [[[1.7, 1.2, 0.8, 0.3], data, 'peak'], [[1.7, 0.6], data, 'decay']],
  robustLoss: [[[0.4, 0.6], data], [[0.4, 0.6], data, 0.3]],
};

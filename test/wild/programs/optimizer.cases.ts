export const cases = { reached: [['momentum', { learningRate: 0.01, momentum: 0.8 }, [-0.5, 0.7]], ['adam', { learningRate: 0.1 }, [-0.5, 0.7], 3]] };
export const fixed = [3];

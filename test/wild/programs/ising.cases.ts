export const cases = { freeEnergy: [[{ j: 0.4, field: 0.2, temperature: 1.7 }], [{ j: 0.4, field: [0.1, -0.2, 0.3, 0.05], temperature: 1.7 }]], magnetization: [[{ j: 1, field: 0.3, temperature: 2.4 }]] };
export const fixed = [1];

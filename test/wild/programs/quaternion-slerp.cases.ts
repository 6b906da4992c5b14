export const cases = { pose: [[[{ time: 0, axis: [1, 0.2, 0], angle: 0.3 }, { time: 1, axis: [0.1, 1, 0.4], angle: 1.4 }, { time: 2.5, axis: [0, 0.3, 1], angle: -0.8 }], 1.7, [0.5, -1, 2]]] };

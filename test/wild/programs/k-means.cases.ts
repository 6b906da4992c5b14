export const cases = { distortion: [[[{ x: 0.1, y: 0.3 }, { x: 0.5, y: -0.2 }, { x: 2.1, y: 1.7 }, { x: 1.8, y: 2.4 }], [{ x: 0.4, y: 0.6 }, { x: 1.5, y: 1.6 }]]] };
export const fixed = [3];

export const cases = { potentialEnergy: [[[
  { x: 1.1, y: 1.3, mass: 1 }, { x: 6.7, y: 2.1, mass: 2 }, { x: 1.6, y: 5.9, mass: 0.7 }, { x: 1.9, y: 0.6, mass: 1.2 }, { x: 6.1, y: 7.2, mass: 0.4 },
]]] };
export const fixed = [1];

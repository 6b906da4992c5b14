export const cases = { travelTime: [[[
  { from: 'a', to: 'b', length: 4 }, { from: 'a', to: 'c', length: 2, speed: 80 }, { from: 'c', to: 'b', length: 1.5, speed: 70 }, { from: 'b', to: 'd', length: 3.3 }, { from: 'c', to: 'd', length: 9, speed: 100 },
], 'a', 'd']] };

const controls = [{ x: 0, y: 0.3 }, { x: 1, y: 2 }, { x: 2.5, y: -1 }, { x: 4, y: 0.7 }, { x: 5, y: 2 }];
const knots = [0, 0, 0, 0, 1.3, 2, 2, 2, 2];
export const cases = {
  evaluate: [[controls, knots, 3, 0.8], [controls, knots, 3, 1.6]],
  arcLength: [[controls, knots, 3, 7]],
};
export const fixed = [1, 2, 3];
export const free = { evaluate: [3] };

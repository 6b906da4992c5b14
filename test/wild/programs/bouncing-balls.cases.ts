export const cases = { simulate: [[
  [{ x: 0.5, y: 1, vx: 2.1, vy: 0.13, r: 0.2 }, { x: 1.6, y: 1.13, vx: -1.3, vy: -0.2, r: 0.3 }, { x: 2.4, y: 0.4, vx: 0.7, vy: 1.2, r: 0.15 }],
  { width: 3, height: 2, restitution: 0.9, friction: 0.1 }, 14,
]] };
export const fixed = [2];

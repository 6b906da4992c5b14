export const cases = { energy: [[[3.03, 1.01], { mass: 2.1, acceleration: 1.13, maxSpeed: 1.57, friction: 0.3 }, 0.1]] }; export const fixed = [0, 2];

const target = Array.from({ length: 75 }, (_, i) => (i % 7) / 8);
export const cases = {
  pictureLoss: [[
    [
      { center: { x: 1.7, y: 2.1 }, radius: 1.2, color: [0.9, 0.2, 0.1], opacity: 0.8 },
      { center: { x: 3.3, y: 2.9 }, radius: 1.4, color: [0.1, 0.3, 0.7], opacity: 0.6 },
    ],
    target, 5,
  ]],
};
export const fixed = [1, 2];

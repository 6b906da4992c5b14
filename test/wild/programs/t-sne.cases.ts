export const cases = ({ similarities }: any) => ({
  tsneLoss: [[
    [[0.1, 0.4], [-0.3, 0.2], [0.5, -0.6], [0.9, 0.8]],
    similarities([[0, 1, 2], [0.5, 1, 1.8], [3, 1, 0], [2, 2, 2]], 2),
  ]],
});

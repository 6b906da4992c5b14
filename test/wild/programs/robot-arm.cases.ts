export const cases = ({ Vector3 }: any) => ({
  distanceToTarget: [[
    [{ axis: 'z', length: 0.4 }, { axis: 'y', length: 1.1 }, { axis: 'x', length: 0.9 }, { axis: 'y', length: 0.3 }],
    [0.3, -0.7, 1.1, 0.2],
    new Vector3(0.5, -0.8, 1.4),
  ]],
});

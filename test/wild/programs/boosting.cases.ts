const leaf = (value: number) => ({ kind: 'leaf', value });
const trees = [
  { kind: 'split', feature: 'age', threshold: 0.4, left: leaf(-1), right: { kind: 'split', feature: 'income', threshold: 0.6, sharpness: 3, left: leaf(0.2), right: leaf(1.3) } },
  { kind: 'split', feature: 'income', threshold: 0.1, left: leaf(0.7), right: leaf(-0.4) },
];
export const cases = { logLoss: [[trees, [{ age: 0.3, income: 0.9 }, { age: 0.8 }, { age: 0.5, income: 0.2 }], [true, false, true]]] };

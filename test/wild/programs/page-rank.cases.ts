const links = [
  { from: 'a', to: 'b', weight: 1.2 }, { from: 'a', to: 'c', weight: 0.7 }, { from: 'b', to: 'c', weight: 2 },
  { from: 'c', to: 'a', weight: 0.4 }, { from: 'c', to: 'd', weight: 0.9 },
];
export const cases = {
  rankOf: [['c', links], ['a', links, { damping: 0.7, iterations: 7 }]],
  pageRank: [[[[0, 1.2, 0.7], [0.3, 0, 1], [0.5, 0.1, 0.2]], 0.8]],
};
export const fixed = ['iterations'];

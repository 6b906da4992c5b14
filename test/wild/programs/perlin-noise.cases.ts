export const cases = { terrainHeight: [[1.37, 2.61], [-0.4, 7.7, { octaves: 2, persistence: 0.6 }]] };
export const fixed = ['octaves'];

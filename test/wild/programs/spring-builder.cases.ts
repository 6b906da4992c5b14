export const cases = { sag: [[0.1, -0.2, 3, 'wood'], [-0.3, 0.25, 1.5, 'steel']] };
export const fixed = [3];

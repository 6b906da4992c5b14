export const cases = { meanFlowTime: [[[0.1, 0.2, 0.5], [[1.3, 0.6], [0.9, 1.4], [0.45, 0.8]], 0.07]] };

export const cases = { trackingCost: [[{ kp: 0.8, ki: 0.15, kd: 0.2 }, 21, 15], [{ kp: 0.3, ki: 0.05, kd: 0.1 }, 18, 17.2, 10]] };
export const fixed = [3];

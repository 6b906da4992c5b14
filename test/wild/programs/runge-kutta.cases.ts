export const cases = { vanDerPol: [['rk4', [1.2, -0.3], 0.8, 0.9], ['heun', [0.4, 0.7], 1.3, 0.5]] };

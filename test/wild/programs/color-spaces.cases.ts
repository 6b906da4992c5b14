export const cases = { deltaE: [[{ r: 0.3, g: 0.7, b: 0.45 }, '#c08040'], [{ r: 0.02, g: 0.6, b: 0.9 }, '204060']], hslToLightness: [[203, 0.6, 0.4], [-50, 0.5, 0.3]] };

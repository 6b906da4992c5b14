export const cases = { tipDeflection: [[
  [{ length: 1.1, width: 0.5, height: 0.4 }, { length: 0.9, width: 0.45, height: 0.33 }, { length: 0.7, width: 0.4, height: 0.25 }], { youngsModulus: 200 }, 0.3,
]] };

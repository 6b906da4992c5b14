const signal = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i * 0.9) + 0.3 * Math.cos(2.3 * i));
export const cases = { energyAfterFilter: [[signal, 4000, 0.8], [signal, 900, 1.2, 8000]] };

const plate = Float64Array.from({ length: 20 }, (_, i) => Math.sin(1.3 * i) + 0.1 * i);
export const cases = {
  diffuse: [[plate, 5, 4, 0.17, 3], [plate, 4, 5, 0.11, 4], [plate, 5, 4, 0.2, 0]],
  meanTemperature: [[plate, 5, 4, 0.17]],
};
export const fixed = [1, 2, 4];

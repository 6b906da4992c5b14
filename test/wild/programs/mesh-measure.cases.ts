const positions = Float64Array.of(0, 0, 0, 1.1, 0.1, -0.1, 0.2, 1.3, 0.1, 0.1, 0.3, 0.9);
const faces = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]];
export const cases = {
  areaAndVolume: [[positions, Uint32Array.from(faces.flat())]],
  sphericity: [[positions, faces]],
};
export const fixed = [1];

/** Surface area and volume of a closed triangle mesh, from a vertex buffer and an index buffer. */
export interface Mesh {
  positions: Float32Array | Float64Array;
  indices: Uint16Array | Uint32Array;
}

// @differentiate
export function areaAndVolume(positions: Float64Array, indices: Uint32Array): { area: number; volume: number } {
  let area = 0;
  let volume = 0;
  for (let f = 0; f < indices.length; f += 3) {
    const a = 3 * indices[f];
    const b = 3 * indices[f + 1];
    const c = 3 * indices[f + 2];
    const ax = positions[a], ay = positions[a + 1], az = positions[a + 2];
    const ux = positions[b] - ax, uy = positions[b + 1] - ay, uz = positions[b + 2] - az;
    const vx = positions[c] - ax, vy = positions[c + 1] - ay, vz = positions[c + 2] - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    area += 0.5 * Math.hypot(nx, ny, nz);
    volume += (ax * nx + ay * ny + az * nz) / 6;
  }
  return { area, volume };
}

/** How far a mesh is from a ball: 1 for a ball, less for anything else. */
// @differentiate
export function sphericity(positions: Float64Array, faces: [number, number, number][]): number {
  const { area, volume } = areaAndVolume(positions, Uint32Array.from(faces.flat()));
  return (Math.PI ** (1 / 3) * (6 * Math.abs(volume)) ** (2 / 3)) / area;
}

/** Heat in a plate: an explicit five-point stencil, with two buffers that are swapped after each step. */

// @differentiate
export function diffuse(initial: Float64Array, width: number, height: number, conductivity: number, steps: number): Float64Array {
  let current = initial.slice();
  let next = new Float64Array(current.length);
  next.set(current);

  for (let step = 0; step < steps; step++) {
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const i = y * width + x;
        const laplacian = current[i - 1] + current[i + 1] + current[i - width] + current[i + width] - 4 * current[i];
        next[i] = current[i] + conductivity * laplacian;
      }
    }
    const swap = current;
    current = next;
    next = swap;
  }
  return current;
}

// @differentiate
export function meanTemperature(initial: Float64Array, width: number, height: number, conductivity: number): number {
  const result = diffuse(initial, width, height, conductivity, 5);
  return result.reduce((a, b) => a + b * b, 0) / result.length;
}

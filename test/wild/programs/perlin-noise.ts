/** Improved Perlin noise with a permutation table, and fractal terrain from it. */
const PERMUTATION = (() => {
  const p = Array.from({ length: 256 }, (_, i) => i);
  let state = 12345;
  for (let i = 255; i > 0; i--) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const j = state % (i + 1);
    [p[i], p[j]] = [p[j], p[i]];
  }
  return new Uint8Array([...p, ...p]);
})();

function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}

function lerp(t: number, a: number, b: number): number {
  return a + t * (b - a);
}

function gradient(hash: number, x: number, y: number): number {
  switch (hash & 7) {
    case 0: return x + y;
    case 1: return -x + y;
    case 2: return x - y;
    case 3: return -x - y;
    case 4: return x * Math.SQRT2;
    case 5: return -x * Math.SQRT2;
    case 6: return y * Math.SQRT2;
    default: return -y * Math.SQRT2;
  }
}

function noise(x: number, y: number): number {
  const X = Math.floor(x) & 255;
  const Y = Math.floor(y) & 255;
  x -= Math.floor(x);
  y -= Math.floor(y);
  const u = fade(x);
  const v = fade(y);
  const a = PERMUTATION[X] + Y;
  const b = PERMUTATION[X + 1] + Y;
  return lerp(v,
    lerp(u, gradient(PERMUTATION[a], x, y), gradient(PERMUTATION[b], x - 1, y)),
    lerp(u, gradient(PERMUTATION[a + 1], x, y - 1), gradient(PERMUTATION[b + 1], x - 1, y - 1)));
}

export interface TerrainOptions {
  octaves?: number;
  persistence?: number;
  lacunarity?: number;
}

// @differentiate
export function terrainHeight(x: number, y: number, options?: TerrainOptions): number {
  const { octaves = 4, persistence = 0.5, lacunarity = 2.03 } = options ?? {};
  let amplitude = 1;
  let frequency = 1;
  let height = 0;
  for (let i = 0; i < octaves; i++) {
    height += amplitude * noise(x * frequency, y * frequency);
    amplitude *= persistence;
    frequency *= lacunarity;
  }
  return height;
}

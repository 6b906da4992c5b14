/** Perlin-like gradient noise with a hashed lattice, fractal octaves, smoothstep, and colour mapping. */
const fade = (t: number) => t * t * t * (t * (t * 6 - 15) + 10);
const lerp = (a: number, b: number, t: number) => a + (b - a) * t;
function hash(x: number, y: number, seed: number): number {
  let h = (Math.imul(x, 374761393) + Math.imul(y, 668265263) + Math.imul(seed, 2147483647)) | 0;
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return (h ^ (h >>> 16)) >>> 0;
}
function grad2(h: number, x: number, y: number): number {
  switch (h & 3) {
    case 0: return x + y;
    case 1: return -x + y;
    case 2: return x - y;
    default: return -x - y;
  }
}
function noise(x: number, y: number, seed: number): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - x0, y - y0];
  const corner = (i: 0 | 1, j: 0 | 1) => grad2(hash(x0 + i, y0 + j, seed), dx - i, dy - j);
  const [u, v] = [fade(dx), fade(dy)];
  return lerp(lerp(corner(0, 0), corner(1, 0), u), lerp(corner(0, 1), corner(1, 1), u), v);
}
interface Fractal { octaves?: number; lacunarity?: number; gain?: number; seed?: number }
export function fractal(x: number, y: number, { octaves = 3, lacunarity = 2, gain = 0.5, seed = 7 }: Fractal = {}): number {
  let [sum, amplitude, frequency] = [0, 1, 1];
  for (let o = 0; o < octaves; o++) {
    sum += amplitude * noise(x * frequency, y * frequency, seed + o);
    amplitude *= gain;
    frequency *= lacunarity;
  }
  return sum;
}
type RGB = [r: number, g: number, b: number];
const palette: readonly { at: number; color: RGB }[] = [{ at: -1, color: [0, 0, 0.4] }, { at: 0, color: [0.1, 0.5, 0.2] }, { at: 1, color: [1, 1, 1] }];
// @differentiate
export function luminance(x: number, y: number, gain: number): number {
  const h = fractal(x, y, { gain });
  const hi = palette.findIndex((p) => p.at > h);
  if (hi <= 0) return 0;
  const { at: a, color: ca } = palette[hi - 1];
  const { at: b, color: cb } = palette[hi];
  const t = (h - a) / (b - a);
  const [r, g, bl] = ca.map((c, i) => lerp(c, cb[i], t)) as RGB;
  return 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * bl ** 2.2;
}

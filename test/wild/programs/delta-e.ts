/** sRGB to CIELAB and the CIE94 colour difference. */
type Triple = readonly [number, number, number];

const M: readonly Triple[] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE: Triple = [0.95047, 1, 1.08883];

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);

function rgbToLab(rgb: Triple): [L: number, a: number, b: number] {
  const linear = rgb.map(toLinear);
  const [x, y, z] = M.map((row, i) => f(row.reduce((s, m, j) => s + m * linear[j]!, 0) / WHITE[i]!));
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

// @differentiate
export function deltaE94(first: [number, number, number], second: [number, number, number], { kL = 1, k1 = 0.045, k2 = 0.015 } = {}): number {
  const [L1, a1, b1] = rgbToLab(first);
  const [L2, a2, b2] = rgbToLab(second);
  const C1 = Math.hypot(a1, b1);
  const dC = C1 - Math.hypot(a2, b2);
  const dH2 = Math.max((a1 - a2) ** 2 + (b1 - b2) ** 2 - dC ** 2, 0);
  return Math.sqrt(((L1 - L2) / kL) ** 2 + (dC / (1 + k1 * C1)) ** 2 + dH2 / (1 + k2 * C1) ** 2);
}

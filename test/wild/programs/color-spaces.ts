/** Colour spaces: hex and sRGB to CIELAB, and the difference of two colours. */
export type Rgb = { r: number; g: number; b: number };
export type Lab = readonly [L: number, a: number, b: number];

const D65 = { x: 0.95047, y: 1, z: 1.08883 } as const;

export function parseHex(hex: string): Rgb {
  const match = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) throw new Error(`not a colour: ${hex}`);
  const [r, g, b] = match.slice(1).map((part) => parseInt(part, 16) / 255);
  return { r, g, b };
}

function linearize(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

const labCurve = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);

function toLab({ r, g, b }: Rgb): Lab {
  const [lr, lg, lb] = [r, g, b].map(linearize);
  const x = (0.4124564 * lr + 0.3575761 * lg + 0.1804375 * lb) / D65.x;
  const y = (0.2126729 * lr + 0.7151522 * lg + 0.072175 * lb) / D65.y;
  const z = (0.0193339 * lr + 0.119192 * lg + 0.9503041 * lb) / D65.z;
  const [fx, fy, fz] = [labCurve(x), labCurve(y), labCurve(z)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

// @differentiate
export function deltaE(color: Rgb, reference: string): number {
  const [l1, a1, b1] = toLab(color);
  const [l2, a2, b2] = toLab(parseHex(reference));
  const c1 = Math.hypot(a1, b1);
  const c2 = Math.hypot(a2, b2);
  const dl = l1 - l2;
  const dc = c1 - c2;
  const dh = Math.sqrt(Math.max((a1 - a2) ** 2 + (b1 - b2) ** 2 - dc ** 2, 0));
  return Math.sqrt(dl ** 2 + (dc / (1 + 0.045 * c1)) ** 2 + (dh / (1 + 0.015 * c1)) ** 2);
}

// @differentiate
export function hslToLightness(h: number, s: number, l: number): number {
  const c = (1 - Math.abs(2 * l - 1)) * s;
  const hp = ((h % 360) + 360) % 360 / 60;
  const x = c * (1 - Math.abs((hp % 2) - 1));
  let rgb: [number, number, number];
  if (hp < 1) rgb = [c, x, 0];
  else if (hp < 2) rgb = [x, c, 0];
  else if (hp < 3) rgb = [0, c, x];
  else if (hp < 4) rgb = [0, x, c];
  else if (hp < 5) rgb = [x, 0, c];
  else rgb = [c, 0, x];
  const m = l - c / 2;
  const [r, g, b] = rgb.map((v) => v + m);
  return toLab({ r, g, b })[0];
}

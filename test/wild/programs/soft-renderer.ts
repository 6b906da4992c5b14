/** A renderer of circles with soft edges, and the difference of its picture from a target. */
export interface Circle {
  center: { x: number; y: number };
  radius: number;
  color: [r: number, g: number, b: number];
  opacity: number;
}

const smoothstep = (edge0: number, edge1: number, x: number) => {
  const t = Math.min(Math.max((x - edge0) / (edge1 - edge0), 0), 1);
  return t * t * (3 - 2 * t);
};

function shade(circles: Circle[], x: number, y: number, softness: number): [number, number, number] {
  let [r, g, b] = [1, 1, 1];
  for (const { center, radius, color, opacity } of circles) {
    const distance = Math.sqrt((x - center.x) ** 2 + (y - center.y) ** 2);
    const alpha = opacity * (1 - smoothstep(radius - softness, radius + softness, distance));
    if (alpha === 0) continue;
    r = r * (1 - alpha) + color[0] * alpha;
    g = g * (1 - alpha) + color[1] * alpha;
    b = b * (1 - alpha) + color[2] * alpha;
  }
  return [r, g, b];
}

// @differentiate
export function pictureLoss(circles: Circle[], target: number[], size: number, softness = 1.5): number {
  let loss = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const rgb = shade(circles, column + 0.5, row + 0.5, softness);
      rgb.forEach((value, channel) => {
        loss += (value - target[3 * (row * size + column) + channel]) ** 2;
      });
    }
  }
  return loss / (3 * size * size);
}

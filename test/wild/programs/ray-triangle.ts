/** Möller–Trumbore intersection of a ray with triangles. */
export type Vec3 = [number, number, number];

export interface Ray {
  origin: Vec3;
  direction: Vec3;
}

export type Triangle = [Vec3, Vec3, Vec3];

const sub = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = ([ax, ay, az]: Vec3, [bx, by, bz]: Vec3): Vec3 => [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];

const EPSILON = 1e-9;

/** The distance along the ray, or null where the ray misses. */
export function intersect({ origin, direction }: Ray, [a, b, c]: Triangle): number | null {
  const edge1 = sub(b, a);
  const edge2 = sub(c, a);
  const p = cross(direction, edge2);
  const det = dot(edge1, p);
  if (Math.abs(det) < EPSILON) return null;

  const inverse = 1 / det;
  const toOrigin = sub(origin, a);
  const u = dot(toOrigin, p) * inverse;
  if (u < 0 || u > 1) return null;

  const q = cross(toOrigin, edge1);
  const v = dot(direction, q) * inverse;
  if (v < 0 || u + v > 1) return null;

  const t = dot(edge2, q) * inverse;
  return t > EPSILON ? t : null;
}

// @differentiate
export function nearestHit(ray: Ray, triangles: Triangle[], background: number): number {
  let nearest: number | null = null;
  for (const triangle of triangles) {
    const t = intersect(ray, triangle);
    if (t !== null && (nearest === null || t < nearest)) nearest = t;
  }
  return nearest ?? background;
}

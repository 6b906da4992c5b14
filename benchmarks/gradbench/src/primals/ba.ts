/** Bundle adjustment: how far a point in space, seen by a camera, is from where it was observed. */

export type Point = [x: number, y: number, z: number];

/** Rotation (angle · axis, 3), centre (3), focal length, principal point (2), radial distortion (2). */
export type Camera = [
  rx: number, ry: number, rz: number, cx: number, cy: number, cz: number,
  focal: number, u0: number, v0: number, k1: number, k2: number,
];

/**
 * @param point A point in space.
 * @param weight Of the observation.
 * @param feature Where it was observed, in pixels.
 */
// @differentiate wrt=camera,point,weight
export function reprojectionError(camera: Camera, point: Point, weight: number, feature: [number, number]): [number, number] {
  const [u, v] = project(camera, point);
  return [weight * (u - feature[0]), weight * (v - feature[1])];
}

// @differentiate
export function weightError(weight: number): number {
  return 1 - weight * weight;
}

function project([rx, ry, rz, cx, cy, cz, focal, u0, v0, k1, k2]: Camera, [px, py, pz]: Point): [number, number] {
  const [x, y, z] = rotate(rx, ry, rz, px - cx, py - cy, pz - cz);
  const [u, v] = distort(x / z, y / z, k1, k2);
  return [u * focal + u0, v * focal + v0];
}

/** Rodrigues's rotation of the point (x, y, z) by the length of (a, b, c) around its direction. */
function rotate(a: number, b: number, c: number, x: number, y: number, z: number): Point {
  const squaredAngle = a * a + b * b + c * c;
  if (squaredAngle === 0) return [x + b * z - c * y, y + c * x - a * z, z + a * y - b * x];
  const angle = Math.sqrt(squaredAngle);
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const kx = a / angle;
  const ky = b / angle;
  const kz = c / angle;
  const along = (kx * x + ky * y + kz * z) * (1 - cosine);
  return [
    x * cosine + (ky * z - kz * y) * sine + kx * along,
    y * cosine + (kz * x - kx * z) * sine + ky * along,
    z * cosine + (kx * y - ky * x) * sine + kz * along,
  ];
}

function distort(x: number, y: number, k1: number, k2: number): [number, number] {
  const r2 = x * x + y * y;
  const factor = 1 + k1 * r2 + k2 * r2 * r2;
  return [x * factor, y * factor];
}

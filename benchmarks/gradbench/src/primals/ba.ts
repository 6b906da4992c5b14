/** Bundle adjustment: how far a point in space, seen by a camera, is from where it was observed. */

/**
 * @param camera Rotation (angle · axis, 3), centre (3), focal length, principal point (2), radial distortion (2).
 * @param point A point in space (3).
 * @param weight Of the observation.
 * @param feature Where it was observed, in pixels (2).
 */
// @differentiate wrt=camera,point,weight
export function reprojectionError(camera: Float64Array, point: Float64Array, weight: number, feature: Float64Array): [number, number] {
  const [u, v] = project(camera, point);
  return [weight * (u - feature[0]), weight * (v - feature[1])];
}

// @differentiate
export function weightError(weight: number): number {
  return 1 - weight * weight;
}

function project(camera: Float64Array, point: Float64Array): [number, number] {
  const [x, y, z] = rotate(
    [camera[0], camera[1], camera[2]],
    [point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]],
  );
  const [u, v] = distort(x / z, y / z, camera[9], camera[10]);
  return [u * camera[6] + camera[7], v * camera[6] + camera[8]];
}

type Vector = [number, number, number];

/** Rodrigues's rotation of a point by the length of `rotation` around its direction. */
function rotate(rotation: Vector, point: Vector): Vector {
  const squaredAngle = dot(rotation, rotation);
  if (squaredAngle === 0) return add(point, cross(rotation, point));
  const angle = Math.sqrt(squaredAngle);
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const axis = scale(rotation, 1 / angle);
  const along = dot(axis, point) * (1 - cosine);
  return add(add(scale(point, cosine), scale(cross(axis, point), sine)), scale(axis, along));
}

function distort(x: number, y: number, k1: number, k2: number): [number, number] {
  const r2 = x * x + y * y;
  const factor = 1 + k1 * r2 + k2 * r2 * r2;
  return [x * factor, y * factor];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** Hand tracking: a hand of triangles, posed by its bones, against points that were measured on one. */

export interface Hand {
  /** The bone that each bone hangs on, which comes before it; −1 of the root. */
  parents: Int32Array;
  /** Of each bone, in the pose at rest, relative to its parent: [bone][4][4]. */
  relatives: Float64Array;
  /** The inverse of its absolute position at rest: [bone][4][4]. */
  inverseAbsolutes: Float64Array;
  /** Vertices at rest, homogeneous: [vertex][4]. */
  positions: Float64Array;
  /** How much each bone moves each vertex: [vertex][bone]. */
  weights: Float64Array;
  /** [triangle][3] */
  triangles: Int32Array;
  mirrored: boolean;
}

export interface Measurement {
  hand: Hand;
  /** The vertex, or the triangle, that each point belongs to. */
  correspondences: Int32Array;
  /** [point][3] */
  points: Float64Array;
}

/**
 * Measured points less those of the hand, [point][3].
 *
 * @param theta Global rotation (3), global translation (3), four angles of each finger.
 */
// @differentiate wrt=theta
export function errors(theta: Float64Array, { hand, correspondences, points }: Measurement): Float64Array {
  const vertices = pose(theta, hand);
  const out = new Float64Array(points.length);
  for (let i = 0; i < correspondences.length; i++) {
    const vertex = 3 * correspondences[i];
    for (let j = 0; j < 3; j++) out[3 * i + j] = points[3 * i + j] - vertices[vertex + j];
  }
  return out;
}

/**
 * The same for points within triangles.
 *
 * @param us Barycentric coordinates of each point in its triangle: [point][2].
 */
// @differentiate wrt=theta,us
export function errorsOnTriangles(theta: Float64Array, us: Float64Array, { hand, correspondences, points }: Measurement): Float64Array {
  const vertices = pose(theta, hand);
  const out = new Float64Array(points.length);
  for (let i = 0; i < correspondences.length; i++) {
    const triangle = 3 * correspondences[i];
    const a = 3 * hand.triangles[triangle];
    const b = 3 * hand.triangles[triangle + 1];
    const c = 3 * hand.triangles[triangle + 2];
    const u = us[2 * i];
    const v = us[2 * i + 1];
    for (let j = 0; j < 3; j++) {
      out[3 * i + j] = points[3 * i + j] - (u * vertices[a + j] + v * vertices[b + j] + (1 - u - v) * vertices[c + j]);
    }
  }
  return out;
}

/** Where the vertices are: [vertex][3]. */
function pose(theta: Float64Array, { parents, relatives, inverseAbsolutes, positions, weights, mirrored }: Hand): Float64Array {
  const bones = parents.length;
  const angles = boneAngles(theta, bones);
  const rotation = new Float64Array(16);
  const relative = new Float64Array(16);
  const absolutes = new Float64Array(16 * bones);
  const transforms = new Float64Array(16 * bones);
  for (let bone = 0; bone < bones; bone++) {
    rotationOfAngles(angles[3 * bone], angles[3 * bone + 1], angles[3 * bone + 2], rotation);
    const at = 16 * bone;
    multiply(relatives, at, rotation, 0, relative, 0);
    if (parents[bone] === -1) for (let i = 0; i < 16; i++) absolutes[at + i] = relative[i];
    else multiply(absolutes, 16 * parents[bone], relative, 0, absolutes, at);
    multiply(absolutes, at, inverseAbsolutes, at, transforms, at);
  }

  const turned = rotationOfAxis(theta[0], theta[1], theta[2]);
  const count = positions.length / 4;
  const vertices = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const px = positions[4 * i];
    const py = positions[4 * i + 1];
    const pz = positions[4 * i + 2];
    const pw = positions[4 * i + 3];
    let x = 0;
    let y = 0;
    let z = 0;
    for (let bone = 0; bone < bones; bone++) {
      const weight = weights[bones * i + bone];
      if (weight === 0) continue;
      const at = 16 * bone;
      x += weight * (transforms[at] * px + transforms[at + 1] * py + transforms[at + 2] * pz + transforms[at + 3] * pw);
      y += weight * (transforms[at + 4] * px + transforms[at + 5] * py + transforms[at + 6] * pz + transforms[at + 7] * pw);
      z += weight * (transforms[at + 8] * px + transforms[at + 9] * py + transforms[at + 10] * pz + transforms[at + 11] * pw);
    }
    if (mirrored) x = -x;
    for (let j = 0; j < 3; j++) vertices[3 * i + j] = turned[3 * j] * x + turned[3 * j + 1] * y + turned[3 * j + 2] * z + theta[3 + j];
  }
  return vertices;
}

/** The three Euler angles of each bone: of fingers, the first joint bends in two directions, the next two in one. */
function boneAngles(theta: Float64Array, bones: number): Float64Array {
  const angles = new Float64Array(3 * bones);
  for (let finger = 0; finger < 5; finger++) {
    const bone = 3 * (2 + 4 * finger);
    const at = 6 + 4 * finger;
    angles[bone] = theta[at];
    angles[bone + 1] = theta[at + 1];
    angles[bone + 3] = theta[at + 2];
    angles[bone + 6] = theta[at + 3];
  }
  return angles;
}

/** Around x, then y, then z, as a 4 × 4 matrix. */
function rotationOfAngles(x: number, z: number, y: number, into: Float64Array): void {
  const cx = Math.cos(x);
  const sx = Math.sin(x);
  const cy = Math.cos(y);
  const sy = Math.sin(y);
  const cz = Math.cos(z);
  const sz = Math.sin(z);
  into[0] = cz * cy;
  into[1] = cz * sy * sx - sz * cx;
  into[2] = cz * sy * cx + sz * sx;
  into[4] = sz * cy;
  into[5] = sz * sy * sx + cz * cx;
  into[6] = sz * sy * cx - cz * sx;
  into[8] = -sy;
  into[9] = cy * sx;
  into[10] = cy * cx;
  into[15] = 1;
}

/** Around the axis (a, b, c) by its length, 3 × 3. */
function rotationOfAxis(a: number, b: number, c: number): number[] {
  const angle = Math.sqrt(a * a + b * b + c * c);
  if (angle < 0.0001) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const x = a / angle;
  const y = b / angle;
  const z = c / angle;
  const s = Math.sin(angle);
  const k = Math.cos(angle);
  return [
    x * x + (1 - x * x) * k, x * y * (1 - k) - z * s, x * z * (1 - k) + y * s,
    x * y * (1 - k) + z * s, y * y + (1 - y * y) * k, y * z * (1 - k) - x * s,
    x * z * (1 - k) - y * s, z * y * (1 - k) + x * s, z * z + (1 - z * z) * k,
  ];
}

/** The product of the 4 × 4 matrices that begin at i of a and at j of b, to where k of `into` is. */
function multiply(a: Float64Array, i: number, b: Float64Array, j: number, into: Float64Array, k: number): void {
  for (let row = 0; row < 16; row += 4) {
    for (let column = 0; column < 4; column++) {
      into[k + row + column] = a[i + row] * b[j + column] + a[i + row + 1] * b[j + 4 + column] + a[i + row + 2] * b[j + 8 + column] + a[i + row + 3] * b[j + 12 + column];
    }
  }
}

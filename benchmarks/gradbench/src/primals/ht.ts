/** Hand tracking: a hand of triangles, posed by its bones, against points that were measured on one. */

/** Of a rotation or an affine map: [row][column]. */
type Matrix = number[][];

export interface Hand {
  /** The bone that each bone hangs on, which comes before it; −1 of the root. */
  parents: number[];
  /** Of each bone, in the pose at rest, relative to its parent: 4 × 4. */
  relatives: Matrix[];
  /** The inverse of its absolute position at rest: 4 × 4. */
  inverseAbsolutes: Matrix[];
  /** Vertices at rest, homogeneous: [vertex][4]. */
  positions: number[][];
  /** How much each bone moves each vertex: [vertex][bone]. */
  weights: number[][];
  triangles: number[][];
  mirrored: boolean;
}

export interface Measurement {
  hand: Hand;
  /** The vertex, or the triangle, that each point belongs to. */
  correspondences: number[];
  /** [point][3] */
  points: number[][];
}

/**
 * Measured points less those of the hand, [3 points].
 *
 * @param theta Global rotation (3), global translation (3), four angles of each finger.
 */
// @differentiate wrt=theta
export function errors(theta: Float64Array, { hand, correspondences, points }: Measurement): Float64Array {
  const vertices = pose(theta, hand);
  const out = new Float64Array(3 * points.length);
  for (let i = 0; i < points.length; i++) {
    const vertex = vertices[correspondences[i]];
    for (let j = 0; j < 3; j++) out[3 * i + j] = points[i][j] - vertex[j];
  }
  return out;
}

/**
 * The same for points within triangles.
 *
 * @param us Barycentric coordinates of each point in its triangle: [2 points].
 */
// @differentiate wrt=theta,us
export function errorsOnTriangles(theta: Float64Array, us: Float64Array, { hand, correspondences, points }: Measurement): Float64Array {
  const vertices = pose(theta, hand);
  const out = new Float64Array(3 * points.length);
  for (let i = 0; i < points.length; i++) {
    const [a, b, c] = hand.triangles[correspondences[i]];
    const u = us[2 * i];
    const v = us[2 * i + 1];
    for (let j = 0; j < 3; j++) {
      out[3 * i + j] = points[i][j] - (u * vertices[a][j] + v * vertices[b][j] + (1 - u - v) * vertices[c][j]);
    }
  }
  return out;
}

/** Where the vertices are: [vertex][3]. */
function pose(theta: Float64Array, hand: Hand): number[][] {
  const angles = boneAngles(theta, hand.parents.length);
  const absolutes: Matrix[] = [];
  const transforms: Matrix[] = [];
  for (let bone = 0; bone < hand.parents.length; bone++) {
    const relative = multiply(hand.relatives[bone], rotationOfAngles(angles[bone]));
    const parent = hand.parents[bone];
    const absolute = parent === -1 ? relative : multiply(absolutes[parent], relative);
    absolutes.push(absolute);
    transforms.push(multiply(absolute, hand.inverseAbsolutes[bone]));
  }

  const rotation = rotationOfAxis(theta[0], theta[1], theta[2]);
  const vertices: number[][] = [];
  for (let i = 0; i < hand.positions.length; i++) {
    const position = hand.positions[i];
    const weights = hand.weights[i];
    let x = 0;
    let y = 0;
    let z = 0;
    for (let bone = 0; bone < transforms.length; bone++) {
      if (weights[bone] === 0) continue;
      const t = transforms[bone];
      x += weights[bone] * dot4(t[0], position);
      y += weights[bone] * dot4(t[1], position);
      z += weights[bone] * dot4(t[2], position);
    }
    if (hand.mirrored) x = -x;
    vertices.push(rotation.map((row, j) => row[0] * x + row[1] * y + row[2] * z + theta[3 + j]));
  }
  return vertices;
}

/** The three Euler angles of each bone: of fingers, the first joint bends in two directions, the next two in one. */
function boneAngles(theta: Float64Array, bones: number): number[][] {
  const angles = Array.from({ length: bones }, () => [0, 0, 0]);
  for (let finger = 0; finger < 5; finger++) {
    const bone = 2 + 4 * finger;
    const at = 6 + 4 * finger;
    angles[bone][0] = theta[at];
    angles[bone][1] = theta[at + 1];
    angles[bone + 1][0] = theta[at + 2];
    angles[bone + 2][0] = theta[at + 3];
  }
  return angles;
}

/** Around x, then y, then z, as a 4 × 4 matrix. */
function rotationOfAngles([x, z, y]: number[]): Matrix {
  const cx = Math.cos(x);
  const sx = Math.sin(x);
  const cy = Math.cos(y);
  const sy = Math.sin(y);
  const cz = Math.cos(z);
  const sz = Math.sin(z);
  return [
    [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx, 0],
    [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx, 0],
    [-sy, cy * sx, cy * cx, 0],
    [0, 0, 0, 1],
  ];
}

/** Around the axis (a, b, c) by its length, 3 × 3. */
function rotationOfAxis(a: number, b: number, c: number): Matrix {
  const angle = Math.sqrt(a * a + b * b + c * c);
  if (angle < 0.0001) return [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const x = a / angle;
  const y = b / angle;
  const z = c / angle;
  const s = Math.sin(angle);
  const k = Math.cos(angle);
  return [
    [x * x + (1 - x * x) * k, x * y * (1 - k) - z * s, x * z * (1 - k) + y * s],
    [x * y * (1 - k) + z * s, y * y + (1 - y * y) * k, y * z * (1 - k) - x * s],
    [x * z * (1 - k) - y * s, z * y * (1 - k) + x * s, z * z + (1 - z * z) * k],
  ];
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0].map((_, j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j] + row[3] * b[3][j]));
}

function dot4(a: number[], b: number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

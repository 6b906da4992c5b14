import { grad, jacrev } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { type Camera, type Point, reprojectionError, weightError } from '../primals/ba.js';

const CAMERA = 11;
const POINT = 3;

interface Input {
  n: number;
  m: number;
  p: number;
  cam: number[];
  x: number[];
  w: number;
  feat: number[];
}

function take({ n, m, p, cam, x, w, feat }: Input) {
  const repeat = <T extends number[]>(count: number, list: number[]) => Array.from({ length: count }, () => [...list] as T);
  return {
    cameras: repeat<Camera>(n, cam),
    points: repeat<Point>(m, x),
    weights: new Float64Array(p).fill(w),
    features: repeat<[number, number]>(p, feat),
    /** Which camera sees which point. */
    camera: Int32Array.from({ length: p }, (_, i) => i % n),
    point: Int32Array.from({ length: p }, (_, i) => i % m),
  };
}

type Data = ReturnType<typeof take>;

function residuals({ cameras, points, weights, features, camera, point }: Data): { errors: Float64Array; weightErrors: Float64Array } {
  const count = weights.length;
  const errors = new Float64Array(2 * count);
  const weightErrors = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [u, v] = reprojectionError(cameras[camera[i]], points[point[i]], weights[i], features[i]);
    errors[2 * i] = u;
    errors[2 * i + 1] = v;
    weightErrors[i] = weightError(weights[i]);
  }
  return { errors, weightErrors };
}

/** A sparse matrix by rows: the columns and values of row i stand at `rows[i]` to `rows[i + 1]`. */
interface Sparse {
  rows: Int32Array;
  cols: Int32Array;
  vals: Float64Array;
}

const blocks = jacrev(reprojectionError, { argnums: [0, 1, 2] });
const derivative = grad(weightError);

function room(count: number): Sparse {
  const entries = (2 * (CAMERA + POINT + 1) + 1) * count;
  return { rows: new Int32Array(3 * count + 1), cols: new Int32Array(entries), vals: new Float64Array(entries) };
}

function jacobian({ cameras, points, weights, features, camera, point }: Data, { rows, cols, vals }: Sparse): void {
  const count = weights.length;
  const pointsAt = CAMERA * cameras.length;
  const weightsAt = pointsAt + POINT * points.length;
  let at = 0;
  let row = 0;
  for (let i = 0; i < count; i++) {
    const c = camera[i];
    const p = point[i];
    for (const [byCamera, byPoint, byWeight] of blocks(cameras[c], points[p], weights[i], features[i])) {
      for (let j = 0; j < CAMERA; j++, at++) {
        cols[at] = CAMERA * c + j;
        vals[at] = byCamera[j];
      }
      for (let j = 0; j < POINT; j++, at++) {
        cols[at] = pointsAt + POINT * p + j;
        vals[at] = byPoint[j];
      }
      cols[at] = weightsAt + i;
      vals[at++] = byWeight;
      rows[++row] = at;
    }
  }
  for (let i = 0; i < count; i++) {
    cols[at] = weightsAt + i;
    vals[at++] = derivative(weights[i]);
    rows[++row] = at;
  }
}

export const ba: Eval = {
  objective: (input: Input) => {
    const data = take(input);
    return timed(() => residuals(data), ({ errors, weightErrors }) => ({
      reproj_error: { elements: [errors[0], errors[1]], repeated: input.p },
      w_err: { element: weightErrors[0], repeated: input.p },
    }));
  },
  jacobian: (input: Input) => {
    const data = take(input);
    const into = room(input.p);
    const shorten = (list: Int32Array | Float64Array) => [...list.slice(0, 30), list[list.length - 1]];
    return timed(() => jacobian(data, into), () => ({ rows: shorten(into.rows), cols: shorten(into.cols), vals: shorten(into.vals) }));
  },
};

import { grad, vjp } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { reprojectionError, weightError } from '../primals/ba.js';

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
  const repeat = <T>(count: number, value: () => T) => Array.from({ length: count }, value);
  return {
    cameras: repeat(n, () => Float64Array.from(cam)),
    points: repeat(m, () => Float64Array.from(x)),
    weights: new Float64Array(p).fill(w),
    features: repeat(p, () => Float64Array.from(feat)),
    /** Which camera sees which point. */
    seen: repeat(p, () => 0).map((_, i) => [i % n, i % m] as const),
  };
}

/** A sparse matrix by rows: the columns and values of row i stand at `rows[i]` to `rows[i + 1]`. */
interface Sparse {
  rows: Int32Array;
  cols: Int32Array;
  vals: Float64Array;
}

function jacobian({ cameras, points, weights, features, seen }: ReturnType<typeof take>): Sparse {
  const count = seen.length;
  const block = CAMERA + POINT + 1;
  const rows = new Int32Array(3 * count + 1);
  const cols = new Int32Array(2 * block * count + count);
  const vals = new Float64Array(cols.length);
  const pointsAt = CAMERA * cameras.length;
  const weightsAt = pointsAt + POINT * points.length;
  let at = 0;
  let row = 0;
  for (let i = 0; i < count; i++) {
    const [c, p] = seen[i];
    const [, pullback] = vjp(reprojectionError, [cameras[c], points[p], weights[i], features[i]]);
    for (let k = 0; k < 2; k++) {
      const [camera, point, weight] = pullback(k === 0 ? [1, 0] : [0, 1]);
      for (let j = 0; j < CAMERA; j++, at++) {
        cols[at] = CAMERA * c + j;
        vals[at] = camera[j];
      }
      for (let j = 0; j < POINT; j++, at++) {
        cols[at] = pointsAt + POINT * p + j;
        vals[at] = point[j];
      }
      cols[at] = weightsAt + i;
      vals[at++] = weight;
      rows[++row] = at;
    }
  }
  const derivative = grad(weightError);
  for (let i = 0; i < count; i++) {
    cols[at] = weightsAt + i;
    vals[at++] = derivative(weights[i]);
    rows[++row] = at;
  }
  return { rows, cols, vals };
}

export const ba: Eval = {
  objective: (input: Input) => {
    const { cameras, points, weights, features, seen } = take(input);
    const run = () => {
      const errors = new Float64Array(2 * seen.length);
      const weightErrors = new Float64Array(seen.length);
      for (let i = 0; i < seen.length; i++) {
        const [camera, point] = seen[i];
        const [u, v] = reprojectionError(cameras[camera], points[point], weights[i], features[i]);
        errors[2 * i] = u;
        errors[2 * i + 1] = v;
        weightErrors[i] = weightError(weights[i]);
      }
      return { errors, weightErrors };
    };
    return timed(run, ({ errors, weightErrors }) => ({
      reproj_error: { elements: [errors[0], errors[1]], repeated: input.p },
      w_err: { element: weightErrors[0], repeated: input.p },
    }));
  },
  jacobian: (input: Input) => {
    const data = take(input);
    const shorten = (list: Int32Array | Float64Array) => [...list.slice(0, 30), list[list.length - 1]];
    return timed(() => jacobian(data), ({ rows, cols, vals }) => ({ rows: shorten(rows), cols: shorten(cols), vals: shorten(vals) }));
  },
};

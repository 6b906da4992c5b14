import { jacfwd, jvp } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { errors, errorsOnTriangles, type Measurement } from '../primals/ht.js';

interface Input {
  theta: number[];
  data: {
    model: {
      parents: number[];
      base_relatives: number[][][];
      inverse_base_absolutes: number[][][];
      base_positions: number[][];
      weights: number[][];
      triangles: number[][];
      is_mirrored: boolean;
    };
    correspondences: number[];
    points: number[][];
  };
  us: number[][] | number[];
}

function take({ theta, data, us }: Input) {
  const { model, correspondences, points } = data;
  const measurement: Measurement = {
    hand: {
      parents: Int32Array.from(model.parents),
      relatives: Float64Array.from(model.base_relatives.flat(2)),
      inverseAbsolutes: Float64Array.from(model.inverse_base_absolutes.flat(2)),
      positions: Float64Array.from(model.base_positions.flat()),
      weights: Float64Array.from(model.weights.flat()),
      triangles: Int32Array.from(model.triangles.flat()),
      mirrored: model.is_mirrored,
    },
    correspondences: Int32Array.from(correspondences),
    points: Float64Array.from(points.flat()),
  };
  return { theta: Float64Array.from(theta), us: Float64Array.from(us.flat()), measurement };
}

interface Parts {
  /** By row. */
  theta: Float64Array[];
  /** The columns of all u and of all v. */
  us: Float64Array[];
}

function jacobian({ theta, us, measurement }: ReturnType<typeof take>): Parts {
  if (us.length === 0) return { theta: jacfwd(errors)(theta, measurement), us: [] };
  // Each point depends on its own u and v only, so that one column serves all u, and one all v.
  const along = (first: number) => jvp((x: Float64Array) => errorsOnTriangles(theta, x, measurement), [us], [us.map((_, i) => (i % 2 === first ? 1 : 0))])[1];
  return { theta: jacfwd(errorsOnTriangles)(theta, us, measurement), us: [along(0), along(1)] };
}

export const ht: Eval = {
  objective: (input: Input) => {
    const { theta, us, measurement } = take(input);
    return timed(() => (us.length === 0 ? errors(theta, measurement) : errorsOnTriangles(theta, us, measurement)), (result) => [...result]);
  },
  jacobian: (input: Input) => {
    const data = take(input);
    return timed(() => jacobian(data), ({ theta, us }) => theta.map((row, i) => [...us.map((column) => column[i]), ...row]));
  },
};

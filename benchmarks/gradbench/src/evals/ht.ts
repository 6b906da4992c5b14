import { jacfwd, jvp } from 'tapeless';
import { lists, timed, type Eval } from '../eval.js';
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

/** The Jacobian by rows: two columns for all of `us`, if there are any, and one for each number of theta. */
function jacobian({ theta, us, measurement }: ReturnType<typeof take>): Float64Array[] {
  if (us.length === 0) return jacfwd(errors)(theta, measurement);
  const byTheta = jacfwd(errorsOnTriangles)(theta, us, measurement);
  // Each point depends on its own u and v only, so that one column serves all u, and one all v.
  const along = (first: number) => jvp((x: Float64Array) => errorsOnTriangles(theta, x, measurement), [us], [us.map((_, i) => (i % 2 === first ? 1 : 0))])[1];
  const [byU, byV] = [along(0), along(1)];
  return byTheta.map((row, i) => {
    const whole = new Float64Array(2 + row.length);
    whole[0] = byU[i];
    whole[1] = byV[i];
    whole.set(row, 2);
    return whole;
  });
}

export const ht: Eval = {
  objective: (input: Input) => {
    const { theta, us, measurement } = take(input);
    return timed(() => (us.length === 0 ? errors(theta, measurement) : errorsOnTriangles(theta, us, measurement)), (result) => [...result]);
  },
  jacobian: (input: Input) => {
    const data = take(input);
    return timed(() => jacobian(data), lists);
  },
};

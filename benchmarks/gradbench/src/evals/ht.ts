import { jvp } from 'tapeless';
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
      parents: model.parents,
      relatives: model.base_relatives,
      inverseAbsolutes: model.inverse_base_absolutes,
      positions: model.base_positions,
      weights: model.weights,
      triangles: model.triangles,
      mirrored: model.is_mirrored,
    },
    correspondences, points,
  };
  return { theta: Float64Array.from(theta), us: Float64Array.from(us.flat()), measurement };
}

/** A vector with ones at every `step`-th place from `first` on. */
function seed(length: number, first: number, step = length): Float64Array {
  return new Float64Array(length).map((_, i) => (i % step === first ? 1 : 0));
}

/** Columns of the Jacobian. Each point depends on its own u and v only, so that one column serves all u, and one all v. */
function columns({ theta, us, measurement }: ReturnType<typeof take>): Float64Array[] {
  if (us.length === 0) return Array.from(theta, (_, i) => jvp(errors, [theta, measurement], [seed(theta.length, i), undefined])[1]);
  const along = (thetaSeed: Float64Array | undefined, usSeed: Float64Array | undefined) =>
    jvp(errorsOnTriangles, [theta, us, measurement], [thetaSeed, usSeed, undefined])[1];
  return [
    along(undefined, seed(us.length, 0, 2)), along(undefined, seed(us.length, 1, 2)),
    ...Array.from(theta, (_, i) => along(seed(theta.length, i), undefined)),
  ];
}

export const ht: Eval = {
  objective: (input: Input) => {
    const { theta, us, measurement } = take(input);
    return timed(() => (us.length === 0 ? errors(theta, measurement) : errorsOnTriangles(theta, us, measurement)), (result) => [...result]);
  },
  jacobian: (input: Input) => {
    const data = take(input);
    return timed(() => columns(data), (found) => Array.from(found[0], (_, i) => found.map((column) => column[i])));
  },
};

import { grad, jvp } from 'tapeless';
import { timed, type Eval } from '../eval.js';
import { cost } from '../primals/kmeans.js';

interface Input {
  points: number[][];
  centroids: number[][];
}

function take({ points, centroids }: Input) {
  return [Float64Array.from(centroids.flat()), Float64Array.from(points.flat()), points[0].length] as const;
}

/** Newton's direction. The Hessian has nothing beside its diagonal, which is its product with a vector of ones. */
function direction(...[centroids, points, d]: ReturnType<typeof take>): Float64Array {
  const [gradient, diagonal] = jvp(grad(cost), [centroids, points, d], [new Float64Array(centroids.length).fill(1), undefined, undefined]);
  return gradient.map((g, i) => g / diagonal[i]);
}

export const kmeans: Eval = {
  cost: (input: Input) => {
    const [centroids, points, d] = take(input);
    return timed(() => cost(centroids, points, d));
  },
  dir: (input: Input) => {
    const data = take(input);
    const [, , d] = data;
    return timed(() => direction(...data), (flat) => input.centroids.map((_, i) => [...flat.subarray(i * d, (i + 1) * d)]));
  },
};

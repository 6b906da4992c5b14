import { grad, jvp } from 'tapeless';
import { rows, timed, type Eval } from '../eval.js';
import { cost } from '../primals/kmeans.js';

interface Input {
  points: number[][];
  centroids: number[][];
}

function take({ points, centroids }: Input) {
  return [rows(centroids), rows(points)] as const;
}

export const kmeans: Eval = {
  cost: (input: Input) => {
    const [centroids, points] = take(input);
    return timed(() => cost(centroids, points));
  },
  /** Newton's direction. The Hessian has nothing beside its diagonal, which is its product with a vector of ones. */
  dir: (input: Input) => {
    const [centroids, points] = take(input);
    const ones = centroids.map((centroid) => centroid.map(() => 1));
    return timed(
      () => jvp(grad(cost), [centroids, points], [ones, undefined]),
      ([gradient, diagonal]) => gradient.map((row, i) => [...row.map((g, j) => g / diagonal[i][j])]),
    );
  },
};

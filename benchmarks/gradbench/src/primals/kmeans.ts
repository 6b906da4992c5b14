/**
 * Σ over the points of the squared distance to the nearest centroid.
 *
 * @param centroids One after the other: [k · d].
 * @param points [n · d]
 */
// @differentiate wrt=centroids
export function cost(centroids: Float64Array, points: Float64Array, d: number): number {
  let sum = 0;
  for (let p = 0; p < points.length; p += d) {
    let least = Infinity;
    for (let c = 0; c < centroids.length; c += d) {
      const distance = squaredDistance(points, p, centroids, c, d);
      if (distance < least) least = distance;
    }
    sum += least;
  }
  return sum;
}

/** Of the points at `i` of `a` and at `j` of `b`. */
function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const difference = a[i + k] - b[j + k];
    sum += difference * difference;
  }
  return sum;
}

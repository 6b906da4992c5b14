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
    const nearest = nearestTo(points, p, centroids, d);
    for (let k = 0; k < d; k++) {
      const difference = points[p + k] - centroids[nearest + k];
      sum += difference * difference;
    }
  }
  return sum;
}

/** Where the centroid begins that is nearest to the point at p. */
function nearestTo(points: Float64Array, p: number, centroids: Float64Array, d: number): number {
  let least = Infinity;
  let nearest = 0;
  for (let c = 0; c < centroids.length; c += d) {
    let distance = 0;
    for (let k = 0; k < d; k++) {
      const difference = points[p + k] - centroids[c + k];
      distance += difference * difference;
    }
    if (distance < least) {
      least = distance;
      nearest = c;
    }
  }
  return nearest;
}

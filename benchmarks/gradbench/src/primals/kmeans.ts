/** Σ over the points of the squared distance to the nearest centroid. */
// @differentiate wrt=centroids
export function cost(centroids: Float64Array[], points: Float64Array[]): number {
  let sum = 0;
  for (const point of points) {
    let least = Infinity;
    for (const centroid of centroids) {
      let distance = 0;
      for (let j = 0; j < point.length; j++) {
        const difference = point[j] - centroid[j];
        distance += difference * difference;
      }
      if (distance < least) least = distance;
    }
    sum += least;
  }
  return sum;
}

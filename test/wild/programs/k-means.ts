/** Soft k-means: assignments by softmax of distances, centers updated a few times. */
export type Point = { x: number; y: number };

export class Cluster {
  private weight = 0;
  private sum: Point = { x: 0, y: 0 };

  constructor(public center: Point) {}

  distanceTo({ x, y }: Point): number {
    const { center: c } = this;
    return (x - c.x) ** 2 + (y - c.y) ** 2;
  }

  accumulate(p: Point, w: number): void {
    this.weight += w;
    this.sum.x += w * p.x;
    this.sum.y += w * p.y;
  }

  recenter(): void {
    this.center = { x: this.sum.x / this.weight, y: this.sum.y / this.weight };
    this.weight = 0;
    this.sum = { x: 0, y: 0 };
  }
}

function responsibilities(clusters: Cluster[], p: Point, beta: number): number[] {
  const weights = clusters.map((c) => Math.exp(-beta * c.distanceTo(p)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

// @differentiate
export function distortion(points: Point[], centers: Point[], beta = 1.5, rounds = 2): number {
  const clusters = centers.map((c) => new Cluster({ ...c }));
  for (let round = 0; round < rounds; round++) {
    for (const p of points) {
      const r = responsibilities(clusters, p, beta);
      for (let k = 0; k < clusters.length; k++) clusters[k].accumulate(p, r[k]);
    }
    for (const cluster of clusters) cluster.recenter();
  }
  let total = 0;
  for (const p of points) {
    responsibilities(clusters, p, beta).forEach((r, k) => (total += r * clusters[k].distanceTo(p)));
  }
  return total;
}

/** The loss of t-SNE: KL divergence of similarities in the data from those in the embedding. */
type Point = number[];

const squaredDistance = (a: Point, b: Point) => a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);

function conditionalRow(points: Point[], i: number, perplexity: number): number[] {
  const target = Math.log(perplexity);
  let beta = 1;
  let low = 0;
  let high = Infinity;
  let row: number[] = [];
  for (let attempt = 0; attempt < 40; attempt++) {
    const weights = points.map((p, j) => (j === i ? 0 : Math.exp(-beta * squaredDistance(points[i], p))));
    const total = weights.reduce((s, w) => s + w, 0);
    row = weights.map((w) => w / total);
    const entropy = -row.filter((p) => p > 1e-12).map((p) => p * Math.log(p)).reduce((s, v) => s + v, 0);
    if (Math.abs(entropy - target) < 1e-4) break;
    if (entropy > target) {
      low = beta;
      beta = high === Infinity ? beta * 2 : (beta + high) / 2;
    } else {
      high = beta;
      beta = (beta + low) / 2;
    }
  }
  return row;
}

export function similarities(points: Point[], perplexity: number): number[][] {
  const rows = points.map((_, i) => conditionalRow(points, i, perplexity));
  const n = points.length;
  return rows.map((row, i) => row.map((p, j) => (p + rows[j][i]) / (2 * n)));
}

// @differentiate
export function tsneLoss(embedding: Point[], p: number[][]): number {
  const kernel = embedding.map((a, i) => embedding.map((b, j) => (i === j ? 0 : 1 / (1 + squaredDistance(a, b)))));
  const total = kernel.flat().reduce((s, v) => s + v, 0);
  let loss = 0;
  p.forEach((row, i) => {
    row.forEach((pij, j) => {
      if (i !== j && pij > 0) loss += pij * Math.log(pij / (kernel[i][j] / total));
    });
  });
  return loss;
}

/** Multi-head causal attention with layer normalization, from scratch. */
type Matrix = number[][];

export interface Head {
  query: Matrix;
  key: Matrix;
  value: Matrix;
}

export interface Block {
  heads: Head[];
  output: Matrix;
  gain: number[];
}

function matmul(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
}

function softmax(row: number[]): number[] {
  const m = Math.max(...row);
  const e = row.map((x) => Math.exp(x - m));
  const total = e.reduce((a, b) => a + b);
  return e.map((x) => x / total);
}

function layerNorm(x: Matrix, gain: number[]): Matrix {
  return x.map((row) => {
    const mean = row.reduce((a, b) => a + b) / row.length;
    const variance = row.reduce((s, v) => s + (v - mean) ** 2, 0) / row.length;
    return row.map((v, i) => (gain[i] * (v - mean)) / Math.sqrt(variance + 1e-5));
  });
}

function attend({ query, key, value }: Head, x: Matrix): Matrix {
  const [q, k, v] = [query, key, value].map((w) => matmul(x, w));
  const scale = 1 / Math.sqrt(q[0].length);
  const weights = q.map((qi, i) => {
    const scores = k.slice(0, i + 1).map((kj) => scale * qi.reduce((s, c, d) => s + c * kj[d], 0));
    return softmax(scores);
  });
  return weights.map((row) => v[0].map((_, d) => row.reduce((s, w, j) => s + w * v[j][d], 0)));
}

// @differentiate
export function blockLoss(block: Block, x: Matrix, target: Matrix): number {
  const normalized = layerNorm(x, block.gain);
  const heads = block.heads.map((head) => attend(head, normalized));
  const joined = x.map((_, i) => heads.flatMap((h) => h[i]));
  const y = matmul(joined, block.output).map((row, i) => row.map((v, j) => v + x[i][j]));
  return y.flatMap((row, i) => row.map((v, j) => (v - target[i][j]) ** 2)).reduce((a, b) => a + b) / y.length;
}

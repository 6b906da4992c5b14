/** PageRank by power iteration on a weighted graph. */
export interface Link {
  from: string;
  to: string;
  weight: number;
}

export interface PageRankOptions {
  damping?: number;
  iterations?: number;
}

// @differentiate
export function rankOf(page: string, links: Link[], { damping = 0.85, iterations = 20 }: PageRankOptions = {}): number {
  const pages = [...new Set(links.flatMap((l) => [l.from, l.to]))].sort();
  const index = new Map(pages.map((name, i) => [name, i]));
  const n = pages.length;

  const outgoing: number[] = new Array(n).fill(0);
  for (const link of links) {
    outgoing[index.get(link.from)!] += link.weight;
  }

  let rank: number[] = new Array(n).fill(1 / n);
  for (let k = 0; k < iterations; k++) {
    const next: number[] = new Array(n).fill((1 - damping) / n);
    let dangling = 0;
    for (let i = 0; i < n; i++) {
      if (outgoing[i] === 0) dangling += rank[i];
    }
    for (const { from, to, weight } of links) {
      const i = index.get(from)!;
      next[index.get(to)!] += damping * rank[i] * weight / outgoing[i];
    }
    rank = next.map((r) => r + damping * dangling / n);
  }
  return rank[index.get(page) ?? 0];
}

/** The same with numbered pages and a dense matrix. */
// @differentiate
export function pageRank(weights: number[][], damping: number): number[] {
  const n = weights.length;
  const columns = weights.map((row) => {
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((w) => (total > 0 ? w / total : 1 / n));
  });
  let rank = Array<number>(n).fill(1 / n);
  for (let iteration = 0; iteration < 30; iteration++) {
    const next = Array<number>(n).fill((1 - damping) / n);
    columns.forEach((column, i) => column.forEach((w, j) => {
      next[j] += damping * w * rank[i];
    }));
    rank = next;
  }
  return rank;
}

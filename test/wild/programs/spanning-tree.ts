/** The least spanning tree by Kruskal: edges sorted by weight, union–find. */
interface Edge { u: number; v: number; w: number }
class UnionFind {
  private parent: number[];
  constructor(n: number) { this.parent = Array.from({ length: n }, (_, i) => i); }
  find(x: number): number {
    while (this.parent[x] !== x) { this.parent[x] = this.parent[this.parent[x]]; x = this.parent[x]; }
    return x;
  }
  join(a: number, b: number): boolean {
    const [ra, rb] = [this.find(a), this.find(b)];
    if (ra === rb) return false;
    this.parent[ra] = rb;
    return true;
  }
}
const distance = ([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]) => Math.hypot(ax - bx, ay - by);
// @differentiate
export function spanningTree(points: [number, number][], power: number): number {
  const edges: Edge[] = [];
  for (let u = 0; u < points.length; u++)
    for (let v = u + 1; v < points.length; v++) edges.push({ u, v, w: distance(points[u], points[v]) });
  edges.sort((a, b) => a.w - b.w);
  const sets = new UnionFind(points.length);
  const used = edges.filter(({ u, v }) => sets.join(u, v));
  return used.reduce((s, { w }) => s + w ** power, 0);
}

/** Energy of a force-directed graph layout. */
interface Point { x: number; y: number }
interface Edge { source: string; target: string; length?: number }
export interface Graph { nodes: Record<string, Point>; edges: Edge[] }

export interface Forces { spring: number; repulsion: number; gravity?: number }

// @differentiate
export function layoutEnergy(graph: Graph, { spring, repulsion, gravity = 0.05 }: Forces): number {
  const names = Object.keys(graph.nodes);
  let energy = 0;
  outer: for (let i = 0; i < names.length; i++) {
    const p = graph.nodes[names[i]!]!;
    energy += gravity * (p.x ** 2 + p.y ** 2);
    for (let j = i + 1; j < names.length; j++) {
      const q = graph.nodes[names[j]!];
      if (!q) continue outer;
      energy += repulsion / (Math.hypot(p.x - q.x, p.y - q.y) + 1e-3);
    }
  }
  for (const { source, target, length = 1 } of graph.edges) {
    const [a, b] = [graph.nodes[source]!, graph.nodes[target]!];
    energy += 0.5 * spring * (Math.hypot(a.x - b.x, a.y - b.y) - length) ** 2;
  }
  return energy;
}

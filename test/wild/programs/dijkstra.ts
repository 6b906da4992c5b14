/** Shortest paths with Dijkstra's algorithm on an adjacency map. */
type Graph = Map<string, Map<string, number>>;

export interface Edge {
  from: string;
  to: string;
  length: number;
  speed?: number;
}

function buildGraph(edges: Edge[]): Graph {
  const graph: Graph = new Map();
  for (const { from, to, length, speed = 50 } of edges) {
    if (!graph.has(from)) graph.set(from, new Map());
    if (!graph.has(to)) graph.set(to, new Map());
    const time = length / speed;
    graph.get(from)!.set(to, time);
    graph.get(to)!.set(from, time);
  }
  return graph;
}

// @differentiate
export function travelTime(edges: Edge[], start: string, goal: string): number {
  const graph = buildGraph(edges);
  const best = new Map<string, number>([[start, 0]]);
  const done = new Set<string>();
  while (true) {
    let current: string | undefined;
    let time = Infinity;
    for (const [node, t] of best) {
      if (!done.has(node) && t < time) {
        current = node;
        time = t;
      }
    }
    if (current === undefined) throw new Error(`no way from ${start} to ${goal}`);
    if (current === goal) return time;
    done.add(current);
    for (const [neighbour, edge] of graph.get(current)!) {
      const candidate = time + edge;
      if (candidate < (best.get(neighbour) ?? Infinity)) best.set(neighbour, candidate);
    }
  }
}

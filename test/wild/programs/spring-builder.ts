type Material = 'steel' | 'wood' | 'rubber';
interface Spring { from: number; to: number; k: number; rest: number }
interface World { nodes: { x: number; y: number; pinned?: boolean }[]; springs: Spring[]; gravity: number }
const DENSITY: Record<Material, number> = { steel: 7.8, wood: 0.7, rubber: 1.2 };
class WorldBuilder {
  private nodes: World['nodes'] = [];
  private springs: Spring[] = [];
  private gravity = 9.81;
  node(x: number, y: number, { pinned = false } = {}): this {
    this.nodes.push({ x, y, pinned });
    return this;
  }
  spring(from: number, to: number, k: number): this {
    const [a, b] = [this.nodes[from], this.nodes[to]];
    this.springs.push({ from, to, k, rest: Math.hypot(a.x - b.x, a.y - b.y) });
    return this;
  }
  withGravity(g: number): this { this.gravity = g; return this; }
  build(): World { return { nodes: this.nodes, springs: this.springs, gravity: this.gravity }; }
}
function energy({ nodes, springs, gravity }: World, mass: number): number {
  const potential = nodes.filter((n) => !n.pinned).reduce((e, n) => e + mass * gravity * n.y, 0);
  const elastic = springs.reduce((e, { from, to, k, rest }) => {
    const { x: x0, y: y0 } = nodes[from];
    const { x: x1, y: y1 } = nodes[to];
    return e + 0.5 * k * (Math.hypot(x1 - x0, y1 - y0) - rest) ** 2;
  }, 0);
  return potential + elastic;
}
// @differentiate
export function sag(dx: number, dy: number, k: number, material: Material): number {
  const world = new WorldBuilder().node(0, 0, { pinned: true }).node(1, 0).node(2, 0, { pinned: true }).node(1, -1)
    .spring(0, 1, k).spring(1, 2, k).spring(1, 3, 2 * k).withGravity(1.6).build();
  const moved: World = { ...world, nodes: world.nodes.map((n, i) => (n.pinned ? n : { ...n, x: n.x + dx * i, y: n.y + dy / (i + 1) })) };
  return energy(moved, DENSITY[material]);
}

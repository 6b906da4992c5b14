/** Gravity by the Barnes–Hut algorithm: a quadtree of bodies. */
export interface Body {
  x: number;
  y: number;
  mass: number;
}

interface Node {
  x: number;      // corner and size of the square
  y: number;
  size: number;
  mass: number;
  cx: number;     // center of mass
  cy: number;
  body?: Body;
  children?: Node[];
}

function createNode(x: number, y: number, size: number): Node {
  return { x, y, size, mass: 0, cx: 0, cy: 0 };
}

function childFor(node: Node, body: Body): Node {
  const half = node.size / 2;
  const right = body.x >= node.x + half ? 1 : 0;
  const below = body.y >= node.y + half ? 1 : 0;
  return node.children![right + 2 * below];
}

function insert(node: Node, body: Body): void {
  if (node.children) {
    insert(childFor(node, body), body);
  } else if (node.body) {
    const half = node.size / 2;
    node.children = [0, 1, 2, 3].map((i) => createNode(node.x + (i % 2) * half, node.y + Math.floor(i / 2) * half, half));
    const old = node.body;
    node.body = undefined;
    insert(childFor(node, old), old);
    insert(childFor(node, body), body);
  } else {
    node.body = body;
  }
  const mass = node.mass + body.mass;
  node.cx = (node.cx * node.mass + body.x * body.mass) / mass;
  node.cy = (node.cy * node.mass + body.y * body.mass) / mass;
  node.mass = mass;
}

function potentialAt(node: Node, body: Body, theta: number): number {
  if (node.mass === 0 || node.body === body) return 0;
  const dx = node.cx - body.x;
  const dy = node.cy - body.y;
  const distance = Math.sqrt(dx * dx + dy * dy + 1e-4);
  if (!node.children || node.size / distance < theta) {
    return (-body.mass * node.mass) / distance;
  }
  return node.children.reduce((sum, child) => sum + potentialAt(child, body, theta), 0);
}

// @differentiate
export function potentialEnergy(bodies: Body[], theta = 0.7): number {
  const root = createNode(0, 0, 8);
  for (const body of bodies) insert(root, body);
  return 0.5 * bodies.reduce((sum, body) => sum + potentialAt(root, body, theta), 0);
}

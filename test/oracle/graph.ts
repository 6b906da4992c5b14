/**
 * Reverse mode, as the textbook has it: the forward pass builds a graph of nodes, each with its value, its parents and
 * the local partial derivatives; the backward pass goes through the nodes in reverse topological order, and
 * each node adds its cotangent, times the local partial, to the cotangent of each parent.
 */
import { Active, type Num, add, apply, times } from './number.ts';
import { valueAt } from './dual.ts';
import { partial } from './partials.ts';

export class Node extends Active {
  cotangent: Num = 0;
  constructor(level: number, value: Num, readonly parents: Node[] = [], readonly partials: Num[] = []) {
    super(level, value);
  }

  apply(op: string, args: Num[]): Num {
    const values = args.map((x) => valueAt(this.level, x));
    const y = apply(op, ...values);
    const parents: Node[] = [];
    const partials: Num[] = [];
    args.forEach((x, i) => {
      if (!(x instanceof Node) || x.level !== this.level) return;
      const slope = partial(op, values, y, i);
      if (slope === undefined) return;
      parents.push(x);
      partials.push(slope);
    });
    return parents.length ? new Node(this.level, y, parents, partials) : y;
  }
}

/** Nodes in an order in which parents come before children, by depth-first search without recursion. */
export function topologicalOrder(roots: Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack = roots.map((node) => ({ node, next: 0 }));
  while (stack.length) {
    const top = stack[stack.length - 1];
    if (top.next === 0 && seen.has(top.node)) {
      stack.pop();
      continue;
    }
    seen.add(top.node);
    const parent = top.node.parents[top.next++];
    if (parent) {
      if (!seen.has(parent)) stack.push({ node: parent, next: 0 });
    } else {
      order.push(top.node);
      stack.pop();
    }
  }
  return order;
}

/** Adds to the cotangents of all nodes that the roots depend on. */
export function backward(roots: { node: Node; cotangent: Num }[]): void {
  for (const { node, cotangent } of roots) node.cotangent = add(node.cotangent, cotangent);
  for (const node of topologicalOrder(roots.map((r) => r.node)).reverse()) {
    node.parents.forEach((parent, i) => {
      parent.cotangent = add(parent.cotangent, times(node.cotangent, node.partials[i]));
    });
  }
}

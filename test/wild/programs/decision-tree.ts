/** A soft decision tree with optional children, and its penalized loss. */
export interface TreeNode {
  feature?: number;
  threshold?: number;
  sharpness?: number;
  value?: number;
  left?: TreeNode;
  right?: TreeNode;
}

function predict(node: TreeNode, x: number[]): number {
  if (!node.left || !node.right) return node.value ?? 0;
  const z = (node.sharpness ?? 4) * (x[node.feature!] - (node.threshold ?? 0));
  const toRight = 1 / (1 + Math.exp(-z));
  return (1 - toRight) * predict(node.left, x) + toRight * predict(node.right, x);
}

function leaves(node: TreeNode): number[] {
  if (node.value !== undefined) return [node.value];
  return [...(node.left ? leaves(node.left) : []), ...(node.right ? leaves(node.right) : [])];
}

// @differentiate
export function treeLoss(root: TreeNode, rows: { x: number[]; y: number }[], penalty = 0.01): number {
  let loss = 0;
  for (const { x, y } of rows) loss += (predict(root, x) - y) ** 2;
  return loss / rows.length + penalty * leaves(root).reduce((s, v) => s + v * v, 0);
}

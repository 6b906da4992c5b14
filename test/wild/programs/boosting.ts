/** Gradient-boosted trees over soft splits: prediction and loss. */
interface Leaf { kind: 'leaf'; value: number }
interface Split { kind: 'split'; feature: string; threshold: number; sharpness?: number; left: Tree; right: Tree }
export type Tree = Leaf | Split;
export type Row = Readonly<Record<string, number>>;

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

function evaluate(tree: Tree, row: Row): number {
  if (tree.kind === 'leaf') return tree.value;
  const x = row[tree.feature] ?? 0;
  const p = sigmoid((tree.sharpness ?? 4) * (x - tree.threshold));
  return (1 - p) * evaluate(tree.left, row) + p * evaluate(tree.right, row);
}

// @differentiate
export function logLoss(trees: Tree[], rows: Row[], labels: boolean[], shrinkage = 0.3): number {
  let loss = 0;
  for (const [i, row] of rows.entries()) {
    const score = trees.reduce((s, tree) => s + shrinkage * evaluate(tree, row), 0);
    const p = Math.min(Math.max(sigmoid(score), 1e-12), 1 - 1e-12);
    loss -= labels[i] ? Math.log(p) : Math.log(1 - p);
  }
  return loss / rows.length;
}

/** Trees of parameters. N-d arrays are known by their brand; numpy is not imported here. */

interface NDArray {
  readonly isNDArray: true;
  add(y: NDArray): NDArray;
  mul(y: number): NDArray;
  like(numbers: ArrayLike<number>): NDArray;
  dataSync(): Float64Array | Float32Array;
}

export type Leaf = number | NDArray | Float64Array | Float32Array;

export function isLeaf(x: any): x is Leaf {
  return typeof x === 'number' || x instanceof Float64Array || x instanceof Float32Array || x?.isNDArray === true;
}

/** Applies a function to the leaves of trees of one structure; what is no parameter (a string, `undefined`) is left as it is. */
export function map<T>(f: (...leaves: any[]) => unknown, tree: T, ...others: any[]): T {
  if (isLeaf(tree)) {
    if (others.some((o) => !isLeaf(o))) throw new TypeError('tapeless/optim: trees of different structures');
    return f(tree, ...others) as T;
  }
  if (Array.isArray(tree)) return tree.map((part, i) => map(f, part, ...others.map((o) => o[i]))) as T;
  if (tree && typeof tree === 'object') return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, map(f, part, ...others.map((o) => o[key]))])) as T;
  return tree;
}

export function scale(x: Leaf, c: number): Leaf {
  return typeof x === 'number' ? c * x : 'isNDArray' in x ? x.mul(c) : x.map((e) => c * e);
}

export function add(x: Leaf, y: any): Leaf {
  return typeof x === 'number' ? x + y : 'isNDArray' in x ? x.add(y) : x.map((e, i) => e + y[i]);
}

/** The root of the sum of all squares. */
export function norm(tree: unknown): number {
  let sum = 0;
  map((leaf: Leaf) => {
    const numbers = typeof leaf === 'number' ? [leaf] : 'isNDArray' in leaf ? leaf.dataSync() : leaf;
    for (const e of numbers) sum += e * e;
    return leaf;
  }, tree);
  return Math.sqrt(sum);
}

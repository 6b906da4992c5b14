/** Cheapest path over a grid of heights, with a priority queue keyed by estimated cost. */
interface Item<T> { priority: number; value: T }

class PriorityQueue<T> {
  private heap: Item<T>[] = [];

  get size() { return this.heap.length; }

  push(value: T, priority: number): void {
    this.heap.push({ priority, value });
    let i = this.heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.heap[parent]!.priority <= this.heap[i]!.priority) break;
      [this.heap[parent], this.heap[i]] = [this.heap[i]!, this.heap[parent]!];
      i = parent;
    }
  }

  pop(): T | undefined {
    const top = this.heap[0];
    const last = this.heap.pop();
    if (!top || !last) return undefined;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      let i = 0;
      for (;;) {
        const [l, r] = [2 * i + 1, 2 * i + 2];
        let least = i;
        if (l < this.heap.length && this.heap[l]!.priority < this.heap[least]!.priority) least = l;
        if (r < this.heap.length && this.heap[r]!.priority < this.heap[least]!.priority) least = r;
        if (least === i) break;
        [this.heap[least], this.heap[i]] = [this.heap[i]!, this.heap[least]!];
        i = least;
      }
    }
    return top.value;
  }
}

const DIRECTIONS = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const;

// @differentiate
export function cheapest(heights: number[][], slope: number): number {
  const [rows, columns] = [heights.length, heights[0]!.length];
  const best = heights.map((row) => row.map(() => Infinity));
  best[0]![0] = 0;
  const open = new PriorityQueue<{ r: number; c: number }>();
  open.push({ r: 0, c: 0 }, 0);
  const closed = new Set<number>();
  while (open.size > 0) {
    const { r, c } = open.pop()!;
    if (r === rows - 1 && c === columns - 1) break;
    const id = r * columns + c;
    if (closed.has(id)) continue;
    closed.add(id);
    for (const [dr, dc] of DIRECTIONS) {
      const [nr, nc] = [r + dr, c + dc];
      const there = heights[nr]?.[nc];
      if (there === undefined) continue;
      const climb = there - heights[r]![c]!;
      const cost = best[r]![c]! + Math.sqrt(1 + slope * climb ** 2);
      if (cost < best[nr]![nc]!) {
        best[nr]![nc] = cost;
        open.push({ r: nr, c: nc }, cost + (rows - 1 - nr) + (columns - 1 - nc));
      }
    }
  }
  return best[rows - 1]![columns - 1]!;
}

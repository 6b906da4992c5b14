/** A queue with several servers, simulated by events on a binary heap. */
interface Event {
  time: number;
  customer: number;
}

class MinHeap<T> {
  private items: T[] = [];

  constructor(private readonly less: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  push(item: T): void {
    this.items.push(item);
    let i = this.items.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.less(this.items[i], this.items[parent])) break;
      [this.items[i], this.items[parent]] = [this.items[parent], this.items[i]];
      i = parent;
    }
  }

  pop(): T | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0 && last !== undefined) {
      this.items[0] = last;
      let i = 0;
      while (true) {
        const l = 2 * i + 1;
        const r = l + 1;
        let least = i;
        if (l < this.items.length && this.less(this.items[l], this.items[least])) least = l;
        if (r < this.items.length && this.less(this.items[r], this.items[least])) least = r;
        if (least === i) break;
        [this.items[i], this.items[least]] = [this.items[least], this.items[i]];
        i = least;
      }
    }
    return top;
  }
}


// @differentiate
export function meanWait(arrivalRate: number, serviceRate: number, uniforms: [number, number][], servers = 2): number {
  const free = new MinHeap<Event>((a, b) => a.time < b.time);
  for (let s = 0; s < servers; s++) free.push({ time: 0, customer: -1 });

  let clock = 0;
  let waited = 0;
  uniforms.forEach(([u, v], customer) => {
    clock += -Math.log(1 - u) / arrivalRate;
    const service = -Math.log(1 - v) / serviceRate;
    const next = free.pop();
    if (!next) throw new Error('no server');
    const start = Math.max(clock, next.time);
    waited += start - clock;
    free.push({ time: start + service, customer });
  });
  return waited / uniforms.length;
}

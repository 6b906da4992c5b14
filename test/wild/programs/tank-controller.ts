/** Tank level under a state-machine controller with hysteresis and a ring buffer of readings. */
type State = { kind: 'filling'; since: number } | { kind: 'draining'; since: number; rate: number } | { kind: 'idle' };
class RingBuffer<T> {
  private items: T[] = [];
  private next = 0;
  constructor(private capacity: number) {}
  add(item: T): void {
    if (this.items.length < this.capacity) this.items.push(item);
    else { this.items[this.next] = item; this.next = (this.next + 1) % this.capacity; }
  }
  reduce<U>(f: (acc: U, item: T) => U, start: U): U { return this.items.reduce(f, start); }
  get size() { return this.items.length; }
}
// @differentiate
export function simulate(inflow: number, leak: number, high: number, low: number, steps: number): number {
  let state: State = { kind: 'idle' };
  let level = 0.5;
  const readings = new RingBuffer<number>(5);
  let penalty = 0;
  for (let t = 0; t < steps; t++) {
    switch (state.kind) {
      case 'idle': state = level < (high + low) / 2 ? { kind: 'filling', since: t } : { kind: 'draining', since: t, rate: leak * level }; break;
      case 'filling':
        level += inflow * (1 - Math.exp(-(t - state.since + 1) / 3));
        if (level > high) state = { kind: 'draining', since: t, rate: leak * Math.sqrt(level) };
        break;
      case 'draining':
        level -= state.rate * 0.9 ** (t - state.since);
        if (level < low) state = { kind: 'idle' };
        break;
    }
    readings.add(level);
    const mean = readings.reduce((s, r) => s + r, 0) / readings.size;
    penalty += (level - mean) ** 2;
  }
  return penalty + level;
}

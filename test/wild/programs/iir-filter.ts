/** A biquad filter whose history is kept in a ring buffer. */
export interface Biquad {
  b: [number, number, number];
  a: [number, number];
}

class RingBuffer {
  private readonly data: Float64Array;
  private head = 0;

  constructor(readonly capacity: number) {
    this.data = new Float64Array(capacity);
  }

  push(value: number): void {
    this.head = (this.head + 1) % this.capacity;
    this.data[this.head] = value;
  }

  /** The value `delay` samples ago; 0 is the newest. */
  get(delay: number): number {
    return this.data[(this.head - delay + this.capacity) % this.capacity];
  }
}

function lowPass(cutoff: number, resonance: number, sampleRate: number): Biquad {
  const w = (2 * Math.PI * cutoff) / sampleRate;
  const alpha = Math.sin(w) / (2 * resonance);
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  return {
    b: [(1 - cos) / 2 / a0, (1 - cos) / a0, (1 - cos) / 2 / a0],
    a: [(-2 * cos) / a0, (1 - alpha) / a0],
  };
}

// @differentiate
export function energyAfterFilter(signal: Float64Array, cutoff: number, resonance: number, sampleRate = 44100): number {
  const { b, a } = lowPass(cutoff, resonance, sampleRate);
  const inputs = new RingBuffer(3);
  const outputs = new RingBuffer(3);
  let energy = 0;
  for (const sample of signal) {
    inputs.push(sample);
    const y = b[0] * inputs.get(0) + b[1] * inputs.get(1) + b[2] * inputs.get(2)
      - a[0] * outputs.get(0) - a[1] * outputs.get(1);
    outputs.push(y);
    energy += y * y;
  }
  return energy / signal.length;
}

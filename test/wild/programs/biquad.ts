/** An audio equaliser: a cascade of biquad filters after the RBJ cookbook. */
export type FilterType = 'lowpass' | 'highpass' | 'peaking';

export interface Band {
  type: FilterType;
  frequency: number;
  q?: number;
  gainDb?: number;
}

interface Coefficients {
  b0: number;
  b1: number;
  b2: number;
  a1: number;
  a2: number;
}

function design({ type, frequency, q = Math.SQRT1_2, gainDb = 0 }: Band, sampleRate: number): Coefficients {
  const w0 = (2 * Math.PI * frequency) / sampleRate;
  const cos = Math.cos(w0);
  const alpha = Math.sin(w0) / (2 * q);
  const normalise = (b0: number, b1: number, b2: number, a0: number, a1: number, a2: number): Coefficients =>
    ({ b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0 });
  switch (type) {
    case 'lowpass': return normalise((1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
    case 'highpass': return normalise((1 + cos) / 2, -(1 + cos), (1 + cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
    case 'peaking': {
      const A = 10 ** (gainDb / 40);
      return normalise(1 + alpha * A, -2 * cos, 1 - alpha * A, 1 + alpha / A, -2 * cos, 1 - alpha / A);
    }
  }
}

class Biquad {
  private z1 = 0;
  private z2 = 0;
  private readonly c: Coefficients;

  constructor(band: Band, sampleRate: number) {
    this.c = design(band, sampleRate);
  }

  process(x: number): number {
    const { b0, b1, b2, a1, a2 } = this.c;
    const y = b0 * x + this.z1;
    this.z1 = b1 * x - a1 * y + this.z2;
    this.z2 = b2 * x - a2 * y;
    return y;
  }
}

// @differentiate
export function energy(bands: Band[], signal: Float64Array, sampleRate = 8000): number {
  const filters = bands.map((band) => new Biquad(band, sampleRate));
  let sum = 0;
  for (const sample of signal) {
    const out = filters.reduce((x, filter) => filter.process(x), sample);
    sum += out * out;
  }
  return sum / signal.length;
}

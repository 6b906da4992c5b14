/** Audio: windowed-sinc design, convolution, envelope follower, soft clipping, with typed arrays and early exits. */
export interface FilterSpec { taps: number; cutoff: number; window?: 'hann' | 'blackman' }
const windows = {
  hann: (t: number) => 0.5 - 0.5 * Math.cos(2 * Math.PI * t),
  blackman: (t: number) => 0.42 - 0.5 * Math.cos(2 * Math.PI * t) + 0.08 * Math.cos(4 * Math.PI * t),
} as const;
const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
function design({ taps, cutoff, window = 'hann' }: FilterSpec): Float64Array {
  const h = new Float64Array(taps);
  let gain = 0;
  for (let i = 0; i < taps; i++) {
    h[i] = sinc(2 * cutoff * (i - (taps - 1) / 2)) * windows[window]((i + 0.5) / taps);
    gain += h[i];
  }
  return h.map((v) => v / gain);
}
function convolve(x: ArrayLike<number>, h: Float64Array): Float64Array {
  const y = new Float64Array(x.length + h.length - 1);
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    if (!xi) continue;
    for (let k = 0; k < h.length; k++) y[i + k] += xi * h[k];
  }
  return y;
}
// @differentiate
export function loudness(signal: Float64Array, cutoff: number, release: number, drive: number): number {
  const filtered = convolve(signal, design({ taps: 7, cutoff, window: 'blackman' }));
  let envelope = 0, peak = -Infinity, energy = 0;
  filtered.forEach((v, i) => {
    const a = Math.abs(v);
    envelope = a > envelope ? a : envelope * Math.exp(-1 / release);
    if (i % 2 === 0) peak = Math.max(peak, envelope);
    energy += Math.tanh(drive * v) ** 2;
  });
  return 10 * Math.log10(energy / filtered.length) + peak;
}

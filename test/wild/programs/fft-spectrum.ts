/** Recursive FFT over complex numbers, and a measure of how tonal a signal is. */
export interface Complex {
  re: number;
  im: number;
}

const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const sub = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
const mul = (a: Complex, b: Complex): Complex => ({ re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re });

function fft(x: Complex[]): Complex[] {
  const n = x.length;
  if (n === 1) return x;
  if (n % 2 !== 0) throw new Error('length must be a power of two');

  const even = fft(x.filter((_, i) => i % 2 === 0));
  const odd = fft(x.filter((_, i) => i % 2 === 1));

  const result: Complex[] = new Array(n);
  for (let k = 0; k < n / 2; k++) {
    const angle = (-2 * Math.PI * k) / n;
    const t = mul({ re: Math.cos(angle), im: Math.sin(angle) }, odd[k]);
    result[k] = add(even[k], t);
    result[k + n / 2] = sub(even[k], t);
  }
  return result;
}

// @differentiate
export function spectralFlatness(signal: number[]): number {
  const spectrum = fft(signal.map((re) => ({ re, im: 0 })));
  const power = spectrum.slice(1, signal.length / 2).map(({ re, im }) => re * re + im * im + 1e-6);
  const geometric = Math.exp(power.map(Math.log).reduce((a, b) => a + b) / power.length);
  const arithmetic = power.reduce((a, b) => a + b) / power.length;
  return geometric / arithmetic;
}

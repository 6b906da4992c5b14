/**
 * Fast Fourier transforms, computed in float64: by halves where the length is a power of 2 (J. Cooley and J. Tukey, Mathematics of Computation 19
 * (1965), 297–301), else as a convolution of such a length (L. Bluestein, IEEE Transactions on Audio and Electroacoustics 18 (1970), 451–455).
 */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';

/** Transforms of the last axis: Σⱼ xⱼ exp(sign · 2πi jk/n), divided by n where the sign is positive. @internal */
export const transform = /* @__PURE__ */ kernel('transform', (re: NDArray, im: NDArray, sign: 1 | -1): [NDArray, NDArray] => {
  const n = re.shape.at(-1)!;
  const [a, b] = [Float64Array.from(dataOf(re)), Float64Array.from(dataOf(im))];
  const scale = sign > 0 ? 1 / n : 1;
  for (let at = 0; at < a.length; at += n) anyLength(a.subarray(at, at + n), b.subarray(at, at + n), sign);
  const part = (x: Float64Array): NDArray => filled(re.shape, re.dtype, (out) => { for (let i = 0; i < x.length; i++) out[i] = x[i] * scale; });
  return [part(a), part(b)];
});

function anyLength(re: Float64Array, im: Float64Array, sign: number): void {
  const n = re.length;
  if ((n & (n - 1)) === 0) powerOfTwo(re, im, sign);
  else bluestein(re, im, sign);
}

/** In place: bits of the indices reversed, then butterflies of growing length. */
function powerOfTwo(re: Float64Array, im: Float64Array, sign: number): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  const cos = Float64Array.from({ length: n >> 1 }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sin = Float64Array.from({ length: n >> 1 }, (_, i) => sign * Math.sin((2 * Math.PI * i) / n));
  for (let half = 1; half < n; half *= 2) {
    const step = n / (2 * half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0, t = 0; k < half; k++, t += step) {
        const [p, q] = [start + k, start + k + half];
        const x = re[q] * cos[t] - im[q] * sin[t];
        const y = re[q] * sin[t] + im[q] * cos[t];
        re[q] = re[p] - x;
        im[q] = im[p] - y;
        re[p] += x;
        im[p] += y;
      }
    }
  }
}

/** jk = (j² + k² − (k − j)²) / 2 makes of the transform a convolution with exp(sign · πi j²/n). */
function bluestein(re: Float64Array, im: Float64Array, sign: number): void {
  const n = re.length;
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  // j² mod 2n keeps the angle small, so that it is exact for long arrays, too.
  const angle = (j: number): number => (Math.PI * ((j * j) % (2 * n))) / n;
  const cos = Float64Array.from({ length: n }, (_, j) => Math.cos(angle(j)));
  const sin = Float64Array.from({ length: n }, (_, j) => sign * Math.sin(angle(j)));
  const [a, b, c, d] = [0, 0, 0, 0].map(() => new Float64Array(m));
  for (let j = 0; j < n; j++) {
    a[j] = re[j] * cos[j] - im[j] * sin[j];
    b[j] = re[j] * sin[j] + im[j] * cos[j];
    c[j] = cos[j];
    d[j] = -sin[j];
    if (j > 0) [c[m - j], d[m - j]] = [cos[j], -sin[j]];
  }
  powerOfTwo(a, b, -1);
  powerOfTwo(c, d, -1);
  for (let j = 0; j < m; j++) [a[j], b[j]] = [a[j] * c[j] - b[j] * d[j], a[j] * d[j] + b[j] * c[j]];
  powerOfTwo(a, b, 1);
  for (let k = 0; k < n; k++) {
    re[k] = (a[k] * cos[k] - b[k] * sin[k]) / m;
    im[k] = (a[k] * sin[k] + b[k] * cos[k]) / m;
  }
}

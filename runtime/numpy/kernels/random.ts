/**
 * Threefry-2x32 with 20 rounds: J. Salmon, M. Moraes, R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * Proceedings of SC11 (2011), section 4.
 */
import { type NDArray, dataOf, filled } from '../array.ts';
import { kernel } from '../device.ts';
import type { DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import { floating } from '../dtype.ts';
import { erfc, erf } from '../../special/erf.ts';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** Two words of the key and two of the counter become two words; `out` gets them. @internal */
export function threefry(k0: number, k1: number, c0: number, c1: number, out: Int32Array): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let i = first; i < first + 4; i++) {
      x = (x + y) | 0;
      y = ((y << ROTATIONS[i]) | (y >>> (32 - ROTATIONS[i]))) ^ x;
    }
    // The words of the key in turn, and the group's number.
    const [a, b] = group % 3 === 0 ? [k1, k2] : group % 3 === 1 ? [k2, k0] : [k0, k1];
    x = (x + a) | 0;
    y = (y + b + group + 1) | 0;
  }
  out[0] = x;
  out[1] = y;
}

/** The words of `count` blocks of counters from `start` on. @internal */
export const randomBits = /* @__PURE__ */ kernel('randomBits', (key: NDArray, count: number, start: number): [Int32Array, Int32Array] => {
  const [k0, k1] = dataOf(key);
  const words = new Int32Array(2);
  const [first, second] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    threefry(k0, k1, Math.floor((start + i) / 2 ** 32) | 0, (start + i) | 0, words);
    first[i] = words[0];
    second[i] = words[1];
  }
  return [first, second];
});

/** Numbers in [0, 1): 23 bits of float32, 52 of float64. @internal */
export const randomUnit = /* @__PURE__ */ kernel('randomUnit', (key: NDArray, shape: Shape, dtype: DType): NDArray => {
  const [k0, k1] = dataOf(key);
  const words = new Int32Array(2);
  return filled(shape, dtype, (out) => {
    for (let i = 0; i < out.length; i++) {
      threefry(k0, k1, Math.floor(i / 2 ** 32), i | 0, words);
      out[i] = dtype === 'float32' ? ((words[0] ^ words[1]) >>> 9) * 2 ** -23 : (words[0] >>> 0) * 2 ** -32 + (words[1] >>> 12) * 2 ** -52;
    }
  });
});

/** The inverse of the error function. @internal */
export const erfinv = /* @__PURE__ */ kernel('erfinv', (x: NDArray): NDArray => {
  const a = dataOf(x);
  return filled(x.shape, floating(x.dtype), (out) => { for (let i = 0; i < out.length; i++) out[i] = inverseErf(a[i]); });
});

/** M. Giles, "Approximating the erfinv function", GPU Computing Gems, Jade edition (2012), chapter 10; then Halley's method, to float64's accuracy. */
function inverseErf(x: number): number {
  let w = -Math.log1p(-x * x);
  let p: number;
  if (w < 5) {
    w -= 2.5;
    p = horner(w, [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941]);
  } else {
    w = Math.sqrt(w) - 3;
    p = horner(w, [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682]);
  }
  let y = p * x;
  if (!Number.isFinite(y)) return x === 1 ? Infinity : x === -1 ? -Infinity : NaN;
  // A step of relative size 1e-5 leaves an error of its third power.
  for (let step = Infinity; Math.abs(step) > 1e-5 * Math.abs(y);) {
    // Far out, 1 − erf is what is known well.
    const error = Math.abs(x) < 0.5 ? erf(y) - x : x > 0 ? 1 - x - erfc(y) : erfc(-y) - (1 + x);
    step = error * (Math.sqrt(Math.PI) / 2) * Math.exp(y * y);
    step /= 1 + y * step;
    y -= step;
  }
  return y;
}

function horner(x: number, coefficients: readonly number[]): number { return coefficients.reduce((p, c) => p * x + c, 0); }

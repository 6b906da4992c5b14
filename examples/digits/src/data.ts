/** 10 000 handwritten digits of 28 × 28 pixels (LeCun, Cortes, Burges: MNIST), from the `mnist` package. */
import { createRequire } from 'node:module';
import { np } from 'tapeless/numpy';

const SIZE = 28 * 28;

export interface Digits {
  /** [n, 784], from 0 (white) to 1. */
  images: np.Array;
  /** [n], the digits themselves. */
  labels: Int32Array;
}

/** So many digits to train with, of each kind the same number, and the last tenth of all to test. */
export function digits(count = Infinity): { train: Digits; test: Digits } {
  const sources: { raw: number[]; length: number }[] = createRequire(import.meta.url)('mnist');
  const part = (range: (length: number) => [from: number, to: number]): Digits => {
    const pixels: number[] = [];
    const labels: number[] = [];
    for (let digit = 0; digit < 10; digit++) {
      const { raw, length } = sources[digit];
      const [from, to] = range(length);
      for (let k = from * SIZE; k < to * SIZE; k++) pixels.push(raw[k]);
      for (let i = from; i < to; i++) labels.push(digit);
    }
    return { images: np.array(Float32Array.from(pixels)).reshape(labels.length, SIZE), labels: Int32Array.from(labels) };
  };
  const most = (length: number) => Math.floor(0.9 * length);
  return { train: part((length) => [0, Math.min(most(length), Math.ceil(count / 10))]), test: part((length) => [most(length), length]) };
}

/** [n, 10], 1 at the digit and 0 elsewhere. */
export function oneHot(labels: Int32Array): np.Array {
  const rows = new Float32Array(labels.length * 10);
  labels.forEach((label, i) => { rows[10 * i + label] = 1; });
  return np.array(rows).reshape(labels.length, 10);
}

/**
 * Discrete Fourier transforms along an axis. np has no complex dtype: complex arrays are records `{ re, im }` of two arrays.
 *
 *   fft: Yₖ = Σⱼ xⱼ exp(−2πi jk/n),   ifft: xⱼ = 1/n Σₖ Yₖ exp(2πi jk/n)
 *
 * In the real sense that derivatives mean, fft's transpose is n · ifft, and ifft's is fft / n.
 */
import { type NDArray, isArray } from './array.ts';
import { astype, zerosLike } from './create.ts';
import { floating, promote } from './dtype.ts';
import { div, mul } from './elementwise.ts';
import { fail, show } from './errors.ts';
import { transform } from './kernels/fourier.ts';
import { moveaxis } from './layout.ts';
import { axisOf, sameShape } from './shape.ts';

/** A complex array: real and imaginary parts, of one shape and dtype. */
export interface Complex { re: NDArray; im: NDArray }

/** The transform of a real or complex array along an axis, the last one if not given; any length but 0. */
export function fft(x: NDArray | Complex, axis = -1): Complex { return transformed('fft', x, axis, -1); }

/** The inverse transform: ifft(fft(x)) is x. */
export function ifft(x: NDArray | Complex, axis = -1): Complex { return transformed('ifft', x, axis, 1); }

/** The cotangent of x in fft(x, axis): a record for a record. */
export function unfft(g: Complex, axis = -1): Complex {
  const { re, im } = ifft(g, axis);
  const n = g.re.shape.at(axis)!;
  return { re: mul(re, n), im: mul(im, n) };
}

/** The cotangent of x in ifft(x, axis): a record for a record. */
export function unifft(g: Complex, axis = -1): Complex {
  const { re, im } = fft(g, axis);
  const n = g.re.shape.at(axis)!;
  return { re: div(re, n), im: div(im, n) };
}

function transformed(op: string, x: NDArray | Complex, axis: number, sign: 1 | -1): Complex {
  const { re, im } = isArray(x) ? { re: x, im: zerosLike(x) } : x;
  if (!sameShape(re.shape, im.shape)) fail(op, `real part of shape ${show(re.shape)}, imaginary part of shape ${show(im.shape)}`);
  if (re.ndim === 0) fail(op, 'of a 0-d array');
  const at = axisOf(op, axis, re.shape);
  if (re.shape[at] === 0) fail(op, `along an axis of size 0, of an array of shape ${show(re.shape)}`);
  const dtype = floating(promote(re.dtype, im.dtype));
  const [a, b] = [re, im].map((part) => moveaxis(astype(part, dtype), at, -1));
  const [c, d] = transform(a, b, sign);
  return { re: moveaxis(c, -1, at), im: moveaxis(d, -1, at) };
}

/** Convolution, in the layout of JAX and PyTorch: images [batch, channels, height, width], or [batch, channels, length]; weights [out, in, height, width], or [out, in, length]. */
import type { NDArray } from './array.ts';
import { astype } from './create.ts';
import { floating, promote } from './dtype.ts';
import { fail, show } from './errors.ts';
import { type Convolution, convolve, convolveInput, convolveWeight } from './kernels/conv.ts';
import { type Shape } from './shape.ts';
import { type WindowOptions, perAxis, slidingOf } from './windows.ts';

export interface ConvOptions extends WindowOptions {
  /** Distance of the weights' elements; 1 if not given. */
  dilation?: number | readonly number[];
}

/**
 * Each output channel is the sum over input channels of the image's correlation with the weights (which are not flipped, as is the
 * custom of neural networks). Without options: strides of 1, no padding.
 * @throws NumpyError where channels differ, or the window does not fit.
 */
export function conv(x: NDArray, w: NDArray, options: ConvOptions = {}): NDArray {
  const dtype = floating(promote(x.dtype, w.dtype));
  const c = shapeOf(x.shape, w.shape, options);
  return convolve(astype(x, dtype), astype(w, dtype), c, resultShape(x.shape, c));
}

/** The cotangent of x in conv(x, w, options). */
export function convLhs(g: NDArray, w: NDArray, x: NDArray, options: ConvOptions = {}): NDArray {
  return convolveInput(g, astype(w, g.dtype), shapeOf(x.shape, w.shape, options), x.shape);
}

/** The cotangent of w in conv(x, w, options). */
export function convRhs(g: NDArray, x: NDArray, w: NDArray, options: ConvOptions = {}): NDArray {
  return convolveWeight(g, astype(x, g.dtype), shapeOf(x.shape, w.shape, options), w.shape);
}

function shapeOf(x: Shape, w: Shape, { strides, padding = 'valid', dilation }: ConvOptions): Convolution {
  const axes = x.length - 2;
  if (axes < 1 || axes > 2 || w.length !== x.length) fail('conv', `an array of shape ${show(x)} and weights of shape ${show(w)}: both have 3 axes or both have 4`);
  if (x[1] !== w[1]) fail('conv', `${x[1]} channels in an array of shape ${show(x)}, ${w[1]} in weights of shape ${show(w)}`);
  const ones = x.slice(2).map(() => 1);
  const sliding = slidingOf('conv', x, x.slice(2), w.slice(2), perAxis('conv', strides, ones), perAxis('conv', dilation, ones), padding);
  // In one dimension the image has one row.
  const [rows, columns] = axes === 2 ? sliding : [{ size: 1, window: 1, out: 1, stride: 1, dilation: 1, before: 0 }, sliding[0]];
  return { batch: x[0], inputs: x[1], outputs: w[0], rows, columns };
}

function resultShape(x: Shape, { batch, outputs, rows, columns }: Convolution): number[] {
  return x.length === 4 ? [batch, outputs, rows.out, columns.out] : [batch, outputs, columns.out];
}

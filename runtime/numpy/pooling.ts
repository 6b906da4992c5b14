/** Pooling over the last axes: as many as the window has. */
import { type NDArray } from './array.ts';
import { astype } from './create.ts';
import { div } from './elementwise.ts';
import { floating } from './dtype.ts';
import { fail, show } from './errors.ts';
import { gatherEach, scatterEach } from './kernels/gather.ts';
import { type Pool, poolArgmax, poolSum, unpoolSum } from './kernels/pool.ts';
import { reshape } from './layout.ts';
import { sizeOf } from './shape.ts';
import { type WindowOptions, perAxis, slidingOf } from './windows.ts';

/** The greatest element of each window (one that contains NaN has NaN). Strides are the window's size if not given; padding is never the greatest. */
export function maxPool(x: NDArray, window: number | readonly number[], options: WindowOptions = {}): NDArray {
  return maxPoolAt(x, x, window, options);
}

/** The elements of t where maxPool(x, window, options) finds its maxima: its tangent. */
export function maxPoolAt(t: NDArray, x: NDArray, window: number | readonly number[], options: WindowOptions = {}): NDArray {
  const { p, shape, flat, positions } = poolOf(x, window, options);
  const at = poolArgmax(x, p);
  return reshape(gatherEach(reshape(t, [p.outer, flat, 1]), at, p.outer, flat, positions, 1), shape);
}

/** The cotangent of x in maxPool(x, window, options): of equal maxima, the first gets it, as in JAX. */
export function unmaxPool(g: NDArray, x: NDArray, window: number | readonly number[], options: WindowOptions = {}): NDArray {
  const { p, flat, positions } = poolOf(x, window, options);
  return scatterEach(reshape(g, [p.outer, positions]), poolArgmax(x, p), p.outer, flat, positions, 1, x.shape);
}

/** The mean of each window, padding counted as zeros. Strides are the window's size if not given. */
export function avgPool(x: NDArray, window: number | readonly number[], options: WindowOptions = {}): NDArray {
  const { p, shape } = poolOf(x, window, options);
  return div(reshape(poolSum(astype(x, floating(x.dtype)), p), shape), p.rows.window * p.columns.window);
}

/** The cotangent of x in avgPool(x, window, options); x only says which shape it has. */
export function unavgPool(g: NDArray, x: NDArray, window: number | readonly number[], options: WindowOptions = {}): NDArray {
  const { p } = poolOf(x, window, options);
  return reshape(unpoolSum(div(g, p.rows.window * p.columns.window), p), x.shape);
}

function poolOf(x: NDArray, window: number | readonly number[], { strides, padding = 'valid' }: WindowOptions): { p: Pool; shape: number[]; flat: number; positions: number } {
  const windows = [window].flat();
  const axes = windows.length;
  if (axes < 1 || axes > 2 || x.ndim < axes) fail('pool', `a window ${show(windows)} for an array of shape ${show(x.shape)}`);
  const sizes = x.shape.slice(-axes);
  const sliding = slidingOf('pool', x.shape, sizes, windows, perAxis('pool', strides, windows), windows.map(() => 1), padding);
  const [rows, columns] = axes === 2 ? sliding : [{ size: 1, window: 1, out: 1, stride: 1, dilation: 1, before: 0 }, sliding[0]];
  const outer = sizeOf(x.shape.slice(0, -axes));
  return { p: { outer, rows, columns }, shape: [...x.shape.slice(0, -axes), ...sliding.map((s) => s.out)], flat: sizeOf(sizes), positions: rows.out * columns.out };
}

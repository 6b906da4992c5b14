/** Windows that move over the last axes of an array, for convolution and pooling. */
import { fail, show } from './errors.ts';
import type { Shape } from './shape.ts';

/** Zeros around an axis: none ('valid'), as many as make the result as long as the array divided by the stride ('same'), or so many before and after. */
export type WindowPadding = 'valid' | 'same' | number | readonly (readonly [number, number])[];
export interface WindowOptions {
  /** 1 if not given, for convolution; the window's size, for pooling. */
  strides?: number | readonly number[];
  padding?: WindowPadding;
}

/** One axis of [n, size] that a window of `window` elements, `dilation` apart, visits `out` times. */
export interface Sliding { size: number; window: number; out: number; stride: number; dilation: number; before: number }

/** @internal */
export function slidingOf(op: string, shape: Shape, sizes: readonly number[], windows: readonly number[], strides: readonly number[], dilations: readonly number[], padding: WindowPadding): Sliding[] {
  return sizes.map((size, i) => {
    const [window, stride, dilation] = [windows[i], strides[i], dilations[i]];
    for (const n of [window, stride, dilation]) if (!Number.isInteger(n) || n < 1) fail(op, `window ${show(windows)}, strides ${show(strides)}, dilation ${show(dilations)}`);
    const reach = (window - 1) * dilation + 1;
    const [before, after] = sidesOf(padding, i, size, reach, stride);
    const out = Math.floor((size + before + after - reach) / stride) + 1;
    if (!Number.isInteger(before) || !Number.isInteger(after) || before < 0 || after < 0) fail(op, `padding ${JSON.stringify(padding)}`);
    if (out < 1) fail(op, `a window of ${reach} does not fit into axis of size ${size} with padding ${before} and ${after}, in an array of shape ${show(shape)}`);
    return { size, window, out, stride, dilation, before };
  });
}

function sidesOf(padding: WindowPadding, axis: number, size: number, reach: number, stride: number): readonly [number, number] {
  if (padding === 'valid') return [0, 0];
  if (typeof padding === 'number') return [padding, padding];
  if (padding !== 'same') return padding[axis] ?? fail('conv', `padding ${JSON.stringify(padding)} names no sides for axis ${axis}`);
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
  return [total >> 1, total - (total >> 1)];
}

/** One number for each axis. @internal */
export function perAxis(op: string, given: number | readonly number[] | undefined, otherwise: readonly number[]): readonly number[] {
  if (given === undefined) return otherwise;
  if (typeof given === 'number') return otherwise.map(() => given);
  return given.length === otherwise.length ? given : fail(op, `${show(given)} for ${otherwise.length} axes`);
}

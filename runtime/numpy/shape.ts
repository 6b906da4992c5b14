/**
 * Shapes. Arrays are row-major and contiguous, so a shape says where every element is; `strides` are counted in elements.
 *
 * Broadcasting: shapes are aligned at their last axis, and an axis of size 1 repeats: its stride is 0.
 */
import { fail, show } from './errors.ts';

export type Shape = readonly number[];
/** One axis or several, counted from the end if negative; `null` is all of them. */
export type Axis = number | readonly number[] | null;

/** @internal */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** @internal */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, stride = 1; i >= 0; stride *= shape[i--]) strides[i] = stride;
  return strides;
}

/** @internal */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @throws NumpyError where the shapes differ on an axis and neither is 1 there. @internal */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) fail(operation, `shapes ${show(a)} and ${show(b)} cannot be broadcast together`);
    shape[i] = m === 1 ? n : m;
  }
  return shape;
}

/** Strides with which an array of shape `from` is read as one of shape `to`. @internal */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((n, i) => (i < lead || from[i - lead] !== n ? 0 : strides[i - lead]));
}

/** An axis counted from the start. @internal */
export function axisOf(operation: string, axis: number, shape: Shape, rank = shape.length): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) fail(operation, `axis ${axis} is out of range for an array of shape ${show(shape)}`);
  return axis < 0 ? axis + rank : axis;
}

/** Axes in ascending order, each once. @internal */
export function axesOf(operation: string, axis: Axis | undefined, shape: Shape): number[] {
  if (axis === null || axis === undefined) return shape.map((_, i) => i);
  if (typeof axis === 'number') return [axisOf(operation, axis, shape)];
  const axes = axis.map((a) => axisOf(operation, a, shape)).sort((a, b) => a - b);
  if (axes.some((a, i) => a === axes[i - 1])) fail(operation, `axis ${show(axis)} names an axis twice`);
  return axes;
}

/** The shape given by a call such as zeros(3) or zeros([2, 3]). @internal */
export function checkShape(operation: string, shape: number | Shape): Shape {
  const list = typeof shape === 'number' ? [shape] : [...shape];
  for (const n of list) if (!Number.isInteger(n) || n < 0) fail(operation, `${show(list)} is not a shape`);
  return list;
}

/** The shape without these axes, or with size 1 in their place. @internal */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): number[] {
  return keepdims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));
}

/**
 * Neighbouring axes that are read as one are made one, and axes of size 1 are left out: [2, 3, 4] with strides [12, 4, 1] is [24] with [1].
 * @internal
 */
export function collapse(shape: Shape, ...strides: readonly number[][]): { shape: number[]; strides: number[][] } {
  const axes: number[] = [];
  const out = strides.map(() => [] as number[]);
  for (let i = 0; i < shape.length; i++) {
    const n = shape[i];
    if (n === 1) continue;
    const last = axes.length - 1;
    if (last >= 0 && strides.every((s, k) => out[k][last] === s[i] * n)) {
      axes[last] *= n;
      strides.forEach((s, k) => { out[k][last] = s[i]; });
    } else {
      axes.push(n);
      strides.forEach((s, k) => out[k].push(s[i]));
    }
  }
  return { shape: axes, strides: out };
}

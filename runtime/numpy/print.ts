/** Arrays as nested lists and as text. */
import { type NDArray, dataOf } from './array.ts';
import { stridesOf } from './shape.ts';

export type Nested = number | boolean | readonly Nested[];

/** @internal */
export function nested(x: NDArray): Nested {
  const data = dataOf(x);
  const strides = stridesOf(x.shape);
  const element = (i: number): Nested => (x.dtype === 'bool' ? data[i] !== 0 : data[i]);
  const part = (axis: number, at: number): Nested => (
    axis === x.shape.length ? element(at) : Array.from({ length: x.shape[axis] }, (_, i) => part(axis + 1, at + i * strides[axis])));
  return part(0, 0);
}

const EDGE = 3;
const MOST = 1000;

/**
 * As NumPy prints: numbers in columns, the middle of long axes left out. Six digits of float32, nine of float64.
 * @internal
 */
export function format(x: NDArray): string {
  const hidden = x.device !== 'cpu' || x.size === 0 || x.size > MOST;
  const note = [hidden ? `shape=[${x.shape.join(', ')}]` : '', x.dtype === 'float32' ? '' : `dtype=${x.dtype}`].filter(Boolean);
  if (x.device !== 'cpu') return `np.array(…, ${[...note, `device=${x.device}`].join(', ')})`;
  const data = dataOf(x);
  const strides = stridesOf(x.shape);
  const short = x.size > MOST;
  const shown = (axis: number): number[] => {
    const all = Array.from({ length: x.shape[axis] }, (_, i) => i);
    return short && all.length > 2 * EDGE ? [...all.slice(0, EDGE), -1, ...all.slice(-EDGE)] : all;
  };
  const text = (i: number): string => elementText(data[i], x);
  let width = 0;
  const visit = (axis: number, at: number): void => {
    if (axis === x.shape.length) width = Math.max(width, text(at).length);
    else for (const i of shown(axis)) if (i >= 0) visit(axis + 1, at + i * strides[axis]);
  };
  visit(0, 0);
  const part = (axis: number, at: number): string => {
    if (axis === x.shape.length) return text(at).padStart(width);
    const inner = shown(axis).map((i) => (i < 0 ? '…' : part(axis + 1, at + i * strides[axis])));
    const deep = x.shape.length - axis - 1;
    return `[${inner.join(deep ? `,${'\n'.repeat(deep)}${' '.repeat('np.array('.length + axis + 1)}` : ', ')}]`;
  };
  return `np.array(${[part(0, 0), ...note].join(', ')})`;
}

function elementText(value: number, { dtype }: NDArray): string {
  switch (dtype) {
    case 'bool': return value ? 'true' : 'false';
    case 'int32': return String(value);
    case 'float32': return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(6)));
    case 'float64': return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(9)));
  }
}

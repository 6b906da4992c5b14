/**
 * Memory of arrays that were disposed of is used again for arrays of the same dtype and size: those of the next training step.
 * Large typed arrays are dear to make: the system gives them page by page, and zeroes each.
 */
import { type DType, type TypedArray, typedArray } from './dtype.ts';

/** Arrays smaller than this are left to the garbage collector. */
const LEAST = 1024;
/** No more than this many bytes are kept. */
const MOST = 2 ** 28;

let pools: Map<string, TypedArray[]> | undefined;
const counts = { bytes: 0, made: 0, reused: 0 };

/** Memory for `size` elements, which are anything. @internal */
export function borrow(dtype: DType, size: number): TypedArray {
  const data = size < LEAST ? undefined : pools?.get(dtype + size)?.pop();
  if (!data) {
    counts.made++;
    return typedArray(dtype, size);
  }
  counts.reused++;
  counts.bytes -= data.byteLength;
  return data;
}

/** @internal */
export function giveBack(data: TypedArray): void {
  if (data.length < LEAST || counts.bytes + data.byteLength > MOST) return;
  const key = (data instanceof Float32Array ? 'float32' : data instanceof Float64Array ? 'float64' : data instanceof Int32Array ? 'int32' : 'bool') + data.length;
  const pool = (pools ??= new Map()).get(key);
  if (pool) pool.push(data);
  else pools.set(key, [data]);
  counts.bytes += data.byteLength;
}

/** How many arrays' memory was made and used again since the start, and how many bytes wait to be used again. */
export function memory(): { made: number; reused: number; bytes: number } { return { ...counts }; }

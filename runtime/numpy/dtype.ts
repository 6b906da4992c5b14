/**
 * Types of elements, in the order of promotion: bool < int32 < float32 < float64.
 * A JavaScript number next to an array is weakly typed, as in JAX: it takes the array's dtype, unless that cannot hold it
 * (2.5 next to int32 makes float32, 2 next to bool makes int32).
 */
export type DType = 'bool' | 'int32' | 'float32' | 'float64';
export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array;

const RANK: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** A new array of `size` zeros of the type. @internal */
export function typedArray(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case 'float32': return new Float32Array(size);
    case 'float64': return new Float64Array(size);
    case 'int32': return new Int32Array(size);
    case 'bool': return new Uint8Array(size);
  }
}

/** The dtype that a typed array holds; none for kinds that np has no dtype for. @internal */
export function dtypeOf(data: object): DType | undefined {
  return data instanceof Float32Array ? 'float32' : data instanceof Float64Array ? 'float64' : data instanceof Int32Array ? 'int32' : undefined;
}

/** @internal */
export function isDType(x: unknown): x is DType { return typeof x === 'string' && Object.hasOwn(RANK, x); }

/** @internal */
export function isFloat(dtype: DType): boolean { return dtype === 'float32' || dtype === 'float64'; }

/** @internal */
export function promote(a: DType, b: DType): DType { return RANK[a] >= RANK[b] ? a : b; }

/** The dtype of floating-point results of values of this one. @internal */
export function floating(dtype: DType): DType { return dtype === 'float64' ? 'float64' : 'float32'; }

/** The dtype of an array next to a number. @internal */
export function promoteNumber(dtype: DType, value: number): DType {
  return isFloat(dtype) ? dtype : isInt32(value) ? 'int32' : 'float32';
}

function isInt32(value: number): boolean { return value === (value | 0) && !Object.is(value, -0); }

/** A number as an element of the type holds it: rounded to float32; truncated and saturated to int32, NaN being 0. @internal */
export function cast(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float32': return Math.fround(value);
    case 'float64': return value;
    case 'int32': return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)) | 0;
    case 'bool': return value !== 0 ? 1 : 0;
  }
}

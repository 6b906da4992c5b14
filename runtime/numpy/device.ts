/**
 * Where arrays live and who computes on them.
 *
 * An operation checks and infers shapes, and leaves the work to a *kernel*: a function of arrays and plain numbers and strings.
 * Each kernel comes with its implementation on CPU, which is all that a bundle gets that uses no other device;
 * another device registers its own kernels under the same names. Only kernels and readers look into a storage.
 */
import { NumpyError } from './errors.ts';
import type { DType, TypedArray } from './dtype.ts';
import { giveBack } from './pool.ts';

/** The memory of an array: `reshape` shares it. @internal */
export interface Storage {
  readonly device: Device;
  /** A copy of the elements, when they have been computed. */
  read(): Promise<TypedArray>;
  /** Gives the memory back; the arrays that share it cannot be used afterwards. */
  dispose(): void;
}

/** @internal */
export interface Device {
  readonly name: string;
  readonly kernels: Readonly<Record<string, Function>>;
  /** Copies elements to the device. */
  put(data: TypedArray, dtype: DType): Storage;
}

/** @internal */
export const CPU: Device = { name: 'cpu', kernels: {}, put: (data) => new Memory(data) };

/** Memory of the CPU; `own` if nobody else knows it, so that it can be used again. @internal */
export class Memory implements Storage {
  constructor(public data: TypedArray | undefined, private own = false) {}
  get device(): Device { return CPU; }
  async read(): Promise<TypedArray> { return use(this).slice(); }
  dispose(): void {
    if (this.data && this.own) giveBack(this.data);
    this.data = undefined;
  }
}

/** The elements of memory that has not been given back. @internal */
export function use(memory: Memory): TypedArray {
  return memory.data ?? disposed();
}

function disposed(): never { throw new NumpyError('array', 'this array has been disposed of'); }

interface Placed { readonly storage: Storage }

/**
 * A kernel: `cpu` where all its arrays are in the CPU's memory, else the one that the arrays' device has under this name.
 * The first two arguments may be arrays, and decide.
 * @internal
 */
export function kernel<A extends unknown[], R>(name: string, cpu: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const device = deviceOf(args[0]) ?? deviceOf(args[1]);
    return device === undefined || device === CPU ? cpu(...args) : (device.kernels[name] as typeof cpu)(...args);
  };
}

function deviceOf(x: unknown): Device | undefined {
  return typeof x === 'object' && x !== null && 'storage' in x ? (x as Placed).storage.device : undefined;
}

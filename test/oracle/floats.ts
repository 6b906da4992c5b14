/** `Float64Array` and `Float32Array` of the interpreted program: views of shared cells that hold `Num`s. */
import { type Num, apply, toNumber } from './number.ts';

export abstract class Floats {
  abstract readonly single: boolean;
  readonly cells: Num[];
  readonly offset: number;
  readonly length: number;

  constructor(source: Num | Iterable<Num> | ArrayLike<Num> | Cells | Buffer = 0, byteOffset: Num = 0, length?: Num) {
    if (source instanceof Buffer) {
      const size = (this.constructor as typeof Float64Cells).BYTES_PER_ELEMENT;
      if (source.size !== size) throw new Error('the oracle has no views of another precision');
      this.cells = source.cells;
      this.offset = toNumber(byteOffset) / size;
      this.length = length === undefined ? source.cells.length - this.offset : toNumber(length);
      return;
    }
    if (source instanceof Cells) {
      ({ cells: this.cells, offset: this.offset, length: this.length } = source);
      return;
    }
    const size = typeof source === 'number' || typeof source === 'object' && 'level' in source ? toNumber(source as Num) : undefined;
    const values = size !== undefined ? new Array<Num>(size).fill(0) : Array.from(source as Iterable<Num>);
    this.cells = new Array<Num>(values.length).fill(0);
    this.offset = 0;
    this.length = values.length;
    values.forEach((x, i) => this.put(i, x));
  }

  static from(source: Iterable<Num> | ArrayLike<Num>, f?: (x: Num, i: number) => Num): Floats {
    return new (this as any)(f ? Array.from(source, f) : Array.from(source));
  }
  static of(...values: Num[]): Floats {
    return new (this as any)(values);
  }

  get buffer(): Buffer { return new Buffer(this.cells, (this.constructor as typeof Float64Cells).BYTES_PER_ELEMENT); }
  get byteOffset(): number { return this.offset * (this.constructor as typeof Float64Cells).BYTES_PER_ELEMENT; }

  at(i: Num): Num | undefined {
    const k = toNumber(i);
    return this.read(k < 0 ? this.length + k : k);
  }
  read(i: number): Num | undefined {
    return i >= 0 && i < this.length ? this.cells[this.offset + i] : undefined;
  }
  /** Rounds as the array does; the derivative of rounding counts as 1. Writes out of bounds do nothing. */
  put(i: number, x: Num = NaN): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.length) return;
    const rounds = this.single && Math.fround(toNumber(x)) !== toNumber(x);
    this.cells[this.offset + i] = rounds ? apply('fround', x) : x;
  }

  *[Symbol.iterator](): Iterator<Num> {
    for (let i = 0; i < this.length; i++) yield this.read(i)!;
  }

  subarray(begin: Num = 0, end: Num = this.length): Floats {
    const [from, to] = this.range(begin, end);
    return this.like(new Cells(this.cells, this.offset + from, Math.max(0, to - from)));
  }
  set(source: Iterable<Num> | ArrayLike<Num>, offset: Num = 0): void {
    const values = Array.from(source);
    if (toNumber(offset) + values.length > this.length) throw new RangeError('offset is out of bounds');
    values.forEach((x, i) => this.put(toNumber(offset) + i, x));
  }
  fill(x: Num, begin: Num = 0, end: Num = this.length): this {
    const [from, to] = this.range(begin, end);
    for (let i = from; i < to; i++) this.put(i, x);
    return this;
  }

  /** Other methods are those of arrays, on a view that reads these cells. */
  method(name: string): ((...args: any[]) => unknown) | undefined {
    const own = (this as any)[name];
    if (typeof own === 'function') return own.bind(this);
    const method = (Array.prototype as any)[name];
    if (typeof method !== 'function' || ['push', 'pop', 'shift', 'unshift', 'splice', 'concat', 'flat', 'flatMap'].includes(name)) return undefined;
    const view = new Proxy([] as Num[], {
      get: (_, key) => (key === 'length' ? this.length : typeof key === 'string' && /^\d+$/.test(key) ? this.read(Number(key)) : (Array.prototype as any)[key]),
      set: (_, key, x) => (this.put(Number(key), x), true),
      has: (_, key) => typeof key === 'string' && Number(key) < this.length,
    });
    return (...args) => {
      if (name === 'sort' && !args.length) args = [(a: Num, b: Num) => toNumber(a) - toNumber(b)];
      const result = method.apply(view, args);
      if (result === view) return this;
      return ['map', 'filter', 'slice', 'toSorted', 'toReversed', 'with'].includes(name) ? this.like(result as Num[]) : result;
    };
  }

  private range(begin: Num, end: Num): [number, number] {
    const clamp = (i: number) => Math.min(this.length, Math.max(0, Math.trunc(i < 0 ? this.length + i : i)));
    return [clamp(toNumber(begin)), clamp(toNumber(end))];
  }
  private like(source: Num[] | Cells): Floats {
    return new (this.constructor as any)(source);
  }
}

/** All memory of an array. */
class Buffer {
  constructor(readonly cells: Num[], readonly size: number) {}
}

/** A part of an array's memory. */
class Cells {
  constructor(readonly cells: Num[], readonly offset: number, readonly length: number) {}
}

export class Float64Cells extends Floats {
  static readonly BYTES_PER_ELEMENT = 8;
  get single(): boolean { return false; }
}
export class Float32Cells extends Floats {
  static readonly BYTES_PER_ELEMENT = 4;
  get single(): boolean { return true; }
}

/** What the interpreted program finds around it: `Math` on numbers with derivatives, arrays, and the rest of JavaScript. */
import { Active, type Num, apply, decided, toNumber } from './number.ts';
import { Float32Cells, Float64Cells, Floats } from './floats.ts';
import { PARTIALS } from './partials.ts';

const isNum = (x: unknown): x is Num => typeof x === 'number' || x instanceof Active;

export function truthy(x: unknown): boolean {
  const truth = x instanceof Active ? Boolean(toNumber(x)) : Boolean(x);
  decided(truth);
  return truth;
}

/** The value without its derivative, if it is a number. */
export const plain = (x: any): any => (x instanceof Active ? toNumber(x) : x);

/** The value of a step function. */
function step(x: number): number {
  decided(x);
  return x;
}

const math: Record<string, unknown> = Object.create(Math);
for (const name of Object.getOwnPropertyNames(Math)) {
  const native = (Math as any)[name];
  if (typeof native !== 'function' || name === 'random') continue;
  // As a callback it may get more arguments than it takes.
  const count = ['max', 'min', 'hypot'].includes(name) ? Infinity : native.length;
  math[name] = name in PARTIALS ? (...x: Num[]) => apply(name, ...x.slice(0, count)) : (...x: Num[]) => step(native(...x.map(toNumber)));
}

const convert = (x: any = 0): Num => (isNum(x) ? x : Number(x));
const number = Object.assign(convert, Object.fromEntries(
  Object.getOwnPropertyNames(Number).filter((name) => !['length', 'name', 'prototype'].includes(name)).map((name) => {
    const native = (Number as any)[name];
    return [name, typeof native === 'function' ? (x: any, ...rest: any[]) => native(plain(x), ...rest) : native];
  }),
));

/** `new Array(n)` with a number that carries a derivative. */
const array = new Proxy(Array, {
  apply: (target, _, args) => (target as any)(...(args.length === 1 ? args.map(plain) : args)),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 1 ? args.map(plain) : args, newTarget),
  get: (target, key) => (key === 'from'
    ? (source: any, ...rest: any[]) => Array.from(typeof source === 'object' && !(Symbol.iterator in source) ? { ...source, length: plain(source.length) } : source, ...rest as [any])
    : (target as any)[key]),
});

export const GLOBALS: Record<string, unknown> = {
  Math: math, Number: number, Array: array, Float64Array: Float64Cells, Float32Array: Float32Cells,
  Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array, Uint8ClampedArray,
  Object, String, Boolean: truthy, Symbol, BigInt, Map, Set, WeakMap, WeakSet, Date, RegExp, JSON, Reflect, performance, structuredClone: clone,
  Error, TypeError, RangeError, Infinity, NaN, undefined, console, globalThis: undefined,
  isNaN: (x: Num) => Number.isNaN(Number(x)), isFinite: (x: Num) => Number.isFinite(Number(x)),
  parseFloat: (x: any) => (isNum(x) ? x : parseFloat(x)), parseInt: (x: any, radix?: number) => parseInt(plain(x), radix),
};

/** A deep copy, of the same numbers; what the parts of an object share, those of its copy share. */
function clone(x: any): any {
  const copies = new Map<object, any>();
  const copy = (part: any): any => {
    if (isNum(part) || typeof part !== 'object' || part === null) return part;
    if (!copies.has(part)) fill(part);
    return copies.get(part);
  };
  const fill = (object: any) => {
    const made: any = object instanceof Floats ? object.method('slice')!() : Array.isArray(object) ? [] : object instanceof Map ? new Map() : {};
    copies.set(object, made);
    if (object instanceof Map) for (const [key, part] of object) made.set(key, copy(part));
    else if (!(object instanceof Floats)) for (const [key, part] of Object.entries(object)) made[key] = copy(part);
  };
  return copy(x);
}

const TRUTH = new Set(['filter', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex']);
const SEARCH = new Set(['includes', 'indexOf', 'lastIndexOf']);

/** Calls a method of a value; undefined where it has none of this name. */
export function callMethod(object: any, key: PropertyKey, args: any[]): unknown {
  if (typeof key === 'string') {
    if (TRUTH.has(key) && typeof args[0] === 'function') {
      const f = args[0];
      args = [function (this: unknown, ...x: unknown[]) { return truthy(f.apply(this, x)); }, ...args.slice(1)];
    }
    if (/^(toS|s)ort(ed)?$/.test(key) && typeof args[0] === 'function') {
      const compare = args[0];
      args = [(a: unknown, b: unknown) => step(Math.sign(toNumber(compare(a, b))))];
    }
    if (object instanceof Floats) {
      const method = object.method(key);
      if (!method) throw new TypeError(`${key} is not a function`);
      return SEARCH.has(key) ? ([...object].map(plain) as any)[key](...args.map(plain)) : method(...args);
    }
    if (object instanceof Active) return (toNumber(object) as any)[key](...args);
    if (Array.isArray(object) && SEARCH.has(key)) return (object.map(plain) as any)[key](...args.map(plain));
    if ((object instanceof Map || object instanceof Set) && args.length) args = [plain(args[0]), ...args.slice(1)];
  }
  const method = object[key];
  if (typeof method !== 'function') throw new TypeError(`${String(key)} is not a function`);
  return method.apply(object, args);
}

export function typeOf(x: unknown): string {
  return x instanceof Active ? 'number' : typeof x;
}

/** Operators that have no derivative, on plain values. */
const DISCRETE: Record<string, (a: any, b: any) => unknown> = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
  '===': (a, b) => a === b, '!==': (a, b) => a !== b, '==': (a, b) => a == b, '!=': (a, b) => a != b,
  '&': (a, b) => a & b, '|': (a, b) => a | b, '^': (a, b) => a ^ b, '<<': (a, b) => a << b, '>>': (a, b) => a >> b, '>>>': (a, b) => a >>> b,
  instanceof: (a, b) => a instanceof b, in: (a, b) => a in b,
};
const SMOOTH: Record<string, string> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'rem', '**': 'pow' };

export function binary(operator: string, a: any, b: any): unknown {
  if (operator in DISCRETE) {
    const result = DISCRETE[operator](plain(a), plain(b));
    decided(result);
    return result;
  }
  if (isNum(a) && isNum(b)) return apply(SMOOTH[operator], a, b);
  if (operator === '+') return plain(a) + plain(b);
  if (typeof a === 'bigint') return ({ '-': a - b, '*': a * b, '/': a / b, '%': a % b, '**': a ** b } as Record<string, bigint>)[operator];
  return apply(SMOOTH[operator], isNum(a) ? a : Number(a), isNum(b) ? b : Number(b));
}

export function unary(operator: string, x: any): unknown {
  switch (operator) {
    case '-': return typeof x === 'bigint' ? -x : apply('neg', isNum(x) ? x : Number(x));
    case '+': return isNum(x) ? x : Number(x);
    case '!': return !truthy(x);
    case '~': return ~plain(x);
    case 'typeof': return typeOf(x);
    case 'void': return undefined;
    default: throw new Error(`the oracle has no operator ${operator}`);
  }
}

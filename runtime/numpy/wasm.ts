/**
 * The kernels in WebAssembly, with SIMD. The build puts their bytes into the package; run from source, or where WebAssembly is not allowed, there
 * are none, and everything is computed by the loops in JavaScript that small arrays are computed by anyway.
 *
 * Arrays are not in WebAssembly's memory, where the garbage collector could not free them: blocks are copied there and back. That costs little
 * next to a product of matrices or a transcendental function, and too much for a sum.
 */
declare const TAPELESS_KERNELS: string | undefined;
/** Declared here, so that nobody needs a browser's types. */
declare const WebAssembly: undefined | { Module: new (bytes: Uint8Array) => object; Instance: new (module: object, imports: object) => { exports: unknown } };

interface Memory { buffer: ArrayBuffer; grow(pages: number): number }

type Unary = (to: number, x: number, n: number) => void;
type Pack = (from: number, to: number, lines: number, depth: number, across: number, along: number, width: number) => void;
type Thin = (a: number, b: number, c: number, m: number, n: number, k: number) => void;
type Multiply = (a: number, b: number, c: number, m: number, n: number, k: number, stride: number) => void;

export interface Kernels {
  memory: Memory;
  pack32: Pack; pack64: Pack;
  multiply32: Multiply; multiply64: Multiply;
  rows32: Thin; rows64: Thin; dots32: Thin; dots64: Thin;
  exp32: Unary; log32: Unary; tanh32: Unary; sigmoid32: Unary;
}

let kernels: Kernels | null | undefined;

/** The kernels, compiled at the first call. @internal */
export function wasm(): Kernels | null {
  return kernels === undefined ? (kernels = start()) : kernels;
}

/** With `false`, everything is computed in JavaScript. */
export function useWasm(on: boolean): void { kernels = on ? undefined : null; }

function start(): Kernels | null {
  if (typeof TAPELESS_KERNELS === 'undefined' || typeof WebAssembly === 'undefined') return null;
  try {
    const bytes = Uint8Array.from(atob(TAPELESS_KERNELS!), (c) => c.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort() {} } }).exports as Kernels;
  } catch {
    // No SIMD, or a policy that forbids WebAssembly.
    return null;
  }
}

const START = 1024;
const PAGE = 65536;

/** Where `bytes` of memory begin that a kernel may use until the next call. @internal */
export function room({ memory }: Kernels, bytes: number): number {
  const missing = START + bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return START;
}

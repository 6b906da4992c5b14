/**
 * Runs a kernel that `tapeless show --mode wgsl` has printed: a function of numbers, called for each element of its
 * arguments. All arguments lie in one buffer, one behind the other, and all results in another; `launch` says where. A
 * result that is a sum gets a place for each workgroup first, which a second dispatch adds up.
 */
import { type Buffer, COMPUTE, type Device, MAP_READ, type Pipeline, USAGE } from './webgpu.ts';

/** An argument: a number for each element, or one for all of them. */
export type Argument = number | ArrayLike<number>;
/** A cotangent: a number for each element, or, where the elements share their argument, the sum of theirs. */
export type Cotangent = number | Float32Array;

const LANES = 64;
const MOST_GROUPS = 256;

type Entry = 'forward' | 'gradient' | 'reduce';

interface Compiled {
  layout: object;
  pipelines: Record<Entry, Pipeline>;
}

export class Kernel {
  /** How many arguments the function has. */
  readonly parameters: number;
  private compiled: Promise<Compiled> | undefined;

  /**
   * @param code WGSL as `tapeless show --mode wgsl` prints it.
   * @throws TypeError if it is something else.
   */
  constructor(private device: Device, private code: string) {
    const found = /^const PARAMETERS = (\d+)u;$/m.exec(code);
    if (!found) throw new TypeError('This is no kernel that `tapeless show --mode wgsl` has printed.');
    this.parameters = Number(found[1]);
  }

  /** y[i] = f(x[i], …), one number of 32 bits for each element. */
  async map(...args: Argument[]): Promise<Float32Array> {
    return (await this.run('forward', args, undefined, [true])).results[0] as Float32Array;
  }

  /** Σ f(x[i], …) over the elements. */
  async sum(...args: Argument[]): Promise<number> {
    return (await this.run('forward', args, undefined, [false])).results[0] as number;
  }

  /**
   * The values y[i] = f(x[i], …), and the pullback of the cotangent ȳ.
   * @param cotangent of the values: a number for each element, or one for all.
   * @returns the values, and a cotangent for each argument.
   */
  async mapVjp(cotangent: Argument, ...args: Argument[]): Promise<[Float32Array, Cotangent[]]> {
    const { size } = this.check(args);
    if (typeof cotangent !== 'number' && cotangent.length !== size) throw new RangeError(`The cotangent has ${cotangent.length} elements, but the result has ${size}.`);
    const { results: [value, ...bars] } = await this.run('gradient', args, cotangent, [true, ...args.map((a) => typeof a !== 'number')]);
    return [value as Float32Array, bars];
  }

  /** Σ f(x[i], …) and its gradient, one for each argument: of an array an array, of a number a number. */
  async sumValueAndGrad(...args: Argument[]): Promise<[number, Cotangent[]]> {
    const { results: [value, ...bars] } = await this.run('gradient', args, 1, [false, ...args.map((a) => typeof a !== 'number')]);
    return [value as number, bars];
  }

  /** How many elements there are. */
  private check(args: readonly Argument[]): { size: number } {
    if (args.length !== this.parameters) throw new TypeError(`The kernel's function has ${this.parameters} parameters, but ${args.length} arguments are given.`);
    const sizes = args.flatMap((a) => (typeof a === 'number' ? [] : [a.length]));
    const size = sizes[0] ?? 1;
    args.forEach((a, k) => {
      if (typeof a !== 'number' && a.length !== size) throw new RangeError(`Argument ${k} has ${a.length} elements, but others have ${size}.`);
    });
    return { size };
  }

  /** `each`: of each result, whether it has a number for each element. */
  private async run(entry: 'forward' | 'gradient', args: readonly Argument[], cotangent: Argument | undefined, each: readonly boolean[]): Promise<{ results: Cotangent[] }> {
    const { device } = this;
    const { size } = this.check(args);
    if (size === 0) return { results: each.map((all) => (all ? new Float32Array(0) : 0)) };
    const groups = Math.min(Math.ceil(size / LANES), MOST_GROUPS);
    const given = [...args, cotangent ?? 0];
    const lengths = [...given.map((a) => (typeof a === 'number' ? 1 : size)), ...Array.from({ length: this.parameters + 1 }, (_, k) => (each[k] === undefined ? 0 : each[k] ? size : groups))];
    const inputs = lengths.slice(0, given.length);
    const outputs = lengths.slice(given.length);
    const starts = [...startsOf(inputs), ...startsOf(outputs)];
    const steps = [...given.map((a) => (typeof a === 'number' ? 0 : 1)), ...outputs.map((_, k) => (each[k] ? 1 : 0))];

    const data = new Float32Array(sum(inputs));
    given.forEach((a, k) => (typeof a === 'number' ? data.fill(a, starts[k], starts[k] + 1) : data.set(a, starts[k])));
    const places = new Uint32Array([size, groups, ...starts.flatMap((start, k) => [start, steps[k]])]);
    const bytes = 4 * sum(outputs);
    const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    if (Math.max(bytes, data.byteLength) > most) throw new RangeError(`${size} elements need buffers of ${Math.max(bytes, data.byteLength)} bytes; this device has at most ${most}.`);

    const { layout, pipelines } = await (this.compiled ??= this.compile());
    const buffers: Buffer[] = [];
    const buffer = (length: number, usage: number) => {
      const made = device.createBuffer({ size: length, usage });
      buffers.push(made);
      return made;
    };
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    const launch = buffer(places.byteLength, USAGE.STORAGE | USAGE.COPY_DST);
    const input = buffer(data.byteLength, USAGE.STORAGE | USAGE.COPY_DST);
    const output = buffer(bytes, USAGE.STORAGE | USAGE.COPY_SRC);
    const readback = buffer(bytes, USAGE.MAP_READ | USAGE.COPY_DST);
    device.queue.writeBuffer(launch, 0, places);
    device.queue.writeBuffer(input, 0, data);
    const group = device.createBindGroup({ layout: layout as never, entries: [launch, input, output].map((b, binding) => ({ binding, resource: { buffer: b } })) as never[] });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group as never);
    pass.setPipeline(pipelines[entry] as never);
    pass.dispatchWorkgroups(groups);
    if (each.includes(false)) {
      pass.setPipeline(pipelines.reduce as never);
      pass.dispatchWorkgroups(each.length);
    }
    pass.end();
    encoder.copyBufferToBuffer(output as never, 0, readback as never, 0, bytes);
    device.queue.submit([encoder.finish()] as never[]);
    const problems = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const problem = problems.find((p) => p);
    if (problem) {
      for (const b of buffers) b.destroy();
      throw new Error(`WebGPU: ${problem.message}`);
    }
    await readback.mapAsync(MAP_READ);
    const values = new Float32Array(readback.getMappedRange().slice(0));
    readback.unmap();
    for (const b of buffers) b.destroy();
    const results = each.map((all, k) => {
      const start = starts[given.length + k];
      return all ? values.slice(start, start + size) : values[start];
    });
    return { results };
  }

  /** All entry points have the three buffers, also where one does not use a buffer. */
  private async compile(): Promise<Compiled> {
    const { device } = this;
    const module = device.createShaderModule({ code: this.code });
    for (const { type, message, lineNum } of (await module.getCompilationInfo()).messages) if (type === 'error') throw new Error(`WGSL, line ${lineNum}: ${message}`);
    const types = ['read-only-storage', 'read-only-storage', 'storage'] as const;
    const layout = device.createBindGroupLayout({ entries: types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })) });
    const whole = device.createPipelineLayout({ bindGroupLayouts: [layout] as never[] });
    const entries = ['forward', 'gradient', 'reduce'] as const;
    const pipelines = await Promise.all(entries.map((entryPoint) => device.createComputePipelineAsync({ layout: whole as never, compute: { module: module as never, entryPoint } })));
    return { layout, pipelines: Object.fromEntries(entries.map((entry, k) => [entry, pipelines[k]])) as Record<Entry, Pipeline> };
  }
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a + b, 0);
}

function startsOf(lengths: readonly number[]): number[] {
  let next = 0;
  return lengths.map((n) => (next += n) - n);
}

/**
 * The part of WebGPU that is used here, as types: a program that imports this needs no package of WebGPU's types. A
 * `GPUDevice` of any implementation fits.
 */
export interface Device {
  readonly limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number };
  readonly queue: {
    writeBuffer(buffer: Buffer, offset: number, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): void;
    submit(commands: never[]): void;
  };
  createShaderModule(descriptor: { code: string }): ShaderModule;
  createComputePipelineAsync(descriptor: { layout: never; compute: { module: never; entryPoint: string } }): Promise<Pipeline>;
  createBindGroupLayout(descriptor: { entries: { binding: number; visibility: number; buffer: { type: 'storage' | 'read-only-storage' } }[] }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: never[] }): object;
  createBuffer(descriptor: { size: number; usage: number }): Buffer;
  createBindGroup(descriptor: { layout: never; entries: never[] }): object;
  createCommandEncoder(): Encoder;
  pushErrorScope(filter: 'validation' | 'out-of-memory'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export interface Buffer {
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface ShaderModule {
  getCompilationInfo(): Promise<{ readonly messages: Iterable<{ readonly type: string; readonly message: string; readonly lineNum: number }> }>;
}

export interface Pipeline { readonly label?: string }

export interface Encoder {
  beginComputePass(): {
    setPipeline(pipeline: never): void;
    setBindGroup(index: number, group: never): void;
    dispatchWorkgroups(x: number): void;
    end(): void;
  };
  copyBufferToBuffer(source: never, sourceOffset: number, target: never, targetOffset: number, size: number): void;
  finish(): object;
}

/** Numbers that WebGPU gives names to: `GPUBufferUsage.STORAGE` … are globals in browsers only. */
export const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 };
export const MAP_READ = 1;
export const COMPUTE = 4;

/**
 * What operations throw on bad input: a message with the operation and the shapes.
 * The stack says where in the user's code; through the source map, on the user's line.
 */
export class NumpyError extends Error {
  constructor(readonly operation: string, message: string) {
    super(`np.${operation}: ${message}`);
    this.name = 'NumpyError';
  }
}

/** @internal */
export function fail(operation: string, message: string): never { throw new NumpyError(operation, message); }

/** `[2, 3]` for messages. @internal */
export function show(shape: readonly number[]): string { return `[${shape.join(', ')}]`; }

/**
 * A function of the program as a WebGPU kernel. All calls are put in their places first, since WGSL functions cannot share
 * memory or recur, and the gradient is that of the result. It comes from reverse mode, unless that would have to save an
 * unknown number of values, for which a GPU has no memory; then from forward mode, one tangent for each parameter.
 */
import { CompileError, fail } from './diagnostics.ts';
import { Derivatives } from './differentiate/derivatives.ts';
import type { Func } from './ir/ir.ts';
import { resultType } from './ir/ir.ts';
import { showType } from './ir/types.ts';
import { cloneFunc } from './ir/walk.ts';
import { type Program } from './lower/program.ts';
import { ALL } from './optimise/index.ts';
import { inlineAll } from './optimise/inline.ts';
import { printKernel } from './print/wgsl/index.ts';

/** The text of the kernel. Throws a `CompileError` where the function does what a GPU cannot do. */
export function kernel(program: Program, id: string): string {
  const lowered = new Map<string, Func>();
  const derivatives = new Derivatives((of) => {
    let func = lowered.get(of);
    if (!func) {
      lowered.set(of, (func = cloneFunc(program.function(of))));
      inlineAll(func, { primal: (callee) => program.function(callee) }, (call, { name }) => fail('TL5001', call.span, `The recursive function \`${name}\``, 'Write it as a loop.'));
    }
    return func;
  }, ALL);
  const primal = derivatives.primal(id);
  const type = resultType(primal.result);
  if (type.kind !== 'number' || type.absent) fail('TL5001', primal.span, `\`${primal.name}\`, whose result is a \`${showType(type)}\`,`, 'Return one number; sums over elements are made by the kernel.');
  const wrt = derivatives.activeParameters(id);
  if (wrt.length === 0) fail('TL3004', primal.span, primal.name, 'argument');
  const request = derivatives.request(id, wrt);
  const made = (ref: { id: string }) => derivatives.printed(derivatives.functions.get(ref.id)!);
  const { file, start } = primal.span;
  const line = (program.module(file)?.text.slice(0, start) ?? '').split('\n').length;
  const print = (derivative: Parameters<typeof printKernel>[0]['derivative']) => printKernel({ primal, derivative, wrt: request.wrt, place: `${file.slice(file.lastIndexOf('/') + 1)}:${line}` });
  try {
    return print({ mode: 'grad', func: made(derivatives.grad(request)) });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return print({ mode: 'jvp', func: made(derivatives.jvp(request)) });
  }
}

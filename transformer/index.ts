/**
 * tapeless's compiler: a module's text in, the text with its derivatives out. The whole pipeline:
 *
 *   text ─parse→ marks, bindings ─lower→ IR ─prepare→ IR ─differentiate→ IR ─optimise→ IR ─print→ text
 *
 * It is a pure function of the text and of what the host answers about types and other modules.
 */
import type { EncodedSourceMap } from '@jridgewell/gen-mapping';
import { type Insertion, assemble } from './assemble.ts';
import type { Diagnostic } from './diagnostics.ts';
import { Derivatives } from './differentiate/derivatives.ts';
import { type Derivative, Emission } from './emit/index.ts';
import { Reach } from './emit/reach.ts';
import type { Demand, Host } from './host/host.ts';
import { verify } from './ir/verify.ts';
import { Program } from './lower/program.ts';
import { ALL, NONE } from './optimise/index.ts';
import './rules/scalar.ts';
import './rules/special.ts';

export interface TransformOptions {
  /** Export the derivatives under their own names, for text that is written to a file and read by people. */
  exported?: boolean;
  /** Comments at the ends of lines say what each line of a derivative is for. */
  explain?: boolean;
  /** False: derivatives as the rules give them, without any optimisation. */
  optimise?: boolean;
}

export interface Transformed {
  /** The module with its derivatives. */
  text: string;
  /** From `text` to the user's file and to a second source, `x.derivatives.ts`, which holds what is ours. */
  map: EncodedSourceMap;
  /** Spans are offsets in the user's text. */
  diagnostics: Diagnostic[];
  /** Bindings of other modules that `text` imports: those modules must export them under reserved names. */
  demands: Demand[];
  derivatives: Derivative[];
  insertions: Insertion[];
  generated: { start: number; end: number }[];
  toSource(offset: number): number | undefined;
}

export function transform(file: string, host: Host, options: TransformOptions = {}): Transformed {
  const program = new Program(host);
  const module = program.module(file);
  if (!module) throw new Error(`tapeless: no source of ${file}`);

  const derivatives = new Derivatives((id) => {
    const composed = program.composed.get(id);
    if (composed) return composed;
    const func = program.function(id);
    verify(func, 'lowering');
    return func;
  }, options.optimise === false ? NONE : ALL, (id) => program.rules(id));

  const emission = new Emission(module, program, derivatives, host, options.exported ?? false, options.explain ?? false);
  for (const mark of module.marks) emission.mark(mark);
  for (const rule of module.rules) emission.rule(rule);
  for (const call of module.calls) emission.call(call);
  for (const passed of new Reach(program).of(module)) emission.passed(passed);
  for (const escape of module.escapes) emission.escape(escape);
  const { appended, derivatives: printed } = emission.finish();

  const { insertions, output: { demands } } = emission;
  return {
    ...assemble(file, module.text, insertions, appended),
    diagnostics: [...module.diagnostics, ...emission.diagnostics].sort((a, b) => a.span.start - b.span.start),
    demands, insertions,
    derivatives: printed,
  };
}

export type { Derivative, Demand, Diagnostic, Host, Insertion };

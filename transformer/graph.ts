/** The computational graph of a function of the program: of itself, or of the two sweeps of its pullback. */
import { Derivatives } from './differentiate/derivatives.ts';
import type { Op } from './ir/ir.ts';
import type { Program } from './lower/program.ts';
import { ALL } from './optimise/index.ts';
import { type Graph, graphOf } from './print/graph/graph.ts';

/** Throws a `CompileError` where the function cannot be compiled or, in mode `vjp`, differentiated. */
export function graph(program: Program, id: string, mode: 'primal' | 'vjp'): Graph {
  const source = (op: Op) => head(program.module(op.span.file)?.text.slice(op.span.start, op.span.end) ?? '');
  if (mode === 'primal') return graphOf([{ func: program.function(id) }], source);
  const derivatives = new Derivatives((of) => program.function(of), ALL);
  const { fwd, bwd } = derivatives.vjp(derivatives.request(id, derivatives.activeParameters(id)));
  const made = (ref: { id: string }) => derivatives.printed(derivatives.functions.get(ref.id)!);
  return graphOf([{ func: made(fwd), title: 'forward sweep' }, { func: made(bwd), title: 'reverse sweep' }], source);
}

/** `for (let i = 0; i < n; i++)` of a whole loop. */
function head(text: string): string {
  const line = text.split('\n')[0];
  const whole = /^(?:for|while)\s*\(.*\)(?=\s*\{?)/.exec(line)?.[0] ?? (/^do\b/.test(line) ? 'do … while' : 'loop');
  return whole.length <= 60 ? whole : `${whole.slice(0, 57)}…`;
}

/** `tapeless graph`: the computational graph of a function. */
import { CompileError } from '../transformer/diagnostics.ts';
import { graph as graphOf } from '../transformer/graph.ts';
import { functionId, Program } from '../transformer/lower/program.ts';
import { dot } from '../transformer/print/graph/dot.ts';
import { mermaid } from '../transformer/print/graph/mermaid.ts';
import { printProblems, UsageError, type Streams } from './output.ts';
import { openTarget, noFunction } from './target.ts';

export const FORMATS = ['mermaid', 'dot', 'svg'] as const;
export type Format = (typeof FORMATS)[number];

export interface GraphOptions { format: Format; mode: 'primal' | 'vjp'; project?: string }

export async function graph(target: string, { format, mode, project }: GraphOptions, streams: Streams): Promise<number> {
  const { host, file, name, broken } = await openTarget(target, project);
  const fail = (problems: Parameters<typeof printProblems>[0]) => {
    printProblems(problems, host.source, streams);
    return 1;
  };
  if (broken.length) return fail(broken);
  if (name === undefined) throw new UsageError(`name a function: ${target}:f`);
  const program = new Program(host);
  if (!program.has(file, name)) throw noFunction(name, program.module(file)!);
  try {
    const drawn = graphOf(program, functionId(file, name), mode);
    streams.stdout.write(format === 'mermaid' ? mermaid(drawn) : format === 'dot' ? dot(name, drawn) : await svg(dot(name, drawn)));
    return 0;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return fail([error.diagnostic]);
  }
}

/** Graphviz, compiled to WebAssembly; a package of its own, since few need it. */
async function svg(text: string): Promise<string> {
  let viz: { instance(): Promise<{ renderString(text: string, options: { format: 'svg' }): string }> };
  try {
    viz = await import('@viz-js/viz' as string);
  } catch {
    throw new UsageError('--format svg needs a package: npm install -D @viz-js/viz (or pipe --format dot into Graphviz\'s `dot -Tsvg`)');
  }
  return (await viz.instance()).renderString(text, { format: 'svg' });
}

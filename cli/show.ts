/** `tapeless show`: the source of a function's derivative, or what the compiler makes of the function first. */
import { CompileError } from '../transformer/diagnostics.ts';
import type { Host } from '../transformer/host/host.ts';
import { transform, type Diagnostic, type TransformOptions } from '../transformer/index.ts';
import { dump } from '../transformer/ir/dump.ts';
import { functionId, Program } from '../transformer/lower/program.ts';
import type { Module } from '../transformer/parse/module.ts';
import { parseModule } from '../transformer/parse/parse.ts';
import { kernel } from '../transformer/wgsl.ts';
import { printProblems, printSource, UsageError, type Streams } from './output.ts';
import { functions, noFunction, openTarget } from './target.ts';

export const MODES = ['grad', 'vjp', 'jvp', 'wgsl', 'ir'] as const;
export type Mode = (typeof MODES)[number];

export interface ShowOptions { mode?: Mode; project?: string; explain?: boolean }

export async function show(target: string, { mode, project: path, explain }: ShowOptions, streams: Streams): Promise<number> {
  const { host, file, name, broken, text } = await openTarget(target, path);

  const fail = (problems: Parameters<typeof printProblems>[0]) => {
    printProblems(problems, host.source, streams);
    return 1;
  };
  if (broken.length) return fail(broken);

  const module = parseModule(file, text);
  const marked = module.marks.map((mark) => mark.name);
  if (name !== undefined && !marked.includes(name) && module.diagnostics.length) return fail(module.diagnostics);
  if (name === undefined && marked.length === 0) {
    if (module.diagnostics.length) return fail(module.diagnostics);
    throw new UsageError(`no function of ${target} is marked; name one: ${target}:${functions(module).keys().next().value ?? 'f'}`);
  }

  const names = name === undefined ? marked : [name];
  const { texts, problems } = mode === 'ir' || mode === 'wgsl' ? fromPrimal(host, file, names, mode) : derivatives(host, module, names, mode, { explain });
  if (mode === 'wgsl') streams.stdout.write(texts.join('\n'));
  else printSource(texts.join('\n'), streams);
  return problems.length ? fail(problems) : 0;
}

interface Shown {
  texts: string[];
  problems: Diagnostic[];
}

/** What is made of the function itself: its intermediate representation, or a kernel. */
function fromPrimal(host: Host, file: string, names: readonly string[], mode: 'ir' | 'wgsl'): Shown {
  const program = new Program(host);
  const shown: Shown = { texts: [], problems: [] };
  for (const name of names) {
    if (!program.has(file, name)) throw noFunction(name, program.module(file)!);
    try {
      const id = functionId(file, name);
      shown.texts.push(mode === 'ir' ? dump(program.function(id)) : kernel(program, id));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      shown.problems.push(error.diagnostic);
    }
  }
  return shown;
}

function derivatives(host: Host, module: Module, names: readonly string[], mode: Mode | undefined, options: TransformOptions): Shown {
  const [name] = names;
  const isMarked = module.marks.some((mark) => mark.name === name);
  const result = isMarked ? transform(module.file, host, options) : transformAsMarked(host, module, name, options);
  const texts: string[] = [];
  for (const name of names) {
    const all = result.derivatives.filter((d) => d.function === name);
    const found = mode ? all.find((d) => d.mode === mode) : all.find((d) => d.mode === 'grad') ?? all.find((d) => d.mode === 'vjp');
    if (found) texts.push(found.text);
    else if (all.length && names.length === 1) throw new UsageError(`\`${name}\` does not return a number, so it has no gradient; use --mode vjp or jvp`);
  }
  const wanted = names.length === 1 && texts.length === 1;
  return { texts, problems: wanted ? [] : result.diagnostics };
}

/** Transforms the module as if a function of it was marked: in its text there is a mark, of which the host does not know. */
function transformAsMarked(host: Host, module: Module, name: string, options: TransformOptions): { derivatives: ReturnType<typeof transform>['derivatives']; diagnostics: Diagnostic[] } {
  const at = functions(module).get(name);
  if (at === undefined) throw noFunction(name, module);
  const mark = '/** @differentiate */ ';
  const text = module.text.slice(0, at) + mark + module.text.slice(at);
  const back = (offset: number) => (offset < at ? offset : Math.max(at, offset - mark.length));
  const { derivatives, diagnostics } = transform(module.file, {
    ...host,
    source: (file) => (file === module.file ? text : host.source(file)),
    typeAt: (file, start, end) => (file === module.file ? host.typeAt(file, back(start), back(end)) : host.typeAt(file, start, end)),
  }, options);
  const restore = <T extends { span: Diagnostic['span'] }>(d: T): T =>
    (d.span.file === module.file ? { ...d, span: { ...d.span, start: back(d.span.start), end: back(d.span.end) } } : d);
  // What is quoted of the text has no mark either.
  return { derivatives: derivatives.map((d) => ({ ...d, text: d.text.replaceAll(mark, '') })), diagnostics: diagnostics.map((d) => restore(d.related ? { ...d, related: d.related.map(restore) } : d)) };
}

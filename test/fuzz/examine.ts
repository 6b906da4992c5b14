/** What becomes of programs, a batch at a time: compiled with all optimisations and with none, run, and checked. */
import { CompileError } from '../../transformer/diagnostics.ts';
import { Expected, Rejection } from './checks.ts';
import { Difference } from './compare.ts';
import { Batch, type Sources } from './compile.ts';
import { type Program, revive, sourcesOf, wrtOf } from './generate/program.ts';
import { Code, limited } from './world.ts';

export type Verdict =
  | { kind: 'passed'; points: number; rejected: readonly string[] }
  /** No point of the program could be judged. */
  | { kind: 'rejected'; rejected: readonly string[] }
  /** The result does not depend on the arguments. */
  | { kind: 'constant' }
  /** The compiler says that the program is outside the language. */
  | { kind: 'refused'; message: string }
  /** The generator made a program that does not type-check or fails by itself. */
  | { kind: 'invalid'; message: string }
  | { kind: 'failed'; what: string; message: string };

export interface ExamineOptions {
  /** 1: first derivatives only. */
  order?: number;
  /** Type-check what the compiler makes of the programs, too. */
  types?: boolean;
}

/** Of the clock, on a machine that others use, too. */
const SECONDS = 20;

/** What the oracle says about a program, and the parameters for its second derivatives. */
interface Judged { program: Program; points: Expected[]; rejected: string[]; second: number[] }

/** All programs of a batch are checked with `noUncheckedIndexedAccess`, or none is. */
export async function examine(programs: readonly Program[], options: ExamineOptions = {}): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const judged: (Judged & { at: number })[] = [];
  for (const [at, p] of programs.entries()) {
    const result = await judge(p, options);
    if ('kind' in result) verdicts[at] = result;
    else judged.push({ ...result, at });
  }
  const sources = judged.map((j) => sourcesOf(j.program, j.second));
  const batch = new Batch(sources, { unchecked: programs[0].unchecked });
  const outputs: { at: number; texts: Sources }[] = [];
  for (const [i, j] of judged.entries()) {
    verdicts[j.at] = await verdict(j, sources[i], batch, i, (texts) => outputs.push({ at: j.at, texts }));
  }
  const output = options.types ? new Batch(outputs.map((o) => o.texts), { output: true }) : undefined;
  for (const [i, { at }] of output ? outputs.entries() : []) {
    const [error] = output!.errors(i);
    if (error && verdicts[at].kind === 'passed') verdicts[at] = { kind: 'failed', what: `types: ${error.slice(0, 60)}`, message: error };
  }
  return verdicts;
}

/** Runs the program in the oracle. */
async function judge(program: Program, { order = 2 }: ExamineOptions): Promise<Judged | Verdict> {
  const sources = sourcesOf(program);
  const points: Expected[] = [];
  const rejected: string[] = [];
  try {
    const original = await Code.of(sources);
    const scalar = program.result.kind === 'number';
    const subject = { sources, original, wrt: wrtOf(program), scalar, single: /Float32Array/.test(Object.values(sources).join('')) };
    for (const args of program.cases) {
      try {
        points.push(limited(SECONDS, () => new Expected(subject, (exports) => args.map((x) => revive(x, exports)))));
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
        rejected.push(error.message);
      }
    }
    if (!points.length) return { kind: 'rejected', rejected };
    const active = [...new Set(points.flatMap((p) => p.active))].sort((a, b) => a - b);
    return active.length ? { program, points, rejected, second: order > 1 && points.some((p) => p.curved) ? active : [] } : { kind: 'constant' };
  } catch (error) {
    if (error instanceof Difference) return { kind: 'failed', what: error.what, message: error.message };
    return { kind: 'invalid', message: `throws ${firstLine(error)}` };
  }
}

async function verdict({ points, rejected, second }: Judged, sources: Sources, batch: Batch, i: number, output: (texts: Sources) => void): Promise<Verdict> {
  const errors = batch.errors(i);
  if (errors.length) return { kind: 'invalid', message: errors[0] };
  for (const optimise of [true, false]) {
    const variant = optimise ? '' : ' (not optimised)';
    const failed = (what: string, error: unknown): Verdict => (error instanceof Difference
      ? { kind: 'failed', what: error.what + variant, message: error.message }
      : { kind: 'failed', what: `${what}: ${firstLine(error).replace(/[%\d]+/g, '#').slice(0, 70)}${variant}`, message: String((error as Error).stack ?? error).split('\n').slice(0, 8).join('\n') });
    let texts: Sources;
    try {
      const transformed = limited(SECONDS, () => batch.transform(i, { optimise }));
      const diagnostics = [...transformed].flatMap(([file, t]) => t.diagnostics.map((d) => ({ ...d, file })));
      if (diagnostics.length) {
        const [{ code, message, span, file }] = diagnostics;
        return { kind: 'refused', message: `${code}: ${message} [${sources[file].slice(span.start, span.end).slice(0, 80)}]` };
      }
      texts = { ...sources, ...Object.fromEntries([...transformed].map(([file, t]) => [file, t.text])) };
    } catch (error) {
      return error instanceof CompileError ? { kind: 'refused', message: error.message } : failed('compiler', error);
    }
    try {
      const code = await Code.of(texts);
      if (optimise) output(texts);
      for (const point of points) limited(SECONDS, () => point.check(code, second));
    } catch (error) {
      return failed('derivative', error);
    }
  }
  return { kind: 'passed', points: points.length, rejected };
}

function firstLine(error: unknown): string { return String(error).split('\n').slice(0, 2).join(' '); }

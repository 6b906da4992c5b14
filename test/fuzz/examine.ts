/** What becomes of programs, a batch at a time: compiled with all optimisations and with none, run, and checked. */
import { CompileError } from '../../transformer/diagnostics.ts';
import { type Subject, Expected, Rejection } from './checks.ts';
import { Difference } from './compare.ts';
import { Batch, type Sources } from './compile.ts';
import { EnumMember, type Program, sourcesOf, wrtOf } from './generate/program.ts';
import { Code, limited } from './world.ts';

export type Verdict =
  | { kind: 'passed'; points: number; rejected: readonly string[] }
  /** No point of the program could be judged. */
  | { kind: 'rejected'; rejected: readonly string[] }
  /** The compiler says that the program is outside the language. */
  | { kind: 'refused'; message: string }
  /** The generator made a program that does not type-check or fails by itself. */
  | { kind: 'invalid'; message: string }
  | { kind: 'failed'; what: string; message: string };

const SECONDS = 4;

/** All programs of a batch are checked with `noUncheckedIndexedAccess`, or none is. */
export async function examine(programs: readonly Program[]): Promise<Verdict[]> {
  const sources = programs.map(sourcesOf);
  const batch = new Batch(sources, { unchecked: programs[0].unchecked });
  const verdicts: Verdict[] = [];
  for (const [i, p] of programs.entries()) verdicts.push(await verdict(p, sources[i], batch, i));
  return verdicts;
}

async function verdict(p: Program, sources: Sources, batch: Batch, i: number): Promise<Verdict> {
  const errors = batch.errors(i);
  if (errors.length) return { kind: 'invalid', message: errors[0] };
  let original: Code;
  const points: Expected[] = [];
  const rejected: string[] = [];
  try {
    original = await Code.of(sources);
    const { exports } = original.start();
    const subject: Subject = { sources, original, wrt: wrtOf(p), scalar: p.result.kind === 'number', single: /Float32Array/.test(Object.values(sources).join('')) };
    for (const args of p.cases) {
      try {
        points.push(limited(SECONDS, () => new Expected(subject, args.map((x) => (x instanceof EnumMember ? valueOf(x, exports) : x)))));
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
        rejected.push(error.message);
      }
    }
  } catch (error) {
    if (error instanceof Difference) return { kind: 'failed', what: error.what, message: error.message };
    return { kind: 'invalid', message: `throws ${firstLine(error)}` };
  }
  if (!points.length) return { kind: 'rejected', rejected };

  for (const optimise of [true, false]) {
    const variant = optimise ? '' : ' (not optimised)';
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
      if (error instanceof CompileError) return { kind: 'refused', message: error.message };
      return { kind: 'failed', what: `compiler: ${classOf(error)}${variant}`, message: String((error as Error).stack ?? error).split('\n').slice(0, 8).join('\n') };
    }
    try {
      const code = await Code.of(texts);
      for (const point of points) limited(SECONDS, () => point.check(code));
    } catch (error) {
      if (error instanceof Difference) return { kind: 'failed', what: error.what + variant, message: error.message };
      return { kind: 'failed', what: `derivative: ${classOf(error)}${variant}`, message: String((error as Error).stack ?? error).split('\n').slice(0, 6).join('\n') };
    }
  }
  return { kind: 'passed', points: points.length, rejected };
}

/** A const enum is gone at run time, other than in the module that declares it. */
function valueOf({ type, member }: EnumMember, exports: Record<string, any>): unknown { return exports[`${type}_${member}`] ?? exports[type]?.[member]; }

const classOf = (error: unknown) => firstLine(error).replace(/[%\d]+/g, '#').slice(0, 70);

function firstLine(error: unknown): string { return String(error).split('\n').slice(0, 2).join(' '); }

/** Programs by their numbers, a batch at a time. */
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { type ExamineOptions, type Verdict, examine } from './examine.ts';
import { type Program, Programs } from './generate/program.ts';

export interface Outcome { run: number; constructs: readonly string[]; verdict: Verdict }

/** Each program depends only on the seed and its number. A batch has one setting of the type checker. */
export const BATCH = 24;

export function programOf(seed: number, run: number): Program {
  const random = new fc.Random(xorshift128plus(seed * 1_000_003 + run));
  return new Programs(Math.floor(run / BATCH) % 4 === 3).generate(random).value;
}

/** Examines some programs of one batch, by default all. */
export async function examineBatch(seed: number, first: number, options: ExamineOptions, count = BATCH): Promise<Outcome[]> {
  const runs = Array.from({ length: count }, (_, i) => first + i);
  const programs = runs.map((run) => programOf(seed, run));
  const verdicts = await examine(programs, { ...options, types: Math.floor(first / BATCH) % 4 === 0 });
  return runs.map((run, i) => ({ run, constructs: programs[i].constructs, verdict: verdicts[i] }));
}

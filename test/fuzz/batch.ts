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

export async function examineBatch(seed: number, first: number, options: ExamineOptions): Promise<Outcome[]> {
  const runs = Array.from({ length: BATCH }, (_, i) => first + i);
  const programs = runs.map((run) => programOf(seed, run));
  const verdicts = await examine(programs, { ...options, types: first % (4 * BATCH) === 0 });
  return runs.map((run, i) => ({ run, constructs: programs[i].constructs, verdict: verdicts[i] }));
}

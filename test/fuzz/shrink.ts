/** The smallest program found that fails in the same way. */
import { type ExamineOptions, type Verdict, examine } from './examine.ts';
import { type Program, Programs } from './generate/program.ts';

const AT_ONCE = 12;

export async function shrink(program: Program, what: string, seconds: number, options: ExamineOptions): Promise<{ program: Program; verdict: Verdict & { kind: 'failed' } }> {
  const end = Date.now() + seconds * 1000;
  const arbitrary = new Programs(program.unchecked);
  let current = program;
  let [verdict] = await examine([program], options);
  let skip = 0;
  // After a success the search goes on where it was: what did not help before seldom helps now.
  for (let fruitless = false; ;) {
    const smaller = arbitrary.shrink(current)[Symbol.iterator]();
    for (let k = 0; k < skip && !smaller.next().done;) k++;
    let found = false;
    for (let k = skip; !found && Date.now() < end;) {
      const candidates: Program[] = [];
      while (candidates.length < AT_ONCE) {
        const { value, done } = smaller.next();
        if (done) break;
        candidates.push(value.value);
      }
      if (!candidates.length) break;
      for (const group of [candidates.filter((c) => c.unchecked), candidates.filter((c) => !c.unchecked)]) {
        if (!group.length || found) continue;
        const verdicts = await examine(group, options);
        const at = verdicts.findIndex((v) => v.kind === 'failed' && v.what === what);
        if (at < 0) continue;
        current = group[at];
        verdict = verdicts[at];
        skip = k + candidates.indexOf(current);
        found = true;
      }
      k += candidates.length;
    }
    if (Date.now() >= end || (!found && (skip === 0 || fruitless))) return { program: current, verdict: verdict as Verdict & { kind: 'failed' } };
    fruitless = !found;
    if (!found) skip = 0;
  }
}

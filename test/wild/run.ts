/** Development: runs programs by name and prints one line for each that fails. */
import { checkFirstOrder, checkSecondOrder } from './check.ts';
import { FOLDER, type Wild, compileAll, loadProgram, programNames } from './programs.ts';

const folder = process.env.FOLDER ? `${process.env.FOLDER}/` : FOLDER;
const names = programNames(folder).filter((n) => process.argv.length < 3 || process.argv.slice(2).some((a) => new RegExp(`^(?:${a})$`).test(n)));
const programs: Wild[] = [];
for (const n of names) {
  try { programs.push(await loadProgram(n, folder)); } catch (e) { console.log(`${n}: LOAD ${String((e as Error).message).slice(0, 600)}`); }
}
const verdicts = new Map<string, string>();
for (const second of [false, true]) for (const optimise of [true, false]) {
  const label = `${second ? 'second' : 'first'}${optimise ? '' : ' plain'}`;
  const todo = programs.filter((p) => !verdicts.has(p.name));
  const all = compileAll(todo, { second, optimise });
  for (const w of todo) {
    const c = all.get(w.name)!;
    const say = (s: string) => verdicts.set(w.name, `${label}: ${s}`);
    if (c instanceof Error) { say(`CRASH ${(c.stack ?? c.message).split('\n').slice(0, 5).join('\n    ')}`); continue; }
    if (c.diagnostics.length) { say(c.diagnostics.slice(0, 4).join('\n    ')); continue; }
    if (c.typeErrors.length) { say(`TYPES ${c.typeErrors.slice(0, 4).join('\n    ')}`); continue; }
    try {
      const loaded = await c.load();
      for (const [fn, lists] of Object.entries(w.cases)) for (const [k, args] of lists.entries()) {
        if (second) checkSecondOrder(w, loaded, fn, args, k); else checkFirstOrder(w, c, loaded, fn, args);
      }
    } catch (e) { say(`WRONG ${(e as Error).message.slice(0, 1500)}${/is not exact|differences say|, not |oracle says/.test((e as Error).message) ? '' : (e as Error).stack?.split('\n').slice(1, 6).map((l) => l.slice(0, 150)).join('\n')}`); }
  }
}
for (const w of programs) console.log(`${verdicts.has(w.name) ? '✗' : '✓'} ${w.name}${verdicts.has(w.name) ? `: ${verdicts.get(w.name)}` : ''}`);
console.log(`${programs.length - verdicts.size} of ${names.length}`);

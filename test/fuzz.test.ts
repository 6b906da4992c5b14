/** The fuzzer's own promises: its programs type-check, and a seed gives the same programs again. */
import test from 'ava';
import { Batch } from './fuzz/compile.ts';
import { sourcesOf } from './fuzz/generate/program.ts';
import { BATCH, programOf } from './fuzz/batch.ts';

for (const first of [0, BATCH, 2 * BATCH, 3 * BATCH]) {
  test(`programs ${first} to ${first + BATCH - 1} type-check`, (t) => {
    const programs = Array.from({ length: BATCH }, (_, i) => programOf(2, first + i));
    const sources = programs.map((p) => sourcesOf(p));
    const batch = new Batch(sources, { unchecked: programs[0].unchecked });
    for (const i of programs.keys()) t.deepEqual(batch.errors(i), [], Object.values(sources[i]).join('\n'));
  });
}

test('a program depends on the seed and its number only', (t) => {
  t.deepEqual(sourcesOf(programOf(5, 17)), sourcesOf(programOf(5, 17)));
  t.notDeepEqual(sourcesOf(programOf(5, 17)), sourcesOf(programOf(6, 17)));
});

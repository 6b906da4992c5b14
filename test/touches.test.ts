/** What calls do to memory, through functions that call each other. */
import test from 'ava';
import { TouchTable } from '../transformer/analyse/touches.ts';
import { SummaryTable } from '../transformer/analyse/summaries.ts';
import { annotationHost } from '../transformer/host/annotations.ts';
import { Program } from '../transformer/lower/program.ts';

/** Names of the parameters of each function whose elements it writes. */
function written(text: string, names: string[]): string[][] {
  const program = new Program(annotationHost({ '/a.ts': text }));
  const { get: summaries } = new SummaryTable((id) => program.function(id));
  const { get } = new TouchTable(summaries);
  return names.map((name) => {
    const { aliases, stores } = get(`/a.ts#${name}`)!;
    return aliases!.func.params.filter(({ value }) => value.type.kind === 'array' && stores.has(aliases!.of(value).at('*'))).map(({ value }) => value.name!);
  });
}

test('arguments that take turns are all written, whichever function is asked for first', (t) => {
  const text = `
    function even(x: number[], y: number[], z: number[], n: number): void { if (n > 0) odd(y, z, x, n - 1); x[0] = n; }
    function odd(x: number[], y: number[], z: number[], n: number): void { if (n > 0) even(x, y, z, n - 1); }`;
  const all = ['x', 'y', 'z'];
  t.deepEqual(written(text, ['even', 'odd']), [all, all]);
  t.deepEqual(written(text, ['odd', 'even']), [all, all]);
});

test('what is only read is not written', (t) => {
  const text = 'function f(x: number[], y: number[], n: number): number { y[0] = x[0]; return n > 0 ? f(x, y, n - 1) : x[0]; }';
  t.deepEqual(written(text, ['f']), [['y']]);
});

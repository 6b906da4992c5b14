/** Prints a function, compares the text, type-checks it, and runs it with some arguments. */
import test from 'ava';
import { transformSync } from 'esbuild';
import type { Func } from '../../transformer/ir/ir.ts';
import { Names, printFunction } from '../../transformer/print/index.ts';
import { WORLD, typeErrors } from './handmade.ts';

const texts: string[] = [];

export function prints(title: string, func: Func, expected: string, ...calls: [args: unknown[], result: unknown][]): void {
  const text = printFunction(func, { names: new Names() });
  texts.push(text);
  test(title, (t) => {
    t.is(text, expected.trim());
    const { code } = transformSync(`${WORLD}\n${text}`, { loader: 'ts' });
    const run = new Function(`${code.replace(/^export .*/gm, '')}; return ${func.name};`)();
    for (const [args, result] of calls) t.deepEqual(run(...args), result);
  });
}

export function typeChecks(): void {
  test('what is printed type-checks', (t) => t.deepEqual(typeErrors(texts), []));
}

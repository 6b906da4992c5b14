/** Stands in for ava where test files are bundled: keeps their tests, to be run one by one. */
import { deepStrictEqual, throws } from 'node:assert';
import type { Check } from './suite.ts';

export const collected: Check[] = [];

const assertions = {
  is: (a: unknown, b: unknown, message?: string) => { if (!Object.is(a, b)) throw new Error(message ?? `${a} is not ${b}`); },
  deepEqual: deepStrictEqual,
  true: (x: unknown, message?: string) => { if (x !== true) throw new Error(message ?? 'not true'); },
  false: (x: unknown, message?: string) => { if (x !== false) throw new Error(message ?? 'not false'); },
  regex: (text: string, expression: RegExp) => { if (!expression.test(text)) throw new Error(`${text} does not match ${expression}`); },
  throws: (f: () => unknown) => throws(f),
  pass: () => {},
};

function test(name: string, run: (t: typeof assertions) => unknown): void {
  collected.push({ name, run: async () => { await run(assertions); } });
}

export default Object.assign(test, { serial: test });

/** Stands in for ava where test files are bundled: keeps their tests, to be run one by one. */
import { deepStrictEqual, notDeepStrictEqual } from 'node:assert';
import type { Check } from './suite.ts';

export const collected: Check[] = [];

interface Expected { instanceOf?: new (...args: never[]) => Error; message?: string | RegExp; name?: string; code?: string }

function fail(message: string): never { throw new Error(message); }

function thrown(error: any, { instanceOf, message, name, code }: Expected = {}, what?: string): any {
  if (instanceOf && !(error instanceof instanceOf)) fail(what ?? `${error} is no ${instanceOf.name}`);
  if (message !== undefined && !(typeof message === 'string' ? error.message === message : message.test(error.message))) fail(what ?? `${error.message} is not ${message}`);
  if ((name !== undefined && error.name !== name) || (code !== undefined && error.code !== code)) fail(what ?? `${error} is another error`);
  return error;
}

const assertions = {
  is: (a: unknown, b: unknown, message?: string) => { if (!Object.is(a, b)) fail(message ?? `${a} is not ${b}`); },
  not: (a: unknown, b: unknown, message?: string) => { if (Object.is(a, b)) fail(message ?? `${a} is ${b}`); },
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
  true: (x: unknown, message?: string) => { if (x !== true) fail(message ?? 'not true'); },
  false: (x: unknown, message?: string) => { if (x !== false) fail(message ?? 'not false'); },
  truthy: (x: unknown, message?: string) => { if (!x) fail(message ?? 'not truthy'); },
  regex: (text: string, expression: RegExp, message?: string) => { if (!expression.test(text)) fail(message ?? `${text} does not match ${expression}`); },
  notRegex: (text: string, expression: RegExp, message?: string) => { if (expression.test(text)) fail(message ?? `${text} matches ${expression}`); },
  throws: (f: () => unknown, expected?: Expected, message?: string) => {
    let error: unknown;
    let returned = false;
    try {
      f();
      returned = true;
    } catch (e) {
      error = e;
    }
    return returned ? fail(message ?? 'nothing was thrown') : thrown(error, expected, message);
  },
  throwsAsync: async (f: () => Promise<unknown>, expected?: Expected, message?: string) =>
    f().then(() => fail(message ?? 'nothing was thrown'), (error) => thrown(error, expected, message)),
  notThrows: (f: () => unknown) => { f(); },
  fail,
  pass: () => {},
  log: () => {},
  timeout: () => {},
};

function test(name: string, run: (t: typeof assertions) => unknown): void {
  collected.push({ name, run: async () => { await run(assertions); } });
}

const ignored = () => {};

export default Object.assign(test, { serial: Object.assign(test.bind(null), { failing: ignored }), failing: ignored, skip: ignored });

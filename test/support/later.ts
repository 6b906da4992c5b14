import { kindOf } from '../../runtime/structure.ts';

/** A derivative without the zeros of optional fields that an argument does not have, but may get later. */
export function withoutLater(actual: any, expected: any): any {
  const kind = kindOf(actual);
  if (kind !== kindOf(expected)) return actual;
  if (kind === 'array') return actual.map((x: any, i: number) => withoutLater(x, expected[i]));
  if (kind !== 'record') return actual;
  return Object.fromEntries(Object.entries(actual).filter(([key, x]) => key in expected || x !== 0).map(([key, x]) => [key, withoutLater(x, expected[key])]));
}

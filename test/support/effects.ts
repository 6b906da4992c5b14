/**
 * What a run does besides computing. Logs, clocks and random numbers are replaced by ones that do the same in each run,
 * and note their calls; a program with state of its own exports a function `reset`.
 */
import { copyOf } from '../../runtime/testing/vector.ts';

export type Effect = [name: string, ...args: unknown[]];

export function observe<T>(run: () => T): { result: T; effects: Effect[] } {
  const effects: Effect[] = [];
  const replaced: [object: any, name: string, original: unknown][] = [];
  const replace = (object: any, title: string, name: string, result: () => unknown) => {
    replaced.push([object, name, object[name]]);
    object[name] = (...args: unknown[]) => {
      effects.push([`${title}.${name}`, ...args.map(copyOf)]);
      return result();
    };
  };
  let [time, seed] = [1000, 1];
  for (const level of ['log', 'info', 'warn', 'error', 'debug']) replace(console, 'console', level, () => undefined);
  replace(Math, 'Math', 'random', () => (seed = (seed * 16807) % 2147483647) / 2147483647);
  replace(performance, 'performance', 'now', () => (time += 0.5));
  replace(Date, 'Date', 'now', () => (time += 1));
  try {
    return { result: run(), effects };
  } finally {
    for (const [object, name, original] of replaced) object[name] = original;
  }
}

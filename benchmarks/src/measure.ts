/**
 * Times two functions against each other. They run in turn, so that both meet the same machine: what is
 * compared is each pair of neighbours, and the median of the ratios is robust against what disturbs a few.
 */

export interface Comparison {
  /** Median times of one call, in microseconds. */
  subject: number;
  reference: number;
  /** Median of the ratios subject / reference, and its 95 % confidence interval. */
  ratio: number;
  interval: [number, number];
  repetitions: number;
}

export interface CompareOptions {
  repetitions?: number;
  /** A sample calls a function as often as it takes to last so many milliseconds. */
  sample?: number;
}

export function compare(subject: () => unknown, reference: () => unknown, { repetitions = 1000, sample = 1 }: CompareOptions = {}): Comparison {
  // The compiler of the machine needs many calls before the code is as fast as it gets.
  const calls = Math.max(1, Math.round(sample / time(reference, 1000)));
  for (let i = 0; i < 50; i++) { time(subject, calls); time(reference, calls); }

  const a: number[] = [];
  const b: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    // Who goes first changes, for a sample may pay for what the one before left behind.
    if (i % 2) { a.push(time(subject, calls)); b.push(time(reference, calls)); }
    else { b.push(time(reference, calls)); a.push(time(subject, calls)); }
  }
  const ratios = a.map((t, i) => t / b[i]).sort(ascending);
  // Order statistics: the median lies between those at n/2 ± 0.98 √n with 95 % probability.
  const reach = 0.98 * Math.sqrt(repetitions);
  const at = (rank: number) => ratios[Math.min(repetitions - 1, Math.max(0, Math.round(rank)))];
  return {
    subject: 1000 * median(a), reference: 1000 * median(b),
    ratio: median(ratios), interval: [at(repetitions / 2 - reach), at(repetitions / 2 + reach)], repetitions,
  };
}

export function median(times: number[]): number {
  return [...times].sort(ascending)[times.length >> 1];
}

/** Milliseconds of one of `calls` calls. */
function time(f: () => unknown, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) f();
  return (performance.now() - start) / calls;
}

const ascending = (x: number, y: number) => x - y;

export function report(what: string, { subject, reference, ratio, interval, repetitions }: Comparison): string {
  const us = (t: number) => `${t.toFixed(1)} µs`;
  return `${what}: ${us(subject)} against ${us(reference)}, ratio ${ratio.toFixed(3)} `
    + `(95 % interval ${interval.map((r) => r.toFixed(3)).join(' to ')}, ${repetitions} pairs)`;
}

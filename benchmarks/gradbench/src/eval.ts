/** What an eval is to the tool: functions by name, which take their input apart before the clock starts. */

/** How often to run a function: at least so many times, and at least so many seconds in all. */
export interface Runs {
  min_runs: number;
  min_seconds: number;
}

export interface Prepared {
  /** What is timed. */
  run(): unknown;
  /** From the last result to what is sent. */
  output(result: any): unknown;
}

/** The functions of an eval by the names that the protocol gives them. */
export type Eval = Record<string, (input: any) => Prepared>;

/** A function whose work is all of it timed, and whose result is sent as it is. */
export function timed<R>(run: () => R, output: (result: R) => unknown = (result) => result): Prepared {
  return { run, output };
}

export function rows(matrix: number[][]): Float64Array[] {
  return matrix.map((row) => Float64Array.from(row));
}

export function lists(matrix: readonly Float64Array[]): number[][] {
  return matrix.map((row) => [...row]);
}

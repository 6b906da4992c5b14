/**
 * A tool of GradBench (github.com/gradbench/gradbench): it reads messages from standard input, one JSON object a line,
 * and answers each with a line that carries the same id.
 */
import { createInterface } from 'node:readline';
import { type Eval, type Prepared, type Runs } from './eval.js';
import { ba } from './evals/ba.js';
import { det } from './evals/det.js';
import { gmm } from './evals/gmm.js';
import { hello } from './evals/hello.js';
import { ht } from './evals/ht.js';
import { kmeans } from './evals/kmeans.js';
import { llsq } from './evals/llsq.js';
import { lse } from './evals/lse.js';
import { lstm } from './evals/lstm.js';
import { ode } from './evals/ode.js';
import { particle } from './evals/particle.js';
import { saddle } from './evals/saddle.js';

const EVALS: Record<string, Eval> = { ba, det, gmm, hello, ht, kmeans, llsq, lse, lstm, ode, particle, saddle };

interface Message {
  id: number;
  kind: string;
  module?: string;
  function?: string;
  input?: Partial<Runs>;
}

/** Before the clock starts V8 has to see a function often enough to compile it; but no longer than this. */
const WARM_UP = { runs: 200, seconds: 1 };

function answer({ id, kind, module, function: name, input }: Message): object {
  switch (kind) {
    case 'start': return { id, tool: 'tapeless' };
    case 'define': return { id, success: Object.hasOwn(EVALS, module!) };
    case 'evaluate': {
      try {
        const prepare = Object.hasOwn(EVALS, module!) ? EVALS[module!][name!] : undefined;
        if (!prepare) throw new Error(`there is no function ${name} of ${module}`);
        return { id, success: true, ...measure(prepare(input), input ?? {}) };
      } catch (error) {
        return { id, success: false, error: String(error) };
      }
    }
    default: return { id };
  }
}

function measure({ run, output }: Prepared, { min_runs = 1, min_seconds = 0 }: Partial<Runs>): object {
  if (min_seconds > 0) {
    for (let runs = 0, start = performance.now(); runs < WARM_UP.runs && performance.now() - start < 1000 * WARM_UP.seconds; runs++) run();
  }
  const timings: { name: string; nanoseconds: number }[] = [];
  let result: unknown;
  for (let total = 0; timings.length < min_runs || total < 1e9 * min_seconds;) {
    const start = process.hrtime.bigint();
    result = run();
    const nanoseconds = Number(process.hrtime.bigint() - start);
    timings.push({ name: 'evaluate', nanoseconds });
    total += nanoseconds;
  }
  return { output: output(result), timings };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== '') process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Message))}\n`);
}

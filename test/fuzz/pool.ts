/**
 * Processes that examine programs, batch by batch. One that dies, or does not come back, is replaced, and the programs of its
 * batch are examined one by one: that at which a process dies again has failed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { BATCH, type Outcome } from './batch.ts';
import type { Order, Report } from './worker.ts';

/** A batch may take so long, and a program. */
const SECONDS = 600;
const SECONDS_EACH = 90;

/** @param next the first program of the next batch; undefined: no more. */
export async function examineAll(workers: number, order: Omit<Order, 'first' | 'count'>, next: () => number | undefined, note: (report: Report) => void): Promise<void> {
  await Promise.all(Array.from({ length: workers }, async () => {
    let worker = new Worker();
    const run = async (first: number, count: number): Promise<Report | undefined> => {
      const report = await worker.run({ ...order, first, count }, count > 1 ? SECONDS : SECONDS_EACH);
      if (!report) worker = new Worker();
      return report;
    };
    for (let first = next(); first !== undefined; first = next()) {
      const report = await run(first, BATCH);
      if (report) note(report);
      else for (let at = first; at < first + BATCH; at++) note(await run(at, 1) ?? { outcomes: [died(at)], seconds: 0 });
    }
    worker.end();
  }));
}

function died(run: number): Outcome {
  return { run, constructs: [], verdict: { kind: 'failed', what: 'the process', message: 'It died, or did not come back.' } };
}

class Worker {
  private process: ChildProcess = fork(new URL('./worker.ts', import.meta.url), { execArgv: ['--import=tsx', '--max-semi-space-size=64'] });
  private ready = new Promise<void>((resolve) => { this.process.once('message', () => resolve()); });

  /** Undefined where the process dies or is too slow; it is of no use then. */
  async run(order: Order, seconds: number): Promise<Report | undefined> {
    await this.ready;
    return new Promise((resolve) => {
      const done = (report?: Report) => {
        clearTimeout(timer);
        this.process.removeAllListeners();
        if (!report) this.process.kill('SIGKILL');
        resolve(report);
      };
      const timer = setTimeout(done, seconds * 1000);
      this.process.once('message', (report: Report) => done(report)).once('exit', () => done());
      this.process.send(order);
    });
  }

  end(): void { this.process.disconnect(); }
}

/** The workloads in C: compiled once, each run in a process of its own that answers with times. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Workload } from './workloads.ts';

const sources = fileURLToPath(new URL('../c/', import.meta.url));
const out = fileURLToPath(new URL('dist/', import.meta.url));

/** The compiled program, or undefined where there is no C compiler. */
export function compileNative(): string | undefined {
  mkdirSync(out, { recursive: true });
  const program = join(out, 'native');
  const files = readdirSync(sources).filter((file) => file.endsWith('.c')).map((file) => join(sources, file));
  const { status, error, stderr } = spawnSync('cc', ['-O3', '-march=native', '-o', program, ...files, '-lm'], { encoding: 'utf8' });
  if (error) return undefined;
  if (status !== 0) throw new Error(stderr);
  return program;
}

export class Native {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tapeless-bench-'));
  private readonly child;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(program: string, { eval: name, c: { ints, arrays } }: Workload) {
    const file = join(this.folder, name);
    const numbers = [ints.length, ...ints, arrays.length];
    const parts = [Float64Array.from(numbers), ...arrays.flatMap((array) => [Float64Array.of(array.length), Float64Array.from(array)])];
    writeFileSync(file, Buffer.concat(parts.map((part) => Buffer.from(part.buffer))));
    this.child = spawn(program, [name, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.(line));
  }

  private ask(question: string): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(`${question}\n`);
    });
  }

  /** Milliseconds of one of `count` runs. */
  async time(what: 'primal' | 'gradient', count: number): Promise<number> {
    return Number(await this.ask(`${what} ${count}`)) / 1e6;
  }

  /** The primal's value and the gradient's entries, if there is one. */
  async results(): Promise<number[]> {
    return (await this.ask('print 1')).split(' ').map(Number);
  }

  close(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true });
  }
}

/** `npm run fuzz -- --seconds 60 --seed 1 [--save] [--first PROGRAM]`: random programs against the oracle. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { root } from '../support/fixtures.ts';
import { type Verdict, examine } from './execute.ts';
import { programs } from './generator.ts';
import { type Source, sourceText } from './tree.ts';

const { values } = parseArgs({ options: {
  seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, save: { type: 'boolean', default: false },
  keep: { type: 'string' }, shrink: { type: 'string', default: '20' }, failures: { type: 'string', default: '20' },
  first: { type: 'string', default: '0' },
} });
const seed = Number(values.seed);
const start = Date.now();
const elapsed = () => (Date.now() - start) / 1000;
const arbitrary = programs();
const counts = { passed: 0, refused: 0, rejected: 0, failed: 0 };
const tags = new Map<string, number>();
const refusals = new Map<string, number>();
const rejections = new Map<string, number>();
const failures = new Map<string, number>();
let shrinking = 0;

for (let run = Number(values.first); elapsed() - shrinking < Number(values.seconds) && counts.failed < Number(values.failures); run++) {
  const random = new fc.Random(xorshift128plus(seed * 1_000_003 + run));
  const source = arbitrary.generate(random, undefined).value;
  const verdict = examine(source);
  counts[verdict.kind]++;
  if (verdict.kind === 'passed') source.tags.forEach((t) => tags.set(t, (tags.get(t) ?? 0) + 1));
  if (verdict.kind === 'refused') bump(refusals, verdict.message);
  if (verdict.kind === 'rejected') bump(rejections, verdict.message);
  if (verdict.kind === 'failed') {
    const before = Date.now();
    const known = bump(failures, verdict.what) > 3;
    const least = known ? source : shrink(source, verdict, Number(values.shrink));
    shrinking += (Date.now() - before) / 1000;
    if (!known) report(least, run);
  }
}

const total = counts.passed + counts.failed;
const print = (title: string, map: Map<string, number>) => {
  if (map.size) console.log(`\n${title}\n${[...map].sort((a, b) => b[1] - a[1]).map(([k, n]) => `  ${String(n).padStart(6)}  ${k}`).join('\n')}`);
};
print('programs by construct', tags);
print('refused', refusals);
print('rejected', rejections);
print('failed', failures);
const seconds = elapsed() - shrinking;
console.log(`\n${total} programs in ${seconds.toFixed(0)} s (${(total / seconds * 60).toFixed(0)} a minute), ${counts.refused} refused, ${counts.rejected} rejected, ${counts.failed} failed; seed ${seed}`);
process.exitCode = counts.failed ? 1 : 0;

function bump(map: Map<string, number>, key: string): number {
  map.set(key, (map.get(key) ?? 0) + 1);
  return map.get(key)!;
}

/** The smallest program found that fails in the same way. */
function shrink(source: Source, verdict: Verdict & { kind: 'failed' }, limit: number): Source {
  const end = Date.now() + limit * 1000;
  let current = source;
  let at = 0;
  // After a success the search goes on where it was: what did not help before seldom helps now.
  for (let fruitless = false; ;) {
    let k = 0;
    let found = false;
    for (const { value } of arbitrary.shrink(current, undefined)) {
      if (k++ < at) continue;
      if (Date.now() > end) return current;
      const now = examine(value);
      if (now.kind !== 'failed' || now.what !== verdict.what) continue;
      current = value;
      at = k - 1;
      found = true;
      fruitless = false;
      break;
    }
    if (found) continue;
    if (at === 0 || fruitless) return current;
    at = 0;
    fruitless = true;
  }
}

function report(source: Source, run: number): void {
  const verdict = examine(source) as Verdict & { kind: 'failed' };
  const text = sourceText(source);
  const cases = `export const cases = {\n  f: [${source.cases.map((c) => `[${c.map(literal).join(', ')}]`).join(', ')}],\n};\n`;
  console.log(`\n──── ${verdict.what} (seed ${seed}, program ${run})\n${text}\n${cases}\n${verdict.message}`);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const directory = values.keep ? `${values.keep}/${hash}` : values.save ? `${root}fuzz-${hash}` : undefined;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/input.ts`, text);
  writeFileSync(`${directory}/cases.ts`, cases);
}

function literal(x: any): string {
  if (x instanceof Float64Array || x instanceof Float32Array) return `${x.constructor.name}.of(${[...x].join(', ')})`;
  if (Array.isArray(x)) return `[${x.map(literal).join(', ')}]`;
  return typeof x === 'object' ? `{ ${Object.entries(x).map(([k, v]) => `${k}: ${literal(v)}`).join(', ')} }` : String(x);
}

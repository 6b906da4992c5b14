/**
 * `npm run fuzz -- --seconds 60 --seed 1`: random programs, against the oracle and against themselves.
 * `--seed fresh` takes one that nobody knows. `--programs N` ends after N programs instead, `--first N` starts with another program, so that
 * a long run can be done in parts; `--save` keeps what failed as fixtures.
 */
import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { CONSTRUCTS, TABLE } from './generate/constructs.ts';
import { report } from './report.ts';
import { shrink } from './shrink.ts';
import { BATCH, type Outcome, programOf } from './batch.ts';
import { examineAll } from './pool.ts';

const { values } = parseArgs({ options: {
  seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, programs: { type: 'string' }, first: { type: 'string', default: '0' },
  save: { type: 'boolean', default: false }, shrink: { type: 'string', default: '30' }, failures: { type: 'string' },
  order: { type: 'string', default: '2' }, workers: { type: 'string', default: String(Math.min(2, availableParallelism())) }, quiet: { type: 'boolean', default: false },
} });
const seed = values.seed === 'fresh' ? Date.now() % 1e6 : Number(values.seed);
const options = { order: Number(values.order) };
const limit = values.programs ? Number(values.programs) : Infinity;
const seconds = values.programs ? Infinity : Number(values.seconds);
const failures = Number(values.failures ?? (values.programs ? Infinity : 12));
/** Seconds between lines that say how far it is. */
const PROGRESS = 60;
const start = Date.now();
const elapsed = () => (Date.now() - start) / 1000;

const counts = { passed: 0, refused: 0, rejected: 0, constant: 0, invalid: 0, failed: 0 };
const points = { passed: 0, rejected: 0 };
const tallies = { refused: new Map<string, number>(), rejected: new Map<string, number>(), invalid: new Map<string, number>(), failed: new Map<string, number>() };
const constructs = new Map<string, number>();
const examples = new Map<string, { run: number; message: string }>();
/** All programs that failed, were refused, or are invalid. */
const findings: { run: number; text: string }[] = [];
let next = Number(values.first);
/** Seconds of processor time. */
let processor = 0;

function bump(map: Map<string, number>, key: string): void { map.set(key, (map.get(key) ?? 0) + 1); }

function note({ run, constructs: used, verdict }: Outcome): void {
  counts[verdict.kind]++;
  if (verdict.kind === 'failed' || verdict.kind === 'refused' || verdict.kind === 'invalid') findings.push({ run, text: `${verdict.kind}: ${verdict.kind === 'failed' ? `${verdict.what}: ` : ''}${verdict.message.split('\n')[0].slice(0, 160)}` });
  if (verdict.kind === 'passed') {
    used.forEach((c) => bump(constructs, c));
    points.passed += verdict.points;
  } else if (verdict.kind === 'failed') {
    console.log(`failed: seed ${seed}, program ${run}: ${verdict.what}`);
    bump(tallies.failed, verdict.what);
    if (!examples.has(verdict.what)) examples.set(verdict.what, { run, message: verdict.message });
  } else if (verdict.kind !== 'rejected' && verdict.kind !== 'constant') {
    bump(tallies[verdict.kind], verdict.message);
    examples.set(verdict.message, { run, message: '' });
  }
  if (verdict.kind === 'passed' || verdict.kind === 'rejected') {
    verdict.rejected.forEach((reason) => bump(tallies.rejected, reason));
    points.rejected += verdict.rejected.length;
  }
}

const begin = () => {
  if (elapsed() > seconds || next - Number(values.first) >= limit || counts.failed >= failures) return undefined;
  next += BATCH;
  return next - BATCH;
};
let said = 0;
await examineAll(Number(values.workers), { seed, options }, begin, ({ outcomes, seconds: spent }) => {
  outcomes.forEach(note);
  processor += spent;
  if (elapsed() - said < PROGRESS) return;
  said = elapsed();
  const done = Object.values(counts).reduce((s, n) => s + n, 0);
  console.log(`… ${done}${limit < Infinity ? ` of ${limit}` : ''} programs in ${said.toFixed(0)} s, ${counts.failed} failed, ${counts.refused} refused, ${counts.invalid} invalid`);
});
const took = elapsed();

// Each kind of failure is shrunk once.
for (const [what, { run }] of examples) {
  if (!tallies.failed.has(what) || what === 'the process') continue;
  const least = await shrink(programOf(seed, run), what, Number(values.shrink), { ...options, types: what.startsWith('types') });
  report(least.program, least.verdict, { seed, run, save: values.save });
}

const total = Object.values(counts).reduce((s, n) => s + n, 0);
const print = (title: string, map: Map<string, number>) => {
  if (!map.size) return;
  console.log(`\n${title}`);
  for (const [what, n] of [...map].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log(`${String(n).padStart(7)}  ${what}${examples.has(what) ? ` (program ${examples.get(what)!.run})` : ''}`);
};
if (!values.quiet) {
  for (const [row, names] of Object.entries(TABLE)) {
    const found = names.filter((c) => CONSTRUCTS.includes(c)).map((c) => `${c} ${(constructs.get(c) ?? 0)}`);
    console.log(`\n${row}: ${found.join(', ')}`);
  }
}
print('refused', tallies.refused);
print('points rejected', tallies.rejected);
print('invalid: defects of the generator', tallies.invalid);
print('failed', tallies.failed);

if (findings.length) console.log(`\nfindings, seed ${seed}`);
for (const { run, text } of findings.sort((a, b) => a.run - b.run)) console.log(`${String(run).padStart(7)}  ${text}`);

const problems: string[] = [];
const percent = (n: number, of: number) => `${(of ? 100 * n / of : 0).toFixed(1)} %`;
/** Is this more than a part of the whole, and more than chance makes of it? */
const exceeds = (n: number, of: number, part: number) => n > part * of + 2 * Math.sqrt(part * of);
if (counts.failed) problems.push(`${counts.failed} failed`);
if (counts.invalid) problems.push(`${counts.invalid} do not type-check or fail by themselves`);
if (exceeds(counts.refused, total, 0.01)) problems.push(`${percent(counts.refused, total)} refused`);
if (exceeds(points.rejected, points.passed + points.rejected, 0.05)) problems.push(`${percent(points.rejected, points.passed + points.rejected)} of the points rejected`);
const seldom = CONSTRUCTS.filter((c) => (constructs.get(c) ?? 0) < 0.02 * counts.passed - 2 * Math.sqrt(0.02 * counts.passed));
if (seldom.length) problems.push(`in less than 2 % of the programs: ${seldom.map((c) => `${c} (${percent(constructs.get(c) ?? 0, counts.passed)})`).join(', ')}`);
console.log(`\n${total} programs in ${took.toFixed(0)} s (${(total / took * 60).toFixed(0)} a minute, ${(processor / total).toFixed(2)} s of processor time each), ${counts.passed} passed, ${counts.refused} refused, ${counts.rejected} rejected, ${counts.constant} constant, ${counts.invalid} invalid, ${counts.failed} failed`);
problems.forEach((p) => console.log(`    ${p}`));
console.log(problems.length ? `  ✘ fuzz: seed ${seed}\n  1 test failed` : `  ✔ fuzz: seed ${seed}`);
process.exit(problems.length ? 1 : 0);

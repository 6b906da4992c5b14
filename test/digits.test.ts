import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

test('a network learns handwritten digits', (t) => {
  const out = join(mkdtempSync(join(tmpdir(), 'tapeless-digits-')), 'loss.svg');
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  run('node_modules/ts-patch/bin/tspc.js', '-p', 'examples/digits');
  const text = run('examples/digits/dist/main.js', '--epochs', '1', '--digits', '3000', '--rate', '0.002', '--out', out);
  t.regex(text, /Trained \d+ steps of 64 digits/);
  const [, seen, others] = /Recognised: ([\d.]+) % .* ([\d.]+) % of the others/.exec(text)!;
  // By chance it would be 10 %.
  t.true(Number(seen) > 80 && Number(others) > 80, text);
  t.regex(readFileSync(out, 'utf8'), /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});

import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the demo fits the mixture and draws it', (t) => {
  const out = join(mkdtempSync(join(tmpdir(), 'tapeless-demo-')), 'fit.svg');
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  run('node_modules/ts-patch/bin/tspc.js', '-p', 'examples/gmm');
  const text = run('examples/gmm/dist/main.js', '--starts', '4', '--out', out);
  t.regex(text, /342 penguins/);
  // The best of four starts; several optimizers and starts agree on this number.
  t.regex(text, /Final log-likelihood: -1634\.187/);
  t.regex(text, /Gradient checked/);
  t.regex(text, /function loss_grad\w*\(/);
  t.regex(text, /over time of the function: \d/);
  t.true(existsSync(out));
  const svg = readFileSync(out, 'utf8');
  t.is(svg.match(/<circle|<path/g)!.length > 342, true);
  t.regex(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});

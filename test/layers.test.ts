/** Dependencies point one way: each folder imports only from those listed for it. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('..', import.meta.url));

const MAY_IMPORT: Record<string, string[]> = {
  'runtime': [],
  'transformer/ir': [],
  'transformer/rules': ['transformer/ir'],
  'transformer/analyse': ['transformer/ir', 'transformer/rules', 'transformer/diagnostics.ts'],
  'transformer/optimise': ['transformer/ir', 'transformer/rules', 'transformer/analyse', 'transformer/diagnostics.ts'],
  'transformer/differentiate': ['transformer/ir', 'transformer/rules', 'transformer/analyse', 'transformer/optimise', 'transformer/diagnostics.ts'],
  'transformer/print': ['transformer/ir', 'transformer/rules', 'transformer/diagnostics.ts'],
  'transformer/parse': ['transformer/ir', 'transformer/diagnostics.ts'],
  'transformer/host': ['transformer/ir', 'transformer/parse'],
  'transformer/lower': ['transformer/ir', 'transformer/parse', 'transformer/host', 'transformer/diagnostics.ts'],
  'gpu': [],
  'cli': ['transformer'],
};

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  test(`${folder} imports only ${allowed.join(', ') || 'itself'}`, (t) => {
    let count = 0;
    for (const file of files(join(root, folder))) {
      count++;
      for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']*)'/g)) {
        const target = relative(root, join(dirname(file), specifier)).replaceAll('\\', '/');
        const inside = [folder, ...allowed].some((f) => target === f || target.startsWith(`${f}/`));
        t.true(inside, `${relative(root, file)} imports ${target}`);
      }
    }
    t.true(count > 0);
  });
}

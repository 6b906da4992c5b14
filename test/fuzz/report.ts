/** Prints a failure, and saves it as a fixture when asked. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from '../support/fixtures.ts';
import type { Verdict } from './examine.ts';
import { EnumMember, Instance, type Program, sourcesOf } from './generate/program.ts';

export function report(program: Program, verdict: Verdict & { kind: 'failed' }, { seed, run, save }: { seed: number; run: number; save: boolean }): void {
  const sources = sourcesOf(program);
  const cases = `export const cases = {\n  f: [${program.cases.map((c) => `[${c.map(literal).join(', ')}]`).join(', ')}],\n};\n`;
  console.log(`\n──── ${verdict.what} (seed ${seed}, program ${run})`);
  for (const [file, text] of Object.entries(sources)) console.log(`// ${file}\n${text}`);
  console.log(`${cases}\n${verdict.message}`);
  if (!save) return;
  const hash = createHash('sha256').update(Object.values(sources).join('')).digest('hex').slice(0, 8);
  const directory = `${root}found-${hash}`;
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of Object.entries(sources)) writeFileSync(`${directory}/${file}`, text);
  const names = [...new Set([...cases.matchAll(/new (\w+)|(\w+)\.\w+(?!\()\b/g)].map((m) => m[1] ?? m[2]))].filter((name) => !/Array$|^\d/.test(name));
  writeFileSync(`${directory}/cases.ts`, (names.length ? `import { ${names.join(', ')} } from './input.ts';\n\n` : '') + cases);
  console.log(`saved in ${directory}`);
}

function literal(x: unknown): string {
  if (x instanceof Float64Array || x instanceof Float32Array) return `${x.constructor.name}.of(${[...x].join(', ')})`;
  if (Array.isArray(x)) return `[${x.map(literal).join(', ')}]`;
  if (x instanceof EnumMember) return `${x.type}.${x.member}`;
  if (x instanceof Instance) return `new ${x.type}(${x.args.map(literal).join(', ')})`;
  if (typeof x === 'string') return `'${x}'`;
  return typeof x === 'object' && x ? `{ ${Object.entries(x).map(([k, v]) => `${k}: ${literal(v)}`).join(', ')} }` : String(x);
}

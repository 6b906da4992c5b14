/** Prints a failure, and saves it as a fixture when asked. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from '../support/fixtures.ts';
import type { Verdict } from './examine.ts';
import { EnumMember, type Program, sourcesOf } from './generate/program.ts';

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
  writeFileSync(`${directory}/cases.ts`, `import { ${[...new Set(program.cases.flat().filter((x) => x instanceof EnumMember).map((x) => (x as EnumMember).type))].join(', ')} } from './input.ts';\n`.replace(/^import \{ {2}\}.*\n/, '') + cases);
  console.log(`saved in ${directory}`);
}

function literal(x: unknown): string {
  if (x instanceof Float64Array || x instanceof Float32Array) return `${x.constructor.name}.of(${[...x].join(', ')})`;
  if (Array.isArray(x)) return `[${x.map(literal).join(', ')}]`;
  if (x instanceof EnumMember) return `${x.type}.${x.member}`;
  if (typeof x === 'string') return `'${x}'`;
  return typeof x === 'object' && x ? `{ ${Object.entries(x).map(([k, v]) => `${k}: ${literal(v)}`).join(', ')} }` : String(x);
}

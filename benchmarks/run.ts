/** `npm run bench -- NAME`: compiles the benchmarks with tspc, as a user would, and runs one. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const here = new URL('./', import.meta.url);
/** Programs that are compiled with tapeless, and those that measure tapeless itself. */
const compiled = readdirSync(new URL('src/', here)).filter((file) => !['measure.ts', 'table.ts', 'regression.ts'].includes(file)).map((file) => file.slice(0, -3));
const names = [...compiled, 'compile', 'gradbench', 'scaling'];

const [name] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- ${names.join('|')}`);
  process.exit(2);
}
if (!existsSync(new URL('../dist', here))) throw new Error('not built; run `npm run build`');
if (compiled.includes(name)) {
  execFileSync('npx', ['tspc', '-p', 'benchmarks'], { cwd: new URL('..', here), stdio: 'inherit' });
  await import(new URL(`dist/${name}.js`, here).href);
} else {
  if (name === 'gradbench' || name === 'scaling') execFileSync('npm', ['run', '--silent', 'build:benchmarks'], { cwd: new URL('..', here), stdio: 'inherit' });
  await import(new URL(`${name}.ts`, here).href);
}

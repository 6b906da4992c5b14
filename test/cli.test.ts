import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '../cli/main.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const ROSENBROCK = `/** A test function. */
// @differentiate
export function rosenbrock(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = 1 - x[i];
    const b = x[i + 1] - x[i] * x[i];
    s += a * a + 100 * b * b;
  }
  return s;
}
export function cube(x: number) { return x * x * x; }
// @differentiate
export const polar = (r: number, t: number): [number, number] => [r * Math.cos(t), r * Math.sin(t)];
export class Spring {
  constructor(public stiffness: number) {}
  energy(x: number): number { return 0.5 * this.stiffness * x * x; }
}
`;

interface Options {
  files?: Record<string, string>;
  /** With TypeScript next to it; without, annotations are all there is. */
  typescript?: boolean;
}

/** A project in a folder of its own. */
function project({ files = { 'src/rosenbrock.ts': ROSENBROCK }, typescript = true }: Options = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapeless-cli-'));
  const all = {
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, types: [] }, include: ['src'] }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/tapeless'));
  if (typescript) symlinkSync(join(root, 'node_modules/typescript'), join(folder, 'node_modules/typescript'));
  return folder;
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(args, { write: (text) => { out += text; } }, { write: (text) => { err += text; } });
  return { code, out, err };
}

for (const typescript of [true, false]) {
  const host = typescript ? 'checker' : 'annotations';

  test(`show prints the derivative and nothing else (${host})`, async (t) => {
    const folder = project({ typescript });
    const { code, out, err } = await run('show', `${folder}/src/rosenbrock.ts:rosenbrock`, '--mode', 'grad');
    t.is(code, 0, err);
    t.is(err, '');
    t.regex(out, /^\/\*\* Value and gradient of `rosenbrock` \(rosenbrock\.ts:3\)\. \*\/\nfunction rosenbrock_grad\(x: Float64Array, s_bar = 1\): \[number, Float64Array\] \{\n/);
    t.is(out.match(/for \(/g)?.length, 1, 'one loop');
    t.notRegex(out, /_saved/);
    t.regex(out, /\}\n$/);
  });

  test(`show works on what is not marked, too (${host})`, async (t) => {
    const folder = project({ typescript });
    const cube = await run('show', `${folder}/src/rosenbrock.ts:cube`, '--mode', 'jvp');
    t.is(cube.code, 0, cube.err);
    t.regex(cube.out, /function cube_jvp\(x: number, x_dot: number\)/);
    const method = await run('show', `${folder}/src/rosenbrock.ts:Spring.energy`);
    t.is(method.code, 0, method.err);
    t.regex(method.out, /this\.stiffness/);
  });
}

test('show without a function prints every marked one, in the mode that it has', async (t) => {
  const { code, out } = await run('show', `${project()}/src/rosenbrock.ts`);
  t.is(code, 0);
  t.regex(out, /rosenbrock_grad/);
  t.regex(out, /polar_fwd[^]*polar_bwd/);
  t.notRegex(out, /cube/);
});

test('show --mode ir prints the intermediate representation', async (t) => {
  const { code, out } = await run('show', `${project()}/src/rosenbrock.ts:rosenbrock`, '--mode', 'ir');
  t.is(code, 0);
  t.regex(out, /^func rosenbrock\(%0\.x: Float64Array\)\n[^]*\bload\b[^]*\byield\b/);
});

test('what does not exist is a matter of usage', async (t) => {
  const folder = project();
  const file = `${folder}/src/rosenbrock.ts`;
  for (const args of [
    ['show'], ['show', `${folder}/src/nothing.ts`], ['show', `${file}:nothing`], ['show', `${file}:polar`, '--mode', 'grad'],
    ['show', file, '--mode', 'backwards'], ['draw'], ['check', '-p', `${folder}/nothing.json`], ['emit', '-p', folder], [],
  ]) {
    const { code, out, err } = await run(...args);
    t.is(code, 2, args.join(' '));
    t.is(out, '');
    t.not(err, '');
  }
  t.regex((await run('show', `${file}:nothing`)).err, /`rosenbrock`, `cube`, `polar`, `Spring\.energy`/);
});

test('help and version', async (t) => {
  const help = await run('--help');
  t.is(help.code, 0);
  for (const command of ['show', 'emit', 'check']) t.true(help.out.includes(command));
  t.is((await run('--version')).out.trim(), JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

const BAD = `// @differentiate
export function bad(x: number): number { return Number(x.toFixed(2)); }
// @differentiate
export function good(x: number): number { return x * x; }
`;

test('check locates errors, in a frame', async (t) => {
  const folder = project({ files: { 'src/bad.ts': BAD } });
  const { code, out, err } = await run('check', '-p', folder);
  t.is(code, 1);
  t.is(out, '');
  t.regex(err, new RegExp(`^${relative('.', folder)}/src/bad\\.ts:2:\\d+ - error TL\\d{4}: `));
  t.regex(err, /^> 2 \| export function bad/m);
  t.notRegex(err, /\u001b/);

  t.is((await run('show', `${folder}/src/bad.ts:bad`)).code, 1);
  const good = await run('show', `${folder}/src/bad.ts:good`);
  t.is(good.code, 0, 'a bad function does not stop the others');
  t.is(good.err, '');
});

test('check of a program without errors says so', async (t) => {
  const { code, out, err } = await run('check', '-p', project());
  t.is(code, 0, err);
  t.is(out, 'No errors; derivatives of 2 functions in 1 module.\n');
});

for (const typescript of [true, false]) {
  test(`the built command finds the tsconfig of the folder it runs in (${typescript ? 'checker' : 'annotations'})`, (t) => {
    const folder = project({ typescript });
    const out = execFileSync(process.execPath, [join(root, 'dist/cli/index.js'), 'check'], { cwd: join(folder, 'src'), encoding: 'utf8' });
    t.is(out, 'No errors; derivatives of 2 functions in 1 module.\n');
    t.throws(() => execFileSync(process.execPath, [join(root, 'dist/cli/index.js'), 'draw'], { cwd: folder, stdio: 'pipe' }), { message: /^Command failed/ });
  });

  test(`syntax errors are errors of the user's code (${typescript ? 'checker' : 'annotations'})`, async (t) => {
    const folder = project({ typescript, files: { 'src/broken.ts': '// @differentiate\nexport function f(x: number): number { return x * ; }\n' } });
    for (const args of [['show', `${folder}/src/broken.ts:f`], ['check', '-p', folder], ['emit', '-p', folder, '--outDir', `${folder}/out`]]) {
      const { code, err } = await run(...args);
      t.is(code, 1);
      t.regex(err, /broken\.ts:2:5\d - error/);
    }
  });
}

test('colours on a terminal, unless they are not wanted', async (t) => {
  const folder = project();
  const show = async (...args: string[]) => {
    let out = '';
    await main(['show', `${folder}/src/rosenbrock.ts:rosenbrock`, ...args], { write: (text) => { out += text; }, isTTY: true, hasColors: () => true });
    return out;
  };
  t.regex(await show(), /\u001b\[36mfunction\u001b\[39m/);
  t.notRegex(await show('--no-color'), /\u001b/);
});

const PROGRAM = {
  'src/lib/rosenbrock.ts': ROSENBROCK,
  'src/lib/shapes.ts': `import { square } from '../util/square.js';\n// @differentiate\nexport function area(r: number): number { return Math.PI * square(r); }\n`,
  'src/util/square.ts': `export function square(x: number): number { return x * x; }\n`,
  'src/util/names.ts': `export const title = 'derivatives';\n`,
  'src/main.ts': `import { grad } from 'tapeless';
import { rosenbrock } from './lib/rosenbrock.js';
import { area } from './lib/shapes.js';
import { title } from './util/names.js';
console.log(JSON.stringify([title, [...grad(rosenbrock)(Float64Array.of(-1.2, 1))], grad(area)(2)]));
`,
};

for (const typescript of [true, false]) {
  test(`emit writes modules that run without a plugin (${typescript ? 'checker' : 'annotations'})`, async (t) => {
    const folder = project({ files: PROGRAM, typescript });
    const out = join(folder, 'generated');
    const first = await run('emit', '-p', folder, '--outDir', out);
    t.is(first.code, 0, first.err);
    t.deepEqual(first.out.trim().split('\n').map((file) => relative(out, file)), ['lib/rosenbrock.ts', 'lib/shapes.ts', 'main.ts']);
    t.false(existsSync(join(out, 'util')), 'what has no derivatives stays where it is');

    const text = readFileSync(join(out, 'lib/rosenbrock.ts'), 'utf8');
    t.regex(text, /^\/\/ Generated by `tapeless emit` from \.\.\/\.\.\/src\/lib\/rosenbrock\.ts; do not edit\.\n/);
    t.regex(text, /^export function rosenbrock_grad\(/m);
    t.regex(readFileSync(join(out, 'main.ts'), 'utf8'), /from '\.\.\/src\/util\/names\.js'/);

    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const printed = JSON.parse(execFileSync(process.execPath, [tsx, join(out, 'main.ts')], { encoding: 'utf8', cwd: folder }));
    t.is(printed[0], 'derivatives');
    t.true(Math.abs(printed[1][0] - -215.6) < 1e-9 && Math.abs(printed[1][1] - -88) < 1e-9);
    t.true(Math.abs(printed[2] - 4 * Math.PI) < 1e-12);
  });
}

test('emit --check tells what is out of date, and changes nothing', async (t) => {
  const folder = project({ files: PROGRAM });
  const out = join(folder, 'generated');
  const check = () => run('emit', '-p', folder, '--outDir', out, '--check');
  const missing = await check();
  t.is(missing.code, 1);
  t.is(missing.err.trim().split('\n').length, 3);
  t.false(existsSync(out));

  await run('emit', '-p', folder, '--outDir', out);
  t.deepEqual(await check(), { code: 0, out: '', err: '' });

  writeFileSync(join(folder, 'src/lib/rosenbrock.ts'), ROSENBROCK.replace('100', '10'));
  const changed = await check();
  t.is(changed.code, 1);
  t.is(changed.err, `out of date: ${relative('.', join(out, 'lib/rosenbrock.ts'))}\n`);

  rmSync(join(folder, 'src/main.ts'));
  t.regex((await check()).err, /out of date: .*main\.ts/);
  await run('emit', '-p', folder, '--outDir', out);
  t.false(existsSync(join(out, 'main.ts')), 'what has lost its source is removed');
  t.is((await check()).code, 0);
});

test('emitted modules inside the program are not taken for source', async (t) => {
  const folder = project({ files: PROGRAM });
  const out = join(folder, 'src/generated');
  await run('emit', '-p', folder, '--outDir', out);
  t.is((await run('emit', '-p', folder, '--outDir', out, '--check')).code, 0);
  t.false(existsSync(join(out, 'generated')));
});

test('show --mode wgsl prints a kernel, or says at which place there cannot be one', async (t) => {
  const folder = project();
  const cube = await run('show', `${folder}/src/rosenbrock.ts:cube`, '--mode', 'wgsl');
  t.is(cube.code, 0, cube.err);
  t.regex(cube.out, /^\/\/ `cube` \(rosenbrock\.ts:12\) and its gradient, for WebGPU/);
  t.regex(cube.out, /fn cube\(x: f32\) -> f32 \{\n  return x \* x \* x;\n\}/);
  t.regex(cube.out, /@compute @workgroup_size\(LANES\)\nfn gradient\(/);
  const vector = await run('show', `${folder}/src/rosenbrock.ts:rosenbrock`, '--mode', 'wgsl');
  t.is(vector.code, 1);
  t.is(vector.out, '');
  t.regex(vector.err, /rosenbrock\.ts:3:\d+ - error TL5001: The parameter `x` of type `Float64Array` cannot run on a GPU\. The function must take numbers only/);
});

test('graph draws in three formats', async (t) => {
  const target = `${project()}/src/rosenbrock.ts:rosenbrock`;
  const mermaid = await run('graph', target);
  t.is(mermaid.code, 0, mermaid.err);
  t.regex(mermaid.out, /^flowchart TD\n  n0\(\["x"\]\)\n/);
  t.regex(mermaid.out, /subgraph c\d+ \["for \(let i = 0#59; i \+ 1 #60; x\.length#59; i\+\+\)"\]/);
  const dot = await run('graph', target, '--format', 'dot', '--mode', 'vjp');
  t.regex(dot.out, /^digraph "rosenbrock" \{\n/);
  t.regex(dot.out, /label="reverse sweep"/);
  const svg = await run('graph', target, '--format', 'svg');
  if (svg.code === 2) t.regex(svg.err, /needs a package: npm install -D @viz-js\/viz/);
  else t.regex(svg.out, /<svg [^]*x\.length[^]*<\/svg>/);
  t.is((await run('graph', target.replace(':rosenbrock', ''))).code, 2);
  t.regex((await run('graph', target.replace(':rosenbrock', ':cub'))).err, /there is no function `cub` in .*, but `rosenbrock`, `cube`/);
});

test('show --explain adds a comment to each line', async (t) => {
  const { code, out, err } = await run('show', `${project()}/src/rosenbrock.ts:rosenbrock`, '--explain');
  t.is(code, 0, err);
  t.regex(out, /\n {4}const a_bar = 2 \* a \* s_bar; {2,}\/\/ rosenbrock\.ts:8 `s \+= a \* a \+ 100 \* b \* b;` \| a_bar \+= ∂\/∂a \(a \* a\) · s_bar = a · s_bar, twice\n/);
  const cube = await run('show', `${project()}/src/rosenbrock.ts:cube`, '--mode', 'jvp', '--explain');
  t.regex(cube.out, /\/\/ rosenbrock\.ts:12 `export function cube\(x: number\) \{ return x \* x \* x; \}` \| .*∂\/∂x/);
});

/** What must hold for users, with one version of TypeScript and ts-patch: from the packed package to running code. */
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import test from 'ava';
import { build } from 'esbuild';
import { Workspace } from './workspace.ts';

const program = join(import.meta.dirname, 'program');

const SQUARE = `// @differentiate
export function square(x: number): number {
  return x * x;
}
`;
const BAD = `import { grad } from 'tapeless';

// @differentiable
export function misspelt(x: number): number { return x; }

// @differentiate
export function text(x: number): string { return String(x); }

// @differentiate
export function fine(x: number): number { return x * x; }

console.log(grad(fine)(3));
`;
const ONE_ERROR = SQUARE.replace('@differentiate', '@differentiable');

export function suite(typescript: string, tsPatch: string): void {
  let workspace: Workspace;
  test.before(async () => {
    workspace = await Workspace.create(typescript, tsPatch);
  });
  test.after.always(() => workspace?.remove());

  test.serial('five functions: all transforms agree with differences and with each other', async (t) => {
    const project = await workspace.project('five', program);
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    const { code, output } = await project.node('src/main.js');
    t.is(code, 0, output);
    const lines = output.trim().split('\n').map((line) => JSON.parse(line) as Record<string, number | string>);
    t.deepEqual(lines.map((line) => line.name), ['rosenbrock', 'power', 'energy', 'loss', 'root', 'polar', undefined]);
    for (const { name, differences, agreement } of lines.slice(0, -1)) {
      t.true(Number(differences) < 1e-7, `${name} differs from central differences by ${differences}`);
      t.true(Number(agreement) < 1e-12, `transforms of ${name} differ by ${agreement}`);
    }
    t.deepEqual(lines.at(-1), { literal: 24, unmarked: 12, second: 1 });
  });

  test.serial('strict options concern the user\'s text alone', async (t) => {
    const project = await workspace.project('strict', program, {
      noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true, noImplicitOverride: true,
      noFallthroughCasesInSwitch: true, noPropertyAccessFromIndexSignature: true, allowUnreachableCode: false,
      erasableSyntaxOnly: true, isolatedDeclarations: true, noImplicitAny: true,
    });
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    t.deepEqual(await project.tspc('--noEmit'), { code: 0, output: '' });
    await project.write('src/unused.ts', `${SQUARE}function unused(): void {}\n`);
    const { code, output } = await project.tspc();
    t.is(code, 2);
    t.regex(output, /^src\/unused\.ts\(5,10\): error TS6133: 'unused' is declared but its value is never read\.\n$/);
  });

  test.serial('a bad function is an error at its place and does not stop the others', async (t) => {
    const project = await workspace.project('bad', { 'src/bad.ts': BAD });
    const { code, output } = await project.tspc();
    t.is(code, 2);
    t.deepEqual(output.trim().split('\n').map((line) => /^.*? error TS0: TL\d{4}/.exec(line)?.[0]?.replace(/TL\d.*/, 'TL')), [
      'src/bad.ts(3,4): error TS0: TL', 'src/bad.ts(6,4): error TS0: TL',
    ], output);
    // The good one has its derivative.
    t.deepEqual(await project.node('src/bad.js'), { code: 0, output: '6\n' });

    const pretty = await project.tspc('--pretty');
    t.regex(pretty.output.replaceAll(/\x1b\[\d+m/g, ''), /src\/bad\.ts:3:4 - error TS0: TL1002: .*\n\n3 \/\/ @differentiable\n +~{15}\n/);
  });

  test.serial('--noEmit, --noEmitOnError', async (t) => {
    const project = await workspace.project('noemit', { 'src/a.ts': ONE_ERROR });
    for (const option of ['--noEmit', '--noEmitOnError']) {
      const { code, output } = await project.tspc(option);
      t.not(code, 0, option);
      t.regex(output, /^src\/a\.ts\(1,4\): error TS0: TL1002: [^\n]*\n$/, option);
      await t.throwsAsync(project.read('src/a.js'), undefined, option);
    }
    await project.write('src/a.ts', SQUARE);
    t.deepEqual(await project.tspc('--noEmit'), { code: 0, output: '' });
    t.deepEqual(await project.tspc('--noEmitOnError'), { code: 0, output: '' });
    t.regex(await project.read('src/a.js'), /function square_grad/);
  });

  test.serial('--incremental', async (t) => {
    const project = await workspace.project('incremental', { 'src/a.ts': ONE_ERROR, 'src/b.ts': `import { grad } from 'tapeless';\nimport { square } from './a.js';\nexport const g = grad(square); const wrong: string = g(2);\n` }, { incremental: true });
    const expected = [/^src\/a\.ts\(1,4\): error TS0: TL1002/, /^src\/b\.ts\(3,38\): error TS2322: Type 'number' is not assignable to type 'string'/];
    for (let i = 0; i < 3; i++) {
      const { code, output } = await project.tspc();
      t.is(code, 2);
      const lines = output.trim().split('\n');
      t.is(lines.length, 2, output);
      expected.forEach((pattern, k) => t.regex(lines[k], pattern));
    }
    await project.write('src/a.ts', SQUARE);
    for (let i = 0; i < 2; i++) {
      const { code, output } = await project.tspc();
      t.is(code, 2);
      t.regex(output, /^src\/b\.ts\(3,38\): error TS2322: [^\n]*\n$/);
    }
    await project.edit('src/b.ts', 'wrong: string', 'right: number');
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    // The derivative in b.js follows its function in a.ts.
    await project.write('src/c.ts', `import { g } from './b.js';\nconsole.log(g(2));\n`);
    await project.edit('src/a.ts', 'x * x', 'x * x * x');
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    t.deepEqual(await project.node('src/c.js'), { code: 0, output: '12\n' });
  });

  test.serial('--build', async (t) => {
    const project = await workspace.project('build', { 'src/a.ts': SQUARE }, { composite: true });
    t.deepEqual(await project.tspc('--build'), { code: 0, output: '' });
    await project.write('src/a.ts', ONE_ERROR);
    for (let i = 0; i < 2; i++) {
      const { code, output } = await project.tspc('--build');
      t.not(code, 0);
      t.regex(output, /^src\/a\.ts\(1,4\): error TS0: TL1002: [^\n]*\n$/);
    }
    await project.write('src/a.ts', SQUARE.replace('x * x', '3 * x * x'));
    t.deepEqual(await project.tspc('--build'), { code: 0, output: '' });
    t.regex(await project.read('src/a.js'), /return 3 \* x \* x/);
  });

  test.serial('--watch', async (t) => {
    const project = await workspace.project('watch', { 'src/a.ts': SQUARE });
    const { until, stop } = project.watch();
    try {
      await until(/Found 0 errors/);
      await project.write('src/a.ts', ONE_ERROR);
      await until(/src\/a\.ts\(1,4\): error TS0: TL1002[^]*Found 1 error\./);
      await project.write('src/a.ts', `${SQUARE.replace('x * x', '5 * x')}import { grad } from 'tapeless';\nconsole.log(grad(square)(1));\n`);
      await until(/Found 0 errors/);
      t.deepEqual(await project.node('src/a.js'), { code: 0, output: '5\n' });
    } finally {
      stop();
    }
  });

  test.serial('what TypeScript says about the user\'s text stays the same', async (t) => {
    const text = `import { grad, valueAndGrad } from 'tapeless';
${SQUARE}
/* a */ const s: string = grad(square)(2); const n: number = 'n';
/* b */ const [v, g]: [string, number] = valueAndGrad(square, { argnums: 0 })(1), m: number = undefined;
export const broken = grad((x: number) => x * x)('x');
export { s, n, v, g, m };
missing();
`;
    const project = await workspace.project('same', { 'src/a.ts': text });
    const [ours, theirs] = [await project.tspc(), await project.tsc()];
    t.is(theirs.code, 2);
    t.deepEqual(ours, theirs);

    await project.write('src/a.ts', text.replace('const s:', 'const s:: ('));
    const [ourSyntax, theirSyntax] = [await project.tspc(), await project.tsc()];
    t.regex(theirSyntax.output, /TS1/);
    t.deepEqual(ourSyntax, theirSyntax);
  });

  test.serial('grad of a function that returns a string is a type error', async (t) => {
    const project = await workspace.project('string', { 'src/a.ts': `import { grad } from 'tapeless';\nexport function f(x: number) { return String(x); }\ngrad(f);\n` });
    const { code, output } = await project.tspc();
    t.is(code, 2);
    t.regex(output, /src\/a\.ts\(3,6\): error TS2345/);
  });

  test.serial('declarations are for readers without the plugin', async (t) => {
    const project = await workspace.project('library', program, { outDir: 'dist', rootDir: 'src' });
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    for (const name of ['functions', 'library', 'main']) {
      const text = await project.read(`dist/${name}.d.ts`);
      t.notRegex(text, /tapeless_|_grad|_jvp|_fwd|_bwd/, text);
    }
    await project.write('consumer/tsconfig.json', JSON.stringify({
      compilerOptions: { module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false, target: 'es2022', rootDir: '..' },
    }));
    await project.write('consumer/index.ts', `import { grad } from 'tapeless';
import { checkGrads } from 'tapeless/testing';
import root, { energy, rosenbrock } from '../dist/functions.js';
const g: Float64Array = grad(rosenbrock)(new Float64Array(2));
const e: { stiffness: number; rest: number } = grad(energy)({ stiffness: 1, rest: 2 }, 3, 'a');
checkGrads(rosenbrock, [g]);
console.log(root(2, 1), e);
`);
    t.deepEqual(await project.tsc('-p', 'consumer'), { code: 0, output: '' });
  });

  test.serial('stack traces and source maps name the derivatives', async (t) => {
    const project = await workspace.project('maps', { 'src/functions.ts': `import { grad } from 'tapeless';

// @differentiate
export function guarded(x: number): number {
  if (x < 0) {
    throw new RangeError('x is negative');
  }
  return x * x;
}

export const run = () => grad(guarded)(-1);
export function failing(): never {
  throw new Error('the user\\'s own');
}
for (const f of [run, failing]) {
  try {
    f();
  } catch (error) {
    console.log((error as Error).stack);
  }
}
` }, { outDir: 'dist', rootDir: 'src' });
    for (const inline of [false, true]) {
      const options = inline ? ['--sourceMap', 'false', '--inlineSourceMap', '--inlineSources', '--declarationMap', 'false'] : [];
      t.deepEqual(await project.tspc(...options), { code: 0, output: '' });
      const { output } = await project.node('--enable-source-maps', 'dist/functions.js');
      const thrown = /at guarded_grad \(.*src\/functions\.derivatives\.ts:(\d+):(\d+)\)/.exec(output);
      t.truthy(thrown, output);
      t.regex(output, /at failing \(.*src\/functions\.ts:13:9\)/);

      const js = await project.read('dist/functions.js');
      const json = inline ? Buffer.from(/base64,(.*)/.exec(js)![1], 'base64').toString() : await project.read('dist/functions.js.map');
      const map = JSON.parse(json) as { sources: string[]; sourcesContent: (string | null)[] };
      t.deepEqual(map.sources.toSorted(), ['../src/functions.derivatives.ts', '../src/functions.ts']);
      const content = map.sourcesContent[map.sources.indexOf('../src/functions.derivatives.ts')]!;
      t.regex(content.split('\n')[Number(thrown![1]) - 1], /throw new RangeError/);
      t.is(map.sourcesContent[map.sources.indexOf('../src/functions.ts')], inline ? await project.read('src/functions.ts') : null);

      // Each line of the user's functions leads back to where it came from.
      const source = (await project.read('src/functions.ts')).split('\n');
      const trace = new TraceMap(map as never);
      js.split('\n').forEach((line, i) => {
        const at = originalPositionFor(trace, { line: i + 1, column: line.search(/\S/) });
        if (at.source?.endsWith('functions.ts') && /return|throw|export/.test(line)) {
          t.is(source[at.line! - 1].slice(at.column!).split(/\W/)[0], line.trim().split(/\W/)[0]);
        }
      });
    }
  });

  test.serial('plain tsc: the run-time error says what to do', async (t) => {
    const project = await workspace.project('plain', { 'src/a.ts': `import { grad } from 'tapeless';\n${SQUARE}grad(square)(1);\n` });
    t.is((await project.tsc()).code, 0);
    const { code, output } = await project.node('src/a.js');
    t.not(code, 0);
    t.regex(output, /tapeless: square was not compiled; .*"transformProgram": true.*tspc/);
  });

  test.serial('transformProgram left out: an error with the line to write', async (t) => {
    const project = await workspace.project('setup', { 'src/a.ts': SQUARE });
    await project.edit('tsconfig.json', ', "transformProgram": true', '');
    for (const options of [[], ['--noEmit'], ['--incremental']]) {
      const { code, output } = await project.tspc(...options);
      t.not(code, 0);
      t.regex(output, /^tsconfig\.json\(\d+,\d+\): error TS0: TL4001: .*\[\{ "transform": "tapeless\/transformer", "transformProgram": true \}\]\.\n$/);
    }
  });

  test.serial('the command line, and modules that need no plugin', async (t) => {
    const project = await workspace.project('cli', program);
    const shown = await project.tapeless('show', 'src/functions.ts:rosenbrock', '--mode', 'grad');
    t.is(shown.code, 0, shown.output);
    t.regex(shown.output, /^\/\*\*.*\*\/\nfunction rosenbrock_grad\(x: Float64Array, s_bar = 1\): \[number, Float64Array\] \{\n[^]*\}\n$/);
    t.is((await project.tapeless('check')).code, 0);
    t.is((await project.tapeless('nonsense')).code, 2);

    t.is((await project.tapeless('emit', '--outDir', 'derived')).code, 0);
    await project.write('plain/tsconfig.json', JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { rootDir: '..', outDir: 'out', plugins: [] }, include: ['../derived'] }));
    t.deepEqual(await project.tsc('-p', 'plain'), { code: 0, output: '' });
    const { output } = await project.node('plain/out/derived/main.js');
    t.regex(output, /"literal":24,"unmarked":12/);

    await project.write('src/a.ts', ONE_ERROR);
    const checked = await project.tapeless('check');
    t.is(checked.code, 1);
    t.regex(checked.output, /TL1002/);
  });

  test.serial('a bundle holds what is used', async (t) => {
    const project = await workspace.project('bundle', program);
    await project.write('src/app.ts', `import { grad } from 'tapeless';\nimport { rosenbrock } from './functions.js';\nconsole.log(grad(rosenbrock)(Float64Array.of(-1.2, 1)).join());\n`);
    t.deepEqual(await project.tspc(), { code: 0, output: '' });
    const bundle = async (minify: boolean) => {
      const { outputFiles } = await build({ entryPoints: [join(project.folder, 'src/app.js')], bundle: true, minify, format: 'esm', write: false, logLevel: 'silent' });
      return outputFiles[0].text;
    };
    const readable = await bundle(false);
    t.deepEqual([...new Set(readable.match(/\w+_(jvp|grad|fwd|bwd)\b/g))], ['rosenbrock_grad']);
    const size = gzipSync(await bundle(true)).length;
    t.true(size < 2048, `${size} bytes`);
    await project.write('app.mjs', readable);
    t.regex((await project.node('app.mjs')).output, /^-215\.\d+,-8[78]/);
  });
}

/**
 * What the documentation shows is true. In README.md, ARCHITECTURE.md, CONTRIBUTING.md and docs/
 *   ```ts                   is a module: it type-checks, is compiled, and prints what its comments say;
 *   ```ts show=f:grad       is the derivative of a function of the module before it;
 *   ```text show=f:ir       is a phase of the pipeline (ir, differentiated) of such a function;
 *   ```ts in=path           is part of that file;
 *   <!-- language -->       begins the table of the language, which the fixtures make.
 * `npm run docs` writes what should be there.
 */
import test from 'ava';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatWithOptions } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { Derivatives } from '../transformer/differentiate/derivatives.ts';
import { checkerHost } from '../transformer/host/checker.ts';
import { transform, type Host } from '../transformer/index.ts';
import { dump } from '../transformer/ir/dump.ts';
import { functionId, Program } from '../transformer/lower/program.ts';
import { NONE } from '../transformer/optimise/index.ts';
import { graph } from '../transformer/graph.ts';
import { mermaid } from '../transformer/print/graph/mermaid.ts';
import { kernel } from '../transformer/wgsl.ts';
import { programOf } from './support/compile.ts';
import { blocksOf, readRoot, type Block } from './support/docs.ts';
import { fixtureNames, loadFixture } from './support/fixtures.ts';
import { complaint, languageTable } from './support/table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).filter((file) => file.endsWith('.md')).sort().map((file) => `docs/${file}`)];
const blocks = FILES.flatMap(blocksOf);
const isModule = ({ language, attributes }: Block) => language === 'ts' && Object.keys(attributes).length === 0;
const isShown = ({ attributes }: Block) => attributes.show !== undefined;

/** The name under which a block is compiled: derivatives mention it. */
function pathOf(block: Block): string {
  const [, marked] = /@differentiate[^\n]*\n\s*(?:export )?(?:default )?(?:function|const) (\w+)/.exec(block.text) ?? [];
  return `${root}docs/${blocks.indexOf(block)}/${marked ?? 'example'}.ts`;
}

const texts = new Map(blocks.filter(isModule).map((block) => [pathOf(block), block.text]));
const program = programOf([...texts.keys()], texts);
const host: Host = { ...checkerHost(ts, program), demands: () => [] };

/** What the block should say. */
async function actual(block: Block): Promise<string> {
  if (isModule(block)) return withOutput(block.text, await printed(transform(pathOf(block), host).text));
  const { show, in: file } = block.attributes;
  if (show !== undefined) return phaseOf(block, ...show.split(':') as [string, string]);
  return file !== undefined && !readRoot(file).includes(block.text.trim()) ? readRoot(file) : block.text;
}

/** After each `console.log(…);` a comment with what it prints. */
function withOutput(text: string, lines: string[]): string {
  return text.replace(/^(console\.log\(.*\);).*$/gm, (_, call) => `${call} // ${lines.shift()}`);
}

async function printed(contents: string): Promise<string[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'silent',
    alias: { 'tapeless/implicit': `${root}runtime/implicit/index.ts`, 'tapeless/numpy': `${root}runtime/numpy/index.ts`, 'tapeless/optim': `${root}runtime/optim/index.ts`, 'tapeless/testing': `${root}runtime/testing/index.ts`, tapeless: `${root}runtime/index.ts` },
    banner: { js: 'const lines = []; const console = { log: (...args) => lines.push(args) };' },
    footer: { js: 'export { lines };' },
  });
  const { lines } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  return (lines as unknown[][]).map((args) => formatWithOptions({ breakLength: Infinity }, ...args));
}

/** A phase of the nearest module before the block that has the function. */
function phaseOf(block: Block, name: string, mode: string): string {
  const before = blocks.slice(0, blocks.indexOf(block)).findLast((b) => isModule(b) && b.file === block.file && b.text.includes(`${name}(`));
  if (!before) throw new Error(`no module with ${name} before it`);
  const file = pathOf(before);
  if (!['ir', 'differentiated', 'wgsl', 'graph'].includes(mode)) {
    const [, plain, more] = /^(\w+?)(-explained)?$/.exec(mode)!;
    return transform(file, host, { explain: more !== undefined }).derivatives.find((d) => d.function === name && d.mode === plain)!.text;
  }
  const lowered = new Program(host);
  const id = functionId(file, name);
  // The entry points are the same in every kernel.
  if (mode === 'wgsl') return `${kernel(lowered, id).split('const PARAMETERS')[0].trimEnd()}\n`;
  if (mode === 'graph') return mermaid(graph(lowered, id, 'primal'));
  if (mode === 'ir') return dump(lowered.function(id));
  const derivatives = new Derivatives((id) => lowered.function(id), NONE);
  const grad = derivatives.grad(derivatives.request(id, derivatives.activeParameters(id)));
  return dump(derivatives.functions.get(grad.id)!);
}

const TABLE = /(?<=^<!-- language -->\n)[^]*?(?=^<!-- \/language -->$)/m;

if (process.env.UPDATE === '1' || process.argv.includes('--update')) {
  for (const file of FILES) {
    let text = readRoot(file);
    for (const block of blocks.filter((b) => b.file === file).reverse()) {
      const [from, to] = block.range;
      text = text.slice(0, from) + await actual(block) + text.slice(to);
    }
    const table = TABLE.test(text) ? await languageTable() : '';
    writeFileSync(root + file, text.replace(TABLE, () => table));
  }
} else {
  for (const block of blocks.filter((b) => b.language === 'ts' || isShown(b))) {
    test(`${block.file}:${block.line}`, async (t) => {
      t.is(block.text, await actual(block));
    });
  }
}

test('README.md has the table of the language that the fixtures make', async (t) => {
  t.is(TABLE.exec(readRoot('README.md'))?.[0], await languageTable(), '`npm run docs` writes it');
});

test('every fixture says what it shows', async (t) => {
  const fixtures = await Promise.all(fixtureNames().map(loadFixture));
  t.deepEqual(fixtures.map(complaint).filter(Boolean), []);
});

for (const block of blocks.filter(isModule)) {
  test(`${block.file}:${block.line} compiles`, (t) => {
    const path = pathOf(block);
    t.deepEqual(transform(path, host).diagnostics, []);
    t.deepEqual(ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')), []);
  });
}

for (const file of FILES) {
  test(`${file} links to what exists`, (t) => {
    const links = [...readRoot(file).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map((m) => m[1]);
    t.deepEqual(links.filter((link) => !existsSync(join(root, dirname(file), link))), []);
  });
}

/** What is held against targets, of rows that were measured in one run; and what the compiler does with the primals. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { checkerHost } from '../../transformer/host/checker.ts';
import { transform } from '../../transformer/index.ts';

/** Times in milliseconds, memory in bytes. */
export interface Row {
  eval: string;
  name: string;
  primal: number;
  derivative: number;
  cPrimal?: number;
  cDerivative?: number;
  byHand?: number;
  /** Of the best C++ AD tool, and of C++ by hand: their ratio, times the C primal. */
  tool?: number;
  cppByHand?: number;
  /** What one run allocates. */
  memory: { primal: number; derivative: number };
}

export interface Compiled {
  /** Milliseconds for all primals, without TypeScript's own start. */
  time: number;
  /** Characters of a derivative over those of its primal, by function. */
  ratios: { name: string; ratio: number }[];
}

/** Transforms the primals, in this process, for the first time. */
export function compilePrimals(): Compiled {
  const folder = fileURLToPath(new URL('src/primals/', import.meta.url));
  const files = readdirSync(folder).map((file) => folder + file);
  const program = ts.createProgram(files, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, types: [], noEmit: true });
  program.getTypeChecker();
  const host = { ...checkerHost(ts, program), demands: () => [] };
  const start = performance.now();
  const texts = files.map((file) => transform(file, host).text);
  const time = performance.now() - start;
  const ratios = files.flatMap((file, i) => {
    const before = readFileSync(file, 'utf8').trim();
    const parts = functionsOf(texts[i]).filter(({ name }) => /_(grad|jvp)/.test(name));
    return parts.map(({ name, text }) => ({ name, ratio: text.length / before.length }));
  });
  return { time, ratios };
}

function functionsOf(text: string): { name: string; text: string }[] {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.ES2022);
  return source.statements.filter(ts.isFunctionDeclaration).map((f) => ({ name: f.name!.text, text: text.slice(f.getStart(source), f.end) }));
}

export function summary(rows: Row[], { time, ratios }: Compiled): string[] {
  const mean = (list: number[]) => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
  const lines: string[] = [];
  const say = (what: string, list: { name: string; ratio: number }[], most: number, average = false) => {
    if (list.length === 0) return;
    const worst = list.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    const value = average ? mean(list.map((x) => x.ratio)) : worst.ratio;
    const missed = average ? '' : list.filter((x) => x.ratio > most).map((x) => `${x.name} ${x.ratio.toFixed(2)}`).join(', ');
    lines.push(`${value <= most ? 'met   ' : 'MISSED'}  ${what}: ${value.toFixed(2)}, at most ${most}${average ? '' : ` (${worst.name})`}${missed ? `; over it: ${missed}` : ''}`);
  };
  const of = (evals: string[], top: (r: Row) => number, under: (r: Row) => number | undefined) =>
    rows.filter((r) => evals.includes(r.eval) && under(r)).map((r) => ({ name: r.name, ratio: top(r) / under(r)! }));
  const all = [...new Set(rows.map((r) => r.eval))];
  const derivative = (r: Row) => r.derivative;
  const tool = of(all, derivative, (r) => r.tool);
  say('derivative over the best C++ tool, geometric mean', tool, 1, true);
  say('derivative over the best C++ tool', tool, 2);
  say('derivative over C++ by hand', of(all.filter((e) => e !== 'kmeans' && e !== 'ode'), derivative, (r) => r.cppByHand), 2);
  say('derivative over JavaScript by hand', of(all, derivative, (r) => r.byHand), 1.15);
  say('primal over C', of(all.filter((e) => e !== 'det'), (r) => r.primal, (r) => r.cPrimal), 1.5);
  say('primal over C, det', of(['det'], (r) => r.primal, (r) => r.cPrimal), 2);
  const gradients = ['gmm', 'lse', 'llsq', 'lstm'];
  say('gradient over primal', of(gradients, derivative, (r) => r.primal), 2.5);
  say('gradient over primal, ode and det', of(['ode', 'det'], derivative, (r) => r.primal), 3.5);
  say('gradient over primal, geometric mean', of([...gradients, 'ode', 'det'], derivative, (r) => r.primal), 2.5, true);
  say('seconds to transform the primals of all evals', [{ name: 'all', ratio: time / 1000 }], 1.5);
  say('source of a derivative over that of its module', ratios, 6);
  return lines;
}

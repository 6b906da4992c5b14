/** `tapeless graph`: the computational graph of a function and of its pullback. */
import test from 'ava';
import ts from 'typescript';
import { checkerHost } from '../transformer/host/checker.ts';
import { graph } from '../transformer/graph.ts';
import { functionId, Program } from '../transformer/lower/program.ts';
import { parseModule } from '../transformer/parse/parse.ts';
import { dot } from '../transformer/print/graph/dot.ts';
import { type Graph, nodesOf } from '../transformer/print/graph/graph.ts';
import { mermaid } from '../transformer/print/graph/mermaid.ts';
import '../transformer/rules/scalar.ts';
import { pathOf, programOf } from './support/compile.ts';

const FIXTURES = [
  'textbook-graph', 'power-loop', 'rosenbrock', 'branch-discrete', 'break', 'nested-loops', 'if-in-for', 'early-return', 'data-dependent-while', 'array-read-write',
  'array-created', 'matrix-nested', 'feed-forward', 'log-sum-exp', 'nested-record', 'record-updated', 'strings', 'switch-kinds', 'recursion', 'call-in-loop',
  'linked-list', 'class-mutable', 'effects-log', 'array-sort', 'array-splice', 'swapped-buffers', 'do-while', 'conditional-expression',
];
const files = FIXTURES.map((name) => pathOf(name));
const program = programOf(files);
const lowered = new Program({ ...checkerHost(ts, program), demands: () => [] });
const draw = (fixture: string, name: string, mode: 'primal' | 'vjp') => graph(lowered, functionId(pathOf(fixture), name), mode);

/** Edges by the labels of their ends. */
function edges({ parts, edges }: Graph, test: (e: Graph['edges'][number]) => unknown = () => true): string[] {
  const label = new Map(nodesOf(parts).map((n) => [n.id, n.label]));
  return edges.filter(test).map((e) => `${label.get(e.from)} → ${label.get(e.to)}`);
}

test('the textbook\'s graph', (t) => {
  const drawn = draw('textbook-graph', 'f', 'primal');
  t.deepEqual(nodesOf(drawn.parts).map((n) => `${n.role}: ${n.label}`), [
    'input: x1', 'input: x2', 'value: x3 = exp(x1)', 'value: x4 = x2 * x3', 'value: x5 = x1 + x4', 'value: x6 = sqrt(x5)', 'output: x4 * x6',
  ]);
  t.deepEqual(edges(drawn), [
    'x1 → x3 = exp(x1)', 'x2 → x4 = x2 * x3', 'x3 = exp(x1) → x4 = x2 * x3', 'x1 → x5 = x1 + x4', 'x4 = x2 * x3 → x5 = x1 + x4', 'x5 = x1 + x4 → x6 = sqrt(x5)',
    'x4 = x2 * x3 → x4 * x6', 'x6 = sqrt(x5) → x4 * x6',
  ]);
});

test('a loop that saves: forward and reverse sweep', (t) => {
  const drawn = draw('power-loop', 'power', 'vjp');
  t.deepEqual(drawn.parts.map((p) => p.label), ['forward sweep', 'reverse sweep']);
  t.deepEqual(drawn.parts.map((p) => (p.kind === 'cluster' ? p.parts.filter((q) => q.kind === 'cluster').map((q) => q.label) : [])), [['for (let i = 0; i < n; i++)'], ['backwards: for (let i = 0; i < n; i++)']]);
  t.deepEqual(edges(drawn, (e) => e.saved), ['x → x', 'trips = max(·, 0) → trips', 'y_saved[i] = y → y_saved', 'sin_saved[i] = · → sin_saved']);
  t.true(edges(drawn, (e) => e.back).includes('y = y * · → y, at first 1'));
  const roles = new Map(nodesOf(drawn.parts).map((n) => [n.label, n.role]));
  t.is(roles.get('y * ·'), 'adjoint');
  t.is(roles.get('cos(·)'), 'value', 'recomputed');
  t.is(roles.get('x_bar, at first 0'), 'output');
});

test('who reads an array depends on who wrote it, in the iteration before, too', (t) => {
  const path = `${pathOf('textbook-graph')}`.replace('input.ts', 'fill.ts');
  const source = 'export function f(x: number[]): number { for (let i = 1; i < 9; i++) { const a = x[i - 1]; x[i] = a * x[i]; } return x[8]; }';
  const other = new Program({ ...checkerHost(ts, programOf([path], new Map([[path, source]]))), demands: () => [] });
  const drawn = graph(other, functionId(path, 'f'), 'primal');
  t.true(edges(drawn, (e) => !e.back).includes('x[i] = · → x[8]'), edges(drawn).join('\n'));
  t.true(edges(drawn, (e) => e.back).includes('x[i] = · → a = x[·]'), edges(drawn).join('\n'));
});

interface Viz { instance(): Promise<{ render(text: string, options: { format: 'svg' }): { status: string; output?: string; errors: { message: string }[] } }> }

const LINE = /^(flowchart TD| *subgraph r?(c\d+|sweep\d) \["[^"]*"\]| *end| *r?n\d+(\(\["[^"]+"\]\)|\["[^"]+"\])| *r?n\d+ (-->|-\.->)(\|"[^"]+"\|)? r?n\d+|  classDef \w+ [\w:#,-]+|  class [\w,]+ \w+)$/;

for (const fixture of FIXTURES) {
  test(`${fixture}: edges go forward, and both formats can be read`, async (t) => {
    const path = pathOf(fixture);
    const viz: Viz | undefined = await import('@viz-js/viz' as string).catch(() => undefined);
    for (const { name } of parseModule(path, program.getSourceFile(path)!.text).marks) {
      for (const mode of ['primal', 'vjp'] as const) {
        const drawn = draw(fixture, name, mode);
        const nodes = nodesOf(drawn.parts);
        const place = new Map(nodes.map((n, i) => [n.id, i]));
        t.is(place.size, nodes.length);
        for (const { from, to, back } of drawn.edges) {
          t.true(place.has(from) && place.has(to), `${name}, ${mode}: ${from} → ${to}`);
          if (!back) t.true(place.get(from)! < place.get(to)!, `${name}, ${mode}: ${nodes[place.get(from)!]?.label} → ${nodes[place.get(to)!]?.label}`);
        }
        t.true(nodes.some((n) => n.role === 'output'));
        for (const line of mermaid(drawn).trimEnd().split('\n')) t.regex(line, LINE);
        const result = (await viz?.instance())?.render(dot(name, drawn), { format: 'svg' });
        if (!result) t.log('@viz-js/viz is not installed');
        else {
          t.is(result.status, 'success', result.errors.map((e) => e.message).join('\n'));
          t.is(result.output!.match(/class="node"/g)?.length, nodes.length);
        }
      }
    }
  });
}

/** A graph in the language of Graphviz. */
import type { Cluster, Edge, Graph, GraphNode, NodeKind } from './graph.ts';

const STYLES: Record<NodeKind, string> = {
  input: 'shape=ellipse, fillcolor="#e8f1fb"',
  value: '',
  adjoint: 'fillcolor="#fdeee0"',
  saved: 'shape=ellipse, style="filled,dashed", fillcolor="#f2f2f2"',
  output: 'shape=ellipse, penwidth=2, fillcolor="#e6f4e6"',
};

export function dot(name: string, { parts, edges }: Graph): string {
  const lines = [
    `digraph ${quoted(name)} {`,
    '  rankdir=TB;',
    '  node [shape=box, style="filled,rounded", fillcolor=white, fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9, arrowsize=0.7];',
    ...parts.flatMap((p) => part(p, '  ')),
    ...edges.map((e) => `  ${edge(e)}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function part(p: GraphNode | Cluster, indent: string): string[] {
  if (p.kind === 'node') return [`${indent}${p.id} [label=${quoted(p.label)}${STYLES[p.role] && `, ${STYLES[p.role]}`}];`];
  return [
    `${indent}subgraph cluster_${p.id} {`,
    `${indent}  label=${quoted(p.label)}; fontname="sans-serif"; fontsize=10; style=rounded; color="#999999";`,
    ...p.parts.flatMap((inner) => part(inner, `${indent}  `)),
    `${indent}}`,
  ];
}

function edge({ from, to, label, back, saved }: Edge): string {
  const attributes = [
    ...(label ? [`label=${quoted(label)}`] : []),
    ...(back ? ['style=dashed', 'constraint=false'] : []),
    ...(saved ? ['style=dotted'] : []),
  ];
  return `${from} -> ${to}${attributes.length ? ` [${attributes.join(', ')}]` : ''};`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

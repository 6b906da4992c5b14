/** A graph as a flowchart of Mermaid, which GitHub and many editors draw. */
import { type Cluster, type Edge, type Graph, type GraphNode, type NodeKind, nodesOf } from './graph.ts';

const SHAPES: Record<NodeKind, [string, string]> = { input: ['([', '])'], value: ['[', ']'], adjoint: ['[', ']'], saved: ['([', '])'], output: ['([', '])'] };
const STYLES: Partial<Record<NodeKind, string>> = {
  input: 'fill:#e8f1fb,stroke:#456',
  adjoint: 'fill:#fdeee0,stroke:#a74',
  saved: 'fill:#f2f2f2,stroke:#777,stroke-dasharray:4',
  output: 'fill:#e6f4e6,stroke:#464,stroke-width:2px',
};

export function mermaid({ parts, edges }: Graph): string {
  const nodes = nodesOf(parts);
  const classes = (Object.keys(STYLES) as NodeKind[]).flatMap((role) => {
    const ids = nodes.filter((n) => n.role === role).map((n) => n.id);
    return ids.length ? [`  classDef ${role} ${STYLES[role]}`, `  class ${ids.join(',')} ${role}`] : [];
  });
  return `${['flowchart TD', ...parts.flatMap((p) => part(p, '  ')), ...edges.map((e) => `  ${edge(e)}`), ...classes].join('\n')}\n`;
}

function part(p: GraphNode | Cluster, indent: string): string[] {
  if (p.kind === 'node') {
    const [open, close] = SHAPES[p.role];
    return [`${indent}${p.id}${open}${quoted(p.label)}${close}`];
  }
  return [`${indent}subgraph ${p.id} [${quoted(p.label)}]`, ...p.parts.flatMap((inner) => part(inner, `${indent}  `)), `${indent}end`];
}

function edge({ from, to, label, back, saved }: Edge): string {
  return `${from} ${back || saved ? '-.->' : '-->'}${label ? `|${quoted(label)}|` : ''} ${to}`;
}

/** Mermaid reads HTML in labels; characters that mean something there are written by their numbers. */
function quoted(text: string): string {
  return `"${text.replace(/["#&<>`;\\]/g, (c) => `#${c.charCodeAt(0)};`)}"`;
}

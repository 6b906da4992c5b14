/** Marks of loops that have no effect, because nothing differentiates the function around the loop. */
import type * as t from '@babel/types';
import { type Diagnostic, diagnostic } from '../diagnostics.ts';
import type { Binding, Module } from '../parse/module.ts';
import { walk } from '../parse/walk.ts';

/** What is exported may be differentiated in another module, and so may all that it uses. */
export function strayLoopMarks(module: Module): Diagnostic[] {
  const idle = [...module.loopMarks].filter(([, mark]) => !mark.used);
  if (idle.length === 0) return [];
  const elsewhere = exportedNodes(module);
  const inside = (at: number) => elsewhere.some((node) => node.start! <= at && at < node.end!);
  return idle.filter(([at]) => !inside(at)).map(([, { span, word }]) => diagnostic('TL1024', span, word));
}

function exportedNodes({ bindings, exports }: Module): t.Node[] {
  const found = new Map<string, t.Node[]>();
  const work = [...exports.values()].flatMap((e) => ('local' in e ? [e.local] : []));
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    const binding = bindings.get(name);
    if (!binding || found.has(name)) continue;
    const nodes = nodesOf(binding);
    found.set(name, nodes);
    for (const node of nodes) walk(node, (n) => { if (n.type === 'Identifier' && bindings.has(n.name)) work.push(n.name); });
  }
  return [...found.values()].flat();
}

function nodesOf(binding: Binding): t.Node[] {
  switch (binding.kind) {
    case 'function': case 'class': case 'enum': return [binding.node];
    case 'const': return [binding.init];
    case 'block': return binding.nodes;
    default: return [];
  }
}

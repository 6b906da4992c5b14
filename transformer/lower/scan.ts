/** What a piece of the program may do, read off its text before it is lowered. */
import type * as t from '@babel/types';
import { boundNames, children, isFunction, keyOf, walk } from '../parse/walk.ts';
import { functionsIn } from './functions.ts';
import { VOID } from '../ir/types.ts';
import { type Callable, type Scope, Variable, isFunctionEntity, localOf } from './scope.ts';

/**
 * Variables that may be assigned in the nodes, or in local functions named there. More than needed
 * does no harm: a loop drops what its body hands on unchanged.
 */
export function assignedVariables(scope: Scope, nodes: readonly t.Node[]): Set<Variable> {
  const found = new Set<Variable>();
  visitAll(scope, nodes, (n, around) => {
    const target = n.type === 'AssignmentExpression' ? assignedPattern(n.left) : n.type === 'UpdateExpression' ? n.argument
      : n.type === 'ForOfStatement' && n.left.type !== 'VariableDeclaration' ? assignedPattern(n.left) : undefined;
    const names = target ? boundNames(target).map((id) => id.name) : [];
    if (target?.type === 'MemberExpression' && target.object.type === 'ThisExpression') names.push(`this.${keyOf(target)}`);
    for (const name of names) {
      const entity = around.lookup(name);
      if (entity instanceof Variable) found.add(entity);
    }
  });
  return found;
}

/** Variables that are named in the nodes, or in local functions named there. */
export function mentionedVariables(scope: Scope, nodes: readonly t.Node[]): Set<Variable> {
  const found = new Set<Variable>();
  visitAll(scope, nodes, (n, around) => {
    const entity = n.type === 'Identifier' ? around.lookup(n.name) : undefined;
    if (entity instanceof Variable) found.add(entity);
  });
  return found;
}

function visitAll(scope: Scope, nodes: readonly t.Node[], visit: (node: t.Node, around: Scope) => void): void {
  const visited = new Set<t.Node>();
  const enter = (target: Callable) => {
    const fn = localOf(target);
    if (!fn || visited.has(fn.node)) return;
    visited.add(fn.node);
    scan(fn.node, fn.scope);
  };
  const scan = (node: t.Node, around: Scope) => walk(node, (n) => {
    visit(n, around);
    const entity = n.type === 'Identifier' ? around.lookup(n.name) : undefined;
    if (entity?.kind === 'variable') functionsIn(entity.type ?? VOID).forEach(enter);
    else if (entity && isFunctionEntity(entity)) enter(entity);
  });
  nodes.forEach((node) => scan(node, scope));
}

/** Type assertions around a target do not hide it: `(x as number) = 1`. */
function assignedPattern(node: t.Node): t.Node {
  return 'expression' in node && node.type.startsWith('TS') ? assignedPattern(node.expression as t.Node) : node;
}

/** A jump out of a statement. */
export interface Exit {
  kind: 'break' | 'continue' | 'return';
  label?: string;
  value: boolean;
}

/** Jumps in a loop's or switch's body that are not to a statement inside it. */
export function exitsOf(body: t.Node): Exit[] {
  const found: Exit[] = [];
  const go = (node: t.Node, breakable: boolean, continuable: boolean, labels: readonly string[]): void => {
    if (isFunction(node) || node.type === 'ClassBody') return;
    switch (node.type) {
      case 'ReturnStatement': found.push({ kind: 'return', value: Boolean(node.argument) }); break;
      case 'BreakStatement': case 'ContinueStatement': {
        const kind = node.type === 'BreakStatement' ? 'break' : 'continue';
        const label = node.label?.name;
        const inside = label !== undefined ? labels.includes(label) : kind === 'break' ? breakable : continuable;
        if (!inside) found.push({ kind, value: false, ...(label !== undefined ? { label } : {}) });
        return;
      }
      case 'LabeledStatement': return go(node.body, breakable, continuable, [...labels, node.label.name]);
      case 'SwitchStatement': breakable = true; break;
      case 'ForStatement': case 'ForOfStatement': case 'ForInStatement': case 'WhileStatement': case 'DoWhileStatement':
        breakable = continuable = true;
        break;
    }
    for (const [child] of children(node)) go(child, breakable, continuable, labels);
  };
  go(body, false, false, []);
  return found;
}

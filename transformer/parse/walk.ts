/** Ways to go through a Babel AST. */
import * as t from '@babel/types';
import type { FunctionNode } from './module.ts';

/** Children of a node in the order of the text. */
export function children(node: t.Node): [t.Node, string][] {
  const found: [t.Node, string][] = [];
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(child)) {
      for (const c of child) if (c) found.push([c as t.Node, key]);
    } else if (child) found.push([child as t.Node, key]);
  }
  return found;
}

/** Visits a node and everything in it; `visit` returns false where it should not go deeper. */
export function walk(node: t.Node, visit: (node: t.Node) => boolean | void): void {
  if (visit(node) === false) return;
  for (const [child] of children(node)) walk(child, visit);
}

export function isFunction(node: t.Node | null | undefined): node is FunctionNode {
  switch (node?.type) {
    case 'FunctionDeclaration': case 'FunctionExpression': case 'ArrowFunctionExpression': case 'ClassMethod': case 'ClassPrivateMethod': case 'ObjectMethod': return true;
    default: return false;
  }
}

/** The expression without parentheses and without what only the type checker sees. */
export function unwrap(node: t.Node): t.Node {
  switch (node.type) {
    case 'TSAsExpression': case 'TSSatisfiesExpression': case 'TSNonNullExpression': case 'TSTypeAssertion':
    case 'TSInstantiationExpression': case 'ParenthesizedExpression': return unwrap(node.expression);
    default: return node;
  }
}

/** Identifiers that a pattern binds, with what stands around each. */
export function boundNames(pattern: t.Node): t.Identifier[] {
  switch (pattern.type) {
    case 'Identifier': return [pattern];
    case 'AssignmentPattern': return boundNames(pattern.left);
    case 'RestElement': return boundNames(pattern.argument);
    case 'ArrayPattern': return pattern.elements.flatMap((e) => (e ? boundNames(e) : []));
    case 'ObjectPattern': return pattern.properties.flatMap((p) => boundNames(p.type === 'RestElement' ? p.argument : p.value));
    case 'TSParameterProperty': return boundNames(pattern.parameter);
    default: return [];
  }
}

/** The constant key of a property or member: `p.x`, `p['x']`, `p[0]`; undefined if computed. */
export function keyOf(node: { key?: t.Node; property?: t.Node; computed?: boolean | null }): string | undefined {
  const key = (node.key ?? node.property)!;
  if (!node.computed && key.type === 'Identifier') return key.name;
  if (key.type === 'PrivateName') return `#${key.id.name}`;
  if (key.type === 'StringLiteral') return key.value;
  if (key.type === 'NumericLiteral') return String(key.value);
  return undefined;
}

/** Where the module calls a transform of tapeless, and where functions that can carry derivatives are used as values. */
import type * as t from '@babel/types';
import type { Axis } from '../ir/composed.ts';
import type { Span } from '../ir/ir.ts';
import type { Axes, Escape, TransformCall } from './module.ts';
import { type Scopes, withScopes } from './scopes.ts';
import { type Names, importedName, targetOf } from './targets.ts';
import { isTransform, transformNamed } from './transforms.ts';
import { keyOf, unwrap } from './walk.ts';

/** 'dynamic': only known at run time. */
export type Argnums = NonNullable<TransformCall['argnums']>;

export function collectUses(file: string, program: t.Program, scopes: Scopes, given: Omit<Names, 'program' | 'scopes'>): { calls: TransformCall[]; escapes: Escape[] } {
  const names: Names = { ...given, program, scopes };
  const calls: TransformCall[] = [];
  const escapes: Escape[] = [];
  const targets = new Set<t.Node>();
  const marked = new Set(names.marks.map((m) => m.name));
  const span = (node: t.Node): Span => ({ file, start: node.start!, end: node.end! });

  withScopes(program, scopes, (node, scope, parent, key) => {
    if (node.type === 'CallExpression') {
      const transform = importedName(node.callee, scope, names.imports);
      if (!isTransform(transform) || node.arguments.length === 0) return;
      const { options, axes } = transformNamed(transform);
      const target = unwrap(node.arguments[0]);
      targets.add(target);
      if (target.type === 'MemberExpression') targets.add(target.object);
      calls.push({
        transform,
        target: targetOf(target, scope, names, span),
        ...(options === undefined ? {} : argnumsOf(node.arguments[options])),
        ...(axes === undefined ? {} : { axes: axesOf(node.arguments[axes]) }),
        argumentCount: node.arguments.length,
        insertAt: (node.extra?.trailingComma as number | undefined) ?? node.end! - 1,
        span: span(node),
      });
    } else if (node.type === 'Identifier' && !targets.has(node) && isValueUse(node, parent, key)) {
      if (!scope.lookup(node.name)?.scope.isModule) return;
      const binding = names.bindings.get(node.name);
      const mayCarry = binding?.kind === 'import' ? !names.imports.has(node.name) : marked.has(node.name);
      if (mayCarry) {
        const shorthand = parent.type === 'ObjectProperty' && parent.shorthand;
        escapes.push({ name: node.name, start: node.start!, end: node.end!, ...(shorthand ? { shorthand } : {}) });
      }
    }
  });
  return { calls, escapes };
}

/** Which arguments `{ argnums: … }` asks for; absent: the first. */
export function argnumsOf(options: t.Node | undefined): { argnums?: Argnums } {
  if (!options) return {};
  const node = unwrap(options);
  if (node.type === 'Identifier' && node.name === 'undefined') return {};
  if (node.type !== 'ObjectExpression') return { argnums: 'dynamic' };
  if (node.properties.some((p) => p.type !== 'ObjectProperty' || keyOf(p) === undefined)) return { argnums: 'dynamic' };
  const property = node.properties.find((p) => p.type === 'ObjectProperty' && keyOf(p) === 'argnums');
  if (property?.type !== 'ObjectProperty') return {};
  const value = unwrap(property.value);
  if (value.type === 'NumericLiteral') return { argnums: value.value };
  if (value.type === 'ArrayExpression') {
    const numbers = value.elements.map((e) => (e ? unwrap(e) : e));
    if (numbers.every((e) => e?.type === 'NumericLiteral')) return { argnums: numbers.map((e) => (e as t.NumericLiteral).value) };
  }
  return { argnums: 'dynamic' };
}

/** What `inAxes` says; absent: all arguments are gone through. */
export function axesOf(node: t.Node | undefined): Axes {
  if (!node || (node.type === 'Identifier' && node.name === 'undefined')) return 0;
  const axis = (n: t.Node | null): Axis | undefined => {
    const e = n && unwrap(n);
    if (e?.type === 'NullLiteral') return null;
    if (e?.type === 'NumericLiteral') return e.value === 0 ? 0 : undefined;
    if (e?.type === 'ArrayExpression') return all(e.elements.map((part, i) => [String(i), part]));
    if (e?.type !== 'ObjectExpression') return undefined;
    const parts = e.properties.map((p) => (p.type === 'ObjectProperty' && keyOf(p) !== undefined ? [keyOf(p)!, p.value] as [string, t.Node] : undefined));
    return parts.every((p) => p !== undefined) ? all(parts) : undefined;
  };
  const all = (parts: [string, t.Node | null][]): Axis | undefined => {
    const found: [string, Axis | undefined][] = parts.map(([key, part]) => [key, axis(part)]);
    return found.every(([, a]) => a !== undefined) ? Object.fromEntries(found as [string, Axis][]) : undefined;
  };
  const list = unwrap(node);
  if (list.type !== 'ArrayExpression') return axis(list) ?? (list.type === 'NullLiteral' ? null : 'dynamic');
  const axes = list.elements.map((e) => axis(e));
  return axes.every((a) => a !== undefined) ? axes : 'dynamic';
}

/** The axis of each of so many arguments. */
export function axesFor(axes: Exclude<Axes, 'dynamic'>, count: number): Axis[] {
  return Array.from({ length: count }, (_, i) => (Array.isArray(axes) ? axes[i] ?? null : axes));
}

/** Is the identifier read as a value, and neither called, nor a member's object, a key, a type or a declared name? */
function isValueUse(node: t.Identifier, parent: t.Node, key: string): boolean {
  switch (parent.type) {
    case 'CallExpression': case 'OptionalCallExpression': case 'NewExpression': return key === 'arguments';
    case 'MemberExpression': case 'OptionalMemberExpression': return key === 'property' && Boolean(parent.computed);
    case 'ObjectProperty': return key === 'value' || (Boolean(parent.computed) && key === 'key');
    case 'VariableDeclarator': return key === 'init';
    case 'AssignmentExpression': return key === 'right';
    case 'AssignmentPattern': return key === 'right';
    case 'ArrowFunctionExpression': return key === 'body';
    case 'ClassProperty': return key === 'value';
    case 'ForOfStatement': case 'ForInStatement': return key === 'right';
    case 'TSAsExpression': case 'TSSatisfiesExpression': case 'TSNonNullExpression': return key === 'expression';
    case 'ArrayExpression': case 'SpreadElement': case 'ReturnStatement': case 'ConditionalExpression': case 'LogicalExpression':
    case 'SequenceExpression': case 'ThrowStatement': case 'TemplateLiteral': case 'BinaryExpression': case 'JSXExpressionContainer':
    case 'AwaitExpression': case 'YieldExpression': case 'ParenthesizedExpression': return true;
    default: return false;
  }
}

/** Where the module calls a transform of tapeless, and where functions that can carry derivatives are used as values. */
import type * as t from '@babel/types';
import type { Span } from '../ir/ir.ts';
import type { Escape, FunctionNode, Mark, Module, TransformCall } from './module.ts';
import { type Scopes, type StaticScope, withScopes } from './scopes.ts';
import { isTransform, transformNamed } from './transforms.ts';
import { isFunction, keyOf, unwrap, walk } from './walk.ts';

type Names = Pick<Module, 'bindings' | 'imports' | 'marks'>;

export function collectUses(file: string, program: t.Program, scopes: Scopes, names: Names): { calls: TransformCall[]; escapes: Escape[] } {
  const calls: TransformCall[] = [];
  const escapes: Escape[] = [];
  const targets = new Set<t.Node>();
  const marked = new Set(names.marks.map((m) => m.name));
  const span = (node: t.Node): Span => ({ file, start: node.start!, end: node.end! });

  withScopes(program, scopes, (node, scope, parent, key) => {
    if (node.type === 'CallExpression') {
      const transform = importedName(node.callee, scope, names.imports);
      if (!isTransform(transform) || node.arguments.length === 0) return;
      const { options } = transformNamed(transform);
      const target = unwrap(node.arguments[0]);
      targets.add(target);
      if (target.type === 'MemberExpression') targets.add(target.object);
      calls.push({
        transform,
        target: targetOf(target, scope, names, span),
        ...(options === undefined ? {} : argnums(node.arguments[options])),
        argumentCount: node.arguments.length,
        insertAt: (node.extra?.trailingComma as number | undefined) ?? node.end! - 1,
        span: span(node),
        ...enclosing(node, names.marks),
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

/** The tapeless function that an expression names: `grad`, a renamed import, or `tl.grad`. */
export function importedName(node: t.Node, scope: { lookup(name: string): { scope: StaticScope } | undefined }, imports: Map<string, string>): string | undefined {
  const isImport = (name: string) => imports.has(name) && scope.lookup(name)?.scope.isModule;
  const callee = unwrap(node);
  if (callee.type === 'Identifier' && isImport(callee.name)) return imports.get(callee.name);
  if (callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && isImport(callee.object.name)
    && imports.get(callee.object.name) === '*') return keyOf(callee);
  return undefined;
}

function targetOf(node: t.Node, scope: StaticScope, { bindings, imports }: Names, span: (node: t.Node) => Span): TransformCall['target'] {
  const ofModule = (id: t.Node): id is t.Identifier => id.type === 'Identifier' && bindings.has(id.name) && Boolean(scope.lookup(id.name)?.scope.isModule);
  if (isFunction(node)) return { kind: 'literal', node, span: span(node) };
  const local = localFunction(node, scope);
  if (typeof local === 'string') return { kind: 'value', span: span(node), clash: local };
  if (local) return { kind: 'literal', node: local, span: span(node) };
  if (isTransformCall(node, scope, imports)) return { kind: 'transform', start: node.start!, span: span(node) };
  if (ofModule(node)) {
    const binding = bindings.get(node.name)!;
    const init = binding.kind === 'const' ? unwrap(binding.init) : undefined;
    if (init && isTransformCall(init, scope, imports)) return { kind: 'transform', start: init.start!, span: span(node) };
    return { kind: 'binding', name: node.name, span: span(node) };
  }
  if (node.type === 'MemberExpression' && ofModule(node.object)) {
    const { kind } = bindings.get(node.object.name)!;
    const key = keyOf(node);
    if (key !== undefined && (kind === 'import' || kind === 'class')) return { kind: 'binding', name: `${node.object.name}.${key}`, span: span(node) };
  }
  return { kind: 'value', span: span(node) };
}

/**
 * A function of an enclosing function, by name: it is differentiated in the place of the call, like a literal. Every
 * name in it must mean the same there; otherwise the name that does not.
 */
function localFunction(node: t.Node, scope: StaticScope): FunctionNode | string | undefined {
  if (node.type !== 'Identifier') return undefined;
  const declared = scope.lookup(node.name);
  if (!declared || declared.scope.isModule || declared.reassigned || (declared.kind !== 'const' && declared.kind !== 'function')) return undefined;
  const init = declared.init && unwrap(declared.init);
  if (!isFunction(init)) return undefined;
  let clash: string | undefined;
  const seen = new Set<t.Node>();
  const compare = (from: t.Node) => {
    if (seen.has(from)) return;
    seen.add(from);
    walk(from, (n) => {
      if (n.type !== 'Identifier') return;
      const there = declared.scope.lookup(n.name);
      if (!there) return;
      if (there !== scope.lookup(n.name)) clash = n.name;
      // What it calls is put in its place, and must mean the same, too.
      if (!there.scope.isModule && there.init) compare(there.init);
    });
  };
  compare(init);
  return clash ?? init;
}

/** A call that gives a function which can be differentiated again. */
function isTransformCall(node: t.Node, scope: StaticScope, imports: Map<string, string>): boolean {
  if (node.type !== 'CallExpression') return false;
  const name = importedName(node.callee, scope, imports);
  return isTransform(name) && transformNamed(name).givesFunction === true;
}

function argnums(options: t.Node | undefined): Pick<TransformCall, 'argnums'> {
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

function enclosing(node: t.Node, marks: readonly Mark[]): Pick<TransformCall, 'inside'> {
  const inside = marks.find((m) => m.node.start! <= node.start! && node.end! <= m.node.end!);
  return inside ? { inside } : {};
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

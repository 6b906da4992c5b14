/**
 * Which function a transform is given, as far as the text tells. Constants and parts of constant objects are followed to
 * what they were made of: `const df = grad(f); grad(df)`, `const table = { loss }; grad(table.loss)`.
 */
import type * as t from '@babel/types';
import type { Span } from '../ir/ir.ts';
import type { FunctionNode, Module, TransformCall } from './module.ts';
import type { StaticScope } from './scopes.ts';
import { SPECIAL } from '../ir/ir.ts';
import { ARITY } from './builtins.ts';
import { isTransform, transformNamed } from './transforms.ts';
import { implicitCall, ruleNamed } from './rules.ts';
import { children, isFunction, keyOf, unwrap, walk } from './walk.ts';

export interface Names extends Pick<Module, 'bindings' | 'imports' | 'marks' | 'scopes'> {
  program: t.Program;
}

/** What an expression comes from, and where that stands. */
interface Origin { node: t.Node; scope: StaticScope }

export function targetOf(expr: t.Node, scope: StaticScope, names: Names, span: (node: t.Node) => Span): TransformCall['target'] {
  const at = span(expr);
  const { node, scope: home } = originOf(expr, scope, names);
  const transform = isTransformCall(node, home, names.imports);
  if (isFunction(node) || transform) {
    const clash = home === scope ? undefined : clashOf(node, home, scope, names);
    if (clash !== undefined) return { kind: 'value', span: at, clash };
    return transform ? { kind: 'transform', start: node.start!, span: at } : { kind: 'literal', node: node as FunctionNode, span: at };
  }
  const builtin = builtinNamed(node, home, names);
  if (builtin !== undefined) return { kind: 'builtin', name: builtin, span: at };
  const isOfModule = ({ name }: t.Identifier) => names.bindings.has(name) && [home, scope].every((s) => s.lookup(name)?.scope.isModule);
  if (node.type === 'Identifier' && isOfModule(node)) return { kind: 'binding', name: node.name, span: at };
  if (node.type === 'MemberExpression' && node.object.type === 'Identifier' && isOfModule(node.object)) {
    const { kind } = names.bindings.get(node.object.name)!;
    const key = keyOf(node);
    if (key !== undefined && (kind === 'import' || kind === 'class')) return { kind: 'binding', name: `${node.object.name}.${key}`, span: at };
  }
  const parameter = node.type === 'Identifier' ? parameterNamed(node.name, home) : undefined;
  const options = optionsOf(node, home, names).map(({ node: option, scope: around, shorthand }) => ({ node: option, ...(shorthand ? { shorthand } : {}), target: targetOf(option, around, names, span) }));
  return { kind: 'value', span: at, ...(parameter ? { parameter } : {}), ...(options.length > 0 ? { options } : {}) };
}

/** `sin` of `Math.sin`, or `erf` of tapeless. */
function builtinNamed(node: t.Node, scope: StaticScope, { imports }: Names): string | undefined {
  const key = node.type === 'MemberExpression' ? keyOf(node) : undefined;
  if (key !== undefined && node.type === 'MemberExpression' && node.object.type === 'Identifier' && node.object.name === 'Math' && !scope.lookup('Math')) return ARITY[key] === undefined ? undefined : key;
  const special = importedName(node, scope, imports);
  return special !== undefined && special in SPECIAL ? special : undefined;
}

/** The functions among which an expression chooses: `c ? f : g`, `f ?? g`, `[f, g][i]`, `table[key]`. */
function optionsOf(expr: t.Node, scope: StaticScope, names: Names): (Origin & { shorthand?: boolean })[] {
  const node = unwrap(expr);
  const all = (parts: readonly (t.Node | null)[], around = scope) => parts.flatMap((part) => {
    if (!part) return [];
    const inner = optionsOf(part, around, names);
    return inner.length > 0 ? inner : [{ node: unwrap(part), scope: around }];
  });
  if (node.type === 'ConditionalExpression') return all([node.consequent, node.alternate]);
  if (node.type === 'LogicalExpression') return all([node.left, node.right]);
  if (node.type !== 'MemberExpression' || !node.computed) return [];
  const { node: table, scope: around } = originOf(node.object, scope, names);
  if (table.type === 'ArrayExpression') return all(table.elements.filter((e) => e?.type !== 'SpreadElement'), around);
  if (table.type !== 'ObjectExpression') return [];
  return table.properties.flatMap((p) => (p.type !== 'ObjectProperty' ? [] : p.shorthand ? [{ node: p.value, scope: around, shorthand: true }] : all([p.value], around)));
}

function parameterNamed(name: string, scope: StaticScope): { of: FunctionNode; place: number } | undefined {
  const declared = scope.lookup(name);
  if (declared?.kind !== 'param' || declared.reassigned || !isFunction(declared.scope.node)) return undefined;
  const of = declared.scope.node;
  const place = of.params.filter((p) => p.type !== 'Identifier' || p.name !== 'this').findIndex((p) => p.type === 'Identifier' && p.name === name);
  return place < 0 ? undefined : { of, place };
}

function originOf(expr: t.Node, scope: StaticScope, names: Names): Origin {
  const node = unwrap(expr);
  const found = node.type === 'Identifier' ? initialOf(node, scope, names) : node.type === 'MemberExpression' ? partOf(node, scope, names) : undefined;
  return found && found.node !== node ? originOf(found.node, found.scope, names) : { node, scope };
}

/** What a constant, or a local function, is declared as; a function of the module is known by its name. */
function initialOf({ name }: t.Identifier, scope: StaticScope, { bindings, imports }: Names): Origin | undefined {
  const declared = scope.lookup(name);
  if (!declared?.init || (declared.scope.isModule && isRuled(declared.init, scope, imports)) || declared.reassigned || (declared.kind !== 'const' && declared.kind !== 'function')) return undefined;
  if (declared.scope.isModule && bindings.get(name)?.kind !== 'const') return undefined;
  return { node: declared.init, scope: declared.scope };
}

/** Is it a function with a rule, which is known by the name of the constant? */
function isRuled(init: t.Node, scope: StaticScope, imports: Map<string, string>): boolean {
  const call = unwrap(init);
  return call.type === 'CallExpression' && (ruleNamed(call, scope, imports) ?? implicitCall(call, scope, imports)) !== undefined;
}

function partOf(node: t.MemberExpression, scope: StaticScope, names: Names): Origin | undefined {
  const object = originOf(node.object, scope, names);
  const key = keyOf(node);
  if (object.node.type !== 'ObjectExpression' || key === undefined || isAssigned(names.program, rootOf(node), key)) return undefined;
  const property = object.node.properties.findLast((p) => p.type === 'SpreadElement' || keyOf(p) === key);
  return property?.type === 'ObjectProperty' ? { node: property.value, scope: object.scope } : undefined;
}

/** Is there an assignment to a property of this name, of whatever object, or to one that is computed, of the object of this name? */
function isAssigned(program: t.Program, root: string | undefined, key: string): boolean {
  let found = false;
  walk(program, (n) => {
    const target = n.type === 'AssignmentExpression' ? unwrap(n.left) : undefined;
    if (target?.type !== 'MemberExpression') return !found;
    const assigned = keyOf(target);
    if (assigned === key || (assigned === undefined && rootOf(target) === root)) found = true;
    return !found;
  });
  return found;
}

/** `a` of `a.b.c` */
function rootOf(expr: t.Node): string | undefined {
  const node = unwrap(expr);
  return node.type === 'MemberExpression' ? rootOf(node.object) : node.type === 'Identifier' ? node.name : undefined;
}

/**
 * A function of another place is differentiated in the place of the call, like a literal. Every name that it takes from
 * around it must mean the same there; otherwise the name that does not.
 */
function clashOf(node: t.Node, home: StaticScope, scope: StaticScope, { scopes }: Names): string | undefined {
  let clash: string | undefined;
  const seen = new Set<t.Node>();
  const compare = (from: t.Node, around: StaticScope) => {
    if (seen.has(from)) return;
    seen.add(from);
    const outside = new Set<StaticScope>();
    for (let s: StaticScope | undefined = around; s; s = s.parent) outside.add(s);
    const visit = (n: t.Node, inner: StaticScope) => {
      const declared = n.type === 'Identifier' ? inner.lookup(n.name) : undefined;
      if (declared && outside.has(declared.scope)) {
        if (declared !== scope.lookup(declared.name)) clash = declared.name;
        // What it calls is put in its place, and must mean the same, too.
        if (!declared.scope.isModule && declared.init) compare(declared.init, declared.scope);
      }
      const own = scopes.opened.get(n) ?? inner;
      for (const [child, key] of children(n)) if (!isName(n, key)) visit(child, own);
    };
    visit(from, around);
  };
  compare(node, home);
  return clash;
}

/** `x` of `p.x` and of `{ x: 1 }` */
function isName(node: t.Node, key: string): boolean {
  return (key === 'property' || key === 'key') && 'computed' in node && !node.computed;
}

/** The tapeless function that an expression names: `grad`, a renamed import, or `tl.grad`. */
export function importedName(node: t.Node, scope: { lookup(name: string): { scope: StaticScope } | undefined }, imports: Map<string, string>): string | undefined {
  const isImport = (name: string) => imports.has(name) && scope.lookup(name)?.scope.isModule;
  const callee = unwrap(node);
  if (callee.type === 'Identifier' && isImport(callee.name)) return imports.get(callee.name);
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || !isImport(callee.object.name)) return undefined;
  const namespace = imports.get(callee.object.name)!;
  return namespace.endsWith('*') ? `${namespace.slice(0, -1)}${keyOf(callee)}` : undefined;
}

/** A call that gives a function which can be differentiated again. */
export function isTransformCall(node: t.Node, scope: StaticScope, imports: Map<string, string>): node is t.CallExpression {
  if (node.type !== 'CallExpression') return false;
  const name = importedName(node.callee, scope, imports);
  return isTransform(name) && transformNamed(name).givesFunction === true;
}

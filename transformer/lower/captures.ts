/** What a function uses of what is around it, read off its text. */
import type * as t from '@babel/types';
import type { FunctionNode, Module } from '../parse/module.ts';
import type { Declaration, StaticScope } from '../parse/scopes.ts';
import { boundNames, children, isFunction, unwrap, walk } from '../parse/walk.ts';
import { functionsIn } from './functions.ts';
import { type Program, functionNode } from './program.ts';
import { type LocalFunction, type Variable, isFunctionEntity, localOf } from './scope.ts';

/** Variables that a function reads or writes, itself or through functions that it calls. */
export function capturedVariables(program: Program, target: LocalFunction, found = new Set<Variable>(), seen = new Set<LocalFunction>()): Set<Variable> {
  if (seen.has(target)) return found;
  seen.add(target);
  for (const name of freeNames(program, target.scope.module, target.node)) {
    const entity = target.scope.lookup(name);
    const local = entity && isFunctionEntity(entity) ? localOf(entity) : undefined;
    if (local) capturedVariables(program, local, found, seen);
    if (entity?.kind !== 'variable') continue;
    found.add(entity);
    if (!entity.type) continue;
    for (const f of functionsIn(entity.type).map(localOf)) if (f) capturedVariables(program, f, found, seen);
  }
  return found;
}

/** Is a variable that a function captures assigned after its declaration? */
export function isReassigned(program: Program, target: LocalFunction, variable: Variable, seen = new Set<LocalFunction>()): boolean {
  if (seen.has(target)) return false;
  seen.add(target);
  const { module } = target.scope;
  return [...freeNames(program, module, target.node)].some((name) => {
    const entity = target.scope.lookup(name);
    const local = entity && isFunctionEntity(entity) ? localOf(entity) : undefined;
    if (local) return isReassigned(program, local, variable, seen);
    const declaration = entity === variable ? program.scopeAround(module, target.node).lookup(name) : undefined;
    if (!declaration?.reassigned) return false;
    // Each iteration of a `for` has a variable of its own, which the update does not touch.
    const loop = declaration.scope.node;
    return loop.type !== 'ForStatement' || assigns(loop.body, name);
  });
}

function assigns(node: t.Node, name: string): boolean {
  let found = false;
  walk(node, (n) => {
    const target = n.type === 'AssignmentExpression' ? n.left : n.type === 'UpdateExpression' ? n.argument : undefined;
    if (target && boundNames(target).some((id) => id.name === name)) found = true;
    return !found;
  });
  return found;
}

interface Reference {
  name: string;
  node: t.Identifier;
  /** Undefined: a global. */
  declaration?: Declaration;
}

const free = new WeakMap<FunctionNode, ReadonlySet<string>>();

/** Names of variables and functions around a function, those of the module apart. */
export function freeNames(program: Program, module: Module, node: FunctionNode): ReadonlySet<string> {
  let names = free.get(node);
  if (!names) {
    const own = new Set<StaticScope>();
    const found = new Set<string>();
    for (const { name, declaration } of references(program, module, node, own)) {
      if (declaration && !declaration.scope.isModule && !own.has(declaration.scope)) found.add(name);
    }
    free.set(node, (names = found));
  }
  return names;
}

/** Every name that is read or written in a function; `own` collects the scopes that it opens. */
function references(program: Program, module: Module, root: FunctionNode, own = new Set<StaticScope>()): Reference[] {
  const found: Reference[] = [];
  const visit = (node: t.Node, scope: StaticScope): void => {
    if (node.type === 'Identifier') found.push({ name: node.name, node, declaration: scope.lookup(node.name) });
    if (isTypeOnly(node)) return;
    const opened = module.scopes.opened.get(node);
    if (opened) own.add(opened);
    const key = isFunction(node) && 'id' in node ? 'id' : isKeyed(node) && !node.computed ? ('property' in node ? 'property' : 'key') : undefined;
    for (const [child, k] of children(node)) if (k !== key && k !== 'label') visit(child, opened ?? scope);
  };
  visit(root, program.scopeAround(module, root));
  return found;
}

function isTypeOnly(node: t.Node): boolean {
  return node.type.startsWith('TS') && unwrap(node) === node;
}

function isKeyed(node: t.Node): node is Extract<t.Node, { computed?: boolean | null }> {
  switch (node.type) {
    case 'MemberExpression': case 'OptionalMemberExpression': case 'ObjectProperty': case 'ObjectMethod': case 'ClassMethod': case 'ClassProperty': return true;
    default: return false;
  }
}

const recursive = new WeakMap<FunctionNode, boolean>();

/** May a function come to call itself, by name? */
export function isRecursive(program: Program, module: Module, node: FunctionNode): boolean {
  let known = recursive.get(node);
  if (known === undefined) recursive.set(node, (known = reaches(program, module, node, node, new Set())));
  return known;
}

function reaches(program: Program, module: Module, from: FunctionNode, to: FunctionNode, seen: Set<t.Node>): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  return references(program, module, from).some(({ name, declaration }) => {
    const next = named(program, module, name, declaration);
    return next && (next.node === to || reaches(program, next.module, next.node, to, seen));
  });
}

/** The function that a name is, if that is plain from its declaration. */
function named(program: Program, module: Module, name: string, declaration: Declaration | undefined): { module: Module; node: FunctionNode } | undefined {
  if (declaration && !declaration.scope.isModule) {
    const init = declaration.init && unwrap(declaration.init);
    return isFunction(init) ? { module, node: init } : undefined;
  }
  const resolved = program.resolve(module, name);
  const node = resolved && functionNode(resolved.module, name === resolved.binding.name ? name : resolved.binding.name);
  return node && { module: resolved!.module, node };
}

const sizes = new WeakMap<t.Node, number>();

/** How many nodes the text of a function has. */
export function sizeOf(node: t.Node): number {
  let size = sizes.get(node);
  if (size === undefined) {
    size = 1;
    for (const [child] of children(node)) if (!isTypeOnly(child)) size += sizeOf(child);
    sizes.set(node, size);
  }
  return size;
}

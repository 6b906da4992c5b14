/**
 * Constants of a module that hold functions: a table of operators, a list of layers. Such a constant is what its
 * initial value says, evaluated again where it is used, provided that this cannot be told from reading it: it consists
 * of functions and constants, and nobody assigns to its parts.
 */
import type * as t from '@babel/types';
import type { Value } from '../ir/ir.ts';
import type { Module } from '../parse/module.ts';
import { isTransformCall } from '../parse/targets.ts';
import { isFunction, keyOf, unwrap, walk } from '../parse/walk.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import type { Resolved } from './program.ts';
import { Scope } from './scope.ts';
import { inScope } from './statements.ts';
import { evaluate } from './constants.ts';
import type { Program } from './program.ts';

const tables = new WeakMap<t.Node, boolean>();

export function isFunctionTable(cx: Lowering, { module, binding }: Resolved): boolean {
  if (binding.kind !== 'const') return false;
  let known = tables.get(binding.init);
  if (known === undefined) {
    tables.set(binding.init, false);
    const init = unwrap(binding.init);
    known = (init.type === 'ObjectExpression' || init.type === 'ArrayExpression') && consistsOf(cx.program, module, init)
      && hasFunctions(cx.program, module, init) && !isWritten(module, binding.name);
    tables.set(binding.init, known);
  }
  return known;
}

/** Is it made of functions, transforms of functions and constants alone? */
function consistsOf(program: Program, module: Module, expr: t.Node): boolean {
  const node = unwrap(expr);
  if (isFunction(node)) return true;
  switch (node.type) {
    case 'ObjectExpression': return node.properties.every((p) => p.type === 'ObjectMethod' || (p.type === 'ObjectProperty' && (keyOf(p) ?? constant(program, module, p.key)) !== undefined && consistsOf(program, module, p.value)));
    case 'ArrayExpression': return node.elements.every((e) => e && consistsOf(program, module, e));
    default: return isFunctionName(program, module, node) || constant(program, module, node) !== undefined;
  }
}

function hasFunctions(program: Program, module: Module, expr: t.Node): boolean {
  let found = false;
  walk(expr, (n) => {
    if (isFunction(n) || isFunctionName(program, module, n)) found = true;
    return !found;
  });
  return found;
}

function isFunctionName(program: Program, module: Module, node: t.Node): boolean {
  if (node.type === 'MemberExpression') return node.object.type === 'Identifier' && node.object.name === 'Math' && !module.bindings.has('Math') && constant(program, module, node) === undefined;
  if (isTransformCall(node, module.scopes.module, module.imports)) return true;
  const resolved = node.type === 'Identifier' ? program.resolve(module, node.name) : undefined;
  if (resolved?.binding.kind === 'const') return isTransformCall(unwrap(resolved.binding.init), resolved.module.scopes.module, resolved.module.imports);
  return resolved?.binding.kind === 'function';
}

function constant(program: Program, module: Module, node: t.Node) {
  const named = (name: string) => {
    const resolved = program.resolve(module, name);
    return resolved && program.constant(resolved);
  };
  return evaluate(node, named, (object, key) => {
    const resolved = program.resolve(module, object);
    return resolved && program.member(resolved, key);
  });
}

/** Is anything assigned to a part of it, in its module? */
function isWritten(module: Module, name: string): boolean {
  let found = false;
  const rootOf = (n: t.Node): t.Node => {
    const node = unwrap(n);
    return node.type === 'MemberExpression' ? rootOf(node.object) : node;
  };
  const isIt = (n: t.Node) => n.type === 'MemberExpression' && (rootOf(n) as t.Identifier).name === name;
  walk(module.ast.program, (n) => {
    if (n.type === 'AssignmentExpression' && isIt(unwrap(n.left))) found = true;
    else if (n.type === 'UnaryExpression' && n.operator === 'delete' && isIt(unwrap(n.argument))) found = true;
    else if (n.type === 'CallExpression' && isIt(unwrap(n.callee)) && /^(push|pop|shift|unshift|splice|sort|reverse|fill)$/.test(keyOf(unwrap(n.callee) as t.MemberExpression) ?? '')) found = true;
    return !found;
  });
  return found;
}

export function tableValue(cx: Lowering, { module, binding }: Resolved): Value {
  const { init, id } = binding as Extract<Resolved['binding'], { kind: 'const' }>;
  const type = cx.program.host.typeAt(module.file, id.start!, id.start! + id.name.length);
  const value = inScope(cx, new Scope(module), () => expression(cx, init));
  // Declared with any string as a key, it may be asked for what it does not have.
  if (value.type.kind === 'record' && type?.kind !== 'record') value.type = { ...value.type, open: true };
  return value;
}

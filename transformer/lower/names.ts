/** Names that are not variables of the function: bindings of modules, captured variables, globals. */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { callable } from './calls.ts';
import { GLOBAL_NUMBERS } from './constants.ts';
import { customCallable, customOf } from './customs.ts';
import { functionValue } from './functions.ts';
import { numpyValue } from './numpy.ts';
import { inScope, unsupported } from './statements.ts';
import { isFunctionTable, tableValue } from './tables.ts';
import { transformed } from './transforms.ts';
import type { Lowering } from './lowering.ts';
import { typeAt } from './types.ts';
import { checkpointed } from './policies.ts';
import type { Resolved } from './program.ts';
import { type Callable, type Captured, Scope } from './scope.ts';
import type { Module } from '../parse/module.ts';

export function valueOfName(cx: Lowering, node: t.Identifier): Value {
  const { name } = node;
  const entity = cx.scope.lookup(name);
  switch (entity?.kind) {
    case 'variable':
      if (!cx.env.has(entity)) fail('TL2013', cx.span(node), cx.frame.name, name);
      return cx.read(entity);
    case 'captured': return captured(cx, entity, node);
    case 'local': case 'module': case 'builtin': case 'choice': case 'absent': case 'transform': case 'pullback': return functionValue(cx, entity, node);
  }
  const ofNumpy = numpyValue(cx, node);
  if (ofNumpy) return ofNumpy;
  const resolved = cx.program.resolve(cx.scope.module, name);
  if (resolved) return valueOfResolved(cx, resolved, node);
  if (name === 'undefined') return cx.at(node).const(undefined);
  const builtin = callable(cx, node);
  if (builtin) return functionValue(cx, builtin, node);
  if (name in GLOBAL_NUMBERS) return cx.at(node).const(GLOBAL_NUMBERS[name]);
  const type = typeAt(cx, node) ?? fail('TL2002', cx.span(node), name);
  return cx.at(node).free(name, type, true);
}

/** The module-level binding that an expression names, `f` or `ns.f`. */
export function resolveNode(cx: Lowering, node: t.Node): Resolved | undefined {
  if (node.type === 'Identifier') return cx.scope.lookup(node.name) ? undefined : cx.program.resolve(cx.scope.module, node.name);
  if (node.type !== 'MemberExpression') return undefined;
  const object = resolveNode(cx, node.object);
  const key = keyOf(node);
  return object?.binding.kind === 'namespace' && key !== undefined ? cx.program.exported(object.binding.module, key) : undefined;
}

/** Is the name a global's: neither a variable nor a binding of the module? */
export function nameOfGlobal(cx: Lowering, name: string): boolean {
  return !cx.scope.lookup(name) && !cx.scope.module.bindings.has(name);
}

/** A binding of this or another module: its value if that is constant, otherwise its name. */
export function valueOfResolved(cx: Lowering, resolved: Resolved, node: t.Node): Value {
  const { module, binding } = resolved;
  const custom = customOf(cx.program, resolved);
  if (custom) return functionValue(cx, customCallable(cx.program, custom), node);
  const attr = { name: pathOf(module, binding.name), module: module.file };
  const target = functionOfModule(cx, resolved);
  if (target) return functionValue(cx, target, node);
  const constant = cx.program.constant(resolved);
  if (constant !== undefined) {
    const value = cx.at(node).const(constant);
    if ('kind' in value.def && isSayable(resolved)) value.def.attr = { ...value.def.attr, ...attr };
    return value;
  }
  if (binding.kind === 'class') fail('TL2011', cx.span(node), binding.name);
  const table = isFunctionTable(cx, resolved) ? tableValue(cx, resolved) : undefined;
  if (table) return table;
  if (!isSayable(resolved)) unsupported(cx, node, `\`${binding.name}\`, which the namespace \`${module.path}\` does not export,`, 'Export it.');
  const type = cx.program.typeOf(resolved) ?? typeAt(cx, node) ?? fail('TL2002', cx.span(node), binding.name);
  return cx.at(node).op('free', [], [type], { ...attr, mutable: binding.kind === 'let' }).result;
}

/** How a name of a module or of a namespace in it is said at the end of the module. */
export function pathOf(module: Module, name: string): string { return module.path ? `${module.path}.${name}` : name; }

/** Can derivatives, outside of a namespace, name what is in it? */
function isSayable({ module, binding }: Resolved): boolean { return !module.path || module.exports.has(binding.name); }

/** A function of a module. Those of a `namespace` have no name that other modules could import: they are put in place, or made anew. */
export function functionOfModule(cx: Lowering, { module, binding }: Resolved): Callable | undefined {
  // const df = grad(f), const g = checkpoint(f)
  if (binding.kind === 'const') return inScope(cx, new Scope(module), () => transformed(cx, unwrap(binding.init)) ?? checkpointed(cx, unwrap(binding.init)));
  if (binding.kind !== 'function') return undefined;
  return module.path ? { kind: 'local', name: binding.name, node: binding.node, scope: new Scope(module) }
    : { kind: 'module', file: module.file, name: binding.name, node: binding.node };
}

/** A variable of a function around the literal that is being lowered. */
function captured(cx: Lowering, { declaration }: Captured, node: t.Identifier): Value {
  const { id, init, kind, scope, reassigned, name } = declaration;
  const target = callable(cx, node);
  if (target) return functionValue(cx, target, node);
  if (kind === 'class') fail('TL2011', cx.span(node), name);
  const { module } = cx.scope;
  const type = typeAt(cx, node)
    ?? cx.program.typeOfVariable(module, id, init, new Scope(module, undefined, scope))
    ?? fail('TL2002', cx.span(node), name);
  return cx.at(node).free(name, type, kind === 'let' || kind === 'var' || reassigned);
}

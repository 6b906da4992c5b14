/**
 * Functions that were given a rule. Such a function is called, never put in place and never looked into: what its
 * derivative is the rule says (rules.ts). A rule belongs to a name of a module,
 *
 *     const g = customVjp(f, rule)     to g; and to f, if that is a function without source
 *     customVjp(f, rule);              to f, a function of this module or one that it imports from a package
 *
 * and for functions of packages it holds wherever the module that gives it is imported, directly or through others.
 */
import * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { FunctionNode, Module } from '../parse/module.ts';
import { type RuleCall, type RuleForm, signatureOf } from '../parse/rules.ts';
import { isFunction, keyOf, unwrap } from '../parse/walk.ts';
import { NUMBER } from '../ir/types.ts';
import type { Program, Resolved } from './program.ts';
import { functionNode } from './program.ts';
import type { ModuleFunction } from './scope.ts';
import { type Parameter, parametersOf } from './signature.ts';

export interface Custom {
  id: string;
  /** As the module calls it, `g` or `ns.g`. */
  name: string;
  /** The module that gives the rule. */
  module: Module;
  calls: readonly RuleCall[];
}

/** The function's source, where it has one. */
export interface Source { module: Module; node: FunctionNode }

/** The module that says what the names in a program's packages are. */
const reachable = new WeakMap<Program, Map<string, Map<string, Custom>>>();

/** The function with a rule that a module-level binding names. */
export function customOf(program: Program, { module, binding }: Resolved): Custom | undefined {
  if (binding.kind === 'external') return externalCustom(program, module, keyOfImport(module, binding.specifier, binding.imported));
  return binding.kind === 'namespace' ? undefined : customNamed(program, module, binding.name);
}

/** The function with a rule under this name of the module. */
export function customNamed(program: Program, module: Module, name: string): Custom | undefined {
  if (module.path || module.rules.length === 0) return undefined;
  const calls = module.rules.filter((rule) => rule.name === name || (rule.of === name && (rule.name === undefined || !hasSource(program, module, name))));
  return calls.length > 0 ? { id: `${module.file}#${name}`, name, module, calls } : undefined;
}

/** `const x = root(F)(solver)` */
export function implicitOf({ calls }: Custom): RuleCall | undefined { return calls.find((c) => c.form.startsWith('implicit.')); }

export function ruleCall(custom: Custom, form: RuleForm): RuleCall | undefined { return custom.calls.find((c) => c.form === form); }

function hasSource(program: Program, module: Module, name: string): boolean {
  const resolved = name.includes('.') ? undefined : program.resolve(module, name);
  return resolved?.binding.kind === 'function' || resolved?.binding.kind === 'const';
}

// Functions of packages

/** The function of a package that an expression names, `erfinv` or `lib.erfinv`, if a rule was given for it. */
export function customMember(program: Program, { module, binding }: Resolved, key: string): Custom | undefined {
  if (binding.kind !== 'external') return undefined;
  const { specifier, imported } = binding;
  return externalCustom(program, module, keyOfImport(module, specifier, imported === '*' ? key : `${imported}.${key}`));
}

/** Under which a function of a package is known, whatever a module calls it. */
function keyOfImport(module: Module, specifier: string, imported: string): string {
  const from = specifier.startsWith('.') ? new URL(specifier, `file://${module.file}`).pathname : specifier;
  return `${from}#${imported}`;
}

function externalCustom(program: Program, module: Module, key: string): Custom | undefined {
  let modules = reachable.get(program);
  if (!modules) reachable.set(program, (modules = new Map()));
  let known = modules.get(module.file);
  if (!known) modules.set(module.file, (known = collectExternal(program, module)));
  return known.get(key);
}

/** Rules for functions of packages, in the module and in those that it imports. */
function collectExternal(program: Program, root: Module): Map<string, Custom> {
  const found = new Map<string, Custom>();
  const seen = new Set<Module>();
  const visit = (module: Module): void => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const { of } of module.rules) {
      const key = of === undefined ? undefined : importedAs(program, module, of);
      if (key !== undefined && !found.has(key)) found.set(key, customNamed(program, module, of!)!);
    }
    for (const s of module.ast.program.body) {
      const source = s.type === 'ImportDeclaration' || s.type === 'ExportAllDeclaration' || s.type === 'ExportNamedDeclaration' ? s.source : undefined;
      const file = source ? program.host.resolve(module.file, source.value) : undefined;
      const next = file === undefined ? undefined : program.module(file);
      if (next) visit(next);
    }
  };
  visit(root);
  return found;
}

function importedAs(program: Program, module: Module, name: string): string | undefined {
  const [head, ...tail] = name.split('.');
  const binding = program.resolve(module, head)?.binding;
  if (binding?.kind !== 'external') return undefined;
  const path = binding.imported === '*' ? tail : [binding.imported, ...tail];
  return keyOfImport(module, binding.specifier, path.join('.'));
}

// What is known of the function itself

/** The function that was given the rule, if its source is in the program. */
export function sourceOf(program: Program, custom: Custom): Source | undefined {
  const { module, calls: [{ target, of }] } = custom;
  if (implicitOf(custom)) return undefined;
  if (isFunction(target)) return { module, node: target };
  if (of === undefined) return undefined;
  const [head, member] = of.split('.');
  const resolved = program.resolve(module, head);
  const inModule = resolved?.binding.kind === 'namespace' && member !== undefined ? program.exported(resolved.binding.module, member) : resolved;
  if (!inModule) return undefined;
  if (inModule.binding.kind === 'function') return { module: inModule.module, node: inModule.binding.node };
  if (inModule.binding.kind !== 'const' || inModule.binding.name === custom.name) return undefined;
  const inner = customNamed(program, inModule.module, inModule.binding.name);
  return inner && sourceOf(program, inner);
}

/** Its parameters: as it declares them, or as its rule does. */
export function customParameters(program: Program, custom: Custom): { module: Module; parameters: Parameter[] } {
  const source = sourceOf(program, custom);
  if (source) return { module: source.module, parameters: parametersOf(program, source.module, source.node) };
  const { module } = custom;
  const implicit = implicitOf(custom);
  if (implicit) {
    const equation = ruleFunction(program, module, implicit.call.arguments[0]) ?? fail('TL2002', spanOf(module, implicit.call), custom.name);
    return { module: equation.module, parameters: parametersOf(program, equation.module, equation.node).slice(1) };
  }
  const partials = ruleCall(custom, 'elementwise');
  if (partials) {
    const { parameters } = signatureOf(partials.target)!;
    return { module, parameters: parameters.map((name) => ({ name, pattern: partials.target, type: NUMBER, rest: false, optional: false })) };
  }
  const vjp = ruleCall(custom, 'customVjp');
  const rule = ruleFunction(program, module, (vjp ?? custom.calls[0]).call.arguments[1]);
  if (!rule) return fail('TL2002', spanOf(module, custom.calls[0].call), custom.name);
  const parameters = parametersOf(program, rule.module, rule.node);
  return { module: rule.module, parameters: vjp ? parameters : primalsOf(program, rule, custom) };
}

/** The parameters that the first one of a rule for forward mode, a tuple, lists. */
function primalsOf(program: Program, { module, node }: Source, custom: Custom): Parameter[] {
  const [first] = node.params;
  const pattern = first?.type === 'AssignmentPattern' ? first.left : first;
  const annotation = pattern && 'typeAnnotation' in pattern && pattern.typeAnnotation && 'typeAnnotation' in pattern.typeAnnotation ? pattern.typeAnnotation.typeAnnotation as t.Node : pattern;
  const type = annotation && program.host.typeAt(module.file, annotation.start!, annotation.end!);
  if (type?.kind !== 'tuple') return fail('TL2002', spanOf(module, pattern ?? node), custom.name);
  const elements = pattern?.type === 'ArrayPattern' ? pattern.elements : [];
  return type.elements.map((element, i) => {
    const own = elements[i];
    const name = own?.type === 'Identifier' ? own.name : own?.type === 'AssignmentPattern' && own.left.type === 'Identifier' ? own.left.name : `x${i}`;
    return { name, pattern: own ?? pattern!, type: element, rest: false, optional: false };
  });
}

/** The function that an argument is, or names. */
export function ruleFunction(program: Program, module: Module, argument: t.Node | undefined): Source | undefined {
  const node = argument && unwrap(argument);
  if (isFunction(node)) return { module, node };
  if (node?.type === 'Identifier') {
    const resolved = program.resolve(module, node.name);
    const found = resolved && resolved.binding.kind === 'function' ? functionNode(resolved.module, resolved.binding.name) : undefined;
    return found && { module: resolved!.module, node: found };
  }
  if (node?.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  const object = program.resolve(module, node.object.name);
  const key = keyOf(node);
  const inner = object?.binding.kind === 'namespace' && key !== undefined ? program.exported(object.binding.module, key) : undefined;
  return inner?.binding.kind === 'function' ? { module: inner.module, node: inner.binding.node } : undefined;
}

/** The function as one that is called. */
export function customCallable(program: Program, custom: Custom): ModuleFunction {
  const source = implicitOf(custom) ? undefined : sourceOf(program, custom) ?? ruleFunction(program, custom.module, custom.calls[0].call.arguments[1]);
  return { kind: 'module', file: custom.module.file, name: custom.name, node: source?.node ?? placeholder(program, custom), custom };
}

/** Of a function without source, as many parameters as the signature has. */
function placeholder(program: Program, custom: Custom): FunctionNode {
  const names = customParameters(program, custom).parameters.map((p, i) => p.name ?? `x${i}`);
  return t.arrowFunctionExpression(names.map((name) => t.identifier(name)), t.numericLiteral(0));
}

export function spanOf(module: Module, node: t.Node) { return { file: module.file, start: node.start!, end: node.end! }; }

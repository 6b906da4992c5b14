/**
 * All that is lowered of a program: modules and functions, each when it is first asked for, and what
 * names mean across modules.
 */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import type { Host } from '../host/host.ts';
import type { Composed } from '../ir/composed.ts';
import { Func, type FuncRef, type Literal, type Result, type Span, resultType } from '../ir/ir.ts';
import type { CustomRules } from '../ir/rules.ts';
import { type Saved, type Type, showType } from '../ir/types.ts';
import type { Binding, FunctionNode, Module } from '../parse/module.ts';
import { collectBindings } from '../parse/bindings.ts';
import { parseModule } from '../parse/parse.ts';
import type { StaticScope } from '../parse/scopes.ts';
import { children, isFunction, keyOf } from '../parse/walk.ts';
import { evaluate } from './constants.ts';
import { type Custom, customCallable, customNamed, customParameters, spanOf } from './customs.ts';
import { inferType, lowerFunction } from './function.ts';
import { type MethodCall, lowerMethod } from './dispatch.ts';
import { type Signature, declaredResult, declaredSignature } from './signature.ts';
import { customFunction, customRules } from './rules.ts';
import { Scope } from './scope.ts';

/** An instance that calls instances of itself for ever new functions would not end. */
const NESTING = 6;

/** A binding, in the module that declares it. */
export interface Resolved {
  module: Module;
  binding: Exclude<Binding, { kind: 'import' | 'block' }> | { kind: 'namespace'; name: string; module: Module } | { kind: 'external'; name: string; specifier: string; imported: string };
}

export class Program {
  /** Empty array literals by their unknown types. */
  readonly pending = new Map<Type, t.Node>();
  private readonly modules = new Map<string, Module | undefined>();
  private readonly functions = new Map<string, Func | CompileError | 'lowering'>();
  private readonly signatures = new Map<string, Signature>();
  private readonly blocks = new Map<t.Node, Module>();
  private readonly instances = new Map<string, Result>();
  /** How many instances of a function are being made, each within the one before. */
  private readonly nested = new Map<FunctionNode, number>();
  /** Transforms as functions. */
  readonly composed = new Map<string, Composed>();
  private readonly made = new Set<string>();
  private readonly pairs = new Map<string, { forward: FuncRef; linear: FuncRef; saved: Saved }>();
  private readonly codes = new Map<string, object>();
  private readonly methods = new Map<string, MethodCall>();
  private readonly types = new Map<t.Node, Type | undefined>();
  private readonly enclosing = new Map<Module, Map<FunctionNode, StaticScope>>();

  constructor(readonly host: Host) {}

  module(file: string): Module | undefined {
    if (!this.modules.has(file)) {
      const text = this.host.source(file);
      this.modules.set(file, text === undefined ? undefined : parseModule(file, text));
    }
    return this.modules.get(file);
  }

  /** The function of an id, `file#name` or `file#Class.method`. Throws a CompileError if it is outside the language. */
  function(id: string): Func {
    const known = this.functions.get(id);
    if (known instanceof CompileError) throw known;
    if (known instanceof Func) return known;
    const custom = this.custom(id);
    if (custom) return this.customFunction(custom);
    const method = this.methods.get(id);
    const { module, node, name } = method ? { ...method.found.owner, node: method.found.node, name: method.key } : this.find(id);
    return this.lowered(id, spanOf(module, node), name, () => (method ? lowerMethod(this, id, method)
      : lowerFunction(this, module, { id, name, node, scope: new Scope(module), self: methodClass(module, name) })));
  }

  /** Lowers a function, and keeps what comes of it, an error in the user's code as well. */
  private lowered(id: string, span: Span, name: string, lower: () => Func): Func {
    if (this.functions.get(id) === 'lowering') fail('TL2006', span, name);
    this.functions.set(id, 'lowering');
    try {
      const func = lower();
      this.functions.set(id, func);
      return func;
    } catch (error) {
      if (error instanceof CompileError) this.functions.set(id, error);
      else this.functions.delete(id);
      throw error;
    }
  }

  /** The function with a rule that has this id. */
  private custom(id: string): Custom | undefined {
    const at = id.lastIndexOf('#');
    const module = this.module(id.slice(0, at));
    return module && customNamed(this, module, id.slice(at + 1));
  }

  private customFunction(custom: Custom): Func {
    const { id, name, module, calls: [{ call }] } = custom;
    return this.lowered(id, spanOf(module, call), name, () => customFunction(this, custom));
  }

  private readonly provided = new Map<string, CustomRules>();
  private readonly counts = new Map<string, number>();

  /** The rules of something that has no name in the program. */
  provide(id: string, rules: CustomRules): void { this.provided.set(id, rules); }

  /** An id that nothing else has. */
  fresh(id: string): string {
    const count = (this.counts.get(id) ?? 0) + 1;
    this.counts.set(id, count);
    return `${id}@${count}`;
  }

  /** The rules by which a function is differentiated, instead of its source. */
  rules(id: string): CustomRules | undefined {
    const provided = this.provided.get(id);
    if (provided) return provided;
    const custom = this.custom(id);
    return custom && customRules(this, custom);
  }

  /** The function that a call of a method goes to where the method is not put in place: it takes the object first. */
  methodFunction(method: MethodCall): string {
    const { receiver, found, key, kind, virtual, args } = method;
    const types = [receiver, ...args].map((type) => showType(type)).join(', ');
    const name = `${virtual ? receiver.name ?? receiver.classes!.map((c) => c.name).join('|') : found.owner.node.id?.name ?? 'default'}.${key.replace('#', '$')}`;
    const id = `${functionId(found.owner.module.file, name)}@${kind}(${types})`;
    if (!this.methods.has(id)) this.methods.set(id, method);
    return id;
  }

  /** The type that a method's call has, undefined for none: as the call has it, as it is declared, or as it turns out. */
  resultOfMethod(id: string, atCall: Type | undefined): Type | undefined {
    const known = this.functions.get(id);
    if (known instanceof Func) return known.result.kind === 'value' ? known.result.type : undefined;
    const method = this.methods.get(id)!;
    const declared = declaredResult(this, method.found.owner.module, method.found.node);
    method.result ??= atCall && !(atCall.kind === 'opaque' && atCall.text === 'any') ? atCall : declared && resultType(declared);
    if (method.result) return method.result.kind === 'void' ? undefined : method.result;
    const { result } = this.function(id);
    return result.kind === 'value' ? result.type : undefined;
  }

  /** A function literal that is given to a transform: variables of the functions around it are `free`. */
  literal(module: Module, node: FunctionNode, id: string, name: string): Func {
    const known = this.functions.get(id);
    if (known instanceof Func) return known;
    const func = lowerFunction(this, module, { id, name, node, scope: new Scope(module, undefined, this.scopeAround(module, node)) });
    this.functions.set(id, func);
    return func;
  }

  /** The result of an instance (instances.ts), which is made at the first call: what it is declared to be, or what its body gives. */
  instance(id: string, declared: () => Result | undefined, lower: (result: Result | undefined) => { func: Func; own: Result }, at: { span: Span; name: string; node: FunctionNode }): Result {
    const known = this.instances.get(id);
    if (known) return known;
    if (this.functions.get(id) === 'lowering') fail('TL2006', at.span, at.name);
    const nested = this.nested.get(at.node) ?? 0;
    if (nested >= NESTING) fail('TL2005', at.span, at.name);
    const result = declared();
    if (result) this.instances.set(id, result);
    this.functions.set(id, 'lowering');
    this.nested.set(at.node, nested + 1);
    try {
      const { func, own } = lower(result);
      this.functions.set(id, func);
      this.instances.set(id, own);
      return own;
    } catch (error) {
      this.functions.delete(id);
      this.instances.delete(id);
      throw error;
    } finally {
      this.nested.set(at.node, nested);
    }
  }

  /** Was the function made by the compiler, for the arguments of a call or for a transform, so that it is not in the program's text? */
  isInstance(id: string): boolean { return this.instances.has(id) || this.composed.has(id) || this.made.has(id); }

  /** A function that has no text. */
  make(ref: FuncRef, build: () => Func): FuncRef {
    if (!this.made.has(ref.id)) {
      this.made.add(ref.id);
      this.functions.set(ref.id, build());
    }
    return ref;
  }

  compose(spec: Composed): void { this.composed.set(spec.id, spec); }

  /** Names of the two halves of a `vjp` or `linearize`, and the type of what the first hands over to the second, a linear map. */
  halves(id: string, name: string, [first, second, record]: readonly [string, string, string]): { forward: FuncRef; linear: FuncRef; saved: Saved } {
    const key = `${id}:${second}`;
    let known = this.pairs.get(key);
    if (!known) {
      const same = [...this.pairs.values()].filter((p) => p.forward.name === `${name}_${first}`).length;
      const [forward, linear] = [first, second].map((half) => ({ id: `${id}:${half}`, name: `${name}_${half}` }));
      const saved: Saved = { kind: 'saved', name: `${name}_${record}${same ? `_${same + 1}` : ''}`, fields: [], forward: forward.id, reverse: linear.id };
      this.pairs.set(key, (known = { forward, linear, saved }));
    }
    return known;
  }

  /** Which function a pullback is: the code in the types of its values. */
  codeOf(id: string): object {
    let code = this.codes.get(id);
    if (!code) this.codes.set(id, (code = { id }));
    return code;
  }

  /** Parameters and shape of the result. Does not lower the function if its return type is written down. */
  signature(id: string): Signature {
    const known = this.signatures.get(id);
    if (known) return known;
    const custom = this.custom(id);
    if (custom) {
      const { module, parameters } = customParameters(this, custom);
      return { name: custom.name, module, node: customCallable(this, custom).node, parameters, result: this.function(id).result };
    }
    const { module, node, name } = this.find(id);
    const declared = declaredSignature(this, module, node, name);
    const signature: Signature = { ...declared, result: declared.result ?? this.function(id).result };
    this.signatures.set(id, signature);
    return signature;
  }

  /** Is there such a function, with source? */
  has(file: string, name: string): boolean {
    const module = this.module(file);
    return Boolean(module && (functionNode(module, name) || customNamed(this, module, name)));
  }

  private find(id: string): { module: Module; node: FunctionNode; name: string } {
    const at = id.lastIndexOf('#');
    const name = id.slice(at + 1);
    const module = this.module(id.slice(0, at));
    const node = module && functionNode(module, name);
    if (!module || !node) throw new Error(`no function ${id}`);
    return { module, node, name };
  }

  /** What a name means at the top level of a module, through imports and re-exports; undefined: a global. */
  resolve(module: Module, name: string): Resolved | undefined {
    const binding = module.bindings.get(name);
    if (!binding) return undefined;
    if (binding.kind === 'block') return { module, binding: { kind: 'namespace', name, module: this.block(module, binding) } };
    if (binding.kind !== 'import') return { module, binding };
    const target = this.importedModule(module, binding.specifier);
    const external: Resolved = { module, binding: { kind: 'external', name, specifier: binding.specifier, imported: binding.imported } };
    if (!target) return external;
    if (binding.imported === '*') return { module, binding: { kind: 'namespace', name, module: target } };
    return this.exported(target, binding.imported) ?? external;
  }

  /** What a module exports under a name. */
  exported(module: Module, name: string, seen = new Set<string>()): Resolved | undefined {
    if (seen.has(module.file)) return undefined;
    seen.add(module.file);
    const entry = module.exports.get(name);
    if (entry) {
      if ('local' in entry) return this.resolve(module, entry.local);
      const target = this.importedModule(module, entry.specifier);
      if (!target) return undefined;
      return entry.imported === '*' ? { module, binding: { kind: 'namespace', name, module: target } } : this.exported(target, entry.imported, seen);
    }
    for (const specifier of module.stars) {
      const target = this.importedModule(module, specifier);
      const found = target && this.exported(target, name, seen);
      if (found) return found;
    }
    return undefined;
  }

  /** A `namespace` as a module, which sees the names around it. */
  private block(module: Module, { name, nodes }: Extract<Binding, { kind: 'block' }>): Module {
    let block = this.blocks.get(nodes[0]);
    if (!block) {
      const names = collectBindings(nodes.flatMap((node) => (node.body as t.TSModuleBlock).body));
      block = { ...module, ...names, bindings: new Map([...module.bindings, ...names.bindings]), path: module.path ? `${module.path}.${name}` : name };
      this.blocks.set(nodes[0], block);
    }
    return block;
  }

  private importedModule(module: Module, specifier: string): Module | undefined {
    const file = this.host.resolve(module.file, specifier);
    return file === undefined ? undefined : this.module(file);
  }

  /** The value of a constant of a module, if it can be computed here exactly. */
  constant({ module, binding }: Resolved): Literal {
    if (binding.kind !== 'const') return undefined;
    return evaluate(binding.init, (name) => {
      const resolved = this.resolve(module, name);
      return resolved && this.constant(resolved);
    }, (object, key) => {
      const resolved = this.resolve(module, object);
      return resolved && this.member(resolved, key);
    });
  }

  /** The value of an enum's member or of a static constant. */
  member({ module, binding }: Resolved, key: string): Literal {
    if (binding.kind === 'namespace') {
      const resolved = this.exported(binding.module, key);
      return resolved && this.constant(resolved);
    }
    if (binding.kind !== 'enum') return undefined;
    const values = new Map<string, Literal>();
    let next: Literal = 0;
    for (const { id, initializer } of binding.node.members ?? binding.node.body?.members ?? []) {
      const value: Literal = initializer ? evaluate(initializer, (name) => values.get(name) ?? this.constantNamed(module, name), () => undefined) : next;
      values.set(id.type === 'Identifier' ? id.name : id.value, value);
      next = typeof value === 'number' ? value + 1 : undefined;
    }
    return values.get(key);
  }

  private constantNamed(module: Module, name: string): Literal {
    const resolved = this.resolve(module, name);
    return resolved && this.constant(resolved);
  }

  /** The type of a module-level binding. */
  typeOf({ module, binding }: Resolved): Type | undefined {
    if (!('id' in binding) || !binding.id) return undefined;
    const { id } = binding;
    return this.typeOfVariable(module, id, binding.kind === 'const' ? binding.init : undefined, new Scope(module));
  }

  /** The type of a declared variable: from the host, or from its initial value. */
  typeOfVariable(module: Module, id: t.Identifier, init: t.Node | undefined, scope: Scope): Type | undefined {
    if (!this.types.has(id)) {
      this.types.set(id, undefined);
      this.types.set(id, this.host.typeAt(module.file, id.start!, id.start! + id.name.length) ?? (init && inferType(this, module, scope, init)));
    }
    return this.types.get(id);
  }

  /** The scope in which a function stands. */
  scopeAround(module: Module, node: FunctionNode): StaticScope {
    let scopes = this.enclosing.get(module);
    if (!scopes) {
      const found = new Map<FunctionNode, StaticScope>();
      const visit = (n: t.Node, scope: StaticScope) => {
        if (isFunction(n)) found.set(n, scope);
        const inner = module.scopes.opened.get(n) ?? scope;
        for (const [child] of children(n)) visit(child, inner);
      };
      visit(module.ast.program, module.scopes.module);
      this.enclosing.set(module, (scopes = found));
    }
    return scopes.get(node) ?? module.scopes.module;
  }
}

export function functionId(file: string, name: string): string { return `${file}#${name}`; }

/** The node of `f` or of `Class.method`. */
export function functionNode(module: Module, name: string): FunctionNode | undefined {
  const [first, member] = name.split('.');
  const binding = module.bindings.get(first);
  if (binding?.kind === 'function') return member === undefined ? binding.node : undefined;
  if (binding?.kind !== 'class' || member === undefined) return undefined;
  return methodNode(binding.node, member);
}

export function methodNode(node: t.ClassDeclaration, name: string, kind: 'method' | 'get' = 'method'): t.ClassMethod | undefined {
  return node.body.body.find((m): m is t.ClassMethod => m.type === 'ClassMethod' && m.kind === kind && keyOf(m) === name);
}

/** The class whose instance is `this` in a method. */
function methodClass(module: Module, name: string): t.ClassDeclaration | undefined {
  const binding = module.bindings.get(name.split('.')[0]);
  return binding?.kind === 'class' ? binding.node : undefined;
}


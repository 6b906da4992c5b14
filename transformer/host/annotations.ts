/**
 * A host that knows only the texts of the modules: types are what the annotations say. It serves
 * where there is no type checker. What is not written down is not known here; there is no inference
 * beyond the literals of default values.
 */
import type * as t from '@babel/types';
import { type Field, TYPED_ARRAYS, type Type, holdsDerivatives, mergeRecords, showType, someType, withAbsent } from '../ir/types.ts';
import type { Module } from '../parse/module.ts';
import { parseModule } from '../parse/parse.ts';
import { isFunction, keyOf, unwrap, walk } from '../parse/walk.ts';
import type { Host } from './host.ts';

export interface AnnotationHostOptions {
  demands?: (file: string) => readonly string[];
}

export function annotationHost(sources: ReadonlyMap<string, string> | Record<string, string>, options: AnnotationHostOptions = {}): Host {
  const texts = sources instanceof Map ? sources as ReadonlyMap<string, string> : new Map(Object.entries(sources));
  const modules = new Map<string, Known | undefined>();
  const resolve = (file: string, specifier: string) => resolveIn(texts, file, specifier);
  const known = (file: string): Known | undefined => {
    if (!modules.has(file)) {
      const text = texts.get(file);
      modules.set(file, text === undefined ? undefined : knownModule(parseModule(file, text)));
    }
    return modules.get(file);
  };
  const reader = new TypeReader(resolve, known);
  return {
    source: (file) => texts.get(file),
    resolve,
    typeAt(file, start, end) {
      const module = known(file);
      const node = module?.nodes.get(`${start}:${end}`);
      return module && node ? reader.typeOf(module, node) : undefined;
    },
    demands: (file) => options.demands?.(file) ?? [],
  };
}

function resolveIn(texts: ReadonlyMap<string, string>, file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  const path = parts.join('/');
  const bare = path.replace(/\.[cm]?[jt]sx?$/, '');
  return [path, `${bare}.ts`, `${bare}.tsx`, `${bare}.mts`, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`].find((p) => texts.has(p));
}

interface Known {
  module: Module;
  /** Type annotations and declared names, by their range. */
  nodes: Map<string, t.Node>;
  /** Declarations around a declared name: its annotation, or its default. */
  declared: Map<t.Node, { annotation?: t.Node; init?: t.Node }>;
  types: Map<string, t.TSInterfaceDeclaration[] | t.TSTypeAliasDeclaration>;
  /** Type parameters of functions, by name. */
  parameters: Map<string, t.TSTypeParameter>;
}

function knownModule(module: Module): Known {
  const nodes: Known['nodes'] = new Map();
  const declared: Known['declared'] = new Map();
  const types: Known['types'] = new Map();
  const parameters: Known['parameters'] = new Map();
  const add = (node: t.Node) => {
    nodes.set(`${node.start}:${node.end}`, node);
    // Babel's range of an annotated name holds the annotation.
    if (node.type === 'Identifier') nodes.set(`${node.start}:${node.start! + node.name.length}`, node);
  };
  const declare = (target: t.Node, init?: t.Node | null) => {
    if (target.type === 'AssignmentPattern') {
      declare(target.left, target.right);
      return;
    }
    const inner = annotationIn(target as { typeAnnotation?: t.Node | null });
    declared.set(target, { ...(inner ? { annotation: inner } : {}), ...(init ? { init } : {}) });
    add(target);
  };
  walk(module.ast.program, (node) => {
    if (node.type.startsWith('TS') && !nodes.has(`${node.start}:${node.end}`)) add(node);
    if (node.type === 'VariableDeclarator') {
      declare(node.id);
      if (!declared.get(node.id)?.annotation && node.init) declared.set(node.id, { init: node.init });
      add(node.id);
    }
    if (isFunction(node)) node.params.forEach((p) => declare(p.type === 'TSParameterProperty' ? p.parameter : p.type === 'RestElement' && !p.typeAnnotation ? p.argument : p));
    if (node.type === 'TSInterfaceDeclaration') {
      const earlier = types.get(node.id.name);
      types.set(node.id.name, [...(Array.isArray(earlier) ? earlier : []), node]);
    } else if (node.type === 'TSTypeAliasDeclaration') types.set(node.id.name, node);
    else if (node.type === 'ClassDeclaration' && node.id) add(node.id);
    else if (node.type === 'TSTypeParameter') parameters.set(nameOfParameter(node), node);
  });
  return { module, nodes, declared, types, parameters };
}

function nameOfParameter({ name }: t.TSTypeParameter): string { return typeof name === 'string' ? name : (name as t.Identifier).name; }

const TYPED = new Set<string>(TYPED_ARRAYS);
/** Objects that have no derivative. */
const OPAQUE = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Date', 'RegExp', 'Promise', 'Error', 'Function', 'ArrayBuffer', 'DataView', 'Symbol']);

class TypeReader {
  /** Named types being read, for those that contain themselves. */
  private readonly open = new Set<t.Node>();
  constructor(
    private readonly resolve: (file: string, specifier: string) => string | undefined,
    private readonly known: (file: string) => Known | undefined,
  ) {}

  typeOf(module: Known, node: t.Node): Type | undefined {
    const declaration = module.declared.get(node);
    if (!declaration && node.type === 'Identifier') {
      const type = this.named(module, node.name);
      return type === 'none' ? undefined : type;
    }
    if (!declaration) return node.type.startsWith('TS') ? this.read(module, node) : undefined;
    const { annotation, init } = declaration;
    return annotation ? this.read(module, annotation) : init && literalType(init);
  }

  private read(module: Known, node: t.Node): Type | undefined {
    const read = (n: t.Node) => this.read(module, n);
    switch (node.type) {
      case 'TSNumberKeyword': return { kind: 'number' };
      case 'TSBooleanKeyword': return { kind: 'boolean' };
      case 'TSStringKeyword': return { kind: 'string' };
      case 'TSVoidKeyword': return { kind: 'void' };
      case 'TSUndefinedKeyword': case 'TSNullKeyword': case 'TSBigIntKeyword': case 'TSSymbolKeyword': case 'TSConstructorType':
        return { kind: 'opaque', text: textOf(module, node) };
      case 'TSFunctionType': return { kind: 'opaque', text: textOf(module, node), callable: true };
      case 'TSTypePredicate': return { kind: 'boolean' };
      case 'TSParenthesizedType': return read(node.typeAnnotation);
      case 'TSLiteralType': {
        const type = literalType(node.literal);
        return type?.kind === 'number' ? { kind: 'number', literal: true } : type;
      }
      case 'TSArrayType': return arrayOf(read(node.elementType));
      case 'TSTupleType': return this.tuple(module, node);
      case 'TSTypeOperator': return node.operator === 'readonly' ? asReadonly(read(node.typeAnnotation)) : undefined;
      case 'TSTypeLiteral': return this.record(module, node.members);
      case 'TSUnionType': return this.union(module, node);
      case 'TSIntersectionType': return merge(node.types.map(read));
      case 'TSTypeReference': return this.reference(module, node);
      default: return undefined;
    }
  }

  private tuple(module: Known, node: t.TSTupleType): Type | undefined {
    const elements: Type[] = [];
    for (const e of node.elementTypes) {
      const inner = e.type === 'TSNamedTupleMember' ? (e.optional ? undefined : e.elementType) : e;
      const type = inner && inner.type !== 'TSRestType' && inner.type !== 'TSOptionalType' ? this.read(module, inner) : undefined;
      if (!type) return undefined;
      elements.push(type);
    }
    return { kind: 'tuple', elements };
  }

  /** As in host/checker.ts: `T | null` is a T that may be absent, a union of records a record with the fields of all. */
  private union(module: Known, { types }: t.TSUnionType): Type | undefined {
    const has = (kind: t.Node['type']) => types.some((type) => type.type === kind);
    const [undef, nil] = [has('TSUndefinedKeyword'), has('TSNullKeyword')];
    const absent = nil ? (undef ? 'null | undefined' : 'null') : undef ? 'undefined' : undefined;
    const present = types.filter((type) => type.type !== 'TSUndefinedKeyword' && type.type !== 'TSNullKeyword');
    const type = uniteTypes(present.map((node) => this.read(module, node)));
    return type && withAbsent(type, absent);
  }

  private record(module: Known, members: readonly t.TSTypeElement[], name?: string): Type | undefined {
    const fields: Field[] = [];
    for (const member of members) {
      if (member.type === 'TSMethodSignature') {
        const key = keyOf(member);
        if (key !== undefined) fields.push({ name: key, type: { kind: 'opaque', text: 'Function' } });
        continue;
      }
      if (member.type !== 'TSPropertySignature') return undefined;
      const key = keyOf(member);
      const annotation = member.typeAnnotation?.typeAnnotation;
      const type = annotation && this.read(module, annotation);
      if (key === undefined || !annotation) return undefined;
      const known: Type = type ?? { kind: 'opaque', text: `${textOf(module, annotation)}${member.optional ? ' | undefined' : ''}` };
      const optional = Boolean(member.optional);
      fields.push({
        name: key, type: type && optional ? withAbsent(known, 'undefined') : known,
        ...(member.readonly ? { readonly: true } : {}), ...(optional ? { optional } : {}),
      });
    }
    return { kind: 'record', fields, ...(name ? { name } : {}) };
  }

  private reference(module: Known, node: t.TSTypeReference): Type | undefined {
    if (isArrayOfNumpy(module, node.typeName)) return { kind: 'nd' };
    if (node.typeName.type !== 'Identifier') return undefined;
    const { name } = node.typeName;
    const params = node.typeParameters && 'params' in node.typeParameters ? node.typeParameters.params : [];
    const found = this.named(module, name);
    if (found !== 'none') return found;
    const form = name === 'Record' ? 'record' as const : name === 'Map' || name === 'ReadonlyMap' ? 'map' as const : undefined;
    const [key, element] = form && params.length === 2 ? params.map((p) => this.read(module, p)) : [];
    const isParameter = (type: Type) => type.kind === 'opaque' && type.constraint !== undefined;
    if (form && key && element && params[0].type !== 'TSUnionType' && (params[0].type !== 'TSTypeReference' || isParameter(key))) {
      const made = { kind: 'dictionary' as const, form, key, element: withAbsent(element, 'undefined'), ...(name === 'ReadonlyMap' ? { readonly: true } : {}) };
      // Of type parameters a call says what they are.
      if (holdsDerivatives(made) || isParameter(key) || someType(element, isParameter)) return made;
    }
    if (TYPED.has(name)) return { kind: 'typed', name: name as typeof TYPED_ARRAYS[number] };
    if (name === 'Array' && params.length === 1) return arrayOf(this.read(module, params[0]));
    if (name === 'ArrayLike' && params.length === 1) {
      const element = this.read(module, params[0]);
      return element && { kind: 'array', element, readonly: true, ...(element.kind === 'number' ? { like: 'ArrayLike<number>' } : {}) };
    }
    if (name === 'ReadonlyArray' && params.length === 1) return asReadonly(arrayOf(this.read(module, params[0])));
    if (name === 'Readonly' && params.length === 1) return asReadonly(this.read(module, params[0]));
    const parameter = module.parameters.get(name);
    if (parameter) return { kind: 'opaque', text: name, constraint: (parameter.constraint && this.read(module, parameter.constraint)) ?? { kind: 'opaque', text: 'unknown' } };
    return OPAQUE.has(name) ? { kind: 'opaque', text: textOf(module, node) } : undefined;
  }

  /** A type of the module or one that it imports. */
  private named(module: Known, name: string, exported = name): Type | 'none' | undefined {
    const declaration = module.types.get(name);
    if (declaration) return this.declared(module, declaration, exported);
    const binding = module.module.bindings.get(name);
    switch (binding?.kind) {
      case 'enum': return uniteTypes((binding.node.members ?? binding.node.body?.members ?? []).map((m) => literalType(m.initializer ?? undefined) ?? { kind: 'number' }));
      case 'class': return this.instance(module, binding.node, name);
      case 'import': {
        const target = this.known(this.resolve(module.module.file, binding.specifier) ?? '');
        return target ? this.imported(target, binding.imported, name) : undefined;
      }
      default: return 'none';
    }
  }

  private imported(module: Known, name: string, local: string): Type | 'none' | undefined {
    const entry = module.module.exports.get(name);
    if (entry && 'specifier' in entry) {
      const target = this.known(this.resolve(module.module.file, entry.specifier) ?? '');
      return target && this.imported(target, entry.imported, local);
    }
    const own = this.named(module, entry && 'local' in entry ? entry.local : name, local);
    if (own !== 'none') return own;
    for (const star of module.module.stars) {
      const target = this.known(this.resolve(module.module.file, star) ?? '');
      const found = target && this.imported(target, name, local);
      if (found && found !== 'none') return found;
    }
    return undefined;
  }

  /** The fields of a class's instances: those of its base class, declared ones and parameter properties. */
  private instance(module: Known, node: t.ClassDeclaration, name: string): Type | undefined {
    if (this.open.has(node)) return { kind: 'opaque', text: name };
    this.open.add(node);
    const { superClass } = node;
    const base = superClass?.type === 'Identifier' ? this.named(module, superClass.name) : undefined;
    const fields: Field[] = base && base !== 'none' && base.kind === 'record' ? [...base.fields] : [];
    const add = (key: string | undefined, annotation: t.Node | undefined, init: t.Node | null | undefined, readonly: boolean) => {
      const type = annotation ? this.read(module, annotation) : literalType(init ?? undefined);
      if (key !== undefined) fields.push({ name: key, type: type ?? { kind: 'opaque', text: 'unknown' }, ...(readonly ? { readonly } : {}) });
    };
    for (const member of node.body.body) {
      if (member.type === 'ClassProperty' && !member.static) add(keyOf(member), annotationIn(member), member.value, Boolean(member.readonly));
      if (member.type !== 'ClassMethod' || member.kind !== 'constructor') continue;
      for (const p of member.params) {
        if (p.type !== 'TSParameterProperty') continue;
        const [id, init] = p.parameter.type === 'AssignmentPattern' ? [p.parameter.left, p.parameter.right] : [p.parameter, undefined];
        if (id.type === 'Identifier') add(id.name, annotationIn(id), init, Boolean(p.readonly));
      }
    }
    this.open.delete(node);
    return { kind: 'record', fields, name, classes: [{ file: module.module.file, name: node.id?.name ?? 'default' }] };
  }

  private declared(module: Known, declaration: t.TSInterfaceDeclaration[] | t.TSTypeAliasDeclaration, name: string): Type | undefined {
    const [node] = Array.isArray(declaration) ? declaration : [declaration];
    if (node.typeParameters || this.open.has(node)) return this.open.has(node) ? { kind: 'opaque', text: name } : undefined;
    this.open.add(node);
    try {
      if (!Array.isArray(declaration)) {
        const type = this.read(module, declaration.typeAnnotation);
        return type?.kind === 'record' ? { ...type, name } : type;
      }
      const parts = declaration.flatMap((d) => [
        ...(d.extends ?? []).map((e) => (e.expression.type === 'Identifier' ? this.named(module, e.expression.name) : undefined)),
        this.record(module, d.body.body),
      ]);
      const merged = merge(parts.map((p) => (p === 'none' ? undefined : p)));
      return merged && { ...merged, name };
    } finally {
      this.open.delete(node);
    }
  }
}

function annotationIn({ typeAnnotation }: { typeAnnotation?: t.Node | null }): t.Node | undefined {
  return typeAnnotation && 'typeAnnotation' in typeAnnotation ? (typeAnnotation.typeAnnotation as t.Node) : undefined;
}

/** `np.Array`, or `NDArray` imported by itself. */
function isArrayOfNumpy({ module }: Known, name: t.TSTypeReference['typeName']): boolean {
  if (name.type === 'Identifier') return /^numpy\.(NDArray|Array)$/.test(module.imports.get(name.name) ?? '');
  return name.left.type === 'Identifier' && module.imports.get(name.left.name) === 'numpy.*' && /^(NDArray|Array)$/.test(name.right.name);
}

/** One type for values of any of these types. */
function uniteTypes(types: (Type | undefined)[]): Type | undefined {
  const [first] = types;
  if (!first || types.length === 1) return first;
  const primitive = first.kind === 'number' || first.kind === 'string' || first.kind === 'boolean';
  if (primitive) return types.every((type) => type?.kind === first.kind) ? first : undefined;
  const known = types.filter((type) => type !== undefined);
  if (known.length < types.length) return undefined;
  const isArray = (type: Type) => (type.kind === 'array' && type.element.kind === 'number') || (type.kind === 'typed' && type.name === 'Float64Array');
  return known.every(isArray) ? { kind: 'array', element: { kind: 'number' }, like: known.map((type) => showType(type)).join(' | ') } : mergeRecords(known);
}

function textOf({ module }: Known, node: t.Node): string { return module.text.slice(node.start!, node.end!); }

function arrayOf(element: Type | undefined): Type | undefined { return element && { kind: 'array', element }; }

function asReadonly(type: Type | undefined): Type | undefined {
  if (type?.kind === 'record') return { kind: 'record', fields: type.fields.map((f) => ({ ...f, readonly: true })) };
  return type && (type.kind === 'array' || type.kind === 'tuple') ? { ...type, readonly: true } : type;
}

function merge(types: (Type | undefined)[]): Extract<Type, { kind: 'record' }> | undefined {
  const fields = new Map<string, Field>();
  for (const type of types) {
    if (type?.kind !== 'record') return undefined;
    type.fields.forEach((f) => fields.set(f.name, f));
  }
  return { kind: 'record', fields: [...fields.values()] };
}

/** The type of a literal, which is plain from its form. */
function literalType(node: t.Node | undefined): Type | undefined {
  const value = node && unwrap(node);
  switch (value?.type) {
    case 'NumericLiteral': return { kind: 'number' };
    case 'StringLiteral': case 'TemplateLiteral': return { kind: 'string' };
    case 'BooleanLiteral': return { kind: 'boolean' };
    case 'UnaryExpression': return value.operator === '-' || value.operator === '+' ? literalType(value.argument) : undefined;
    default: return undefined;
  }
}

/**
 * The host that knows only what the text says: annotations, and declarations of types in the module and in those
 * that it imports. It computes no types: where an annotation is not enough, the compiler asks for a plainer one.
 */
import type * as t from '@babel/types';
import { BOOLEAN, NUMBER, STRING, TYPED_ARRAYS, VOID, type Field, type Type, type TypedArrayName } from '../ir/types.ts';
import type { Module } from '../parse/module.ts';
import { parseModule } from '../parse/parse.ts';
import { keyOf, unwrap, walk } from '../parse/walk.ts';
import type { Host } from './host.ts';

type Declaration = t.TSInterfaceDeclaration | t.TSTypeAliasDeclaration | t.TSEnumDeclaration | t.ClassDeclaration;

interface Known {
  module: Module;
  declarations: Map<string, Declaration>;
  /** What has an annotation of its own or a literal default: identifiers by where they start. */
  types: Map<number, t.Node>;
  /** Annotations, by where they start and end. */
  annotations: Map<string, t.Node>;
}

/** Where an annotation stands. */
interface Place {
  from: Known;
  /** The module whose derivatives need the type. */
  viewer: Known;
  /** The declarations around the annotation: a type inside itself is opaque. */
  pending: readonly t.Node[];
}

/** @param read the text of a file, undefined if there is none. Paths are absolute, with `/`. */
export function annotationHost(read: (file: string) => string | undefined): Omit<Host, 'demands'> {
  const known = new Map<string, Known | undefined>();

  function source(file: string): string | undefined {
    return /\.d\.[cm]?ts$|\/node_modules\//.test(file) || !/\.[cm]?tsx?$/.test(file) ? undefined : moduleOf(file)?.module.text;
  }

  function moduleOf(file: string): Known | undefined {
    if (!known.has(file)) {
      const text = read(file);
      known.set(file, text === undefined ? undefined : collect(parseModule(file, text)));
    }
    return known.get(file);
  }

  function resolve(file: string, specifier: string): string | undefined {
    if (!/^\.\.?(\/|$)/.test(specifier)) return undefined;
    const path = join(file, specifier);
    const stem = path.replace(/\.([cm]?)jsx?$/, '.$1ts');
    return [path, stem, `${stem}x`, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`].find((candidate) => source(candidate) !== undefined);
  }

  /** The declaration of a type that a module exports, through re-exports. */
  function exported(file: string, name: string, seen = new Set<string>()): { from: Known; node: Declaration } | undefined {
    const from = moduleOf(file);
    if (!from || seen.has(file)) return undefined;
    seen.add(file);
    const found = from.module.exports.get(name);
    if (found && 'local' in found) return declared(from, found.local);
    const through = found ? [[found.specifier, found.imported]] : from.module.stars.map((specifier) => [specifier, name]);
    for (const [specifier, imported] of through) {
      const target = resolve(file, specifier);
      const result = target === undefined ? undefined : exported(target, imported, seen);
      if (result) return result;
    }
    return undefined;
  }

  /** The declaration that a name of a module stands for. */
  function declared(from: Known, name: string): { from: Known; node: Declaration } | undefined {
    const node = from.declarations.get(name);
    if (node) return { from, node };
    const binding = from.module.bindings.get(name);
    const target = binding?.kind === 'import' ? resolve(from.module.file, binding.specifier) : undefined;
    return binding?.kind === 'import' && target !== undefined ? exported(target, binding.imported) : undefined;
  }

  /** An annotation as a type. */
  function convert(at: Place, node: t.Node): Type {
    const of = (inner: t.Node) => convert(at, inner);
    const opaque: Type = { kind: 'opaque', text: at.from.module.text.slice(node.start!, node.end!) };
    switch (node.type) {
      case 'TSNumberKeyword': return NUMBER;
      case 'TSBooleanKeyword': return BOOLEAN;
      case 'TSStringKeyword': return STRING;
      case 'TSVoidKeyword': case 'TSUndefinedKeyword': return VOID;
      case 'TSParenthesizedType': return of(node.typeAnnotation);
      case 'TSLiteralType': return literalType(node.literal) ?? opaque;
      case 'TSArrayType': return { kind: 'array', element: of(node.elementType) };
      case 'TSTupleType': {
        const elements = node.elementTypes.map((e) => (e.type === 'TSNamedTupleMember' && !e.optional ? e.elementType : e));
        return elements.some((e) => /TSRestType|TSOptionalType|TSNamedTupleMember/.test(e.type)) ? opaque : { kind: 'tuple', elements: elements.map(of) };
      }
      case 'TSTypeOperator': {
        const inner = of(node.typeAnnotation!);
        return node.operator === 'readonly' && (inner.kind === 'array' || inner.kind === 'tuple') ? { ...inner, readonly: true } : opaque;
      }
      case 'TSUnionType': {
        const members = node.types.filter((m) => m.type !== 'TSUndefinedKeyword' && m.type !== 'TSNullKeyword').map(of);
        const [first] = members;
        const scalar = first && (first.kind === 'number' || first.kind === 'boolean' || first.kind === 'string');
        return first && (members.length === 1 || (scalar && members.every((m) => m.kind === first.kind))) ? first : opaque;
      }
      case 'TSTypeLiteral': return record(at, node.members) ?? opaque;
      case 'TSTypeReference': return reference(at, node) ?? opaque;
      default: return opaque;
    }
  }

  function reference(at: Place, node: t.TSTypeReference): Type | undefined {
    if (node.typeName.type !== 'Identifier') return undefined;
    const { name } = node.typeName;
    const args = node.typeParameters?.params ?? [];
    const found = declared(at.from, name);
    if (!found) {
      if ((name === 'Array' || name === 'ReadonlyArray') && args.length === 1) {
        const element = convert(at, args[0]);
        return name === 'Array' ? { kind: 'array', element } : { kind: 'array', element, readonly: true };
      }
      return isTypedArray(name) ? { kind: 'typed', name } : undefined;
    }
    const declaration = found.node;
    if (args.length || at.pending.includes(declaration)) return undefined;
    const inside: Place = { ...at, from: found.from, pending: [...at.pending, declaration] };
    // Derivatives are printed where they are asked for: a name that means nothing there is spelled out.
    const title = declared(at.viewer, name)?.node === declaration ? { name } : {};
    switch (declaration.type) {
      case 'TSEnumDeclaration': return declaration.members.some((m) => m.initializer?.type === 'StringLiteral') ? STRING : NUMBER;
      case 'TSTypeAliasDeclaration': {
        if (declaration.typeParameters) return undefined;
        const type = convert(inside, declaration.typeAnnotation);
        return type.kind === 'record' && !type.name ? { ...type, ...title } : type.kind === 'opaque' ? undefined : type;
      }
      case 'TSInterfaceDeclaration': {
        if (declaration.typeParameters) return undefined;
        const own = record(inside, declaration.body.body);
        if (own?.kind !== 'record') return undefined;
        const inherited: Field[] = [];
        for (const { expression, typeParameters } of declaration.extends ?? []) {
          const base = expression.type === 'Identifier' && !typeParameters
            ? reference(inside, { ...node, typeName: expression, typeParameters: null }) : undefined;
          if (base?.kind !== 'record') return undefined;
          inherited.push(...base.fields.filter((f) => !own.fields.some((o) => o.name === f.name)));
        }
        return { ...own, fields: [...own.fields, ...inherited], ...title };
      }
      case 'ClassDeclaration': return classRecord(inside, declaration, title);
    }
  }

  function record(at: Place, members: readonly t.Node[]): Type | undefined {
    const fields: Field[] = [];
    for (const member of members) {
      if (member.type === 'TSMethodSignature') {
        fields.push({ name: keyOf(member) ?? '', type: { kind: 'opaque', text: 'Function' } });
        continue;
      }
      const name = member.type === 'TSPropertySignature' ? keyOf(member) : undefined;
      if (name === undefined || member.type !== 'TSPropertySignature') return undefined;
      fields.push(field(at, name, member));
    }
    return { kind: 'record', fields };
  }

  function classRecord(at: Place, node: t.ClassDeclaration, title: { name?: string }): Type | undefined {
    if (node.superClass || node.typeParameters) return undefined;
    const fields: Field[] = [];
    for (const member of node.body.body) {
      if (member.type === 'ClassProperty' && !member.static && keyOf(member) !== undefined) {
        fields.push(field(at, keyOf(member)!, member, member.value));
      } else if (member.type === 'ClassMethod' && member.kind === 'constructor') {
        for (const p of member.params) {
          if (p.type !== 'TSParameterProperty') continue;
          const [id, init] = p.parameter.type === 'AssignmentPattern' ? [p.parameter.left, p.parameter.right] : [p.parameter, undefined];
          if (id.type === 'Identifier') fields.push(field(at, id.name, { ...p, typeAnnotation: id.typeAnnotation }, init));
        }
      }
    }
    return { kind: 'record', fields, ...title };
  }

  type Member = { typeAnnotation?: t.Node | null; optional?: boolean | null; readonly?: boolean | null };

  function field(at: Place, name: string, member: Member, init?: t.Node | null): Field {
    const annotation = member.typeAnnotation?.type === 'TSTypeAnnotation' ? member.typeAnnotation.typeAnnotation : undefined;
    const declaredType = annotation ? convert(at, annotation) : init ? literalType(init) : undefined;
    const absent = Boolean(member.optional) || (annotation?.type === 'TSUnionType'
      && annotation.types.some((m) => m.type === 'TSUndefinedKeyword' || m.type === 'TSNullKeyword'));
    const type: Type = declaredType && !absent ? declaredType
      : { kind: 'opaque', text: annotation ? at.from.module.text.slice(annotation.start!, annotation.end!) : 'unknown' };
    return member.readonly ? { name, type, readonly: true } : { name, type };
  }

  return {
    source,
    resolve,
    typeAt(file, start, end) {
      const from = moduleOf(file);
      const annotation = from?.annotations.get(`${start}:${end}`) ?? from?.types.get(start);
      if (!from || !annotation) return undefined;
      return annotation.type.startsWith('TS') ? convert({ from, viewer: from, pending: [] }, annotation) : literalType(annotation);
    },
  };
}

function collect(module: Module): Known {
  const declarations = new Map<string, Declaration>();
  for (const statement of module.ast.program.body) {
    const inner = 'declaration' in statement && statement.declaration ? statement.declaration : statement;
    if (inner.type === 'TSInterfaceDeclaration' || inner.type === 'TSTypeAliasDeclaration' || inner.type === 'TSEnumDeclaration'
      || (inner.type === 'ClassDeclaration' && inner.id)) declarations.set(inner.id!.name, inner as Declaration);
  }
  const types = new Map<number, t.Node>();
  const annotations = new Map<string, t.Node>();
  walk(module.ast.program, (node) => {
    if (node.type === 'TSTypeAnnotation') {
      const { typeAnnotation } = node;
      annotations.set(`${typeAnnotation.start}:${typeAnnotation.end}`, typeAnnotation);
    } else if (node.type === 'Identifier' && node.typeAnnotation?.type === 'TSTypeAnnotation') {
      types.set(node.start!, node.typeAnnotation.typeAnnotation);
    } else if (node.type === 'AssignmentPattern' && node.left.type === 'Identifier' && !node.left.typeAnnotation) {
      types.set(node.left.start!, node.right);
    } else if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression' || node.type === 'TSTypeAssertion') {
      annotations.set(`${node.typeAnnotation.start}:${node.typeAnnotation.end}`, node.typeAnnotation);
    }
  });
  return { module, declarations, types, annotations };
}

/** The type of a literal: of a default, a field's initial value, a literal type. */
function literalType(node: t.Node): Type | undefined {
  const value = unwrap(node);
  switch (value.type) {
    case 'NumericLiteral': return NUMBER;
    case 'UnaryExpression': return value.operator === '-' ? literalType(value.argument) : undefined;
    case 'StringLiteral': case 'TemplateLiteral': return STRING;
    case 'BooleanLiteral': return BOOLEAN;
    case 'NewExpression': return value.callee.type === 'Identifier' && isTypedArray(value.callee.name) ? { kind: 'typed', name: value.callee.name } : undefined;
    default: return undefined;
  }
}

function isTypedArray(name: string): name is TypedArrayName {
  return (TYPED_ARRAYS as readonly string[]).includes(name);
}

/** The path that a relative specifier means in a file. */
function join(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

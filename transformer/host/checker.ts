/**
 * The host that asks the TypeScript checker. `typescript` itself is never imported here: it is the one that
 * compiles the user's project, and comes as an argument.
 */
import type ts from 'typescript';
import { BOOLEAN, NUMBER, STRING, TYPED_ARRAYS, VOID, type Field, type Type, type TypedArrayName } from '../ir/types.ts';
import type { Host } from './host.ts';

export type TypeScript = typeof ts;

/** What the checker knows; what other modules demand is known to the program, see `transformProgram`. */
export type CheckerHost = Omit<Host, 'demands'>;

export function checkerHost(ts: TypeScript, program: ts.Program): CheckerHost {
  const checker = program.getTypeChecker();
  const converters = new Map<ts.SourceFile, (type: ts.Type) => Type>();

  /** A module of the program whose text can be differentiated. */
  function sourceFile(file: string): ts.SourceFile | undefined {
    const source = program.getSourceFile(file);
    return source && isSource(ts, program, source) ? source : undefined;
  }

  function convert(source: ts.SourceFile, type: ts.Type): Type {
    let converter = converters.get(source);
    if (!converter) converters.set(source, converter = typeConverter(ts, program, checker, source));
    return converter(type);
  }

  return {
    source: (file) => sourceFile(file)?.text,

    resolve(file, specifier) {
      for (const statement of program.getSourceFile(file)?.statements ?? []) {
        const name = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
        if (!name || !ts.isStringLiteral(name) || name.text !== specifier) continue;
        const module = checker.getSymbolAtLocation(name)?.declarations?.find(ts.isSourceFile);
        return module && isSource(ts, program, module) ? module.fileName : undefined;
      }
      return undefined;
    },

    typeAt(file, start, end) {
      const source = program.getSourceFile(file);
      const node = source && nodeAt(ts, source, start, end);
      return node && convert(source, checker.getTypeAtLocation(node));
    },
  };
}

/** TypeScript source: no declaration file, no JavaScript, nothing from node_modules. */
export function isSource(ts: TypeScript, program: ts.Program, source: ts.SourceFile): boolean {
  return !source.isDeclarationFile && /\.[cm]?tsx?$/.test(source.fileName) && !program.isSourceFileFromExternalLibrary(source);
}

/** The outermost node whose text is exactly [start, end) and that has a type. */
function nodeAt(ts: TypeScript, source: ts.SourceFile, start: number, end: number): ts.Node | undefined {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (node.pos > start || node.end < end) return undefined;
    if (node.end === end && node.getStart(source) === start && hasType(ts, node)) return node;
    return ts.forEachChild(node, visit);
  };
  return visit(source);
}

function hasType(ts: TypeScript, node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isExpression(node) || ts.isParameter(node) || ts.isVariableDeclaration(node)
    || ts.isBindingElement(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node);
}

/** Types of the checker as types of the intermediate representation, with names as `source` sees them. */
function typeConverter(ts: TypeScript, program: ts.Program, checker: ts.TypeChecker, source: ts.SourceFile): (type: ts.Type) => Type {
  const converted = new Map<ts.Type, Type>();
  const pending = new Set<ts.Type>();
  let visible: Map<string, ts.Symbol> | undefined;

  function convert(type: ts.Type): Type {
    const known = converted.get(type);
    if (known) return known;
    // A recursive type is opaque where it recurs; so is what contains it, for we cannot tell how deep it is.
    if (pending.has(type)) return opaque(type);
    pending.add(type);
    const result = of(type);
    pending.delete(type);
    if (pending.size === 0) converted.set(type, result);
    return result;
  }

  function of(type: ts.Type): Type {
    const { flags } = type;
    if (flags & ts.TypeFlags.NumberLike) return NUMBER;
    if (flags & ts.TypeFlags.BooleanLike) return BOOLEAN;
    if (flags & ts.TypeFlags.StringLike) return STRING;
    if (flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) return VOID;
    if (flags & ts.TypeFlags.TypeParameter) {
      const constraint = checker.getBaseConstraintOfType(type);
      return constraint && !(constraint.flags & ts.TypeFlags.Unknown) ? convert(constraint) : opaque(type);
    }
    if (type.isUnion()) return ofUnion(type);
    // A branded number is a number.
    const primitive = type.isIntersection() && type.types.find((t) => t.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.StringLike));
    if (primitive) return convert(primitive);
    if (type.isIntersection() || flags & ts.TypeFlags.Object) return ofObject(type);
    return opaque(type);
  }

  /** `1 | 2` is a number; `T | undefined` is a T wherever the program gets to read it as one. */
  function ofUnion(type: ts.UnionType): Type {
    const members = type.types.filter((t) => !(t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null))).map(convert);
    const [first] = members;
    const scalar = first && (first.kind === 'number' || first.kind === 'boolean' || first.kind === 'string');
    return first && (members.length === 1 || (scalar && members.every((t) => t.kind === first.kind))) ? first : opaque(type);
  }

  function ofObject(type: ts.Type): Type {
    if (checker.isTupleType(type)) return ofTuple(type as ts.TupleTypeReference);
    if (checker.isArrayType(type)) {
      const element = convert(checker.getTypeArguments(type as ts.TypeReference)[0]);
      return type.symbol.name === 'ReadonlyArray' ? { kind: 'array', element, readonly: true } : { kind: 'array', element };
    }
    const declarations = type.symbol?.declarations ?? [];
    if (declarations.some((d) => program.isSourceFileDefaultLibrary(d.getSourceFile()))) {
      return isTypedArray(type.symbol.name) ? { kind: 'typed', name: type.symbol.name } : opaque(type);
    }
    const isFunction = type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0;
    if (isFunction || checker.getIndexInfosOfType(type).length > 0) return opaque(type);
    return ofRecord(type);
  }

  function ofTuple(type: ts.TupleTypeReference): Type {
    const { elementFlags, readonly } = type.target;
    if (elementFlags.some((f) => f !== ts.ElementFlags.Required)) return opaque(type);
    const elements = checker.getTypeArguments(type).map(convert);
    return readonly ? { kind: 'tuple', elements, readonly } : { kind: 'tuple', elements };
  }

  function ofRecord(type: ts.Type): Type {
    const fields: Field[] = [];
    for (const property of checker.getPropertiesOfType(type)) {
      // Methods and accessors of a class live on its prototype, and #names are seen by the class alone.
      if (property.flags & (ts.SymbolFlags.Accessor | ts.SymbolFlags.Prototype) || ts.unescapeLeadingUnderscores(property.escapedName).startsWith('__#')) continue;
      const inClass = property.declarations?.some((d) => ts.isClassLike(d.parent));
      if (inClass && property.flags & ts.SymbolFlags.Method) continue;
      const declared = checker.getTypeOfSymbolAtLocation(property, source);
      const field: Field = { name: property.name, type: mayBeAbsent(property, declared) ? opaque(declared) : convert(declared) };
      fields.push(isReadonly(property) ? { ...field, readonly: true } : field);
    }
    const name = nameOf(type);
    return name ? { kind: 'record', fields, name } : { kind: 'record', fields };
  }

  function mayBeAbsent(property: ts.Symbol, type: ts.Type): boolean {
    return !!(property.flags & ts.SymbolFlags.Optional)
      || (type.isUnion() && type.types.some((t) => t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
  }

  function isReadonly(property: ts.Symbol): boolean {
    return (property.declarations ?? []).some((d) => ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Readonly);
  }

  /** A name that the end of the module, where derivatives are, can say. */
  function nameOf(type: ts.Type): string | undefined {
    visible ??= new Map(checker.getSymbolsInScope(source, ts.SymbolFlags.Type | ts.SymbolFlags.Alias).map((s) => [s.name, s]));
    const isReference = !!((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference);
    const isGeneric = type.aliasTypeArguments?.length || (isReference && checker.getTypeArguments(type as ts.TypeReference).length);
    const symbol = type.aliasSymbol ?? type.symbol;
    if (!symbol || isGeneric) return undefined;
    const seen = visible.get(symbol.name);
    const target = seen && seen.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(seen) : seen;
    return target && checker.getExportSymbolOfSymbol(target) === symbol ? symbol.name : undefined;
  }

  function opaque(type: ts.Type): Type {
    return { kind: 'opaque', text: checker.typeToString(type, source, ts.TypeFormatFlags.NoTruncation) };
  }

  return convert;
}

function isTypedArray(name: string): name is TypedArrayName {
  return (TYPED_ARRAYS as readonly string[]).includes(name);
}

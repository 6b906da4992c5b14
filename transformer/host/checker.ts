/**
 * The host that asks the TypeScript checker. `typescript` itself is never imported here: it is the one that
 * compiles the user's project, and comes as an argument.
 */
import type ts from 'typescript';
import {
  type Absent, BOOLEAN, type ClassRef, type Field, ND, NUMBER, type RecordType, STRING, TYPED_ARRAYS, type Type, type TypedArrayName, VOID, cotangentType, holdsDerivatives, isMemory, mergeRecords, sameType, showType, someType, withAbsent,
} from '../ir/types.ts';
import { classHierarchy } from './classes.ts';
import type { Host } from './host.ts';

export type TypeScript = typeof ts;

/** What the checker knows; what other modules demand is known to the program, see `transformProgram`. */
export type CheckerHost = Omit<Host, 'demands'>;

export function checkerHost(ts: TypeScript, program: ts.Program): CheckerHost {
  const checker = program.getTypeChecker();
  const hierarchy = classHierarchy(ts, checker, program.getSourceFiles().filter((s) => isSource(ts, program, s)));
  const converters = new Map<ts.SourceFile, (type: ts.Type) => Type>();

  /** A module of the program whose text can be differentiated. */
  function sourceFile(file: string): ts.SourceFile | undefined {
    const source = program.getSourceFile(file);
    return source && isSource(ts, program, source) ? source : undefined;
  }

  function convert(source: ts.SourceFile, type: ts.Type): Type {
    let converter = converters.get(source);
    if (!converter) converters.set(source, converter = typeConverter(ts, program, checker, source, hierarchy));
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

    elementAt(file, start, end) {
      const source = program.getSourceFile(file);
      const node = source && nodeAt(ts, source, start, end);
      const element = node && iterated(checker, checker.getTypeAtLocation(node), node);
      return element && convert(source, element);
    },

    signatureAt(file, start, end) {
      const source = program.getSourceFile(file);
      const node = source && nodeAt(ts, source, start, end);
      const signature = node && ts.isCallExpression(node) && checker.getResolvedSignature(node);
      if (!signature || signature.getParameters().length === 0) return undefined;
      const parameters = signature.getParameters().map((p) => ({ name: p.name, type: convert(source, checker.getTypeOfSymbolAtLocation(p, node)) }));
      return vjpSignature(parameters, convert(source, signature.getReturnType()));
    },
  };
}

/** `(x: number) => [number, (cotangent: number) => [number]]`: the value, and what gives the cotangents of the arguments. */
function vjpSignature(parameters: { name: string; type: Type }[], result: Type): string {
  const cotangent = (type: Type) => showType(cotangentType({ ...type, absent: undefined }));
  return `(${parameters.map((p) => `${p.name}: ${showType(p.type)}`).join(', ')}) => [${showType(result)}, (cotangent: ${cotangent(result)}) => [${parameters.map((p) => cotangent(p.type)).join(', ')}]]`;
}

/** TypeScript source: no declaration file, no JavaScript, nothing from node_modules. */
export function isSource(ts: TypeScript, program: ts.Program, source: ts.SourceFile): boolean {
  return !source.isDeclarationFile && /\.[cm]?tsx?$/.test(source.fileName) && !program.isSourceFileFromExternalLibrary(source);
}

/** T of the `Iterator<T>` that `[Symbol.iterator]()` gives. */
function iterated(checker: ts.TypeChecker, type: ts.Type, at: ts.Node): ts.Type | undefined {
  const method = checker.getPropertiesOfType(type).find((p) => p.name.startsWith('__@iterator'));
  const [signature] = method ? checker.getTypeOfSymbolAtLocation(method, at).getCallSignatures() : [];
  const iterator = signature?.getReturnType() as ts.TypeReference | undefined;
  return iterator && checker.getTypeArguments(iterator)[0];
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
function typeConverter(
  ts: TypeScript, program: ts.Program, checker: ts.TypeChecker, source: ts.SourceFile, hierarchy: ReturnType<typeof classHierarchy>,
): (type: ts.Type) => Type {
  const converted = new Map<ts.Type, Type>();
  /** Types in progress: a type that contains itself has as its parts what will be the whole. */
  const pending = new Map<ts.Type, Type[]>();
  let visible: Map<string, ts.Symbol> | undefined;

  function convert(type: ts.Type): Type {
    const known = converted.get(type);
    if (known) return known;
    const open = pending.get(type);
    // Of `interface Tree { children: Tree[] }` it is the record that contains itself, also where the array was met first.
    if (open && checker.isArrayType(type) && pending.has(checker.getTypeArguments(type as ts.TypeReference)[0])) return ofObject(type);
    if (open) return open[0] ?? refer(open, { kind: 'opaque', text: `\0${pending.size}` });
    const references: Type[] = [];
    pending.set(type, references);
    const result = of(type);
    pending.delete(type);
    if (references.length > 0 && result.kind === 'record') result.id = idOf(type);
    for (const r of references) complete(r, result);
    const whole = references[0] ?? result;
    converted.set(type, whole);
    return whole;
  }

  function refer(references: Type[], reference: Type): Type {
    references.push(reference);
    return reference;
  }

  /** What referred to a type in progress is that type now. */
  function complete(reference: Type, type: Type): void {
    const { absent } = reference;
    delete (reference as { text?: string }).text;
    Object.assign(reference, type, absent ? { absent } : {});
  }

  /** The type of a value that may be absent, also of a type in progress. */
  function maybe(type: Type, absent: Absent | undefined): Type {
    if (!absent || type.absent === absent) return type;
    const open = [...pending.values()].find((references) => references.includes(type));
    return open ? refer(open, withAbsent(type, absent)) : withAbsent(type, absent);
  }

  function idOf(type: ts.Type): string {
    const declaration = (type.aliasSymbol ?? type.symbol)?.declarations?.[0];
    return `${declaration?.getSourceFile().fileName}:${declaration?.pos}:${checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)}`;
  }

  function of(type: ts.Type): Type {
    const { flags } = type;
    if (flags & ts.TypeFlags.NumberLike) return flags & ts.TypeFlags.NumberLiteral && !(flags & ts.TypeFlags.EnumLiteral) ? { kind: 'number', literal: true } : NUMBER;
    if (flags & ts.TypeFlags.BooleanLike) return BOOLEAN;
    if (flags & ts.TypeFlags.StringLike) return STRING;
    if (flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) return VOID;
    if (flags & ts.TypeFlags.TypeParameter) {
      const constraint = checker.getBaseConstraintOfType(type);
      const known = constraint && !(constraint.flags & ts.TypeFlags.Unknown) ? convert(constraint) : { kind: 'opaque' as const, text: 'unknown' };
      const isThis = (type as ts.TypeParameter & { isThisType?: boolean }).isThisType;
      return isThis ? known : { kind: 'opaque', text: type.symbol.name, constraint: known };
    }
    if (type.isUnion()) return ofUnion(type);
    // A branded number is a number.
    const primitive = type.isIntersection() && type.types.find((t) => t.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.StringLike));
    if (primitive) return convert(primitive);
    if (type.isIntersection() || flags & ts.TypeFlags.Object) return ofObject(type);
    return opaque(type);
  }

  /** `1 | 2` is a number, `T | null` a T that may be absent, `A | B` of records a record with the fields of both. */
  function ofUnion(type: ts.UnionType): Type {
    const present = type.types.filter((t) => !(t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    const has = (flag: ts.TypeFlags) => type.types.some((t) => t.flags & flag);
    const [undef, nil] = [has(ts.TypeFlags.Undefined), has(ts.TypeFlags.Null)];
    const absent = nil ? (undef ? 'null | undefined' : 'null') : undef ? 'undefined' : undefined;
    // The declared union, if it is one: it has a name, and may be what is in progress.
    const whole = absent && present.length > 1 ? checker.getNonNullableType(type) : undefined;
    const result = whole && whole !== type ? convert(whole) : ofMembers(type, present);
    if (result.kind !== 'opaque' || result.text.startsWith('\0')) return maybe(result, absent);
    return result.callable ? { ...opaque(type), callable: true } : opaque(type);
  }

  function ofMembers(type: ts.Type, present: readonly ts.Type[]): Type {
    const members = present.map(convert);
    const [first] = members;
    if (!first) return opaque(type);
    if (members.length === 1) return first;
    const scalar = first.kind === 'number' || first.kind === 'boolean' || first.kind === 'string';
    if (scalar && members.every((t) => t.kind === first.kind)) return first;
    if (members.every((t) => (t.kind === 'array' && t.element.kind === 'number' && !t.element.absent) || (t.kind === 'typed' && t.name === 'Float64Array'))) {
      return { kind: 'array', element: NUMBER, like: members.map((t) => showType(t)).sort().reverse().join(' | ') };
    }
    return mergeRecords(members, nameOf(type), maybe) ?? union(members) ?? opaque(type);
  }

  /** Strings, numbers and memory in one type; what is no record in it is told apart by `typeof` and `Array.isArray`. */
  function union(members: readonly Type[]): Type | undefined {
    const kinds = members.filter((m, i) => members.findIndex((other) => sameType(m, other)) === i);
    return kinds.some(isMemory) && kinds.every((m) => !m.absent && !someType(m, (t) => t.kind === 'opaque' || t.kind === 'void')) ? { kind: 'union', members: kinds } : undefined;
  }

  function ofObject(type: ts.Type): Type {
    if (isArrayOfNumpy(type)) return ND;
    if (checker.isTupleType(type)) return ofTuple(type as ts.TupleTypeReference);
    if (checker.isArrayType(type)) {
      const element = convert(checker.getTypeArguments(type as ts.TypeReference)[0]);
      return type.symbol.name === 'ReadonlyArray' ? { kind: 'array', element, readonly: true } : { kind: 'array', element };
    }
    const declarations = type.symbol?.declarations ?? [];
    // A mapped type such as `Record` is an object type of the user's.
    if (type.symbol?.name !== '__type' && declarations.some((d) => program.isSourceFileDefaultLibrary(d.getSourceFile()))) {
      return isTypedArray(type.symbol.name) ? { kind: 'typed', name: type.symbol.name } : ofMap(type) ?? ofArrayLike(type) ?? opaque(type);
    }
    if (type.getCallSignatures().length > 0) return { ...opaque(type), callable: true };
    const [index] = checker.getIndexInfosOfType(type);
    if (type.getConstructSignatures().length > 0) return opaque(type);
    if (index) return checker.getPropertiesOfType(type).length === 0 ? dictionary('record', index.keyType, index.type) ?? opaque(type) : opaque(type);
    return ofRecord(type);
  }

  function ofArrayLike(type: ts.Type): Type | undefined {
    if (type.symbol.name !== 'ArrayLike') return undefined;
    const element = convert(checker.getTypeArguments(type as ts.TypeReference)[0]);
    return element.kind === 'number' ? { kind: 'array', element, readonly: true, like: 'ArrayLike<number>' } : { kind: 'array', element, readonly: true };
  }

  /** A map whose values have derivatives. */
  function ofMap(type: ts.Type): Type | undefined {
    const { name } = type.symbol;
    if (name !== 'Map' && name !== 'ReadonlyMap') return undefined;
    const [key, element] = checker.getTypeArguments(type as ts.TypeReference);
    return dictionary('map', key, element, name === 'ReadonlyMap');
  }

  function dictionary(form: 'record' | 'map', key: ts.Type, element: ts.Type, readonly = false): Type | undefined {
    const made = { kind: 'dictionary' as const, form, key: convert(key), element: maybe(convert(element), 'undefined'), ...(readonly ? { readonly } : {}) };
    // Of type parameters a call says what they are.
    return holdsDerivatives(made) || [made.key, made.element].some((part) => someType(part, (t) => t.kind === 'opaque' && t.constraint !== undefined)) ? made : undefined;
  }

  function ofTuple(type: ts.TupleTypeReference): Type {
    const { elementFlags, readonly } = type.target;
    if (elementFlags.some((f) => f !== ts.ElementFlags.Required)) return opaque(type);
    const elements = checker.getTypeArguments(type).map(convert);
    return readonly ? { kind: 'tuple', elements, readonly } : { kind: 'tuple', elements };
  }

  function ofRecord(type: ts.Type): Type {
    const { symbol } = type;
    const own = fieldsOf(type);
    const derived = symbol ? hierarchy.derived(symbol) : [];
    const inherits = derived.length > 0 && (symbol.flags & ts.SymbolFlags.Class || checker.getPropertiesOfType(type).some((p) => p.flags & ts.SymbolFlags.Method));
    const members: RecordType[] = [...(inherits ? derived : []).map((s) => ({ kind: 'record' as const, fields: fieldsOf(checker.getDeclaredTypeOfSymbol(s)), classes: classRefs(s) })),
      ...(inherits && isAbstract(symbol) ? [] : [{ kind: 'record' as const, fields: own, ...(symbol?.flags & ts.SymbolFlags.Class ? { classes: classRefs(symbol) } : {}) }])];
    const name = nameOf(type);
    if (members.length === 1) return { ...members[0], ...(name ? { name } : {}) };
    // In the order of the class itself, and then of those that extend it.
    const merged = mergeRecords(members, name, maybe)!;
    const order = [...own.map((f) => f.name), ...merged.fields.map((f) => f.name)];
    merged.fields.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return merged;
  }

  function fieldsOf(type: ts.Type): Field[] {
    const fields: Field[] = [];
    for (const property of checker.getPropertiesOfType(type)) {
      // Methods and accessors of a class live on its prototype, and #names are seen by the class alone.
      if (property.flags & (ts.SymbolFlags.Accessor | ts.SymbolFlags.Prototype) || ts.unescapeLeadingUnderscores(property.escapedName).startsWith('__#')) continue;
      const inClass = property.declarations?.some((d) => ts.isClassLike(d.parent));
      if (property.flags & ts.SymbolFlags.Method && (inClass || hierarchy.derived(type.symbol).length > 0)) continue;
      if (inClass && isMethodInField(property)) continue;
      const declared = checker.getTypeOfSymbolAtLocation(property, source);
      const optional = Boolean(property.flags & ts.SymbolFlags.Optional);
      fields.push({
        name: property.name, type: maybe(convert(declared), optional ? 'undefined' : undefined),
        ...(isReadonly(property) ? { readonly: true } : {}), ...(optional ? { optional } : {}), ...(declared.isStringLiteral() ? { tag: `'${declared.value}'` } : {}),
      });
    }
    return fields;
  }

  /** `plus = (v: Vec) => …` is as good as a method, if nobody assigns to it. */
  function isMethodInField(property: ts.Symbol): boolean {
    const { valueDeclaration: d } = property;
    if (!d || !ts.isPropertyDeclaration(d) || !d.initializer || !(ts.isArrowFunction(d.initializer) || ts.isFunctionExpression(d.initializer))) return false;
    const assigned = new RegExp(`\\.${property.name}\\s*=[^=]`);
    return /^\w+$/.test(property.name) && !program.getSourceFiles().some((f) => !f.isDeclarationFile && assigned.test(f.text));
  }

  function isAbstract(symbol: ts.Symbol): boolean {
    return symbol.declarations?.some((d) => ts.isInterfaceDeclaration(d) || Boolean(ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Abstract)) ?? false;
  }

  function classRefs(symbol: ts.Symbol): ClassRef[] {
    if (isAbstract(symbol)) return [];
    return (symbol.declarations ?? []).filter(ts.isClassDeclaration).map((d) => ({ file: d.getSourceFile().fileName, name: d.name?.text ?? 'default' }));
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

  function opaque(type: ts.Type): Extract<Type, { kind: 'opaque' }> {
    return { kind: 'opaque', text: checker.typeToString(type, source, ts.TypeFormatFlags.NoTruncation) };
  }

  return convert;
}

/** The class of n-d arrays, of the package or of its source. */
function isArrayOfNumpy(type: ts.Type): boolean {
  return type.symbol?.name === 'NDArray' && (type.symbol.declarations ?? []).some((d) => /\/runtime\/numpy\/[\w.]+$/.test(d.getSourceFile().fileName));
}

function isTypedArray(name: string): name is TypedArrayName {
  return (TYPED_ARRAYS as readonly string[]).includes(name);
}

/**
 * Classes. An instance is a record of its fields; its methods and accessors are put in place where they are called,
 * with the instance as `this`.
 *
 * Which method a call reaches is known where the object was made in sight, or where no class of the program overrides
 * the method. Elsewhere the call goes to a function that asks for the class:
 *
 *   shape.area()  →  shape instanceof Circle ? … Circle's area … : … Box's area …
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { Op, type Value } from '../ir/ir.ts';
import { BOOLEAN, type ClassRef, type RecordType, type Type, fieldType, nameOfMember, sameClass } from '../ir/types.ts';
import type { Module } from '../parse/module.ts';
import { isFunction, keyOf, unwrap, walk } from '../parse/walk.ts';
import { whole } from './assign.ts';
import { type Argument, argumentValues, callable, inline } from './calls.ts';
import { holdsFunctions } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { evaluate } from './constants.ts';
import type { Program } from './program.ts';
import { type LocalFunction, Scope } from './scope.ts';
import { unsupported } from './statements.ts';

/** A class of the program, where it is declared. */
export interface ClassDeclared {
  module: Module;
  node: t.ClassDeclaration;
}

/** A method, or the function that a field begins with and keeps: `plus = (v: Vec) => …`. */
export type Method = t.ClassMethod | t.ClassPrivateMethod | t.ArrowFunctionExpression | t.FunctionExpression;
export type MethodKind = 'method' | 'get' | 'set';

/** A method and the class that declares it. */
export interface Found {
  owner: ClassDeclared;
  node: Method;
}

export function declaredClass(program: Program, { file, name }: ClassRef): ClassDeclared | undefined {
  const module = program.module(file);
  const binding = module?.bindings.get(name);
  return module && binding?.kind === 'class' ? { module, node: binding.node } : undefined;
}

/** The class that is extended, if its source is in the program; 'unknown' if it is not. */
export function baseOf(program: Program, { module, node }: ClassDeclared): ClassDeclared | 'unknown' | undefined {
  const { superClass } = node;
  if (!superClass) return undefined;
  const resolved = superClass.type === 'Identifier' ? program.resolve(module, superClass.name) : undefined;
  return resolved?.binding.kind === 'class' ? { module: resolved.module, node: resolved.binding.node } : 'unknown';
}

/** The method of a class, its own or an inherited one. */
export function findMember(program: Program, from: ClassDeclared, key: string, kind: MethodKind): Found | undefined {
  for (let at: ReturnType<typeof baseOf> = from; at && at !== 'unknown'; at = baseOf(program, at)) {
    for (const m of at.node.body.body) {
      if ((m.type !== 'ClassMethod' && m.type !== 'ClassPrivateMethod' && m.type !== 'ClassProperty') || m.static || keyOf(m) !== key) continue;
      const node = m.type !== 'ClassProperty' ? m : m.value && unwrap(m.value);
      if (node && (node.type === 'ClassMethod' || node.type === 'ClassPrivateMethod' ? node.kind === kind : kind === 'method' && isFunction(node))) return { owner: at, node: node as Method };
    }
  }
  return undefined;
}

/** The classes that the object may be of. */
function classesOf(cx: Lowering, object: Value): readonly ClassRef[] {
  const exact = object.def instanceof Op && object.def.kind === 'literal' ? object.def.attr.instance : undefined;
  if (exact) return [exact.class];
  return object.type.kind === 'record' ? object.type.classes ?? [] : [];
}

/** What a member of the object may be, by the classes of which it may be; undefined if one of them has no such member. */
export function implementations(cx: Lowering, object: Value, key: string, kind: MethodKind): { found: Found; classes: ClassRef[] }[] | undefined {
  const all: { found: Found; classes: ClassRef[] }[] = [];
  const classes = classesOf(cx, object);
  for (const ref of classes) {
    const declared = declaredClass(cx.program, ref);
    const found = declared && findMember(cx.program, declared, key, kind);
    if (!found) return undefined;
    const known = all.find((one) => one.found.node === found.node);
    if (known) known.classes.push(ref);
    else all.push({ found, classes: [ref] });
  }
  return all.length > 0 ? all : undefined;
}

/** The method of an object as a function, where there is but one that it can be. */
export function methodOf(cx: Lowering, object: Value, key: string): LocalFunction | undefined {
  const [only, ...others] = implementations(cx, object, key, 'method') ?? [];
  return only && others.length === 0 ? bound(cx, only.found, object, key) : undefined;
}

/** A method as a function whose `this` is the object. */
export function bound(cx: Lowering, { owner, node }: Found, self: Value, name: string, classes?: readonly ClassRef[]): LocalFunction {
  const { module } = owner;
  return { kind: 'local', name, node, scope: new Scope(module), self: seenAs(cx, self, owner, classes), owner };
}

/**
 * The object as one of the class whose method runs: in its base class's type, the class's own fields may be missing, and
 * it is now known not to be of certain other classes.
 */
function seenAs(cx: Lowering, object: Value, { module, node }: ClassDeclared, classes?: readonly ClassRef[]): Value {
  if (object.type.kind !== 'record' || !object.type.classes || object.type.classes.length < 2) return object;
  const own = object.type.fields.some((f) => f.optional) ? instanceType(cx.program, { module, node }) : undefined;
  const type = own?.kind === 'record' ? own : object.type;
  const fewer = classes ? type.classes?.filter((c) => classes.some((d) => sameClass(c, d))) ?? [] : [];
  const narrowed = fewer.length > 0 && fewer.length < type.classes!.length ? { ...type, classes: fewer } : type;
  return narrowed === object.type ? object : cx.b.cast(object, narrowed, {}, type === own ? { name: nameOfMember(type) } : {});
}

export function instanceType(program: Program, { module, node }: ClassDeclared): Type | undefined {
  return node.id ? program.host.typeAt(module.file, node.id.start!, node.id.end!) : undefined;
}

/** A call of a method; undefined if the object has none of this name in the program. */
export function callMethod(cx: Lowering, object: Value, key: string, args: readonly Argument[], node: t.Node, kind: MethodKind = 'method'): { value?: Value } | undefined {
  const found = implementations(cx, object, key, kind);
  if (!found) return undefined;
  const [{ found: first }] = found;
  const inPlace = found.length === 1 && !isRunning(cx, first.node) && (!callsItself(cx.program, first) || givesFunctions(cx, args));
  if (inPlace) {
    const piece = inline(cx, bound(cx, first, object, key), args, node);
    return piece ? { value: whole(cx, piece) } : {};
  }
  const values = argumentValues(cx, args, first, node);
  const receiver = object.type as RecordType;
  const id = cx.program.methodFunction({ key, kind, receiver, found: found[0].found, virtual: found.length > 1, args: values.map((v) => v.type) });
  const type = cx.program.resultOfMethod(id, cx.program.host.typeAt(cx.file, node.start!, node.end!));
  const name = `${receiver.name ?? found[0].found.owner.node.id?.name ?? 'object'}_${key.replace('#', '')}`;
  const results = cx.at(node).call({ id, name }, [object, ...values], type ? [type] : [], { method: key, ...(kind === 'method' ? {} : { accessor: kind }) });
  return results.length > 0 ? { value: results[0] } : {};
}

const recursive = new WeakMap<Method, boolean>();

/** May a method come to call itself, on the same object, or through other methods? What calls itself on parts alone is put in place once. */
function callsItself(program: Program, { owner, node }: Found): boolean {
  let known = recursive.get(node);
  if (known === undefined) {
    const seen = new Set<Method>();
    const reaches = (from: Method): boolean => {
      if (seen.has(from)) return false;
      seen.add(from);
      return methodsCalledIn(program, owner, from).some(({ method, onThis }) => (method === node ? onThis || from !== node : reaches(method)));
    };
    recursive.set(node, (known = reaches(node)));
  }
  return known;
}

function methodsCalledIn(program: Program, owner: ClassDeclared, method: Method): { method: Method; onThis: boolean }[] {
  const called: { method: Method; onThis: boolean }[] = [];
  walk(method.body, (n) => {
    const callee = n.type === 'CallExpression' || n.type === 'OptionalCallExpression' ? unwrap(n.callee) : undefined;
    if (callee?.type !== 'MemberExpression' && callee?.type !== 'OptionalMemberExpression') return true;
    const found = findMember(program, owner, keyOf(callee) ?? '', 'method');
    if (found && isInstance(program, owner.module, callee.object)) called.push({ method: found.node, onThis: callee.object.type === 'ThisExpression' });
    return true;
  });
  return called;
}

function isInstance(program: Program, { file }: Module, node: t.Node): boolean {
  if (node.type === 'Super') return false;
  if (node.type === 'ThisExpression') return true;
  const type = program.host.typeAt(file, node.start!, node.end!);
  return type?.kind === 'record' && type.classes !== undefined;
}

/** Is one of the arguments written as a function? Such a method has to be put in place. */
function givesFunctions(cx: Lowering, args: readonly Argument[]): boolean {
  return args.some((a) => ('value' in a ? holdsFunctions(a.value.type) : callable(cx, a.node) !== undefined));
}

/** Is the function being put in place already: does it call itself? */
function isRunning(cx: Lowering, node: t.Node): boolean {
  for (let frame: Lowering['frame'] | undefined = cx.frame; frame; frame = frame.parent) if (frame.node === node) return true;
  return false;
}

/** The body of a function that finds out which method is meant. */
export function dispatch(cx: Lowering, object: Value, key: string, args: readonly Value[], node: t.Node, kind: MethodKind): Value | undefined {
  const found = implementations(cx, object, key, kind)!;
  const run = (k: number): Value | undefined => {
    const piece = inline(cx, bound(cx, found[k].found, object, key, found[k].classes), args.map((value) => ({ value })), node);
    return piece && whole(cx, piece);
  };
  const from = (k: number): Value[] => {
    const value = () => {
      const v = run(k);
      return v ? [v] : [];
    };
    if (k === found.length - 1) return value();
    return cx.chooseAll(node, isInstanceOfAny(cx, object, found[k].classes, node), value, () => from(k + 1));
  };
  return from(0)[0];
}

function isInstanceOfAny(cx: Lowering, object: Value, classes: readonly ClassRef[], node: t.Node): Value {
  const [first, ...others] = classes;
  const test = testClass(cx, object, first, node);
  return others.length === 0 ? test : cx.choose(node, test, () => cx.b.const(true), () => isInstanceOfAny(cx, object, others, node));
}

function testClass(cx: Lowering, object: Value, { file, name }: ClassRef, node: t.Node): Value {
  const type: Type = { kind: 'opaque', text: `typeof ${name}` };
  const constructor = cx.at(node).op('free', [], [type], { name, mutable: false, module: file }).result;
  return cx.at(node).extern('$0 instanceof $1', [object, constructor], BOOLEAN, { pure: true, discrete: true })!;
}

/** `object instanceof C` */
export function instanceOf(cx: Lowering, object: Value, ref: ClassRef, node: t.Node): Value {
  const possible = classesOf(cx, object);
  const derives = (c: ClassRef): boolean => {
    if (sameClass(c, ref)) return true;
    const declared = declaredClass(cx.program, c);
    for (let at = declared && baseOf(cx.program, declared); at && at !== 'unknown'; at = baseOf(cx.program, at)) {
      if (at.module.file === ref.file && at.node.id?.name === ref.name) return true;
    }
    return false;
  };
  if (possible.length > 0 && !object.type.absent) {
    if (possible.every(derives)) return cx.at(node).const(true);
    if (!possible.some(derives)) return cx.at(node).const(false);
  }
  return testClass(cx, object, ref, node);
}

/** A static field: its value if that is constant, otherwise its name; undefined if the class has none of this name. */
export function staticField(cx: Lowering, declared: ClassDeclared, key: string, node: t.Node): Value | undefined {
  for (let at: ReturnType<typeof baseOf> = declared; at && at !== 'unknown'; at = baseOf(cx.program, at)) {
    const { module } = at;
    const field = at.node.body.body.find((m): m is t.ClassProperty => m.type === 'ClassProperty' && Boolean(m.static) && keyOf(m) === key);
    if (!field) continue;
    const name = `${at.node.id?.name}.${key}`;
    const constant = field.readonly && field.value ? evaluate(field.value, (n) => constantNamed(cx.program, module, n), () => undefined) : undefined;
    if (constant !== undefined) {
      const value = cx.at(node).const(constant);
      if (value.def instanceof Op) value.def.attr = { ...value.def.attr, name, module: module.file };
      return value;
    }
    const type = cx.program.host.typeAt(cx.file, node.start!, node.end!) ?? cx.program.host.typeAt(module.file, field.start!, field.end!) ?? fail('TL2002', cx.span(node), name);
    return cx.at(node).op('free', [], [type], { name, module: module.file, mutable: !field.readonly }).result;
  }
  return undefined;
}

function constantNamed(program: Program, module: Module, name: string) {
  const resolved = program.resolve(module, name);
  return resolved && program.constant(resolved);
}

/** Private fields are for the class's own text alone, where derivatives are not. */
export function checkPrivate(cx: Lowering, key: string, node: t.Node): void {
  if (!key.startsWith('#')) return;
  unsupported(cx, node, `The private field \`${key}\``, `Derivatives stand outside the class, so declare it as \`private ${key.slice(1)}\`.`);
}

export function fieldOf(cx: Lowering, type: Type, key: string, node: t.Node): Type {
  checkPrivate(cx, key, node);
  return fieldType(type, key) ?? fail('TL2012', cx.span(node), key, type.kind === 'record' ? type.name ?? 'the object' : type.kind);
}

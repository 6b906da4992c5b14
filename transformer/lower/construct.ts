/**
 * `new C(…)`: the constructor is put in place, and the object is made at its end, of what the fields are then.
 *
 *   class Vec { constructor(public x: number) { this.n = 2 * x; } }
 *   v = new Vec(a)  →  x = a; n = 2 * x; v = { x, n }
 *
 * Fields are variables while the constructor runs. Where it uses `this` as a whole (calls a method, hands itself on),
 * there has to be an object from the beginning, whose fields are assigned.
 */
import type * as t from '@babel/types';
import type { Instance, Value } from '../ir/ir.ts';
import { type ClassRef, type RecordType, fieldKeys, fieldType } from '../ir/types.ts';
import { children, isFunction, keyOf } from '../parse/walk.ts';
import { type Argument, bindArguments } from './calls.ts';
import { type ClassDeclared, baseOf, declaredClass, instanceType } from './classes.ts';
import { expression } from './expressions.ts';
import { lowerBody, newFrame } from './function.ts';
import { functionValue, holdsFunctions } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { typeAt } from './types.ts';
import { type LocalFunction, Scope, type Variable } from './scope.ts';
import { inScope, unsupported } from './statements.ts';
import type { Program } from './program.ts';

/** Where the fields of an object under construction are. */
interface Target {
  set(key: string, value: Value, node: t.Node): void;
  scope: Scope;
  self?: Value;
}

export function construct(cx: Lowering, ref: ClassRef, args: readonly Argument[], node: t.NewExpression): Value {
  const declared = declaredClass(cx.program, ref)!;
  if (declared.node.abstract) unsupported(cx, node, `An instance of the abstract class \`${ref.name}\``, 'Make one of a class that extends it.');
  const type = typeAt(cx, node) ?? instanceType(cx.program, declared);
  if (type?.kind !== 'record') return unsupported(cx, node, `An instance of \`${ref.name}\``, 'Give its fields types, and extend only classes of the program.');
  const parameters = trivialParameters(cx.program, declared, type);
  const instance: Instance = { class: ref, ...(parameters ? { parameters } : {}) };
  return usesWhole(cx.program, declared, type) ? inMemory(cx, declared, type, instance, args, node) : inVariables(cx, declared, type, instance, args, node);
}

function inVariables(cx: Lowering, declared: ClassDeclared, type: RecordType, instance: Instance, args: readonly Argument[], node: t.Node): Value {
  const fields = new Map<string, Variable>();
  const scope = new Scope(declared.module);
  for (const f of type.fields) {
    const variable = cx.variable(f.name, f.type);
    fields.set(f.name, variable);
    scope.declare(`this.${f.name}`, variable);
  }
  run(cx, declared, { scope, set: (key, value, at) => cx.assign(fields.get(key)!, value, at) }, args, node);
  const missing: string[] = [];
  const parts = [...fields].map(([key, variable]) => {
    const value = cx.env.get(variable);
    cx.env.delete(variable);
    if (value) return value;
    missing.push(key);
    return cx.coerce(cx.at(node).const(undefined), variable.type, node);
  });
  const made = withFunctions(type, parts);
  return cx.at(node).literal(made, parts, { ...(made === type ? { instance } : {}), ...(missing.length > 0 ? { missing } : {}) });
}

function inMemory(cx: Lowering, declared: ClassDeclared, type: RecordType, { class: ref }: Instance, args: readonly Argument[], node: t.Node): Value {
  const parts = fieldKeys(type).map((key) => cx.at(node).op('const', [], [fieldType(type, key)!], { value: undefined }).result);
  const self = cx.at(node).literal(type, parts, { instance: { class: ref } });
  const set = (key: string, value: Value, at: t.Node) => cx.at(at).setfield(self, key, cx.coerce(value, fieldType(type, key), at));
  run(cx, declared, { scope: new Scope(declared.module), self, set }, args, node);
  return self;
}

/** Functions in fields are known in the instance. */
function withFunctions(type: RecordType, parts: readonly Value[]): RecordType {
  if (!parts.some((v) => holdsFunctions(v.type))) return type;
  const { name, id, ...rest } = type;
  return { ...rest, fields: type.fields.map((f, i) => (holdsFunctions(parts[i].type) ? { ...f, type: parts[i].type } : f)) };
}

/** Runs the constructor of a class, its own or the implicit one. */
function run(cx: Lowering, declared: ClassDeclared, target: Target, args: readonly Argument[], node: t.Node): void {
  const base = baseOf(cx.program, declared);
  if (base === 'unknown') return unsupported(cx, node, 'A class that extends one without source', 'Extend classes of the program only.');
  const own = constructorOf(declared.node);
  const above = base ? (given: readonly Argument[]) => {
    run(cx, base, { ...target, scope: rescoped(target.scope, base) }, given, node);
    initialise(cx, declared, target);
  } : undefined;
  if (!own) {
    if (above) above(args);
    else initialise(cx, declared, target);
    return;
  }
  const caller = cx.frame;
  const name = declared.node.id?.name ?? 'the class';
  const fn: LocalFunction = { kind: 'local', name, node: own, scope: target.scope };
  const scope = new Scope(declared.module, target.scope);
  const bind = bindArguments(cx, fn, args, scope, node);
  inScope(cx, scope, () => {
    cx.frame = { ...newFrame(cx, own, name, { kind: 'void' }), parent: caller, owner: declared, ...(target.self ? { self: target.self } : {}) };
    bind();
    const begin = () => {
      for (const p of own.params) {
        if (p.type !== 'TSParameterProperty') continue;
        const id = p.parameter.type === 'AssignmentPattern' ? p.parameter.left as t.Identifier : p.parameter;
        const entity = cx.scope.lookup(id.name);
        if (entity?.kind === 'variable') target.set(id.name, cx.read(entity), p);
        else if (entity && entity.kind !== 'captured') target.set(id.name, functionValue(cx, entity, p), p);
      }
      initialise(cx, declared, target);
    };
    if (base) {
      cx.frame.superConstructor = (given) => {
        run(cx, base, { ...target, scope: rescoped(target.scope, base) }, given, node);
        begin();
      };
    } else begin();
    lowerBody(cx, own);
    cx.env.delete(cx.frame.returned);
    cx.frame = caller;
  });
}

/** The fields again, around the text of another class. */
function rescoped(scope: Scope, { module }: ClassDeclared): Scope {
  const other = new Scope(module);
  for (const [name, entity] of scope.declared()) if (name.startsWith('this.')) other.declare(name, entity);
  return other;
}

/** Field initialisers. */
function initialise(cx: Lowering, { module, node }: ClassDeclared, target: Target): void {
  const caller = cx.frame;
  inScope(cx, new Scope(module, target.scope), () => {
    cx.frame = { ...caller, ...(target.self ? { self: target.self } : {}) };
    for (const member of node.body.body) {
      if (member.type !== 'ClassProperty' || member.static || !member.value) continue;
      const key = keyOf(member)!;
      const variable = target.scope.lookup(`this.${key}`);
      const type = variable?.kind === 'variable' ? variable.type : target.self && fieldType(target.self.type, key);
      if (isFunction(member.value)) continue;
      target.set(key, expression(cx, member.value, type), member);
    }
    cx.frame = caller;
  });
}

export function constructorOf(node: t.ClassDeclaration): t.ClassMethod | undefined {
  return node.body.body.find((m): m is t.ClassMethod => m.type === 'ClassMethod' && m.kind === 'constructor');
}

/** Does a constructor or an initialiser use `this` other than for its fields? */
function usesWhole(program: Program, declared: ClassDeclared, type: RecordType): boolean {
  const isField = (key: string | undefined) => key !== undefined && fieldType(type, key) !== undefined;
  const search = (node: t.Node): boolean => {
    if (node.type === 'ThisExpression') return true;
    if (node.type === 'MemberExpression' && node.object.type === 'ThisExpression' && isField(keyOf(node))) return Boolean(node.computed) && search(node.property);
    if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && node.callee.object.type === 'Super') return true;
    for (const [child] of children(node)) if (search(child)) return true;
    return false;
  };
  const own = declared.node.body.body.some((m) => (m.type === 'ClassMethod' && m.kind === 'constructor' && search(m.body))
    || (m.type === 'ClassProperty' && !m.static && m.value && !isFunction(m.value) && search(m.value)));
  const base = baseOf(program, declared);
  return own || Boolean(base && base !== 'unknown' && usesWhole(program, base, type));
}

/**
 * The fields that the constructor's parameters become, if each becomes one and the rest follows from them: then the
 * object can be made again from its fields.
 */
function trivialParameters(program: Program, declared: ClassDeclared, type: RecordType): string[] | undefined {
  const kept = keptParameters(program, declared, new Set());
  const keys = kept?.filter((key) => key !== undefined && fieldType(type, key)) as string[] | undefined;
  return keys && keys.length === kept!.length ? keys : undefined;
}

/** By parameter, the field that it becomes; undefined if the constructor may do anything else. `assigned` are fields that have a value. */
function keptParameters(program: Program, declared: ClassDeclared, assigned: Set<string>): (string | undefined)[] | undefined {
  const { node } = declared;
  const base = baseOf(program, declared);
  const above = base && base !== 'unknown' ? keptParameters(program, base, assigned) : [];
  if (base === 'unknown' || !above) return undefined;
  const own = constructorOf(node);
  const initial = node.body.body.flatMap((m) => (m.type === 'ClassProperty' && !m.static && m.value ? [{ key: keyOf(m), value: m.value as t.Node }] : []));
  const parameters = (own?.params ?? []).map((p) => {
    const inner = p.type === 'TSParameterProperty' ? p.parameter : p;
    const id = inner.type === 'AssignmentPattern' ? inner.left : inner;
    return { id, isField: p.type === 'TSParameterProperty' };
  });
  const names = parameters.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  const becomes = new Map<string, string>();
  let possible = names.length === parameters.length;
  const set = (key: string | undefined, value: t.Node) => {
    if (key === undefined || assigned.has(key) || !isPlain(value, names)) possible = false;
    else {
      assigned.add(key);
      if (value.type === 'Identifier') becomes.set(value.name, key);
    }
  };
  for (const { key, value } of initial) set(key, value);
  for (const { id, isField } of parameters) if (isField && id.type === 'Identifier') set(id.name, id);
  for (const statement of own?.body.body ?? []) {
    const e = statement.type === 'ExpressionStatement' ? statement.expression : undefined;
    if (e?.type === 'CallExpression' && e.callee.type === 'Super') {
      e.arguments.forEach((a, i) => {
        possible &&= isPlain(a, names);
        if (a.type === 'Identifier' && above[i] !== undefined) becomes.set(a.name, above[i]);
      });
    } else if (e?.type === 'AssignmentExpression' && e.operator === '=' && e.left.type === 'MemberExpression' && e.left.object.type === 'ThisExpression') {
      set(keyOf(e.left), e.right);
    } else possible = false;
  }
  if (!possible) return undefined;
  return own || !base ? names.map((name) => becomes.get(name)) : above;
}

/** An expression of parameters and constants alone: it has no effect and gives the same again. */
function isPlain(node: t.Node, names: readonly string[]): boolean {
  switch (node.type) {
    case 'Identifier': return names.includes(node.name);
    case 'NumericLiteral': case 'StringLiteral': case 'BooleanLiteral': case 'NullLiteral': return true;
    case 'UnaryExpression': return isPlain(node.argument, names);
    case 'BinaryExpression': return isPlain(node.left, names) && isPlain(node.right, names);
    default: return false;
  }
}

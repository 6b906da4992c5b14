/**
 * Functions as values. A function that is stored, returned or chosen is known while it is lowered: the type of the
 * value lists the functions that it may be (its *options*), and at run time the value is the name of one of them
 * (defunctionalisation). Types flow with values through variables, records, tuples, branches and calls:
 *
 *     const act = c ? relu : Math.tanh; act(x)   →   act = c ? 'relu' : 'tanh'; if (act === 'relu') relu(x) else tanh(x)
 *
 * With a single option nothing is left of it. What a function captures is not part of the value: it is read and
 * written where the function is called, from the variables around its definition, which must still be there.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { Op, type Span, Value, homeRegion, isInside } from '../ir/ir.ts';
import { type RecordType, STRING, type Type, fieldKeys, fieldType, isRecursive, replaceTypes, sameClass, sameType, someType } from '../ir/types.ts';
import { allOps, substitute } from '../ir/walk.ts';
import { isFunction, keyOf, unwrap } from '../parse/walk.ts';
import { type Argument, apply, arity, callable, evaluateAll, moduleOf } from './calls.ts';
import { parametersOf } from './signature.ts';
import { expression } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import type { Piece } from './assign.ts';
import { isClosure, unpack } from './closures.ts';
import { capturedVariables, freeNames } from './captures.ts';
import { type Callable, type LocalFunction, type Variable, localOf } from './scope.ts';

type FunctionType = Extract<Type, { kind: 'function' }>;

/** What a variable of a function type is where it holds none. */
export const ABSENT: Callable = { kind: 'absent', name: 'undefined' };

/** The function as a value. */
export function functionValue(cx: Lowering, target: Callable, node: t.Node): Value {
  if (target.kind === 'choice') return target.value;
  if (target.kind === 'pullback') return (target.saved.def as Op).args[0];
  const option = known(cx, target);
  const type: Type = { kind: 'function', options: [option] };
  return cx.at(node).op('const', [], [type], { value: cx.options.get(option)! }).result;
}

/** A function literal under the name that it gets where it is put. */
export function named(cx: Lowering, expr: t.Node, name: string): Value | undefined {
  const node = unwrap(expr);
  const target = isFunction(node) ? callable(cx, node) : undefined;
  return target && functionValue(cx, target.kind === 'local' && target.name === 'f' ? { ...target, name } : target, node);
}

/** Each function of the program is one option, and has a name of its own. */
export function known(cx: Lowering, target: Callable): Callable {
  for (const option of cx.options.keys()) if (sameFunction(cx, option, target)) return option;
  const names = [...cx.options.values()];
  let name = target.name;
  for (let n = 2; names.includes(name); n++) name = `${target.name}_${n}`;
  cx.options.set(target, name);
  return target;
}

function sameFunction(cx: Lowering, a: Callable, b: Callable): boolean {
  if (a.kind === 'local') return b.kind === 'local' && a.checkpoint === b.checkpoint && sameClosure(cx, a, b);
  if (a.kind === 'module') return b.kind === 'module' && a.checkpoint === b.checkpoint && a.file === b.file && a.name === b.name;
  if (a.kind === 'builtin') return b.kind === 'builtin' && a.object === b.object && a.name === b.name;
  if (a.kind === 'transform') return b.kind === 'transform' && a.transform === b.transform && JSON.stringify(a.argnums) === JSON.stringify(b.argnums) && sameFunction(cx, a.target, b.target);
  return a.kind === b.kind && a.kind === 'absent';
}

/** Is it the same text, with the same meaning of the names around it? */
function sameClosure(cx: Lowering, a: LocalFunction, b: LocalFunction, asking: [LocalFunction, LocalFunction][] = []): boolean {
  if (a.node !== b.node || a.self !== b.self) return false;
  if (a.scope === b.scope || asking.some(([x, y]) => x === a && y === b)) return true;
  asking.push([a, b]);
  return [...freeNames(cx.program, a.scope.module, a.node)].every((name) => {
    const [x, y] = [a.scope.lookup(name), b.scope.lookup(name)];
    return x === y || (x?.kind === 'local' && y?.kind === 'local' && sameClosure(cx, x, y, asking));
  });
}

export function optionsOf(type: FunctionType): readonly Callable[] { return type.options as readonly Callable[]; }

/** The functions that a value of the type may be, or may hold. */
export function functionsIn(type: Type): readonly Callable[] {
  const found: Callable[] = [];
  someType(type, (t) => {
    if (t.kind === 'function') found.push(...optionsOf(t));
    return false;
  });
  return found;
}

export function holdsFunctions(type: Type): boolean { return someType(type, isCallable); }

/** Is it declared as a function, or as something that holds functions? */
export function mayHoldFunctions(type: Type): boolean { return someType(type, (t) => t.kind === 'opaque' && t.callable === true); }

/** Is it a function that is known here? */
export function isCallable(type: Type): boolean { return type.kind === 'function' || isClosure(type); }

/** The type of what may be of either type, where they differ only in the functions that they hold. */
export function join(a: Type, b: Type): Type | undefined {
  if (sameType(a, b)) return a;
  // Types that contain themselves have names, and hold no functions that are known here.
  if (isRecursive(a) || isRecursive(b)) return undefined;
  if (a.kind === 'function' && b.kind === 'function') return { kind: 'function', options: [...new Set([...a.options, ...b.options])] };
  if (a.kind === 'function' && isNothing(b)) return { kind: 'function', options: [...new Set<object>([...a.options, ABSENT])] };
  if (b.kind === 'function' && isNothing(a)) return join(b, a);
  if (a.kind === 'array' && b.kind === 'array') {
    const element = join(a.element, b.element);
    return element && { ...a, element };
  }
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.elements.length === b.elements.length) {
    const elements = a.elements.map((e, i) => join(e, b.elements[i]));
    return elements.every((e) => e !== undefined) ? { ...a, elements } : undefined;
  }
  if (a.kind === 'record' && b.kind === 'record' && !a.code && !b.code && a.fields.length === b.fields.length && sameClasses(a, b)) {
    const fields = a.fields.map((f) => {
      const other = fieldType(b, f.name);
      const type = other && join(f.type, other);
      return type && { ...f, type };
    });
    return fields.every((f) => f !== undefined) ? { kind: 'record', fields, ...(a.classes ? { classes: a.classes } : {}) } : undefined;
  }
  return undefined;
}

function sameClasses({ classes: a = [] }: RecordType, { classes: b = [] }: RecordType): boolean {
  return a.length === b.length && a.every((c, i) => sameClass(c, b[i]));
}

export function isNothing(type: Type): boolean { return type.kind === 'void' || (type.kind === 'opaque' && /(^|\| )(undefined|null)$/.test(type.text)); }

/** Does a place of one type take a value of the other, which holds no other functions? */
export function isWider(type: Type, value: Type): boolean {
  const joined = join(type, value);
  return joined !== undefined && sameType(joined, type);
}

/** A variable that a function captures of those in a value and that is not one of these; undefined if there is none. */
export function capturedBesides(cx: Lowering, type: Type, isThere: (v: Variable) => boolean): { target: LocalFunction; variable: Variable } | undefined {
  for (const target of functionsIn(type).map(localOf)) {
    if (!target) continue;
    for (const variable of capturedVariables(cx.program, target)) if (!isThere(variable)) return { target, variable };
  }
  return undefined;
}

/** The value in a place of a joined type. */
export function widen(cx: Lowering, value: Value, type: Type): Value {
  if (type.kind !== 'function' || value.type.kind === 'function') return value;
  return cx.b.op('const', [], [{ kind: 'function', options: [known(cx, ABSENT)] }], { value: ABSENT.name }).result;
}

/** The function that an expression is, whether known by name or found by evaluating it; undefined if it is none that is known here. */
export function functionOf(cx: Lowering, expr: t.Node): Callable | undefined {
  const named = callable(cx, expr);
  if (named) return named;
  if (unwrap(expr).type === 'SpreadElement') return undefined;
  return functionIn(cx, expression(cx, expr as t.Expression), expr);
}

export function functionIn(cx: Lowering, value: Value, node: t.Node): Callable | undefined {
  if (isClosure(value.type)) return unpack(cx, value, node);
  if (value.type.kind !== 'function') return undefined;
  const options = optionsOf(value.type);
  return options.length === 1 ? options[0] : { kind: 'choice', name: value.name ?? 'f', value };
}

/** Calls the one of several functions that the value says: each in its branch. */
export function invokeChoice(cx: Lowering, value: Value, args: readonly Argument[], node: t.Node, transform = (option: Callable) => option): Piece | undefined {
  const options = optionsOf(value.type as FunctionType);
  const given = evaluateAll(cx, args);
  const results = choose(cx, value, options, node, (option) => {
    if (option.kind === 'absent' && isOptional(node)) return [];
    const called = apply(cx, transform(option), [...given, ...leftOut(cx, option, given.length, node)], node);
    return option.kind === 'absent' ? 'never' : called ? [called] : [];
  });
  return results === 'never' || !results[0] ? undefined : { value: results[0] };
}

/** Numbers that an option would have but that this call does not give: it is meant for the others (`op.arity === 1 ? op.run(a) : op.run(a, b)`). */
function leftOut(cx: Lowering, option: Callable, given: number, node: t.Node): Value[] {
  if (option.kind === 'builtin') return Array.from({ length: Math.max(arity(option, 2) - given, 0) }, () => cx.at(node).const(NaN));
  if (option.kind !== 'local' && option.kind !== 'module') return [];
  const missing = parametersOf(cx.program, moduleOf(cx, option), option.node, option.kind === 'local' ? option.scope : undefined).slice(given);
  const last = missing.findLastIndex((p) => !p.default && !p.optional && !p.rest && p.type?.kind === 'number');
  return missing.slice(0, last + 1).map(() => cx.at(node).const(NaN));
}

function isOptional(node: t.Node): boolean { return 'optional' in node && node.optional === true; }

/** A call of what is no function throws. */
export function cannotCall(cx: Lowering, node: t.Node): undefined {
  const called = 'callee' in node ? node.callee as t.Node : node;
  const text = cx.at(node).const(`${cx.scope.module.text.slice(called.start!, called.end!)} is not a function`);
  cx.at(node).throw(cx.b.extern('new TypeError', [text], { kind: 'opaque', text: 'TypeError' }, { pure: true })!);
  return undefined;
}

/** `object.key`, `object[key]` where that is a function: of a record, a list of functions, an array. */
export function functionMember(cx: Lowering, object: Value, node: t.MemberExpression | t.OptionalMemberExpression): Value | undefined {
  if (!holdsFunctions(object.type)) return undefined;
  const key = keyOf(node);
  if (key !== undefined && (object.type.kind === 'record' || object.type.kind === 'tuple')) {
    const type = fieldType(object.type, key);
    return type && isCallable(type) ? cx.at(node).field(object, key) : undefined;
  }
  if (!node.computed || (key !== undefined && object.type.kind !== 'array')) return undefined;
  const value = memberAt(cx, object, expression(cx, node.property as t.Expression), node);
  return value && isCallable(value.type) ? value : undefined;
}

/** `object[key]` of a record or list that holds functions, with a key that is known at run time only: the part whose key it is. */
export function memberAt(cx: Lowering, object: Value, key: Value, node: t.Node): Value | undefined {
  const { type } = object;
  if (type.kind === 'array') return cx.at(node).load(object, key);
  if ((type.kind !== 'record' && type.kind !== 'tuple') || (key.type.kind !== 'string' && key.type.kind !== 'number')) return undefined;
  const keys = fieldKeys(type);
  const known = key.def instanceof Op && key.def.kind === 'const' ? String(key.def.attr.value) : undefined;
  if (known !== undefined) return keys.includes(known) ? cx.at(node).field(object, known) : undefined;
  const isOpen = type.kind === 'record' && type.open === true;
  const named = keys.map((k) => optionNamed(cx, fieldType(type, k)!, k));
  if (key.type.kind === 'string' && named.every((option) => option !== undefined)) {
    return sameAs(cx, key, { kind: 'function', options: isOpen ? [...named, ABSENT] : named });
  }
  const b = cx.at(node);
  const parts = keys.map((k) => b.field(object, k));
  const otherwise = !isOpen ? undefined : parts.every((p) => p.type.kind === 'function') ? functionValue(cx, ABSENT, node) : b.const(undefined);
  const isKey = keys.slice(0, otherwise ? undefined : -1).map((k) => b.prim('eq', [key, b.const(key.type.kind === 'number' ? Number(k) : k)]));
  const select = (i: number): Value => {
    if (i === isKey.length) return otherwise ?? parts[i];
    return cx.choose(node, isKey[i], () => parts[i], () => select(i + 1));
  };
  return select(0);
}

/** The function of the type, if its name at run time is this one. */
function optionNamed(cx: Lowering, type: Type, name: string): Callable | undefined {
  if (type.kind !== 'function' || type.options.length !== 1) return undefined;
  const [option] = optionsOf(type);
  return cx.options.get(option) === name ? option : undefined;
}

/** The value as one of another type, which is the same at run time. */
function sameAs(cx: Lowering, value: Value, type: Type): Value {
  const same = new Value(type, value.span, value.name, value.variable);
  same.def = value.def;
  cx.sameAs.set(same, value);
  return same;
}

/** A branch for each option. Which branch: by what chose the function, where that is still at hand, else by its name. */
function choose(cx: Lowering, value: Value, options: readonly Callable[], node: t.Node, call: (option: Callable) => Value[] | 'never'): Value[] | 'never' {
  const { def } = value;
  if (def instanceof Op && def.kind === 'const') {
    return call(options.find((o) => cx.options.get(o) === def.attr.value)!);
  }
  if (def instanceof Op && def.kind === 'if' && def.results.includes(value)) {
    const [then, otherwise] = def.regions.map((r) => r.yields[def.results.indexOf(value)]);
    const within = (v: Value) => options.filter((o) => optionsOf(v.type as FunctionType).includes(o));
    if (isSettled(then, value) && isSettled(otherwise, value)) return cx.chooseAll(node, def.args[0], () => choose(cx, then, within(then), node, call), () => choose(cx, otherwise, within(otherwise), node, call));
  }
  if (options.length === 1) return call(options[0]);
  // What is none of the others is absent.
  const [first, ...others] = options[0].kind === 'absent' ? [...options.slice(1), options[0]] : options;
  const test = cx.at(node).prim('eq', [value, cx.b.const(cx.options.get(first)!)]);
  return cx.chooseAll(node, test, () => call(first), () => choose(cx, value, others, node, call));
}

/** Is a function that may be undefined so? */
export function isAbsent(cx: Lowering, value: Value, node: t.Node): boolean | Value {
  const options = optionsOf(value.type as FunctionType);
  if (!options.includes(ABSENT)) return false;
  if (options.length === 1) return true;
  const [absent] = choose(cx, value, options, node, (option) => [cx.b.const(option.kind === 'absent')]) as Value[];
  return absent;
}

/** Can it be told from what is at hand where `around` is? */
function isSettled(value: Value, around: Value): boolean {
  const { def } = value;
  if (!(def instanceof Op)) return false;
  if (def.kind === 'const') return true;
  const outer = homeRegion(around);
  return def.kind === 'if' && isInside(outer, homeRegion(def.args[0])) && def.regions.every((r) => isSettled(r.yields[def.results.indexOf(value)], around));
}

/** Types of functions become those of their names. Nothing of the kind may leave the function. */
export function eraseFunctions({ func, sameAs }: Lowering): void {
  substitute(func.body, sameAs);
  const refuse = (v: Value, span: Span) => { if (holdsFunctions(v.type)) fail('TL2011', span, functionsIn(v.type)[0]?.name ?? 'here'); };
  for (const v of func.body.yields) refuse(v, v.span);
  for (const op of allOps(func.body)) if (op.kind === 'extern') for (const v of op.args) refuse(v, op.span);
  // What is left of the code of closures does no harm: the fields are those of a record.
  const erase = (v: Value) => { if (holdsFunctions(v.type)) v.type = replaceTypes(v.type, (type) => (type.kind === 'function' ? STRING : undefined)); };
  for (const p of func.params) erase(p.value);
  for (const op of allOps(func.body)) [...op.results, ...op.params].forEach(erase);
}

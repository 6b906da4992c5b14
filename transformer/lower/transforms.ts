/**
 * Transforms inside functions that are lowered. `grad(f)` is a function value like any other; a call of it goes to a
 * function of ours (ir/composed.ts), which the derivative's makers treat like any other callee:
 *
 *     grad((y) => x * y)(3)           →   f_gradient(3, x)
 *     [y, pull] = vjp(f, [x]); pull(1)  →   [y, saved] = f_forward(x); f_pullback(saved, 1)
 *
 * The function that is given becomes a function of its own: what it captures are further parameters. With respect to
 * these nothing is asked of the inner derivative, while outer derivatives go through them as through any argument, so
 * that the two perturbations cannot be taken for one another.
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import { addParam } from '../ir/build.ts';
import { type Asked, type Axis, type Composed, type MatrixName, batchedResult, containerOf, gradientResult, matrixResult, tangentResult, tangentType } from '../ir/composed.ts';
import { Func, type FuncRef, type Result, type Value, resultType, resultTypes } from '../ir/ir.ts';
import { ND, NUMBER, type RecordType, type Saved, type Type, elementType, fieldKeys, fieldType, isDifferentiable, isIndexed, isValueType, sameType, someType, showType } from '../ir/types.ts';
import type { ImplicitForm } from '../parse/rules.ts';
import { solutionParts } from '../parse/solutions.ts';
import { isMatrix, isTransform, isWhole, transformNamed } from '../parse/transforms.ts';
import { importedName } from '../parse/targets.ts';
import { argnumsOf, axesFor, axesOf } from '../parse/uses.ts';
import { keyOf, unwrap } from '../parse/walk.ts';
import { type Piece, whole } from './assign.ts';
import { NUMPY } from '../parse/bindings.ts';
import { callBuiltin, specialFunction } from './builtins.ts';
import { type Argument, assemble, clone, evaluateAll, readyFunction } from './calls.ts';
import { expression } from './expressions.ts';
import { checkpointedValue } from './policies.ts';
import { cannotCall, functionOf, invokeChoice } from './functions.ts';
import { solutionValue } from './implicit.ts';
import { type Capture, takeWritten } from './instances.ts';
import { Lowering } from './lowering.ts';
import { type Builtin, type Callable, type Pullback, type PullbackOf, Scope, type Transformed, baseOf } from './scope.ts';
import { unsupported } from './statements.ts';
import { onCotangent } from './surgery.ts';

/** A function, made ready to be called with some arguments. */
export interface Ready {
  ref: FuncRef;
  /** Arguments, then what the function captures. */
  args: Value[];
  /** The types that the function has for them. */
  types: Type[];
  /** Where each of the user's arguments is among these; undefined where it is left out, or is a function. */
  places: (number | undefined)[];
  /** The user's argument that is the first of a rest parameter. */
  rest?: number;
  result: Result;
  /** Captured variables that it writes, and hands out behind its results. */
  written: readonly Capture[];
}

/** The function of tapeless that a call goes to. */
export function transformOf(cx: Lowering, node: t.CallExpression): string | undefined {
  if (specialFunction(cx, node.callee)) return undefined;
  const ofModule = (name: string) => (cx.scope.lookup(name) ? undefined : cx.scope.module.scopes.module.lookup(name));
  const name = importedName(node.callee, { lookup: ofModule }, cx.scope.module.imports);
  return name?.startsWith('numpy.') ? undefined : name;
}

/** `grad(f)`: the function that it gives; undefined where the expression is no such call. */
export function transformed(cx: Lowering, node: t.Node): Transformed | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const transform = transformOf(cx, node);
  if (!isTransform(transform) || !transformNamed(transform).givesFunction) return undefined;
  const target = targetOf(cx, node, transform);
  const { options, axes } = transformNamed(transform);
  const argnums = options === undefined ? 0 : argnumsOf(node.arguments[options]).argnums ?? 0;
  return { kind: 'transform', name: isWhole(transform) ? `${target.name.replace(/\W/g, '_')}_${transform}_of` : gradientName(target.name), transform, target, argnums, ...(axes === undefined ? {} : { axes: axesOf(node.arguments[axes]) }), call: node };
}

function gradientName(name: string): string { return `${name.replace(/\W/g, '_')}_gradient`; }

function targetOf(cx: Lowering, node: t.CallExpression, transform: string): Callable {
  const [f] = node.arguments;
  if (!f) return fail('TL2001', cx.span(node), `\`${transform}\` without a function`, 'Give it the function first.');
  return functionOf(cx, f) ?? unsupported(cx, f, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
}

/** Calls of transforms that give values: `jvp(f, [x], [v])`. */
export function callTransform(cx: Lowering, name: string, node: t.CallExpression): Piece {
  switch (name) {
    case 'checkpoint': return { value: checkpointedValue(cx, node) };
    case 'stopGradient': return { value: stopGradient(cx, node) };
    case 'onCotangent': return { value: onCotangent(cx, node) };
    case 'jvp': return jvp(cx, node);
    case 'hvp': return hvp(cx, node);
    case 'vjp': return vjp(cx, node);
    case 'linearize': return linearize(cx, node);
    case 'customVjp': case 'customJvp': case 'elementwise': return unsupported(cx, node, `\`${name}\` in a function`, 'Give the rule at the top level of the module.');
    default: {
      const solution = solutionParts(node);
      return solution ? { value: solutionValue(cx, name as ImplicitForm, solution, node) } : fail('TL2008', cx.span(node), name.replace(/^implicit\./, ''));
    }
  }
}

function stopGradient(cx: Lowering, node: t.CallExpression): Value {
  const value = expression(cx, node.arguments[0] as t.Expression);
  return isValueType(value.type) ? cx.at(node).prim('stopGradient', [value]) : clone(cx, value, node, { text: 'stopGradient' });
}

/** `jvp(f, [x], [v])[1]`: the part alone, without the list. */
export function partOfTransform(cx: Lowering, node: t.Node): Value | undefined {
  const key = node.type === 'MemberExpression' ? keyOf(node) : undefined;
  const list = node.type === 'MemberExpression' ? unwrap(node.object) : undefined;
  if (key === undefined || list?.type !== 'CallExpression') return undefined;
  const transform = transformOf(cx, list);
  if (!isTransform(transform) || transformNamed(transform).givesFunction) return undefined;
  const piece = callTransform(cx, transform, list);
  const part = 'parts' in piece ? piece.parts[piece.keys.indexOf(key)] : undefined;
  return part ? whole(cx, part) : cx.at(node).field(whole(cx, piece), key);
}

/** A call of what a transform gives: `grad(f)(x)`. */
export function callTransformed(cx: Lowering, target: Transformed | Pullback, args: readonly Argument[], node: t.Node): Piece | undefined {
  if (target.kind === 'pullback') return callPullback(cx, target, args, node);
  const base = baseOf(target);
  if (base.kind === 'choice') return invokeChoice(cx, base.value, args, node, (option) => withBase(target, option));
  if (base.kind === 'absent') return cannotCall(cx, node);
  return callReady(cx, ready(cx, target, args, node), node);
}

function callReady(cx: Lowering, { ref, args, result, written }: Ready, node: t.Node): Piece {
  const own = resultTypes(result);
  const results = cx.at(node).call(ref, args, [...own, ...written.map((c) => c.value.type)]);
  takeWritten(cx, written, results.slice(own.length));
  return assemble(result, results);
}

function withBase(target: Callable, base: Callable): Callable {
  return target.kind === 'transform' ? { ...target, target: withBase(target.target, base) } : base;
}

function ready(cx: Lowering, target: Callable, args: readonly Argument[], node: t.Node): Ready {
  switch (target.kind) {
    case 'transform':
      if (target.transform === 'vmap') return batchedOf(cx, target, args, node);
      return (isMatrix(target.transform) ? matrixOf : gradientOf)(cx, ready(cx, target.target, args, node), target, target.call);
    case 'pullback': return pullbackReady(cx, target, args, node);
    case 'builtin': return builtinReady(cx, target, args, node);
    case 'choice': case 'absent': return unsupported(cx, node, 'A function that is not known here', 'Write the function as a literal, or name one of the module.');
    default: return readyFunction(cx, target, args, node) ?? unsupported(cx, node, 'A function that is chosen at run time, inside a function that is transformed,', 'Choose outside of it.');
  }
}

// Functions that a transform makes

function shared(cx: Lowering, inner: Ready, node: t.Node): Pick<Composed, 'of' | 'places' | 'results' | 'span'> {
  const places = inner.places.filter((p) => p !== undefined);
  return { of: inner.ref, places, results: resultTypes(inner.result).length, span: cx.span(node) };
}

function gradientOf(cx: Lowering, inner: Ready, { transform, argnums, name }: Pick<Transformed, 'transform' | 'argnums' | 'name'>, call: t.Node): Ready {
  if (argnums === 'dynamic') unsupported(cx, call, `\`${transform}\` with \`argnums\` that are known at run time, inside a function that is differentiated,`, 'Write the number itself.');
  if (!isValueType(resultType(inner.result))) fail('TL3006', cx.span(call), transform, inner.ref.name);
  const place = (i: number): Asked => {
    const isRest = inner.rest !== undefined && i >= inner.rest;
    const at = inner.places[isRest ? inner.rest! : i];
    if (at === undefined || !isDifferentiable(inner.types[at])) return fail('TL3005', cx.span(call), inner.ref.name, String(i));
    return isRest ? { place: at, element: i - inner.rest! } : { place: at };
  };
  const asked = Array.isArray(argnums) ? argnums.map(place) : place(argnums);
  const withValue = transform === 'valueAndGrad';
  const key = [asked].flat().map((a) => (a.element === undefined ? a.place : `${a.place}[${a.element}]`)).join();
  const id = `${inner.ref.id}:${transform}:${Array.isArray(asked) ? `[${key}]` : key}`;
  cx.program.compose({ kind: 'gradient', id, name, ...shared(cx, inner, call), asked, withValue });
  return { ...inner, ref: { id, name }, result: gradientResult(inner.result, inner.types, asked, withValue) };
}

/** `jacobian(f)`, `hessian(f)` … */
function matrixOf(cx: Lowering, inner: Ready, { transform, argnums, name }: Pick<Transformed, 'transform' | 'argnums' | 'name'>, call: t.Node): Ready {
  if (argnums === 'dynamic') fail('TL3018', cx.span(call), transform);
  if (inner.rest !== undefined) fail('TL3019', cx.span(call), transform, inner.ref.name);
  const which = transform as MatrixName;
  const place = (i: number): number => {
    const at = inner.places[i];
    return at === undefined || !isDifferentiable(inner.types[at]) ? fail('TL3005', cx.span(call), inner.ref.name, String(i)) : at;
  };
  const asked = Array.isArray(argnums) ? argnums.map(place) : place(argnums as number);
  const id = `${inner.ref.id}:${which}:of:${JSON.stringify(asked)}`;
  cx.program.compose({ kind: 'matrix', id, name, ...shared(cx, inner, call), which, asked });
  return { ...inner, ref: { id, name }, result: matrixResult(which, inner.result, inner.types, asked) };
}

/**
 * `vmap(f)(xs, w)`: f is made ready for the first example, which tells its types; what is computed for that is not used.
 */
function batchedOf(cx: Lowering, target: Transformed, args: readonly Argument[], node: t.Node): Ready {
  const { call, name, axes = 0 } = target;
  if (axes === 'dynamic') return fail('TL3032', cx.span(call));
  const values = evaluateAll(cx, args);
  const each = axesFor(axes, values.length);
  const inner = ready(cx, target.target, values.map((value, i) => ({ value: firstOf(cx, value, each[i], node) })), node);
  if (inner.rest !== undefined) fail('TL3019', cx.span(call), 'vmap', inner.ref.name);
  const own = inner.args.map((value, k): { value: Value; axis: Axis } => {
    const i = inner.places.indexOf(k);
    return i < 0 || each[i] === undefined ? { value, axis: null } : { value: values[i], axis: each[i] };
  });
  const types = own.map(({ value, axis }, k) => (axis === null ? inner.types[k] : value.type));
  const first = own.flatMap(({ value, axis }) => mappedTypes(value.type, axis))[0] ?? fail('TL3031', cx.span(call), inner.ref.name);
  const id = `${inner.ref.id}:vmap:of:${JSON.stringify(own.map((o) => o.axis))}:${types.map((type) => showType(type)).join()}`;
  cx.program.compose({ kind: 'vmap', id, name, ...shared(cx, inner, call), axes: own.map((o) => o.axis), types });
  return { ...inner, ref: { id, name }, args: own.map((o) => o.value), types, result: batchedResult(inner.result, containerOf(first).container) };
}

/** The first example of a batch. */
function firstOf(cx: Lowering, value: Value, axis: Axis, node: t.Node): Value {
  if (axis === null) return value;
  const b = cx.at(node);
  if (axis !== 0) return b.literal(exampleType(value.type, axis), fieldKeys(value.type).map((key) => firstOf(cx, b.field(value, key), axis[key] ?? null, node)));
  if (!isIndexed(value.type)) return fail('TL2003', cx.span(node), 'array', showType(value.type));
  return b.load(value, b.const(0));
}

function exampleType(type: Type, axis: Axis): Type {
  if (axis === null) return type;
  if (axis === 0) return elementType(type);
  if (type.kind === 'tuple') return { kind: 'tuple', elements: type.elements.map((e, i) => exampleType(e, axis[i] ?? null)) };
  if (type.kind === 'record') return { kind: 'record', fields: type.fields.map((f) => ({ ...f, type: exampleType(f.type, axis[f.name] ?? null) })) };
  return type;
}

function mappedTypes(type: Type, axis: Axis): Type[] {
  if (axis === null) return [];
  return axis === 0 ? [type] : fieldKeys(type).flatMap((key) => mappedTypes(fieldType(type, key)!, axis[key] ?? null));
}

function jvpOf(cx: Lowering, inner: Ready, tangents: readonly Argument[], call: t.Node): Ready {
  const given = tangents.flatMap((argument, i) => {
    const place = inner.places[i];
    if (place === undefined || !isDifferentiable(inner.types[place])) return [];
    const value = tangentValue(cx, argument, tangentType(inner.types[place]), call);
    return value ? [{ place, value }] : [];
  });
  const wrt = given.map((g) => g.place);
  const name = `${inner.ref.name.replace(/\W/g, '_')}_tangent`;
  const id = `${inner.ref.id}:jvp:${wrt.join()}`;
  cx.program.compose({ kind: 'jvp', id, name, ...shared(cx, inner, call), wrt });
  const result: Result = { kind: 'tuple', parts: [inner.result, tangentResult(inner.result)] };
  return { ...inner, ref: { id, name }, args: [...inner.args, ...given.map((g) => g.value)], result };
}

/** A function of `Math` as one of ours. */
function builtinReady(cx: Lowering, target: Builtin, args: readonly Argument[], node: t.Node): Ready {
  const values = evaluateAll(cx, args);
  const name = target.name;
  const types = values.map((v) => (target.object === NUMPY ? v.type : NUMBER));
  const id = `#${target.object}.${name}/${types.map((type) => showType(type)).join()}`;
  const span = cx.span(node);
  const ref = cx.program.make({ id, name }, () => {
    const func = new Func(id, name, span);
    const inner = new Lowering(cx.program, func, new Scope(cx.scope.module), new Map());
    const params = types.map((type, i) => addParam(func, type, span, 'xyzw'[i] ?? `x${i}`));
    func.body.yields = [callBuiltin(inner, target, params.map((value) => ({ value })), node)];
    func.result = { kind: 'value', type: func.body.yields[0].type };
    return func;
  });
  return { ref, args: values, types, places: values.map((_, i) => i), result: { kind: 'value', type: target.object === NUMPY ? ND : NUMBER }, written: [] };
}

// Calls that give values

function jvp(cx: Lowering, node: t.CallExpression): Piece {
  const target = targetOf(cx, node, 'jvp');
  const primals = listOf(cx, node.arguments[1], node);
  const inner = ready(cx, target, primals, node);
  return callReady(cx, jvpOf(cx, inner, listOf(cx, node.arguments[2], node), node), node);
}

/** The tangent of the gradient: forward over reverse. */
function hvp(cx: Lowering, node: t.CallExpression): Piece {
  const target = targetOf(cx, node, 'hvp');
  const primals = listOf(cx, node.arguments[1], node);
  const inner = ready(cx, target, primals, node);
  const gradient = gradientOf(cx, inner, { transform: 'grad', argnums: 0, name: gradientName(inner.ref.name) }, node);
  const both = callReady(cx, jvpOf(cx, gradient, listOf(cx, node.arguments[2], node), node), node) as { parts: Piece[] };
  return both.parts[1];
}

function vjp(cx: Lowering, node: t.CallExpression): Piece {
  const target = targetOf(cx, node, 'vjp');
  const primals = listOf(cx, node.arguments[1], node);
  const inner = ready(cx, target, primals, node);
  const { id, name } = inner.ref;
  const halves = cx.program.halves(id, name.replace(/\W/g, '_'), ['forward', 'pullback', 'vjp_saved']);
  const both = { ...shared(cx, inner, node), saved: halves.saved };
  cx.program.compose({ kind: 'forward', ...halves.forward, ...both });
  cx.program.compose({ kind: 'pullback', ...halves.linear, ...both });
  const cotangents = inner.places.map((p) => (p === undefined ? undefined : tangentType(inner.types[p])));
  return linearMap(cx, inner, halves, { takes: [tangentType(resultType(inner.result))], gives: cotangents }, node);
}

function linearize(cx: Lowering, node: t.CallExpression): Piece {
  const target = targetOf(cx, node, 'linearize');
  const inner = ready(cx, target, listOf(cx, node.arguments[1], node), node);
  if (inner.written.length > 0) fail('TL2014', cx.span(node), inner.ref.name, 'linearize');
  const { id, name } = inner.ref;
  const halves = cx.program.halves(id, name.replace(/\W/g, '_'), ['linear', 'push', 'linear_saved']);
  const both = { ...shared(cx, inner, node), saved: halves.saved };
  cx.program.compose({ kind: 'linear', ...halves.forward, ...both });
  cx.program.compose({ kind: 'push', ...halves.linear, ...both });
  const tangents = inner.places.map((p) => (p === undefined || !isDifferentiable(inner.types[p]) ? undefined : tangentType(inner.types[p])));
  return linearMap(cx, inner, halves, { takes: tangents, gives: tangentResult(inner.result) }, node);
}

/** The value, and the linear map, which is a closure over what was saved. */
function linearMap(cx: Lowering, inner: Ready, { forward, linear, saved }: { forward: FuncRef; linear: FuncRef; saved: Saved }, types: Omit<PullbackOf, 'ref'>, node: t.Node): Piece {
  const own = resultTypes(inner.result);
  const results = cx.at(node).call(forward, inner.args, [...own, ...inner.written.map((c) => c.value.type), saved]);
  takeWritten(cx, inner.written, results.slice(own.length, -1));
  const [value] = results.slice(-1);
  const type: RecordType = { kind: 'record', fields: [{ name: 'saved', type: saved }], code: cx.program.codeOf(linear.id) };
  cx.closures.set(type.code!, { pullback: { ref: linear, ...types } });
  const handle = cx.at(node).literal(type, [value]);
  const whole = assemble(inner.result, results.slice(0, own.length));
  return { keys: ['0', '1'], parts: [whole, { value: handle }], type: { kind: 'tuple', elements: [resultType(inner.result), type] } };
}

function pullbackReady(cx: Lowering, { pullback, saved }: Pullback, args: readonly Argument[], node: t.Node): Ready {
  const { ref, takes, gives } = pullback;
  const result: Result = Array.isArray(gives) ? { kind: 'tuple', parts: gives.flatMap((type): Result[] => (type ? [{ kind: 'value', type }] : [])) } : gives;
  const given = takes.flatMap((type, i) => (type ? [{ i, type, value: args[i] && tangentValue(cx, args[i], type, node) }] : []));
  const values = given.map(({ type, value }) => {
    if (!value && Array.isArray(gives)) fail('TL2001', cx.span(node), 'A pullback without a cotangent', 'Give it a cotangent of the result.');
    if (!value && type.kind !== 'number') fail('TL2001', cx.span(node), 'A tangent that is left out, of what is no number,', 'Give zeros.');
    return value ?? cx.at(node).const(0);
  });
  const places = takes.map((_, i) => (given.some((g) => g.i === i) ? 1 + given.findIndex((g) => g.i === i) : undefined));
  return { ref, args: [saved, ...values], types: [saved.type, ...given.map((g) => g.type)], places, result, written: [] };
}

/** `push(v)`: the tangent of the result. `pull(u)`: a list with one cotangent for each argument, that of an argument which is a function or left out being undefined. */
function callPullback(cx: Lowering, target: Pullback, args: readonly Argument[], node: t.Node): Piece {
  const { gives } = target.pullback;
  const piece = callReady(cx, ready(cx, target, args, node), node);
  if (!Array.isArray(gives)) return piece;
  const given = piece as { parts: Piece[] };
  const missing = (): Piece => ({ value: cx.at(node).const(undefined) });
  const parts = gives.map((type) => (type ? given.parts.shift()! : missing()));
  return { keys: parts.map((_, i) => String(i)), parts };
}

/** The elements of `[x, y]`, written so or as a tuple. */
function listOf(cx: Lowering, node: t.Node | undefined, call: t.Node): Argument[] {
  const list = node && unwrap(node);
  if (list?.type === 'ArrayExpression' && list.elements.every((e) => e && e.type !== 'SpreadElement')) return list.elements.map((e) => ({ node: e as t.Expression }));
  const value = list && list.type !== 'SpreadElement' ? expression(cx, list as t.Expression) : undefined;
  if (value?.type.kind === 'tuple') return value.type.elements.map((_, i) => ({ value: cx.at(call).field(value, String(i)) }));
  return unsupported(cx, node ?? call, 'A list of arguments whose length is not known', 'Write the list at the call, `[x, y]`.');
}

/** The value as a tangent: what has no derivative in it is left out. Undefined for `undefined`, which is zero. */
function tangentValue(cx: Lowering, argument: Argument, type: Type, node: t.Node): Value | undefined {
  const expr = 'node' in argument ? unwrap(argument.node) : undefined;
  if (expr?.type === 'Identifier' && expr.name === 'undefined' && !cx.scope.lookup('undefined')) return undefined;
  // What has no derivative may be left out.
  const isComplete = !someType(type, (t) => t.kind === 'opaque');
  const value = 'value' in argument ? argument.value : expression(cx, argument.node, isComplete ? type : undefined);
  return fit(cx, value, type, node);
}

function fit(cx: Lowering, value: Value, type: Type, node: t.Node): Value {
  if (sameType(value.type, type)) return value;
  if (type.kind === 'opaque') return cx.at(node).const(undefined);
  const keys = fieldKeys(type);
  const isThere = (key: string) => fieldType(value.type, key) !== undefined;
  if ((type.kind !== 'record' && type.kind !== 'tuple') || !keys.every((key) => isThere(key) || fieldType(type, key)!.kind === 'opaque')) return cx.coerce(value, type, node);
  return cx.at(node).literal(type, keys.map((key) => (isThere(key) ? fit(cx, cx.at(node).field(value, key), fieldType(type, key)!, node) : cx.at(node).const(undefined))));
}

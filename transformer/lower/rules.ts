/**
 * Rules as functions of the IR. The rule that the user wrote is put in place with the parameters of the function, then the
 * pullback that it returned, with a cotangent of the value:
 *
 *     customVjp(f, (x) => { const e = Math.exp(x); return [Math.log(1 + e), (g) => [g * e / (1 + e)]]; })
 *       →  (x, g) => { const e = Math.exp(x); const y = Math.log(1 + e); boundary; return [y, g * e / (1 + e)]; }
 *
 * What the pullback captures is then simply a value of the forward sweep that the reverse sweep uses.
 */
import type * as t from '@babel/types';
import { CompileError, fail } from '../diagnostics.ts';
import { addParam } from '../ir/build.ts';
import { Func, Op, type Result, type Value, resultType } from '../ir/ir.ts';
import { BOUNDARY, type CustomRules, once, primitive } from '../ir/rules.ts';
import { BOOLEAN, NUMBER, type Type, cotangentType, fieldKeys, isDifferentiable, isMemory, partTypes, sameType, showType } from '../ir/types.ts';
import type { ImplicitForm, RuleCall } from '../parse/rules.ts';
import { isFunction, unwrap } from '../parse/walk.ts';
import { type Piece, whole } from './assign.ts';
import { inline } from './calls.ts';
import { type Custom, type Source, customParameters, implicitOf, ruleCall, ruleFunction, sourceOf, spanOf } from './customs.ts';
import { hasEffects } from './effects.ts';
import { parameterName } from './function.ts';
import { eraseFunctions, functionIn, functionOf } from './functions.ts';
import { implicitValue } from './implicit.ts';
import { Lowering } from './lowering.ts';
import { primitiveOf } from './primitives.ts';
import type { Program } from './program.ts';
import { prune } from './prune.ts';
import { type LocalFunction, Restart, Scope, Variable } from './scope.ts';
import { declaredResult, parametersOf, returnsOf } from './signature.ts';
import { UNKNOWN, fits, isNullish } from './types.ts';

/** A list of so many parts, whatever their types. */
function listOf(count: number): Type { return { kind: 'tuple', elements: Array.from({ length: count }, () => UNKNOWN) }; }

/** Lowers into a new function, again whenever a type is learnt. */
function lowered(program: Program, custom: Custom, id: string, node: t.Node, body: (cx: Lowering, func: Func) => void): Func {
  const hints = new Map<t.Node, Type>();
  for (;;) {
    const func = new Func(id, custom.name.replace(/\W/g, '_'), spanOf(custom.module, node));
    const cx = new Lowering(program, func, new Scope(custom.module), hints);
    cx.frame = { node: node as LocalFunction['node'], name: custom.name, targets: [], results: [], returned: new Variable('returned', undefined, BOOLEAN) };
    try {
      body(cx, func);
      const parts = func.body.yields.map((v): Result => ({ kind: 'value', type: v.type }));
      func.result = id === custom.id ? parts[0] : { kind: 'tuple', parts };
      eraseFunctions(cx);
      prune(func);
      return func;
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
    }
  }
}

/** The parameters of the function with the rule, as parameters of the rule's function. */
function primals(program: Program, custom: Custom, cx: Lowering): Value[] {
  const { parameters } = customParameters(program, custom);
  return parameters.map((p, i) => {
    if (!p.type || p.type.kind === 'opaque' && p.type.constraint) fail('TL2002', cx.span(p.pattern), p.name ?? custom.name);
    return addParam(cx.func, p.type, cx.func.span, parameterName(p, i));
  });
}

/** The function of a rule for reverse mode, see `CustomRules`. */
export function lowerVjp(program: Program, custom: Custom): Func {
  const { module } = custom;
  const { call } = ruleCall(custom, 'customVjp')!;
  const rule = ruleSource(program, custom, call.arguments[1]);
  return lowered(program, custom, `${custom.id}:vjp`, call.arguments[1], (cx, func) => {
    const params = primals(program, custom, cx);
    const [value, back] = run(cx, rule, params, 2, (found) => fail('TL1010', spanOf(module, call.arguments[1]), custom.name, found, '`[value, pullback]`'));
    const pullback = functionIn(cx, back.value, back.node);
    if (pullback?.kind !== 'local' && pullback?.kind !== 'module') return fail('TL1010', spanOf(module, back.node), custom.name, 'no pullback', '`[value, pullback]`');
    cx.b.op('undef', [], [NUMBER], { text: BOUNDARY });
    const [first] = pullback.node.params;
    const cotangent = addParam(func, cotangentType(value.value.type), func.span, first?.type === 'Identifier' ? first.name : 'y_bar');
    const target: Local = pullback.kind === 'local' ? pullback : { module: program.module(pullback.file)!, node: pullback.node };
    const names = params.map((p) => `\`${p.name}\``).join(', ');
    const bars = run(cx, target, [cotangent], params.length,
      (found, node) => fail('TL1010', cx.span(node), custom.name, found, `${params.length}, one for each argument (${names})`), 'cotangents');
    func.body.yields = [valueOf(cx, value, custom), ...bars.map((bar, i) => fitting(cx, bar, params[i].type, `the cotangent of \`${params[i].name}\``, custom))];
  });
}

/** The function of a rule for forward mode, see `CustomRules`. */
export function lowerJvp(program: Program, custom: Custom): Func {
  const { module } = custom;
  const { call } = ruleCall(custom, 'customJvp')!;
  const rule = ruleSource(program, custom, call.arguments[1]);
  return lowered(program, custom, `${custom.id}:jvp`, call.arguments[1], (cx, func) => {
    const params = primals(program, custom, cx);
    const tangents = params.map((p) => (isDifferentiable(p.type) ? addParam(func, cotangentType(p.type), func.span, `${p.name}_dot`) : cx.b.const(undefined)));
    const tuple = (parts: Value[]) => cx.at(call).literal({ kind: 'tuple', elements: parts.map((v) => v.type) }, parts);
    const [value, tangent] = run(cx, rule, [tuple(params), tuple(tangents)], 2, (found) => fail('TL1010', spanOf(module, call.arguments[1]), custom.name, found, '`[value, tangent]`'));
    func.body.yields = [valueOf(cx, value, custom), fitting(cx, tangent, value.value.type, 'the tangent', custom)];
  });
}

/** A function whose body is put in place: with the names around it, or of a module. */
type Local = LocalFunction | Source;

interface Part { value: Value; node: t.Node }

/** The parts of the list that a function returns; `wrong` is told what it returns instead. */
function run(cx: Lowering, source: Local, args: Value[], count: number, wrong: (found: string, node: t.Node) => never, what = 'values'): Part[] {
  const { node } = source;
  const lists = returnsOf(node).map((e) => unwrap(e));
  for (const list of lists) {
    if (list.type !== 'ArrayExpression') continue;
    if (list.elements.length !== count || list.elements.some((e) => !e || e.type === 'SpreadElement')) wrong(`${list.elements.length} ${what}`, list);
  }
  const target: LocalFunction = 'kind' in source ? { ...source, literal: true } : { kind: 'local', name: 'rule', node, scope: new Scope(source.module), literal: true };
  cx.returned = lists.every((list) => list.type === 'ArrayExpression') ? listOf(count) : undefined;
  const piece = inline(cx, target, args.map((value) => ({ value })), node);
  cx.returned = undefined;
  if (!piece) return wrong('nothing', node);
  const [list] = lists;
  const at = (i: number) => (lists.length === 1 && list.type === 'ArrayExpression' ? list.elements[i]! : node);
  return partsOf(cx, piece, node).map((part, i, { length }) => (length === count ? { value: whole(cx, part), node: at(i) } : wrong(`${length} ${what}`, node)));
}

function partsOf(cx: Lowering, piece: Piece, node: t.Node): Piece[] {
  if ('parts' in piece) return piece.parts;
  const { value } = piece;
  if (value.type.kind === 'tuple') return fieldKeys(value.type).map((key) => ({ value: cx.at(node).field(value, key) }));
  // A list of equal types is an array.
  if (value.def instanceof Op && value.def.kind === 'literal') return value.def.args.map((v) => ({ value: v }));
  return [piece];
}

/** The value that a rule gives, which is that of the function. */
function valueOf(cx: Lowering, { value, node }: Part, custom: Custom): Value {
  const declared = declaredType(cx.program, custom);
  if (!declared || sameType(value.type, declared)) return value;
  return isMemory(value.type) && fits(value.type, declared) ? cx.coerce(value, declared, node)
    : fail('TL1010', cx.span(node), custom.name, `the value as \`${showType(value.type)}\``, `\`${showType(declared)}\``);
}

/** Has what a rule gives the structure that it must have? Undefined, or nothing, stands for zero. */
function fitting(cx: Lowering, { value, node }: Part, type: Type, what: string, custom: Custom): Value {
  if (isNullish(value) || !isDifferentiable(type)) return cx.at(node).const(undefined);
  const expected = cotangentType(type);
  const wrong = (): never => fail('TL1010', cx.span(node), custom.name, `${what} as \`${showType(value.type)}\``, `\`${showType(expected)}\``);
  if (!isMemory(expected)) return value.type.kind === 'number' ? value : wrong();
  if (sameType(value.type, expected)) return value;
  return isMemory(value.type) && fits(value.type, expected) ? cx.coerce(value, expected, node) : wrong();
}

function ruleSource(program: Program, custom: Custom, argument: t.Node): Source {
  return ruleFunction(program, custom.module, argument) ?? fail('TL2001', spanOf(custom.module, argument ?? custom.calls[0].call), 'A rule whose source is not in the program', 'Write it where it is given, or as a function of the program.');
}

// Rules that cannot be lowered

/**
 * A rule that is outside the language, or without source, is called at run time, as transforms of the function itself
 * call it. What it does is then constant for derivatives of it.
 */
function opaqueRule(program: Program, custom: Custom, form: 'vjp' | 'jvp', error: CompileError): Func {
  const type = declaredType(program, custom);
  if (!type) throw error;
  const { call } = ruleCall(custom, form === 'vjp' ? 'customVjp' : 'customJvp')!;
  const opaque = (text: string): Type => ({ kind: 'opaque', text });
  return lowered(program, custom, `${custom.id}:${form}`, call, (cx, func) => {
    const params = primals(program, custom, cx);
    const differentiable = params.filter((p) => isDifferentiable(p.type));
    const f = cx.at(call).op('free', [], [opaque('Function')], { name: custom.name, module: custom.module.file }).result;
    const list = (values: readonly Value[]) => cx.b.literal({ kind: 'tuple', elements: values.map((v) => v.type) }, [...values]);
    const run = (args: Value[], types: Type[]) => {
      const result = cx.b.extern(form, args, { kind: 'tuple', elements: types }, { runtime: true, world: 'none', shown: custom.name })!;
      return types.map((_, i) => cx.b.field(result, String(i)));
    };
    if (form === 'jvp') {
      const tangents = differentiable.map((p) => addParam(func, cotangentType(p.type), func.span, `${p.name}_dot`));
      const all = params.map((p) => tangents[differentiable.indexOf(p)] ?? cx.b.const(undefined));
      func.body.yields = run([f, list(params), list(all)], [type, cotangentType(type)]);
      return;
    }
    const [value, pullback] = run([f, list(params)], [type, opaque('any')]);
    cx.b.op('undef', [], [NUMBER], { text: BOUNDARY });
    const cotangent = addParam(func, cotangentType(type), func.span, 'y_bar');
    const bars = cx.b.extern('$0($1)', [pullback, cotangent], { kind: 'tuple', elements: params.map((p) => cotangentType(p.type)) }, { world: 'none', shown: custom.name })!;
    func.body.yields = [value, ...params.map((p, i) => (isDifferentiable(p.type) ? cx.b.field(bars, String(i)) : cx.b.const(undefined)))];
  });
}

// The function itself

/** What stands for a function with a rule: a call of it, into which nobody looks. */
export function customFunction(program: Program, custom: Custom): Func {
  if (ruleCall(custom, 'elementwise')) {
    const rule = primitiveOf(program, custom);
    return lowered(program, custom, custom.id, custom.calls[0].call, (cx, func) => {
      const params = rule.parameters.map((p) => addParam(func, NUMBER, func.span, p));
      func.body.yields = [cx.b.op('prim', params, [NUMBER], primitive(rule)).result];
    });
  }
  const solver = implicitOf(custom);
  if (solver) return lowered(program, custom, custom.id, solver.call, (cx, func) => { func.body.yields = [solutionOf(cx, custom, solver)]; });
  const { vjp, jvp } = customRules(program, custom)!;
  const type = declaredType(program, custom) ?? (vjp ?? jvp)!().body.yields[0].type;
  const { parameters } = customParameters(program, custom);
  return lowered(program, custom, custom.id, custom.calls[0].call, (cx, func) => {
    const params = parameters.map((p, i) => addParam(func, p.type!, func.span, parameterName(p, i), p.optional ? { optional: true } : {}));
    func.body.yields = [cx.b.op('extern', params, [type], { text: custom.name, world: 'none', pure: isPure(program, custom), custom: custom.id }).result];
  });
}

/** `const x = root(F)(solver)`: at run time, x calls the solver. */
function solutionOf(cx: Lowering, custom: Custom, { form, call }: RuleCall): Value {
  const { module, program } = { module: custom.module, program: cx.program };
  const equation = ruleFunction(program, module, call.arguments[0])!;
  const [unknown] = parametersOf(program, equation.module, equation.node);
  const type = unknown?.type ?? fail('TL2002', spanOf(module, call), 'x');
  const theta = primals(program, custom, cx);
  const name = form === 'implicit.minimum' ? `${custom.name}.solution` : custom.name;
  const found = cx.at(call).extern(name, theta, type, { world: 'none', shown: custom.name, module: module.file })!;
  found.name = unknown.name;
  return implicitValue(cx, form as ImplicitForm, functionOf(cx, call.arguments[0]), found, theta, call.arguments[1], call);
}

/** The type of its result, as far as it is written down. */
export function declaredType(program: Program, custom: Custom): Type | undefined {
  const source = sourceOf(program, custom);
  const result: Result | undefined = source && declaredResult(program, source.module, source.node);
  return result ? resultType(result) : typeOfCotangent(program, custom);
}

/** What a pullback takes has the structure of the value; of numbers and arrays of them it is the same type. */
function typeOfCotangent(program: Program, custom: Custom): Type | undefined {
  const call = ruleCall(custom, 'customVjp')?.call;
  const rule = call && ruleFunction(program, custom.module, call.arguments[1]);
  const [list] = rule ? returnsOf(rule.node).map((e) => unwrap(e)) : [];
  const pullback = list?.type === 'ArrayExpression' && list.elements[1] ? unwrap(list.elements[1]) : undefined;
  if (!rule || !isFunction(pullback)) return undefined;
  const [parameter] = parametersOf(program, rule.module, pullback);
  const type = parameter?.type;
  return type && isDifferentiable(type) && sameType(type, cotangentType(type)) && (!isMemory(type) || !partTypes(type).some(isMemory)) ? type : undefined;
}

/** Has the function itself no effects? */
function isPure(program: Program, custom: Custom): boolean {
  const source = sourceOf(program, custom);
  if (!source) return true;
  try {
    return !hasEffects(program, program.literal(source.module, source.node, `${custom.id}:source`, custom.name).body);
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}

function orOpaque(program: Program, custom: Custom, made: CustomRules, form: 'vjp' | 'jvp', lower: (program: Program, custom: Custom) => Func): Func {
  try {
    return lower(program, custom);
  } catch (error) {
    // What is wrong with a rule is said; what is only outside the language is called.
    if (!(error instanceof CompileError) || !error.diagnostic.code.startsWith('TL2')) throw error;
    made.opaque = true;
    return opaqueRule(program, custom, form, error);
  }
}

const rules = new WeakMap<Program, Map<string, CustomRules>>();

/** The rules of a function that has some, besides partials. */
export function customRules(program: Program, custom: Custom): CustomRules | undefined {
  let known = rules.get(program);
  if (!known) rules.set(program, (known = new Map()));
  let found = known.get(custom.id);
  if (!found) {
    const [vjp, jvp] = [ruleCall(custom, 'customVjp'), ruleCall(custom, 'customJvp')];
    if (!vjp && !jvp) return undefined;
    const made: CustomRules = (found = { name: custom.name, span: spanOf(custom.module, custom.calls[0].call), parameters: () => customParameters(program, custom).parameters.map((p) => p.type!) });
    if (vjp) made.vjp = once(() => orOpaque(program, custom, made, 'vjp', lowerVjp));
    if (jvp) made.jvp = once(() => orOpaque(program, custom, made, 'jvp', lowerJvp));
    known.set(custom.id, made);
  }
  return found;
}

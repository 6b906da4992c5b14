/**
 * A function of the IR as TypeScript, in the user's names.
 *
 *   prepare (flags)  →  tree (jumps, copies)  →  prune  →  nest (expressions)  →  liveness  →  coalesce (variables)  →  scopes (names)  →  text
 *
 * Nesting moves evaluations, and so decides what interferes; and what cannot share a variable is better nested. So the
 * middle is repeated while there is a copy that can be improved by evaluating its source where it is copied.
 */
import * as t from '@babel/types';
import { Builder, addParam } from '../ir/build.ts';
import { Func, type Op, type Param, SPECIAL, type Value, resultType } from '../ir/ir.ts';
import { NUMBER, type Type, isDynamic, present, showType } from '../ir/types.ts';
import { allOps, cloneFunc, cloneRegion, countUses, substitute, withComparators } from '../ir/walk.ts';
import { Variables } from './coalesce.ts';
import { EffectTable } from './effects.ts';
import { Explainer } from './explain.ts';
import { Expressions, type PrintOptions, type RuntimeFunction, externalText, isNamedHere } from './expressions.ts';
import { isSameVariable } from './kinds.ts';
import { Liveness } from './liveness.ts';
import { Names } from './names.ts';
import { Nesting, targetsOf } from './nest.ts';
import { prepare } from './prepare.ts';
import { prune } from './prune.ts';
import { delay, dropDead, moveLongTests, useContinue } from './rewrites.ts';
import { Scopes } from './scopes.ts';
import { buildTree } from './skeleton.ts';
import { Statements } from './statements.ts';
import { zeros } from './memory.ts';
import { annotated, annotation, generate, generateLines, number, raw } from './syntax.ts';
import type { Pair, Tree } from './tree.ts';

export { Names, type PrintOptions, type RuntimeFunction };

export function printFunction(func: Func, options: PrintOptions): string {
  const body = printBody(cloneFunc(func), options);
  const name = t.identifier(options.form === 'arrow' ? 'f' : options.names.of(func));
  const params = [...thisParam(func), ...func.params.map((p, i) => param(p, i, func, body.params, options))];
  const returns = annotation(resultType(func.result));
  let node: t.Statement;
  if (options.form === 'arrow') {
    const [only] = body.statements;
    const short = body.statements.length === 1 && t.isReturnStatement(only) && only.argument;
    const result = short && t.isIdentifier(short) && short.name.startsWith('{') ? raw(`(${short.name})`) : short;
    const arrow = t.arrowFunctionExpression(params, result || t.blockStatement(body.statements));
    arrow.returnType = returns;
    node = t.expressionStatement(arrow);
    return generate(node).replace(/;$/, '');
  }
  const declaration = t.functionDeclaration(name, params, t.blockStatement(body.statements));
  declaration.returnType = returns;
  node = options.exported ? t.exportNamedDeclaration(declaration) : declaration;
  if (!body.comment) return `${comment(func.doc)}${generate(node)}`;
  const { code, lines } = generateLines(node);
  return `${comment(func.doc)}${withComments(code, (line) => body.comment!([...lines.get(line) ?? []]))}`;
}

/** `type f_saved = [number, Float64Array];` */
export function printSavedType(type: Type): string {
  if (type.kind !== 'saved') throw new Error(`${showType(type)} is no saved type`);
  return `type ${type.name} = [${type.fields.map((f) => showType(f)).join(', ')}];`;
}

export function printBody(func: Func, options: PrintOptions): { statements: t.Statement[]; params: string[]; comment?: (statements: number[]) => string } {
  const explainer = options.explain && new Explainer(func, options.explain);
  const tree = toTree(func, options.names);
  const late = new Set<Value>();
  const delayed = new Set<Value>();
  while (true) {
    const nesting = new Nesting(tree, new EffectTable(tree), late);
    if (moveLongTests(tree, nesting)) continue;
    const liveness = new Liveness(tree, nesting, func);
    if (dropDead(tree, liveness)) continue;
    const variables = new Variables(tree, nesting, liveness, func.params.map((p) => p.value));
    const more = variables.remaining.filter((pair) => !late.has(pair.source) && canBeLate(pair, nesting));
    if (more.length > 0) {
      more.forEach((pair) => late.add(pair.source));
      continue;
    }
    if (variables.remaining.some((pair) => !delayed.has(pair.source) && delay(pair, tree, nesting, variables, delayed))) continue;
    if (useContinue(tree, nesting, liveness, variables)) continue;
    const scopes = new Scopes(tree, nesting, liveness, variables, func, outerNames(func, options));
    const expressions = new Expressions(tree, nesting, scopes, options, { comparator: (op, names) => comparator(op, names, options) });
    const printer = new Statements(tree, nesting, liveness, variables, scopes, expressions, func.result, options);
    const statements = printer.block(tree.body);
    const last = statements.at(-1);
    if (t.isReturnStatement(last) && !last.argument) statements.pop();
    const params = func.params.map((p) => scopes.name(p.value));
    if (!explainer) return { statements, params };
    const nameOf = (v: Value) => (nesting.isVariable(v) && liveness.used.has(v) ? scopes.name(v) : undefined);
    return { statements, params, comment: (numbers) => explainer.comment(numbers.flatMap((n) => printer.operations[n - 1]), nameOf) };
  }
}

function toTree(func: Func, names: Names): Tree {
  prepare(func);
  const uses = countUses(func.body);
  const last = new Map<Value, Value>();
  for (const op of allOps(func.body)) if (op.kind === 'loop') op.results.forEach((r, i) => last.set(r, op.params[i]));
  substitute(func.body, last);
  const tree = buildTree(func, uses, (name) => name === undefined || names.isUsers(name));
  prune(tree);
  return tree;
}

/** (i, j) => x[i].key - x[j].key */
function comparator(op: Op, names: readonly string[], options: PrintOptions): t.Expression {
  const compare = op.attr.compare!;
  const func = new Func(compare.id, compare.name, compare.span);
  const outer = new Map<string, Value>();
  const given = op.args.map((v, k) => {
    const known = outer.get(names[k]);
    if (known) return known;
    const param = addParam(func, v.type, op.span, names[k]);
    outer.set(names[k], param);
    return param;
  });
  const [i, j] = ['i', 'j'].map((name) => addParam(func, NUMBER, op.span, name));
  const b = new Builder(func.body, compare.span);
  const [, ...captured] = given;
  const map = new Map(compare.params.map((p, k) => [p.value, k < 2 ? b.load(given[0], k === 0 ? i : j) : captured[k - 2]]));
  const { ops, yields } = cloneRegion(compare.body, map, func);
  for (const o of ops) b.insert(o);
  func.body.yields = yields;
  func.result = compare.result;
  const { statements, params } = printBody(func, options);
  const [only] = statements;
  const short = statements.length === 1 && t.isReturnStatement(only) && only.argument;
  return t.arrowFunctionExpression(params.slice(-2).map((name) => t.identifier(name)), short || t.blockStatement(statements));
}

/** Can the source of a copy be evaluated in the copy, although it has a name? Then it is the name of the target, too. */
function canBeLate({ target, source }: Pair, nesting: Nesting): boolean {
  const definition = nesting.definition(source);
  if (!definition || (source.name && !isSameVariable(source, target))) return false;
  const users = nesting.usersOf(source);
  return definition.op.kind === 'const' || (users.length === 1 && targetsOf(users[0], source).length === 1);
}

/** Names outside the function that its text uses. */
function outerNames(func: Func, options: PrintOptions): Set<string> {
  const texts = [...(options.reserved ?? []), ...func.params.flatMap((p) => p.default ?? [])];
  for (const op of withComparators(func)) {
    if (op.kind === 'free') texts.push(options.resolveFree?.(op.attr.name!, op.attr.module) ?? op.attr.name!);
    if (isNamedHere(op, options)) texts.push(op.attr.name!);
    if (op.kind === 'extern') texts.push(op.attr.assigns ? options.resolveSetter?.(op.attr.assigns, op.attr.module) ?? op.attr.assigns : externalText(op, options));
    if (op.kind === 'call') texts.push(options.names.of(op.attr.callee!));
    if (op.attr.product) texts.push(options.names.of(op.attr.product.of));
    if (op.attr.kernel) texts.push(options.names.of(op.attr.kernel.of));
    if (op.attr.primitive) texts.push(options.names.of(op.attr.primitive.callee));
    else if (op.kind === 'prim' && op.attr.fn! in SPECIAL) texts.push(options.runtime?.(op.attr.fn!) ?? op.attr.fn!);
  }
  return new Set(texts.flatMap((text) => text.match(/(?<![\w$]|(?<!\.)\.)[A-Za-z_$][\w$]*/g) ?? []));
}

/** A method's receiver is a parameter of its derivative. */
function thisParam(func: Func): t.Identifier[] {
  for (const op of allOps(func.body)) if (op.kind === 'free' && op.attr.name === 'this') return [annotated('this', op.result.type)];
  return [];
}

function param(p: Param, i: number, func: Func, names: string[], { runtime }: PrintOptions): t.Identifier | t.AssignmentPattern {
  const name = names[i];
  const inferred = ['number', 'boolean', 'string'].includes(p.value.type.kind);
  if (p.default !== undefined) return t.assignmentPattern(inferred ? raw(name) : annotated(name, p.value.type), raw(p.default));
  if (p.zeroOf) {
    const primal = names[func.params.findIndex((q) => q.value === p.zeroOf)];
    const zero = p.value.type.kind === 'number' ? number(0)
      : isDynamic(p.zeroOf.type) ? t.callExpression(raw(runtime?.('zerosLike') ?? 'zerosLike'), [t.identifier(primal)])
      : zeros(t.identifier(primal), p.zeroOf.type, (base) => base);
    return t.assignmentPattern(inferred ? raw(name) : annotated(name, p.value.type), zero);
  }
  const node = annotated(name, p.optional && p.value.type.absent === 'undefined' ? present(p.value.type) : p.value.type);
  if (!p.optional) return node;
  // An optional parameter cannot stand before one that must be given.
  if (func.params.slice(i + 1).every((l) => l.optional || l.default !== undefined || l.zeroOf)) node.optional = true;
  else node.typeAnnotation = t.tsTypeAnnotation(t.tsUnionType([annotation(p.value.type).typeAnnotation, t.tsUndefinedKeyword()]));
  return node;
}

/** Comments at the ends of lines, one below the other. */
function withComments(code: string, given: (line: number) => string | undefined): string {
  const lines = code.split('\n');
  const of = (line: number) => (/^\s*\}$/.test(lines[line - 1]) ? undefined : given(line));
  const width = Math.max(...lines.map((line, i) => (of(i + 1) ? line.length : 0)));
  return lines.map((line, i) => (of(i + 1) ? `${line.padEnd(width)}  // ${of(i + 1)}` : line)).join('\n');
}

function comment(doc: string | undefined): string {
  if (!doc) return '';
  const lines = doc.split('\n');
  return lines.length === 1 ? `/** ${doc} */\n` : `/**\n${lines.map((l) => ` * ${l}`.trimEnd()).join('\n')}\n */\n`;
}

/**
 * What a solver finds: `root(F)(solver)(…θ)`, `fixedPoint`, `argmin` and `minimum` of `tapeless/implicit`. The solver is called,
 * and nothing is asked of it; what it returns becomes the value of an operation that knows of which equation it is a
 * solution, and has a rule of its own (differentiate/implicit.ts):
 *
 *     cubeRoot(a)   →   x0 = cubeRoot(a); x = solution of F(x, a) = 0, which is x0
 */
import type * as t from '@babel/types';
import { fail } from '../diagnostics.ts';
import type { Value } from '../ir/ir.ts';
import { NUMBER, type Type } from '../ir/types.ts';
import type { ImplicitForm } from '../parse/rules.ts';
import type { solutionParts } from '../parse/solutions.ts';
import { unwrap } from '../parse/walk.ts';
import { apply, moduleOf, readyFunction } from './calls.ts';
import { expression } from './expressions.ts';
import { functionOf } from './functions.ts';
import type { Lowering } from './lowering.ts';
import { resolveNode } from './names.ts';
import type { Callable } from './scope.ts';
import { parametersOf } from './signature.ts';
import { unsupported } from './statements.ts';

/**
 * `root(F)(solver)(…θ)` in a function. A solver that is written there is lowered, for it may see variables around it, and
 * one that is only a name is called; neither is differentiated.
 */
export function solutionValue(cx: Lowering, form: ImplicitForm, { equation, solver, options, theta }: NonNullable<ReturnType<typeof solutionParts>>, node: t.CallExpression): Value {
  const of = functionOf(cx, equation);
  const values = theta.map((e) => expression(cx, e));
  const [unknown] = of?.kind === 'local' || of?.kind === 'module' ? parametersOf(cx.program, moduleOf(cx, of), of.node) : [];
  const found = foundBy(cx, solver, values, unknown?.type, node);
  if (unknown?.name !== undefined && found.name === undefined) found.name = unknown.name;
  return implicitValue(cx, form, of, found, values, options, node);
}

function foundBy(cx: Lowering, solver: t.Expression, theta: readonly Value[], type: Type | undefined, node: t.Node): Value {
  const name = unwrap(solver);
  const ofModule = resolveNode(cx, name) ?? (name.type === 'MemberExpression' && resolveNode(cx, name.object));
  const known = ofModule ? undefined : functionOf(cx, solver);
  if (known) return apply(cx, known, theta, solver, type) ?? fail('TL2002', cx.span(solver), 'solver');
  const result = type ?? fail('TL2002', cx.span(node), 'x');
  const text = cx.scope.module.text.slice(name.start!, name.end!);
  return cx.at(node).extern(text, [...theta], result, { world: 'none', shown: text, module: cx.file })!;
}

/** The solution that was found for some θ, or, of `minimum`, the least value. */
export function implicitValue(cx: Lowering, form: ImplicitForm, equation: Callable | undefined, found: Value, theta: readonly Value[], options: t.Node | undefined, node: t.Node): Value {
  const name = form.slice('implicit.'.length) as 'root' | 'fixedPoint' | 'argmin' | 'minimum';
  if (equation?.kind !== 'local' && equation?.kind !== 'module') return unsupported(cx, node, `\`${name}\` of a function that is not known here`, 'Write the function as a literal, or name one of the module.');
  const ready = readyFunction(cx, equation, [found, ...theta].map((value) => ({ value })), node);
  if (!ready || ready.places[0] !== 0) return unsupported(cx, node, `\`${name}\` of a function that is chosen at run time`, 'Choose outside of it.');
  if (ready.written.length > 0) unsupported(cx, node, `\`${name}\` of a function that assigns variables around it`, 'Let it return what it computes.');
  const { ref, args, result } = ready;
  const isScalar = form === 'implicit.argmin' || form === 'implicit.minimum';
  if (isScalar && !(result.kind === 'value' && result.type.kind === 'number')) fail('TL3006', cx.span(node), name, ref.name);
  const own = form === 'implicit.minimum' ? [cx.at(node).call(ref, args, [NUMBER])[0], ...args] : args;
  const types = own.map((v) => v.type);
  const text = options && cx.scope.module.text.slice(options.start!, options.end!);
  const id = `${form}:${ref.id}${text === undefined ? '' : `:${cx.file}:${text}`}`;
  cx.program.provide(id, { name, span: cx.span(node), parameters: () => types, implicit: { form: name, of: ref, ...(text === undefined ? {} : { options: text }) } });
  const [value] = own;
  const isNumber = value.type.kind === 'number';
  return cx.at(node).op('extern', own, [value.type], {
    text: isNumber ? '$0' : 'cloneOf', ...(isNumber ? {} : { runtime: true }), pure: true, world: 'none', custom: id,
    carries: own.map((_, i) => i).slice(form === 'implicit.minimum' ? 2 : 1), shown: name,
  }).result;
}

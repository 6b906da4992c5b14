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
import { NUMBER } from '../ir/types.ts';
import type { ImplicitForm } from '../parse/rules.ts';
import { readyFunction } from './calls.ts';
import type { Lowering } from './lowering.ts';
import type { Callable } from './scope.ts';
import { unsupported } from './statements.ts';

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
